//! A catalog that somebody sent: one YAML file, or an archive with one and what it names beside it.

use std::collections::HashMap;

use super::files::is_below;
use super::problem::Problems;
use super::read::{read_alone, read_text, text_in};
use super::{CatalogFile, FILE_BYTES_MAX};
use crate::shop::archive::{self, Entry, Unfit};

/// Ends of the name of a catalog.
const ENDS: [&str; 2] = ["yaml", "yml"];

/// Why what was sent is not read. Nothing of it is used then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Neither by its name nor by what is in it.
    NoCatalog,
    Archive(Unfit),
    /// No YAML at the top of the archive, nor in its one folder.
    NoneInside,
    /// Two of them, and nothing says which is meant.
    TwoInside {
        first: String,
        second: String,
    },
    /// This file of the archive leads out of it.
    Outside {
        name: String,
    },
    Problems(Problems),
}

/// Reads what was sent under `name`.
///
/// # Errors
/// [`Unread`] says why it is not read.
pub fn received(name: &str, bytes: Vec<u8>) -> Result<CatalogFile, Unread> {
    if archive::is_archive(&bytes) {
        return packed(&archive::entries(&bytes).map_err(Unread::Archive)?);
    }
    if !is_catalog(name) {
        let is_zip = name.to_ascii_lowercase().rsplit('.').next() == Some("zip");
        return Err(if is_zip { Unread::Archive(Unfit::Damaged) } else { Unread::NoCatalog });
    }
    let text = text(bytes)?;
    read_alone(&text).map_err(Unread::Problems)
}

fn packed(entries: &[Entry]) -> Result<CatalogFile, Unread> {
    if let Some(outside) = entries.iter().find(|entry| !is_below(&entry.name)) {
        return Err(Unread::Outside { name: outside.name.clone() });
    }
    let catalog = catalog(entries)?;
    let folder = catalog.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = |entry: &Entry| {
        let path = plain(&entry.name);
        if folder.is_empty() { Some(path) } else { path.strip_prefix(&format!("{}/", plain(folder))).map(str::to_owned) }
    };
    let files: HashMap<String, &Entry> = entries.iter().filter_map(|entry| Some((beside(entry)?, entry))).collect();
    let text = text(catalog.bytes.clone())?;
    let find = |name: &str, _: u64| files.get(&plain(name)).map(|entry| entry.bytes.clone()).ok_or_else(|| "is not in the .zip".to_owned());
    read_text(&text, &find).map_err(Unread::Problems)
}

/// The catalog among the files: the one at the top, or else the one that stands in a folder.
fn catalog(entries: &[Entry]) -> Result<&Entry, Unread> {
    for depth in [1, 2] {
        let mut found = entries.iter().filter(|entry| is_catalog(&entry.name) && plain(&entry.name).split('/').count() == depth);
        match (found.next(), found.next()) {
            (Some(first), Some(second)) => return Err(Unread::TwoInside { first: first.name.clone(), second: second.name.clone() }),
            (Some(only), None) => return Ok(only),
            (None, _) => {}
        }
    }
    Err(Unread::NoneInside)
}

fn is_catalog(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end.to_ascii_lowercase().as_str()))
}

/// A path without what says "here".
fn plain(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

fn text(bytes: Vec<u8>) -> Result<String, Unread> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Unread::Archive(Unfit::TooLarge));
    }
    text_in(bytes).map_err(|problem| Unread::Problems(Problems(vec![problem])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "products:\n  - { id: a, name: A, price: 1, kind: file, files: [ ./x/a.txt ] }\n";

    fn read(files: &[(&str, &str)]) -> Result<CatalogFile, Unread> {
        let entries = files.iter().map(|(name, text)| Entry { name: (*name).to_owned(), bytes: text.as_bytes().to_vec() });
        packed(&entries.collect::<Vec<_>>())
    }

    #[test]
    fn the_catalog_is_found_at_the_top_or_in_the_one_folder_and_its_files_beside_it() {
        assert!(read(&[("catalog.yaml", YAML), ("x/a.txt", "A")]).is_ok());
        assert!(read(&[("shop/x/a.txt", "A"), ("shop/Any.YML", YAML)]).is_ok());
        // What is sold may be YAML, too.
        assert!(read(&[("catalog.yaml", YAML), ("x/a.txt", "A"), ("x/config.yaml", "a: b")]).is_ok());
        let (first, second) = ("a.yaml".to_owned(), "b.yml".to_owned());
        assert_eq!(read(&[("a.yaml", YAML), ("b.yml", YAML)]), Err(Unread::TwoInside { first, second }));
        assert_eq!(read(&[("x/y/catalog.yaml", YAML)]), Err(Unread::NoneInside));
        assert_eq!(read(&[("a.txt", "A")]), Err(Unread::NoneInside));
    }

    #[test]
    fn what_leads_out_of_the_archive_and_what_is_not_in_it_is_refused() {
        for name in ["../a.png", "/etc/a.png", "a/../../b"] {
            assert_eq!(read(&[("catalog.yaml", YAML), (name, "A")]), Err(Unread::Outside { name: name.to_owned() }));
        }
        let Err(Unread::Problems(problems)) = read(&[("shop/catalog.yaml", YAML), ("x/a.txt", "A")]) else { panic!("it is not there") };
        assert_eq!(problems.to_string(), "2: ./x/a.txt is not in the .zip");
    }

    #[test]
    fn what_is_no_catalog_is_told_from_one_with_problems() {
        assert_eq!(received("photo.png", b"\x89PNG".to_vec()), Err(Unread::NoCatalog));
        assert_eq!(received("shop.zip", b"no".to_vec()), Err(Unread::Archive(Unfit::Damaged)));
        let Err(Unread::Problems(problems)) = received("shop.yaml", b"shop: {}\n\xff\xfe".to_vec()) else { panic!("it is binary") };
        assert!(problems.to_string().starts_with("2: this is not UTF-8"));
    }
}
