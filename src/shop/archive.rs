//! Archives: what is in a .zip that somebody sent, read within limits that hold whatever it says about itself; and files on their way out,
//! packed as one.

use std::collections::HashSet;
use std::io::{Cursor, Read as _, Write as _};

use zip::result::{ZipError, ZipResult};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, ZipArchive};

/// Most files in an archive.
pub const FILES_MAX: usize = 1_000;
/// Most bytes of all files together, unpacked.
pub const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A file may be so many times as large as it is packed. Text reaches 20; an archive that is made to fill memory reaches 1000.
const DENSITY_MAX: u64 = 100;
/// Below so many bytes a file may be as dense as it likes.
const DENSE_BYTES_MAX: u64 = 64 * 1024;
/// Ends of names of archives: they are not unpacked in turn.
const NESTED: [&str; 8] = ["zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "zst"];

/// A file out of an archive.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// As the archive has it, with `/` between folders. It is a word to show and to look up: nothing is ever written under it.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Why an archive is not read. Nothing of it is used then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is no archive, or a damaged one.
    Damaged,
    /// It holds nothing.
    Empty,
    /// More than [`FILES_MAX`].
    TooMany { files: usize },
    /// Unpacked it would be more than [`UNPACKED_BYTES_MAX`], or a file is packed more densely than honest files are.
    TooLarge,
    /// These files are packed with a password, and these are archives in turn: all of them, in their order.
    Barred { locked: Vec<String>, nested: Vec<String> },
}

/// Whether a file is an archive by its first bytes.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Whether a file is an archive by its name.
pub fn is_archive_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| NESTED.contains(&end.to_ascii_lowercase().as_str()))
}

/// The files of an archive in their order, without folders and without what systems leave in archives for themselves.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry>, Unfit> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unfit::Damaged)?;
    if archive.len() > FILES_MAX {
        return Err(Unfit::TooMany { files: archive.len() });
    }
    let mut entries = Vec::new();
    let mut left = UNPACKED_BYTES_MAX;
    for (index, name) in listed(&mut archive)? {
        let file = archive.by_index_raw(index).map_err(|_| Unfit::Damaged)?;
        // What it says of itself may be a lie: it is believed only where it is bad.
        let dense = file.compressed_size().saturating_mul(DENSITY_MAX).max(DENSE_BYTES_MAX);
        let most = left.min(dense);
        if file.size() > most {
            return Err(Unfit::TooLarge);
        }
        drop(file);
        let file = archive.by_index(index).map_err(|error| match error {
            ZipError::InvalidPassword => Unfit::Barred { locked: vec![name.clone()], nested: Vec::new() },
            _ => Unfit::Damaged,
        })?;
        let mut bytes = Vec::new();
        let read = file.take(most + 1).read_to_end(&mut bytes).map_err(|_| Unfit::Damaged)?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if read > most {
            return Err(Unfit::TooLarge);
        }
        left -= read;
        entries.push(Entry { name, bytes });
    }
    if entries.is_empty() { Err(Unfit::Empty) } else { Ok(entries) }
}

/// The files that an archive lists, by place and name. Nothing is unpacked yet, so that all that must be put right is told at once.
fn listed(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<(usize, String)>, Unfit> {
    let (mut files, mut locked, mut nested) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(|_| Unfit::Damaged)?;
        let name = file.name().map_err(|_| Unfit::Damaged)?.replace('\\', "/");
        if file.is_dir() || is_litter(&name) {
            continue;
        }
        if file.encrypted() {
            locked.push(name);
        } else if is_archive_name(&name) {
            nested.push(name);
        } else {
            files.push((index, name));
        }
    }
    if locked.is_empty() && nested.is_empty() { Ok(files) } else { Err(Unfit::Barred { locked, nested }) }
}

/// The last part of a file's name in an archive.
pub fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// What systems put into an archive beside what was packed.
fn is_litter(name: &str) -> bool {
    name.starts_with("__MACOSX/") || [".DS_Store", "Thumbs.db", "desktop.ini"].contains(&file_name(name))
}

/// An archive in the making. Its files are stored, not squeezed: pictures would not get smaller, and text that did could look like an archive
/// that is made to fill memory.
pub struct Packing {
    writer: ZipWriter<Cursor<Vec<u8>>>,
    names: HashSet<String>,
    bytes: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Self { writer: ZipWriter::new(Cursor::new(Vec::new())), names: HashSet::new(), bytes: 0 }
    }
}

impl Packing {
    /// Adds a file. Two may have one name; the second stands in a folder of its own then.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> ZipResult<()> {
        let mut own = name.to_owned();
        let mut number = 2;
        while !self.names.insert(own.to_lowercase()) {
            own = format!("{number}/{name}");
            number += 1;
        }
        self.writer.start_file(own, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        self.writer.write_all(bytes)?;
        self.bytes += bytes.len();
        Ok(())
    }

    /// Bytes of the files that are in it.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The archive.
    pub fn finish(self) -> ZipResult<Vec<u8>> {
        Ok(self.writer.finish()?.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn names(bytes: &[u8]) -> Result<Vec<String>, Unfit> {
        Ok(entries(bytes)?.into_iter().map(|entry| entry.name).collect())
    }

    #[test]
    fn files_come_in_their_order_without_folders_and_litter() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_directory("keys/", SimpleFileOptions::default()).unwrap();
        for name in ["keys/b.txt", "__MACOSX/keys/._b.txt", "keys\\a.txt", ".DS_Store"] {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        assert!(is_archive(&bytes));
        assert_eq!(names(&bytes), Ok(vec!["keys/b.txt".to_owned(), "keys/a.txt".to_owned()]));
        assert_eq!(file_name("keys/b.txt"), "b.txt");
        assert_eq!(entries(&bytes).unwrap()[1].bytes, b"keys\\a.txt");
    }

    #[test]
    fn what_would_fill_memory_is_refused_unread() {
        let bomb = vec![0; 8 * 1024 * 1024];
        assert_eq!(names(&packed(&[("zeros.txt", &bomb)])), Err(Unfit::TooLarge));
        let noise: Vec<u8> = (0..9_u32 * 1024 * 1024).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let many: Vec<(String, &[u8])> = (0..8).map(|n| (format!("{n}.bin"), noise.as_slice())).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        assert_eq!(names(&packed(&many)), Err(Unfit::TooLarge));
        let names_only: Vec<(String, &[u8])> = (0..=FILES_MAX).map(|n| (n.to_string(), &b""[..])).collect();
        let names_only: Vec<(&str, &[u8])> = names_only.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        assert_eq!(names(&packed(&names_only)), Err(Unfit::TooMany { files: FILES_MAX + 1 }));
    }

    /// The sizes in an archive are what its maker wrote there.
    #[test]
    fn an_archive_that_lies_about_its_sizes_is_refused() {
        let honest = packed(&[("zeros.txt", &vec![0; 8 * 1024 * 1024])]);
        let size = (8_u32 * 1024 * 1024).to_le_bytes();
        let mut lying = honest.clone();
        for at in 0..lying.len() - 4 {
            if lying[at..at + 4] == size {
                lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
            }
        }
        assert_ne!(honest, lying);
        assert!(matches!(names(&lying), Err(Unfit::TooLarge | Unfit::Damaged)));
    }

    #[test]
    fn an_archive_in_an_archive_stays_closed() {
        let inner = packed(&[("a.txt", b"A")]);
        let outer = packed(&[("inner.ZIP", &inner), ("a.txt", b"A"), ("more/b.7z", b"B")]);
        let nested = vec!["inner.ZIP".to_owned(), "more/b.7z".to_owned()];
        assert_eq!(names(&outer), Err(Unfit::Barred { locked: Vec::new(), nested }));
    }

    #[test]
    fn what_is_no_archive_or_holds_nothing_is_told_apart() {
        assert_eq!(names(b"A-1\nB-2"), Err(Unfit::Damaged));
        assert_eq!(names(&packed(&[("a.txt", b"A")])[..60]), Err(Unfit::Damaged));
        assert_eq!(names(&packed(&[])), Err(Unfit::Empty));
        let mut flipped = packed(&[("a.txt", b"the same words and the same words again")]);
        flipped[40] ^= 0xff;
        assert_eq!(names(&flipped), Err(Unfit::Damaged));
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_answered(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), at in 0_usize..200) {
            let mut archive = packed(&[("a.txt", b"A-1\nA-2"), ("b.txt", b"B-1")]);
            let end = archive.len().min(at + bytes.len());
            if at < end {
                archive[at..end].copy_from_slice(&bytes[..end - at]);
            }
            entries(&archive).ok();
            entries(&bytes).ok();
        }
    }
}
