//! A long text in the making: `status` and `summary` of ten thousand services take longer than a turn of the loop may,
//! so they are made a few services at a time.

use super::report::{Counts, Kind};
use super::summary::Table;
use super::{Style, status, title};
use crate::document::{Piece, Source};

/// What a piece of work costs, roughly in microseconds.
const STATUS: u32 = 3;
const MEASURE: u32 = 1;
const ROW: u32 = 1;

/// A text on its way, as far as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    services: Box<[u32]>,
    /// The first of them that is still to come.
    next: usize,
    style: Style,
    section: Section,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Status,
    /// How wide a table must be is known when all names and states have been looked at.
    Measure(Table),
    Rows(Table),
    /// How many services are how; of which kind that is to be told, or of all.
    Count(Counts, Option<Kind>),
    Done,
}

impl Rendering {
    /// `status` of these services.
    pub fn status(services: Vec<u32>, style: Style) -> Rendering {
        Rendering::new(services, style, Section::Status)
    }

    /// `summary` of these services, in this order.
    pub fn summary(services: Vec<u32>, style: Style) -> Rendering {
        Rendering::new(services, style, Section::Measure(Table::new(style)))
    }

    /// `report` of these services: of one kind, or of all.
    pub fn report(services: Vec<u32>, kind: Option<Kind>, style: Style) -> Rendering {
        Rendering::new(services, style, Section::Count(Counts::default(), kind))
    }

    fn new(services: Vec<u32>, style: Style, section: Section) -> Rendering {
        Rendering { services: services.into(), next: 0, style, section }
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            let (cost, lines) = match &self.section {
                Section::Status => (STATUS, true),
                Section::Measure(_) | Section::Count(..) => (MEASURE, false),
                Section::Rows(_) => (ROW, false),
                Section::Done => return true,
            };
            if self.next == 0 && matches!(self.section, Section::Status | Section::Rows(_)) {
                piece.out.push_str(&title(source.uptime()));
                if let Section::Rows(table) = &self.section {
                    table.head(piece.out);
                }
            }
            while let Some(index) = self.services.get(self.next) {
                if let Some(sheet) = source.sheet(*index, lines) {
                    match &mut self.section {
                        Section::Status => status::block(piece.out, &sheet, self.style),
                        Section::Measure(table) => table.measure(&sheet),
                        Section::Rows(table) => table.row(piece.out, &sheet),
                        Section::Count(counts, _) => counts.add(sheet.class),
                        Section::Done => {}
                    }
                }
                self.next += 1;
                if piece.spend(cost) && self.next < self.services.len() {
                    return false;
                }
            }
            self.section = match std::mem::replace(&mut self.section, Section::Done) {
                Section::Measure(table) => {
                    self.next = 0;
                    Section::Rows(table.measured())
                }
                Section::Rows(table) => {
                    table.foot(piece.out);
                    Section::Done
                }
                Section::Status => {
                    // Where a further service would begin.
                    piece.out.push('\n');
                    Section::Done
                }
                Section::Count(counts, kind) => {
                    piece.out.push_str(&kind.map_or_else(|| counts.all(), |kind| counts.one(kind)));
                    Section::Done
                }
                Section::Done => Section::Done,
            };
        }
    }
}
