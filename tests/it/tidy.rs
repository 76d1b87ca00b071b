//! The order of the house, read from the source: who may name whom (ARCHITECTURE.md), and what stands where.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may name; itself always. `app`, `demo`, `cli` and `main` wire everything and may name anything.
const ARROWS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("clock", &[]),
    ("config", &["domain", "store"]),
    ("store", &["domain", "clock"]),
    ("cryptocloud", &["domain", "clock"]),
    ("shop", &["store", "cryptocloud", "domain", "clock"]),
    ("locale", &["domain"]),
    ("telegram", &["shop", "store", "locale", "domain", "clock"]),
    ("jobs", &["telegram", "shop", "store", "cryptocloud", "domain", "clock"]),
    ("http", &["shop", "store", "cryptocloud", "domain", "clock"]),
    ("sandbox", &["domain", "clock"]),
];
/// Files that may name more than their room, because they stand between two.
const DOORS: [(&str, &[&str]); 1] = [("sandbox/demo_shop", &["shop", "store"])];
const WIRING: [&str; 5] = ["app", "cli", "demo", "main", "lib"];
/// Foreign names and the only places that may use them.
const FOREIGN: [(&str, &[&str]); 3] = [("sqlx", &["store"]), ("teloxide", &["telegram", "app"]), ("rusqlite", &[])];
/// What a pure room does not know.
const IMPURE: [&str; 6] = ["teloxide", "sqlx", "reqwest", "tokio", "axum", "hyper"];
/// Most lines of a file, its tests not counted.
const LINES_MAX: usize = 400;
/// Files that are longer, each for a reason beside it.
const LONG_FILES: [&str; 1] = [
    // One list: a line for each sentence.
    "locale/text.rs",
];

struct Source {
    /// Below `src`, with `/`.
    path: String,
    room: String,
    /// Before its tests.
    lines: usize,
    /// Without comments.
    code: String,
}

#[test]
fn imports_point_one_way() {
    let mut wrong = String::new();
    for source in sources() {
        if WIRING.contains(&source.room.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == source.room) else {
            writeln!(wrong, "{}: the room {} has no arrows: add them here and to ARCHITECTURE.md", source.path, source.room).unwrap();
            continue;
        };
        let door = DOORS.iter().find(|(path, _)| source.path.starts_with(path)).map_or(&[][..], |(_, rooms)| rooms);
        for named in named_rooms(&source.code) {
            if named != source.room && !allowed.contains(&named.as_str()) && !door.contains(&named.as_str()) {
                writeln!(wrong, "{}: {} must not name {named}", source.path, source.room).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_domain_is_pure() {
    for source in sources().iter().filter(|source| source.room == "domain") {
        for name in IMPURE {
            assert!(!uses_crate(&source.code, name), "{} names {name}", source.path);
        }
        assert!(!has_word(&source.code, "async"), "{} is async", source.path);
    }
}

#[test]
fn drivers_and_clients_stay_in_their_rooms() {
    for source in sources() {
        for (name, rooms) in FOREIGN {
            assert!(rooms.contains(&source.room.as_str()) || !uses_crate(&source.code, name), "{} names {name}", source.path);
        }
    }
}

#[test]
fn only_the_configuration_reads_the_environment() {
    for source in sources().iter().filter(|source| source.path != "config.rs") {
        let reads = ["env::var", "env::vars", "env::var_os", "env::vars_os"];
        assert!(!reads.iter().any(|read| has_word(&source.code, read)), "{} reads the environment", source.path);
    }
}

#[test]
fn only_the_store_speaks_sql() {
    let openings = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"CREATE TABLE ", "\"PRAGMA ", "\"BEGIN"];
    let (mut in_store, mut elsewhere) = (0, Vec::new());
    for source in sources() {
        let speaks = openings.iter().any(|opening| source.code.contains(opening));
        match source.room.as_str() {
            "store" => in_store += u32::from(speaks),
            _ if speaks => elsewhere.push(source.path),
            _ => {}
        }
    }
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert!(in_store > 5, "SQL is recognised where it is");
}

#[test]
fn files_have_a_name_that_says_something_and_one_job() {
    for source in sources() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            assert!(!["utils", "util", "helpers", "helper", "common", "manager", "misc"].contains(&part), "{}", source.path);
        }
        let long = source.lines > LINES_MAX;
        assert_eq!(long, LONG_FILES.contains(&source.path.as_str()), "{} has {} lines, at most {LINES_MAX}", source.path, source.lines);
    }
}

#[test]
fn every_file_opens_with_its_job() {
    for source in sources() {
        let text = std::fs::read_to_string(root().join("src").join(&source.path)).unwrap();
        let opening = text.lines().find(|line| !line.starts_with("#!") && !line.is_empty());
        let stub = text.lines().count() < 3;
        assert!(stub || opening.is_some_and(|line| line.starts_with("//!")), "{} does not open with `//!`", source.path);
    }
}

#[test]
fn migrations_are_numbered_without_a_gap() {
    let mut names: Vec<String> =
        std::fs::read_dir(root().join("migrations")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for (name, number) in names.iter().zip(1..) {
        assert!(name.starts_with(&format!("{number:04}_")) && name.to_ascii_lowercase().ends_with(".sql"), "{name}");
    }
    assert!(!names.is_empty());
}

#[test]
fn rooms_are_read_from_paths_and_groups() {
    let named = |code: &str| named_rooms(code).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(named("use crate::domain::money::Fiat;"), "domain");
    assert_eq!(named("use crate::{clock::Clock, store::{Store, Job}, domain};"), "clock domain store");
    assert_eq!(named("let x = crate::shop::settle::run(crate::locale::pick());"), "locale shop");
    assert_eq!(named("pub(crate) fn f() {} // nothing"), "");
    assert!(has_word("env::var(x)", "env::var") && !has_word("env::variable", "env::var"));
    assert!(uses_crate("#[derive(sqlx::FromRow)]", "sqlx") && uses_crate("use sqlx;", "sqlx"));
    assert!(!uses_crate("let sqlx_like = \"info,sqlx=warn\";", "sqlx"));
    assert_eq!(without_comments("a // sqlx\n\"http://x\" b /* c */\n//! d\n"), "a \n\"http://x\" b /* c */\n\n");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            let path = file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
            let room = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
            Source { path, room, lines, code: without_comments(&text) }
        })
        .collect();
    assert!(sources.len() > 30, "the source is read");
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The text without what follows `//` on a line, unless it stands in a string.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let comment = line.match_indices("//").map(|(at, _)| at).find(|at| line[..*at].matches('"').count() % 2 == 0);
        code.push_str(&line[..comment.unwrap_or(line.len())]);
        code.push('\n');
    }
    code
}

/// The rooms behind `crate::`, one by one or in a group.
fn named_rooms(code: &str) -> BTreeSet<String> {
    let first_word = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with(['$', '_'])) {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(first_word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, 0);
        for (end, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    rooms.insert(first_word(&group[start..end]));
                    start = end + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    rooms.remove("");
    rooms
}

/// Whether something of a crate is named; its name alone may be a word in a text.
fn uses_crate(code: &str, name: &str) -> bool {
    has_word(code, &format!("{name}::")) || has_word(code, &format!("use {name}"))
}

/// Whether `word` stands in the code, not as a part of a longer name.
fn has_word(code: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (code[..at].chars().next_back(), code[at + word.len()..].chars().next());
        !before.is_some_and(part_of_name) && (word.ends_with(':') || !after.is_some_and(part_of_name))
    })
}
