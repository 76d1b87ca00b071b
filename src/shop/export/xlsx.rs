//! XLSX. Text is written as text, so that nothing in it is a formula or a link; an amount is a number where a spreadsheet keeps all its
//! digits.

use rust_decimal::prelude::ToPrimitive as _;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{Cell, Table};

/// A cell takes so many UTF-16 units of text.
const CELL_CHARS_MAX: usize = 32_767;
/// Digits that a spreadsheet keeps of a number.
const DIGITS_MAX: usize = 15;

/// A table as a file with one sheet.
pub fn written(table: &Table, sheet: &str) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let whole = Format::new().set_num_format("0");
    let cents = Format::new().set_num_format("0.00");
    let page = book.add_worksheet();
    page.set_name(sheet)?;
    page.set_freeze_panes(1, 0)?;
    for (name, column) in table.columns.iter().zip(0_u16..) {
        page.write_string_with_format(0, column, name, &bold)?;
        page.set_column_width(column, 18)?;
    }
    for (row, number) in table.rows.iter().zip(1_u32..) {
        for (cell, column) in row.iter().zip(0_u16..) {
            match cell {
                Cell::Empty => {}
                Cell::Count(count) if is_kept(&count.to_string()) => {
                    // Exact: it has no more digits than the number type keeps.
                    let Some(value) = count.to_f64() else { continue };
                    page.write_number_with_format(number, column, value, &whole)?;
                }
                Cell::Money(amount) if is_kept(&amount.number()) => {
                    let Some(value) = amount.to_decimal().to_f64() else { continue };
                    let format = if amount.currency.digits() == 0 { &whole } else { &cents };
                    page.write_number_with_format(number, column, value, format)?;
                }
                Cell::Count(_) | Cell::Money(_) => {
                    page.write_string(number, column, cell.shown())?;
                }
                Cell::Text(text) => {
                    page.write_string(number, column, clean(text))?;
                }
            }
        }
    }
    book.save_to_buffer()
}

fn is_kept(number: &str) -> bool {
    number.bytes().filter(u8::is_ascii_digit).count() <= DIGITS_MAX
}

/// Text as a cell takes it: XML knows no control characters but three, and a cell has an end.
fn clean(text: &str) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= CELL_CHARS_MAX
    };
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
        .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .take_while(fits)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::{Currency, Fiat};

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn table(cells: Vec<Cell>) -> Table {
        Table { columns: cells.iter().map(|_| "column".to_owned()).collect(), rows: vec![cells], is_cut: false }
    }

    #[test]
    fn amounts_are_numbers_where_all_digits_are_kept() {
        let money = |minor| Cell::Money(Fiat::new(minor, Currency::Usd));
        let file = written(&table(vec![money(1_050), money(999_999_999_999_999), money(9_999_999_999_999_999)]), "orders").unwrap();
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("<v>10.5</v>") && sheet.contains("<v>9999999999999.99</v>"), "{sheet}");
        assert!(part(&file, "xl/sharedStrings.xml").contains("99999999999999.99"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn no_text_becomes_a_formula_or_a_link(text in "[=+@\t\r\n-]{0,2}(https?://|mailto:|HYPERLINK\\()?\\PC{0,20}") {
            let file = written(&table(vec![Cell::text(&text)]), "orders").unwrap();
            let sheet = part(&file, "xl/worksheets/sheet1.xml");
            prop_assert!(!sheet.contains("<f>") && !sheet.contains("<f ") && !sheet.contains("hyperlink"), "{}", sheet);
        }
    }

    #[test]
    fn text_without_end_and_control_characters_make_no_broken_file() {
        let long = "🦉".repeat(40_000);
        let file = written(&table(vec![Cell::text(long), Cell::text("a\u{0}b\u{b}c")]), "units").unwrap();
        assert!(part(&file, "xl/sharedStrings.xml").contains("abc"));
    }
}
