//! The file of readings: opening it, its columns, writing and reading rows. [`super::layout`] says what is where.

use super::layout::{COLUMN, HEAD, Layout, Ring, STAMP, stamp};
use super::problem::Problem;
use super::{kept, sample};
use crate::sys::file::{Replacement, read_cached};
use crate::sys::trusted::open_kept;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// The file of readings.
#[derive(Debug)]
pub struct ReadingFile {
    file: File,
    layout: Layout,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Column {
    /// The key of the series; 0: none yet.
    pub key: u64,
    /// The minute since 1970 in which it came to this column. What is older is of another series.
    pub since: u32,
}

impl ReadingFile {
    /// Opens the file, or begins one with room for so many series. What is there and not ours is moved aside, and told
    /// with the file.
    ///
    /// # Errors
    /// The file cannot be opened or made, or what is in its place cannot be moved.
    pub fn open(path: &Path, series: usize) -> Result<(ReadingFile, Option<Problem>), Problem> {
        let no_file = |error| Problem::Open(path.to_owned(), error);
        let file = open_kept(path).map_err(no_file)?;
        let length = file.metadata().map_err(no_file)?.len();
        let found = kept::found(&file, HEAD).map_err(no_file)?;
        let layout = Layout::of_head(&found);
        if let Some(layout) = layout.filter(|layout| layout.length() == length) {
            return Ok((ReadingFile { file, layout }, None));
        }
        let layout = Layout::for_series(series);
        let begin = |file: File| {
            kept::begin(&file, |file| {
                file.write_all_at(&layout.head(), 0)?;
                file.set_len(layout.length())
            })?;
            Ok(ReadingFile { file, layout })
        };
        if kept::is_begun(&file, &found, &layout.head()).map_err(no_file)? {
            return Ok((begin(file).map_err(no_file)?, None));
        }
        drop(file);
        let aside = kept::set_aside(path)?;
        let file = open_kept(path).and_then(begin).map_err(no_file)?;
        Ok((file, Some(Problem::Foreign(path.to_owned(), aside))))
    }

    /// Where everything is.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Has somebody removed the file, so that what is written is lost?
    pub fn is_gone(&self) -> bool {
        self.file.metadata().is_ok_and(|found| found.nlink() == 0)
    }

    /// What the columns hold.
    pub fn columns(&self) -> io::Result<Vec<Column>> {
        let mut bytes = vec![0; COLUMN * usize::from(self.layout.columns())];
        self.file.read_exact_at(&mut bytes, HEAD as u64)?;
        let column = |bytes: &[u8]| {
            let (key, since) = bytes.split_first_chunk::<8>()?;
            let since = since.first_chunk::<4>()?;
            Some(Column { key: u64::from_le_bytes(*key), since: u32::from_le_bytes(*since) })
        };
        Ok(bytes.chunks_exact(COLUMN).map(|bytes| column(bytes).unwrap_or_default()).collect())
    }

    /// Says what the columns hold.
    pub fn set_columns(&self, columns: &[Column]) -> io::Result<()> {
        self.file.write_all_at(&encode(columns), HEAD as u64)
    }

    /// Writes rows that follow each other in the ring, from that number on, with one write. `samples`: for each row one of
    /// each column.
    pub fn write(&self, ring: Ring, number: u32, samples: &[u16]) -> io::Result<()> {
        let columns = usize::from(self.layout.columns());
        let mut bytes = Vec::with_capacity(samples.len() / columns * self.layout.row());
        for (row, samples) in (number..).zip(samples.chunks_exact(columns)) {
            bytes.extend(stamp(row));
            bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        }
        self.file.write_all_at(&bytes, self.layout.offset(ring, number))
    }

    /// Reads some of the rows `from..to` of a ring and shows each that is there, with its number; returns where to go on.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if that waits for the disk and `patient` is not set.
    pub fn read(
        &self,
        ring: Ring,
        from: u32,
        to: u32,
        patient: bool,
        see: &mut dyn FnMut(u32, Row<'_>),
    ) -> io::Result<u32> {
        let row = self.layout.row();
        let rows = to.saturating_sub(from).min(self.layout.follow(ring, from));
        let rows = rows.min(u32::try_from(CHUNK / row).unwrap_or(1).max(1));
        let mut bytes = vec![0; row * rows as usize];
        let offset = self.layout.offset(ring, from);
        let length = match patient {
            false => read_cached(&self.file, &mut bytes, offset)?,
            true => 0,
        };
        if length < row {
            self.file.read_exact_at(&mut bytes, offset)?;
        } else {
            bytes.truncate(length / row * row);
        }
        let mut number = from;
        for bytes in bytes.chunks_exact(row) {
            if bytes.starts_with(&stamp(number)) {
                see(number, Row { layout: self.layout, bytes });
            }
            number += 1;
        }
        Ok(number)
    }

    /// Is the row of that number written?
    pub fn has(&self, ring: Ring, number: u32) -> bool {
        let mut found = [0; STAMP];
        let read = self.file.read_exact_at(&mut found, self.layout.offset(ring, number));
        read.is_ok() && found == stamp(number)
    }
}

/// The samples of one row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    layout: Layout,
    bytes: &'a [u8],
}

impl Row<'_> {
    /// That of a column; `None`: nothing is known.
    pub fn sample(&self, column: u16) -> Option<f32> {
        let at = self.layout.sample(column);
        let [low, high] = self.bytes.get(at..at + 2)?.try_into().ok()?;
        sample::decode(u16::from_le_bytes([low, high]))
    }
}

fn encode(columns: &[Column]) -> Vec<u8> {
    let column = |column: &Column| {
        [column.key.to_le_bytes(), u64::from(column.since).to_le_bytes()].into_iter().flatten()
    };
    columns.iter().flat_map(column).collect()
}

/// A larger file that takes the place of one, on its way: some rows at a time.
#[derive(Debug)]
pub struct Growth {
    replacement: Replacement,
    layout: Layout,
    /// The next row, counted over all rings.
    next: u32,
}

impl Growth {
    /// Begins one with room for so many series.
    pub fn begin(path: &Path, old: &ReadingFile, series: usize) -> io::Result<Growth> {
        let layout = Layout::for_series(series);
        let mut replacement = Replacement::begin(path, 0o600)?;
        let mut columns = old.columns()?;
        columns.resize(layout.columns().into(), Column::default());
        let mut begin: Vec<u8> = layout.head().into();
        begin.extend(encode(&columns));
        let rows = layout.offset(Ring::Hour, 0);
        begin.resize(usize::try_from(rows).unwrap_or_default(), 0);
        replacement.write(&begin)?;
        Ok(Growth { replacement, layout, next: 0 })
    }

    /// Takes over the next rows. `true`: that were all.
    pub fn step(&mut self, old: &ReadingFile) -> io::Result<bool> {
        let row = old.layout.row();
        let all: u32 = Ring::ALL.iter().map(|ring| ring.rows()).sum();
        let rows = (all - self.next).min(u32::try_from(CHUNK / row).unwrap_or(1).max(1));
        let mut bytes = vec![0; row * rows as usize];
        old.file.read_exact_at(
            &mut bytes,
            old.layout.offset(Ring::Hour, 0) + row as u64 * u64::from(self.next),
        )?;
        let more = vec![0; self.layout.row() - row];
        let mut wider = Vec::with_capacity(self.layout.row() * rows as usize);
        for row in bytes.chunks_exact(row) {
            wider.extend_from_slice(row);
            wider.extend_from_slice(&more);
        }
        self.replacement.write(&wider)?;
        self.next += rows;
        Ok(self.next == all)
    }

    /// Puts it in its place.
    pub fn finish(self) -> io::Result<()> {
        self.replacement.finish().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Scratch;

    fn open(path: &Path, series: usize) -> ReadingFile {
        let (file, problem) = ReadingFile::open(path, series).unwrap();
        assert!(problem.is_none(), "{problem:?}");
        file
    }

    fn rows(file: &ReadingFile, ring: Ring, from: u32, to: u32, column: u16) -> Vec<(u32, Option<f32>)> {
        let mut seen = Vec::new();
        let mut next = from;
        while next < to {
            let done =
                file.read(ring, next, to, false, &mut |number, row| seen.push((number, row.sample(column))));
            next = match done {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => next,
                done => done.unwrap(),
            };
        }
        seen
    }

    #[test]
    fn rows_are_read_again_where_their_time_is_and_nowhere_else() {
        let folder = Scratch::new();
        let path = folder.join("state.readings");
        let file = open(&path, 3);
        let mut samples = vec![0; 128];
        (samples[2], samples[66]) = (sample::encode(5.0), sample::encode(6.0));
        file.write(Ring::Hour, 118, &samples).unwrap();
        let all = rows(&file, Ring::Hour, 0, 240, 2);
        assert_eq!(all, [(118, Some(5.0)), (119, Some(6.0))]);
        assert_eq!(rows(&file, Ring::Hour, 0, 240, 3), [(118, None), (119, None)]);
        assert!(file.has(Ring::Hour, 119) && !file.has(Ring::Hour, 120) && !file.has(Ring::Day, 119));
        assert_eq!(rows(&file, Ring::Day, 0, 1440, 2), []);
        assert_eq!(path.metadata().unwrap().len(), file.layout().length());
    }

    #[test]
    fn columns_are_there_after_a_restart() {
        let folder = Scratch::new();
        let path = folder.join("state.readings");
        let file = open(&path, 3);
        let mut columns = file.columns().unwrap();
        assert_eq!(columns, [Column::default(); 64]);
        columns[63] = Column { key: u64::MAX, since: 7 };
        file.set_columns(&columns).unwrap();
        drop(file);
        // The file keeps the layout it has.
        assert_eq!(open(&path, 900).columns().unwrap(), columns);
    }

    #[test]
    fn a_larger_file_has_all_that_was_in_the_smaller() {
        let folder = Scratch::new();
        let path = folder.join("state.readings");
        let file = open(&path, 3);
        let columns = vec![Column { key: 9, since: 1 }; 64];
        file.set_columns(&columns).unwrap();
        for ring in Ring::ALL {
            let samples: Vec<u16> = (0u16..64).map(|column| sample::encode(f32::from(column))).collect();
            file.write(ring, 1000, &samples).unwrap();
        }
        let mut growth = Growth::begin(&path, &file, 200).unwrap();
        while !growth.step(&file).unwrap() {}
        growth.finish().unwrap();
        assert!(file.is_gone());
        let file = open(&path, 0);
        assert_eq!(file.layout(), Layout::for_series(200));
        assert_eq!(file.columns().unwrap()[..64], columns);
        assert_eq!(file.columns().unwrap()[64..], [Column::default(); 192]);
        for ring in Ring::ALL {
            assert_eq!(rows(&file, ring, 990, 1010, 63), [(1000, Some(63.0))]);
            assert_eq!(rows(&file, ring, 990, 1010, 64), [(1000, None)]);
        }
    }

    #[test]
    fn what_is_not_ours_or_cut_short_is_moved_aside() {
        let folder = Scratch::new();
        let path = folder.join("state.readings");
        let file = open(&path, 3);
        file.file.set_len(70_000).unwrap();
        let (_, problem) = ReadingFile::open(&path, 3).unwrap();
        assert!(matches!(problem, Some(Problem::Foreign(..))), "{problem:?}");
        std::fs::write(&path, "x").unwrap();
        let (file, problem) = ReadingFile::open(&path, 3).unwrap();
        assert!(matches!(problem, Some(Problem::Foreign(..))), "{problem:?}");
        assert_eq!(file.columns().unwrap().len(), 64);
        assert_eq!(std::fs::read_to_string(folder.join("state.readings.damaged")).unwrap(), "x");
    }
}
