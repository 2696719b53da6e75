//! A long text in the making: `status` and `summary` of ten thousand services take longer than a turn of the loop may,
//! so they are made a few services at a time.

use super::summary::Table;
use super::{Style, status, title};
use crate::document::{Piece, Source};

/// What a piece of work costs, roughly in microseconds.
const STATUS: u32 = 10;
const MEASURE: u32 = 1;
const ROW: u32 = 2;

/// A text on its way, as far as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    services: Box<[u32]>,
    /// The first of them that is still to come.
    next: usize,
    style: Style,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Status,
    /// How wide a table must be is known when all names and states have been looked at.
    Measure(Table),
    Rows(Table),
    Done,
}

impl Rendering {
    /// `status` of these services.
    pub fn status(services: Vec<u32>, style: Style) -> Rendering {
        Rendering::new(services, style, Stage::Status)
    }

    /// `summary` of these services, in this order.
    pub fn summary(services: Vec<u32>, style: Style) -> Rendering {
        Rendering::new(services, style, Stage::Measure(Table::new(style)))
    }

    fn new(services: Vec<u32>, style: Style, stage: Stage) -> Rendering {
        Rendering { services: services.into(), next: 0, style, stage }
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            let (cost, lines) = match &self.stage {
                Stage::Status => (STATUS, true),
                Stage::Measure(_) => (MEASURE, false),
                Stage::Rows(_) => (ROW, false),
                Stage::Done => return true,
            };
            if self.next == 0 && !matches!(self.stage, Stage::Measure(_)) {
                piece.out.push_str(&title(source.uptime()));
                if let Stage::Rows(table) = &self.stage {
                    table.head(piece.out);
                }
            }
            while let Some(index) = self.services.get(self.next) {
                if let Some(sheet) = source.sheet(*index, lines) {
                    match &mut self.stage {
                        Stage::Status => status::block(piece.out, &sheet, self.style),
                        Stage::Measure(table) => table.measure(&sheet),
                        Stage::Rows(table) => table.row(piece.out, &sheet),
                        Stage::Done => {}
                    }
                }
                self.next += 1;
                if piece.spend(cost) && self.next < self.services.len() {
                    return false;
                }
            }
            self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
                Stage::Measure(table) => {
                    self.next = 0;
                    Stage::Rows(table.measured())
                }
                Stage::Rows(table) => {
                    table.foot(piece.out);
                    Stage::Done
                }
                Stage::Status => {
                    // Where a further service would begin.
                    piece.out.push('\n');
                    Stage::Done
                }
                Stage::Done => Stage::Done,
            };
        }
    }
}
