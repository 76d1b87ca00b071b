//! Files with stock: what units are in them, or everything that is wrong with them, before anything is written. Lines of text, CSV, archives
//! of files, and files that are units themselves.

use super::archive::{self, file_name};
use super::catalog_file::media_type;
use super::fields;
use super::stock::{UNITS_MAX, text_in, units};
use crate::domain::product::STOCK_LINE_BYTES_MAX;
use crate::store::UnitFile;

/// Largest file that is a unit, in bytes. Bot API: a bot can send files of up to 50 MB.
pub const UNIT_BYTES_MAX: usize = 50 * 1_000 * 1_000;
/// What stands between the fields of a row once they are one unit.
const BETWEEN: &str = " | ";
/// Separators in the order in which they are believed: a comma may be a part of a number.
const SEPARATORS: [char; 3] = ['\t', ';', ','];
/// Stands for no separator: it is in no text.
const NONE: char = '\u{1f}';
/// What columns are called. A first row of nothing else is a heading, which nobody wants to sell.
const HEADINGS: [&str; 24] = [
    "account",
    "code",
    "codes",
    "email",
    "e-mail",
    "id",
    "key",
    "keys",
    "licence",
    "licence key",
    "license",
    "license key",
    "link",
    "login",
    "mail",
    "name",
    "pass",
    "password",
    "pin",
    "serial",
    "serial number",
    "token",
    "user",
    "username",
];
/// Rows that are looked at to tell how fields are separated.
const LOOKED_AT: usize = 1_000;

/// What is in a file.
#[derive(Clone)]
pub enum Contents {
    Texts(Vec<String>),
    Files(Vec<UnitFile>),
}

/// Why a file is not taken in. Nothing of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// There is nothing in it.
    Nothing,
    /// It is no text that can be read.
    NoText,
    /// The units that begin on these lines, counted from 1, are longer than [`STOCK_LINE_BYTES_MAX`].
    TooLong {
        lines: Vec<usize>,
    },
    /// More than [`UNITS_MAX`].
    TooMany {
        units: usize,
    },
    /// A quote that opens on this line is not closed where its field ends.
    Quote {
        line: usize,
    },
    Archive(archive::Unfit),
    /// These files of an archive are no units.
    Entries(Vec<BadEntry>),
}

/// A file of an archive that is no unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEntry {
    pub name: String,
    /// It is larger than [`UNIT_BYTES_MAX`]; else it is empty.
    pub is_too_large: bool,
}

/// The units in a document of this name.
pub fn read(name: &str, bytes: Vec<u8>) -> Result<Contents, Unread> {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match end.as_str() {
        "txt" | "text" | "lst" => lines(&text_in(&bytes).ok_or(Unread::NoText)?).map(Contents::Texts),
        "csv" | "tsv" => rows(&text_in(&bytes).ok_or(Unread::NoText)?, end == "tsv").map(Contents::Texts),
        "zip" => unpacked(&bytes).map(Contents::Files),
        _ => Ok(Contents::Files(vec![unit(name, bytes)])),
    }
}

/// The units in a text, one a line.
pub fn lines(text: &str) -> Result<Vec<String>, Unread> {
    counted(units(text).map_err(|lines| Unread::TooLong { lines })?)
}

/// The units in a table, one a row: its fields, without the blanks around them and without those that are empty.
pub fn rows(text: &str, is_tsv: bool) -> Result<Vec<String>, Unread> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (named, text) = named_separator(&text);
    let separator = if is_tsv { '\t' } else { named.unwrap_or_else(|| separator(text)) };
    let skipped = usize::from(named.is_some());
    if let Some(line) = broken_quote(text, separator) {
        return Err(Unread::Quote { line: line + skipped });
    }
    let delimiter = u8::try_from(separator).unwrap_or(b',');
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut units, mut too_long) = (Vec::new(), Vec::new());
    for (number, record) in reader.into_records().enumerate() {
        // A text is UTF-8, and rows may have any number of fields: nothing else can be wrong.
        let Ok(record) = record else { return Err(Unread::NoText) };
        let fields: Vec<&str> = record.iter().map(str::trim).filter(|field| !field.is_empty()).collect();
        if number == 0 && is_heading(&fields) {
            continue;
        }
        let unit = fields.join(BETWEEN);
        if unit.len() > STOCK_LINE_BYTES_MAX {
            let line = record.position().map_or(1, csv::Position::line);
            too_long.push(usize::try_from(line).unwrap_or(usize::MAX) + skipped);
        }
        if !unit.is_empty() {
            units.push(unit);
        }
    }
    if too_long.is_empty() { counted(units) } else { Err(Unread::TooLong { lines: too_long }) }
}

/// Whether fields are the names of columns: all of them, or two that are, as no account is called beside others that are not known here.
fn is_heading(fields: &[&str]) -> bool {
    let known = fields.iter().filter(|field| HEADINGS.contains(&field.to_lowercase().as_str())).count();
    known == fields.len() || known >= 2
}

/// Texts as a table of one column, which [`rows`] reads back: below a heading, where the first of them would be taken for one.
pub fn written_as_rows(units: &[&str]) -> Vec<u8> {
    let heading = units.first().filter(|unit| is_heading(&[**unit])).map(|_| "Key");
    let mut written = Vec::new();
    for unit in heading.iter().chain(units) {
        written.extend(format!("\"{}\"\r\n", unit.replace('"', "\"\"")).into_bytes());
    }
    written
}

fn counted(units: Vec<String>) -> Result<Vec<String>, Unread> {
    match units.len() {
        0 => Err(Unread::Nothing),
        count if count > UNITS_MAX => Err(Unread::TooMany { units: count }),
        _ => Ok(units),
    }
}

fn unpacked(bytes: &[u8]) -> Result<Vec<UnitFile>, Unread> {
    let entries = archive::entries(bytes).map_err(Unread::Archive)?;
    let bad = entries.iter().filter(|entry| entry.bytes.is_empty() || entry.bytes.len() > UNIT_BYTES_MAX);
    let bad: Vec<BadEntry> = bad.map(|entry| BadEntry { name: entry.name.clone(), is_too_large: !entry.bytes.is_empty() }).collect();
    if !bad.is_empty() {
        return Err(Unread::Entries(bad));
    }
    Ok(entries.into_iter().map(|entry| unit(file_name(&entry.name), entry.bytes)).collect())
}

fn unit(name: &str, bytes: Vec<u8>) -> UnitFile {
    let name = fields::file_name(Some(name));
    UnitFile { media_type: media_type(&name), name, bytes }
}

/// The separator that a spreadsheet wrote into the first line, `sep=;`, and the text behind that line.
fn named_separator(text: &str) -> (Option<char>, &str) {
    let named = text.split_once('\n').and_then(|(first, rest)| Some((first.strip_prefix("sep=")?, rest)));
    match named {
        Some((name, rest)) => match SEPARATORS.into_iter().find(|separator| name.trim_matches(' ') == separator.to_string()) {
            Some(separator) => (Some(separator), rest),
            None => (None, text),
        },
        None => (None, text),
    }
}

/// How fields are separated: by what stands in most rows, and best in all of them equally often. A separator that only a few rows have is a
/// part of what stands there.
fn separator(text: &str) -> char {
    let rows = row_counts(text);
    let in_most = |place: usize| rows.iter().filter(|row| row.get(place).is_some_and(|count| *count > 0)).count() * 2 > rows.len();
    let is_even = |place: usize| {
        let mut counts = rows.iter().filter_map(|row| row.get(place));
        let first = counts.next();
        first.is_some_and(|first| *first > 0 && counts.all(|count| count == first))
    };
    let found = |fits: &dyn Fn(usize) -> bool| (0..).zip(SEPARATORS).find(|(place, _)| fits(*place)).map(|(_, separator)| separator);
    found(&is_even).or_else(|| found(&in_most)).unwrap_or(NONE)
}

/// How often each separator stands outside of quotes, row by row, in the first rows that are not blank.
fn row_counts(text: &str) -> Vec<[usize; 3]> {
    let (mut rows, mut row, mut is_blank, mut quoted) = (Vec::new(), [0; 3], true, false);
    for c in text.chars().chain(['\n']) {
        match c {
            '"' => (quoted, is_blank) = (!quoted, false),
            '\n' if !quoted => {
                if !is_blank {
                    rows.push(row);
                }
                (row, is_blank) = ([0; 3], true);
                if rows.len() >= LOOKED_AT {
                    return rows;
                }
            }
            c if !quoted => {
                if let Some((_, count)) = SEPARATORS.into_iter().zip(&mut row).find(|(separator, _)| *separator == c) {
                    *count += 1;
                }
                is_blank &= c.is_whitespace();
            }
            _ => {}
        }
    }
    // A quote in the first row that is never closed swallows everything: what stands before it tells the separator all the same.
    if rows.is_empty() && !is_blank {
        rows.push(row);
    }
    rows
}

/// The line on which a quote opens that is never closed, or behind which more stands than the end of its field.
fn broken_quote(text: &str, separator: char) -> Option<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Start,
        Field,
        Quoted,
        Closing,
    }
    let (mut line, mut opened, mut at) = (1, 1, At::Start);
    for c in text.chars() {
        at = match (at, c) {
            (At::Start, '"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, '"') => At::Closing,
            (At::Closing, '"') | (At::Quoted, _) => At::Quoted,
            (_, c) if c == separator || c == '\n' => At::Start,
            (At::Closing, ' ') => At::Closing,
            (At::Closing, _) => return Some(opened),
            (At::Start | At::Field, _) => At::Field,
        };
        line += usize::from(c == '\n');
    }
    (at == At::Quoted).then_some(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        rows(text, false).unwrap()
    }

    #[test]
    fn a_row_is_a_unit_whatever_separates_its_fields() {
        for separator in [";", ",", "\t"] {
            let text = ["eve;pass;e@x", "a;1;x", "", " b ;;y ", ";;"].join("\n").replace(';', separator);
            assert_eq!(of(&text), ["eve | pass | e@x", "a | 1 | x", "b | y"], "{separator:?}");
        }
        assert_eq!(rows("a,1\tb", true).unwrap(), ["a,1 | b"]);
        assert_eq!(of("sep=,\na,1;2\n"), ["a | 1;2"]);
        assert_eq!(of("1,5;2,5\n3,5;4,5"), ["1,5 | 2,5", "3,5 | 4,5"], "a comma may be a part of a number");
    }

    #[test]
    fn one_column_is_taken_as_it_stands() {
        assert_eq!(of("A-1\r\nB-2\rC-3\n"), ["A-1", "B-2", "C-3"]);
        assert_eq!(
            of("ann:se,cret\nben:pass\ncleo:word\n"),
            ["ann:se,cret", "ben:pass", "cleo:word"],
            "a comma in a few rows separates nothing"
        );
    }

    #[test]
    fn quotes_hold_everything() {
        assert_eq!(of("\"a;\"\"b\"\"\";\"two\nlines\"\n5\" disk;x"), ["a;\"b\" | two\nlines", "5\" disk | x"]);
        assert_eq!(of("\"one, and two\"\n\"three\"\n"), ["one, and two", "three"]);
        assert_eq!(of("\"a\" ,\"b\"\n"), ["a | b"]);
        let units = ["plain", "two\nlines", "a \"quote\"; and, more"];
        assert_eq!(of(std::str::from_utf8(&written_as_rows(&units)).unwrap()), units);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_named_by_its_line() {
        for (text, line) in
            [("a,b\nc,\"d\ne,f\n", 2), ("a\n\"b\nc\"\n\"d", 4), ("a\n\"b\nc\n\"d\",e\nf", 2), ("sep=;\na;\"b", 2), ("\"a\"b", 1)]
        {
            assert_eq!(rows(text, false), Err(Unread::Quote { line }), "{text:?}");
        }
    }

    #[test]
    fn a_heading_is_not_sold() {
        assert_eq!(of("Login;Password\na;b"), ["a | b"]);
        assert_eq!(of("KEY\nA-1\nA-2"), ["A-1", "A-2"]);
        assert_eq!(of("A-1\nkey\nA-2"), ["A-1", "key", "A-2"], "only above everything else");
        assert_eq!(of("login;hunter2\na;b"), ["login | hunter2", "a | b"]);
        assert_eq!(of("Login;Password;Valid until\na;b;c"), ["a | b | c"], "two columns that are known speak for the third");
        assert_eq!(rows("a,\"b\nc,d\n", false), Err(Unread::Quote { line: 1 }), "a quote in the first row hides no separator");
        assert_eq!(rows("login,password\n", false), Err(Unread::Nothing));
    }

    #[test]
    fn a_unit_that_looks_like_a_heading_comes_back_as_it_went() {
        for units in [vec!["ID"], vec!["key", "A-1"], vec!["A-1", "key"], vec!["Key", "Key 2"]] {
            let table = String::from_utf8(written_as_rows(&units)).unwrap();
            assert_eq!(rows(&table, false).unwrap(), units, "{table}");
        }
    }

    #[test]
    fn rows_that_are_too_long_are_named_by_the_line_where_they_begin() {
        let long = "x".repeat(STOCK_LINE_BYTES_MAX);
        assert_eq!(rows(&format!("a;\"b\nc\"\n{long};d\ne;f\n\"{long}\ng\";h"), false), Err(Unread::TooLong { lines: vec![3, 5] }));
    }

    #[test]
    fn what_is_no_list_is_a_unit_itself() {
        for name in ["licence.pdf", "owl.png", "office.docx", "noend"] {
            assert!(matches!(read(name, vec![0, 1]), Ok(Contents::Files(files)) if files[0].name == name), "{name}");
        }
        assert!(matches!(read("KEYS.TXT", b"A\nB".to_vec()), Ok(Contents::Texts(units)) if units == ["A", "B"]));
        assert_eq!(read("keys.txt", vec![0, 1]).err(), Some(Unread::NoText));
        assert_eq!(read("keys.zip", b"A".to_vec()).err(), Some(Unread::Archive(archive::Unfit::Damaged)));
        assert_eq!(read("keys.csv", b" \n;\n".to_vec()).err(), Some(Unread::Nothing));
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_answered_and_units_are_in_the_text(text in "[ab\";,\t\n\r ü🦉]{0,60}") {
            if let Ok(units) = rows(&text, false) {
                proptest::prop_assert!(!units.is_empty() && units.iter().all(|unit| !unit.trim().is_empty()));
            }
        }
    }
}
