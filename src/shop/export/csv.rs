//! CSV (RFC 4180) for programs that take a field that looks like a formula for one: everything is quoted, and such a field gets an
//! apostrophe in front, which spreadsheets do not show.

use super::{Cell, Table};

/// What a spreadsheet takes for the beginning of a formula, also in the wide letters of East Asia.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/// Tells spreadsheets that this is UTF-8.
const MARK: &str = "\u{feff}";

/// A table as a file.
pub fn written(table: &Table) -> Vec<u8> {
    let mut file = String::from(MARK);
    line(&mut file, table.columns.iter().map(String::as_str));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(Cell::shown).collect();
        line(&mut file, cells.iter().map(String::as_str));
    }
    file.into_bytes()
}

fn line<'a>(file: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (cell, number) in cells.zip(0_usize..) {
        if number > 0 {
            file.push(',');
        }
        field(file, cell);
    }
    file.push_str("\r\n");
}

fn field(file: &mut String, text: &str) {
    file.push('"');
    if text.starts_with(FORMULA) {
        file.push('\'');
    }
    for c in text.chars() {
        if c == '"' {
            file.push('"');
        }
        file.push(c);
    }
    file.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fields of a file, as a reader of RFC 4180 sees them.
    fn read(file: &[u8]) -> Vec<Vec<String>> {
        let text = std::str::from_utf8(file).unwrap().strip_prefix(MARK).unwrap();
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
        let mut chars = text.chars().peekable();
        let mut inside = false;
        while let Some(c) = chars.next() {
            match (inside, c) {
                (true, '"') if chars.peek() == Some(&'"') => field.push(chars.next().unwrap()),
                (_, '"') => inside = !inside,
                (true, c) => field.push(c),
                (false, ',') => row.push(std::mem::take(&mut field)),
                (false, '\r') => assert_eq!(chars.next(), Some('\n')),
                (false, c) => panic!("{c:?} stands outside of a field"),
            }
            if !inside && c == '\r' {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
        }
        rows
    }

    fn table(rows: Vec<Vec<Cell>>) -> Table {
        Table { columns: vec!["a".to_owned(), "b".to_owned()], rows, is_cut: false }
    }

    #[test]
    fn what_looks_like_a_formula_is_text() {
        let file = written(&table(vec![vec![Cell::text("=HYPERLINK(\"https://example.com\")"), Cell::Count(7)]]));
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, "\u{feff}\"a\",\"b\"\r\n\"'=HYPERLINK(\"\"https://example.com\"\")\",\"7\"\r\n");
    }

    proptest! {
        #[test]
        fn no_field_begins_a_formula_and_every_field_is_read_back(fields in proptest::collection::vec(("[=+@\t\r\n\"',;＝-]{0,3}\\PC{0,12}", "[=+@\t\r\n\"',-]{0,2}.{0,6}"), 0..6)) {
            let rows = fields.iter().map(|(a, b)| vec![Cell::text(a), Cell::text(b)]).collect();
            let read = read(&written(&table(rows)));
            prop_assert_eq!(read.len(), fields.len() + 1);
            for (row, (a, b)) in read.iter().skip(1).zip(&fields) {
                prop_assert_eq!(row.len(), 2);
                for (shown, meant) in row.iter().zip([a, b]) {
                    prop_assert!(!shown.starts_with(FORMULA), "{:?}", shown);
                    let marked = meant.starts_with(FORMULA);
                    prop_assert_eq!(if marked { shown.strip_prefix('\'').unwrap() } else { shown.as_str() }, meant.as_str());
                }
            }
        }
    }
}
