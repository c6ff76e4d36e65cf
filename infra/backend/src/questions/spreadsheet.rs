//! Text files of spreadsheets: encodings, separators, quotes, and cells that would be formulas.

use std::borrow::Cow;

use csv::{QuoteStyle, ReaderBuilder, StringRecord, Writer, WriterBuilder};
use domain::validation::Violation;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use protocol::envelope::{ApiError, ErrorCode};

/// UTF-8's byte order mark: Excel recognizes a CSV file in UTF-8 by it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The number of characters of a cell that a message shows.
const EXCERPT_LENGTH: usize = 80;

/// How to save a readable file, in the terms of a spreadsheet program.
const ADVICE: &str = "In a spreadsheet, choose “Save as” and “CSV UTF-8 (comma delimited)”.";

/// The first bytes of file formats that are not text, and their names.
const SIGNATURES: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "an Excel workbook, an OpenDocument spreadsheet or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x1f\x8b", "a compressed file"),
];

/// Characters that begin a formula, also in the wide forms of East Asian keyboards (OWASP, "CSV Injection").
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Characters that end a cell if a spreadsheet assumes another separator than that of the file; it then ignores quotes, too.
const BREAKS: [char; 4] = [';', '\t', '\n', '\r'];

/// A file's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub(crate) text: Cow<'a, str>,
    /// The name of the encoding, if it was guessed.
    pub(crate) assumed_encoding: Option<&'static str>,
}

/// Rejects a file with the first bytes of another format.
///
/// # Errors
/// The error names that format.
pub(crate) fn check_signature(file: &[u8]) -> Result<(), ApiError> {
    let Some((_, format)) = SIGNATURES.iter().find(|(signature, _)| file.starts_with(signature)) else { return Ok(()) };
    let message = format!("The file is {format}, not a CSV or JSON file. {ADVICE}");
    Err(ApiError::new(ErrorCode::RuleViolation, message))
}

/// Reads the text of a file in UTF-8 or UTF-16 with a byte order mark, in UTF-8 without one, or in Windows-1252.
///
/// # Errors
/// It is not text, or in none of these encodings.
pub(crate) fn decode(file: &[u8]) -> Result<Decoded<'_>, ApiError> {
    check_signature(file)?;
    let reject = |message: String| Err(ApiError::new(ErrorCode::RuleViolation, message));
    let (encoding, mark) = Encoding::for_bom(file).unwrap_or((UTF_8, 0));
    let rest = file.get(mark..).unwrap_or_default();
    let decoded = match encoding.decode_without_bom_handling_and_without_replacement(rest) {
        Some(text) => Decoded { text, assumed_encoding: None },
        None if mark > 0 => {
            let name = encoding.name();
            return reject(format!("The file's first bytes say that it is in {name}, but it is not. {ADVICE}"));
        }
        None => {
            Decoded { text: WINDOWS_1252.decode_without_bom_handling(rest).0, assumed_encoding: Some("windows-1252") }
        }
    };
    if decoded.text.contains('\0') {
        return reject(format!("The file is no text: it holds bytes that are zero. {ADVICE}"));
    }
    // Windows-1252 decodes each byte; its undefined bytes become control characters (Encoding Standard, "index windows-1252").
    let is_undefined = |character: char| character.is_control() && !['\t', '\n', '\r'].contains(&character);
    if decoded.assumed_encoding.is_some() && decoded.text.contains(is_undefined) {
        return reject(format!("The file is neither in UTF-8 nor in Windows-1252. {ADVICE}"));
    }
    Ok(decoded)
}

/// A record of a file; it has several lines if a cell contains line breaks.
#[derive(Debug)]
pub(crate) struct Row {
    /// The line at which it begins, counted from 1.
    pub(crate) line: usize,
    /// Its cells.
    pub(crate) cells: StringRecord,
}

/// The rows of a CSV file that are not empty. A first line like `sep=;` names the separator, as in Excel. Without it, the separator is the
/// one of comma, semicolon and tab that is most frequent in the first line.
///
/// # Errors
/// A quote is misplaced, or is never closed.
pub(crate) fn rows(text: &str) -> Result<Vec<Row>, Violation> {
    // Old Macs end lines with a carriage return only.
    let text = if text.contains('\n') { Cow::Borrowed(text) } else { Cow::Owned(text.replace('\r', "\n")) };
    let (separator, body, first_line) = match declared_separator(&text)? {
        Some((separator, rest)) => (separator, rest, 2),
        None => (likely_separator(&text), &*text, 1),
    };
    let builder = || {
        let mut builder = ReaderBuilder::new();
        builder.flexible(true).has_headers(false).delimiter(separator);
        builder
    };
    let head = builder().from_reader(body.as_bytes()).records().next().and_then(Result::ok).unwrap_or_default();
    check_quotes(body, separator, first_line, &head)?;
    let mut rows = Vec::new();
    // The lines before this byte are counted.
    let (mut counted, mut line) = (0, first_line);
    for record in builder().from_reader(body.as_bytes()).into_records() {
        let cells = record.map_err(|fault| unreadable(&fault))?;
        let start = cells.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        // A record's position is the end of the previous one, so empty lines between them are skipped.
        let empty = body.get(start..).map_or(0, |rest| rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        let begin = start.saturating_add(empty);
        line += body.get(counted..begin).map_or(0, |passed| passed.matches('\n').count());
        counted = begin;
        if !cells.iter().all(|cell| cell.trim().is_empty()) {
            rows.push(Row { line, cells });
        }
    }
    Ok(rows)
}

/// The separator of a first line like `sep=;`, and the text after that line.
fn declared_separator(text: &str) -> Result<Option<(u8, &str)>, Violation> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim_end_matches('\r');
    let Some((name, named)) = first.split_once('=') else { return Ok(None) };
    if !name.eq_ignore_ascii_case("sep") {
        return Ok(None);
    }
    match named.as_bytes() {
        [separator] if separator.is_ascii() && *separator != b'"' => Ok(Some((*separator, rest))),
        _ => {
            let message = format!("“{}” must name one character that separates cells, like “sep=;”.", excerpt(first));
            Err(Violation::of_rule("line 1", first, "separator", message))
        }
    }
}

/// The separator that is most frequent in the first line.
fn likely_separator(text: &str) -> u8 {
    let first = text.trim_start_matches(['\r', '\n']).split(['\r', '\n']).next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    // With equal counts, `max_by_key` returns the last one, the comma.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// The state of the scan for quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanState {
    /// At the start of a cell, perhaps after spaces.
    Begin,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that closes the cell, or is the first of two that mean one.
    Closed,
    /// In spaces after a closed cell.
    After,
}

/// Checks that each quote begins a cell, ends it or is doubled (RFC 4180, section 2). Checked here, since the parser accepts any text and
/// makes one cell of all text after a quote that is never closed.
fn check_quotes(body: &str, separator: u8, first_line: usize, head: &StringRecord) -> Result<(), Violation> {
    let (mut state, mut line, mut index, mut begin) = (ScanState::Begin, first_line, 0, 0);
    // Where the last quoted cell begins: its line, its index in the row, its first byte.
    let mut quoted_cell = (first_line, 0, 0);
    let reject = |(line, index, begin): (usize, usize, usize), problem: &str| {
        let cell = body.get(begin..).unwrap_or_default();
        let message = format!(
            "{problem}: “{}”. A cell with quotes begins and ends with one, and each quote in it is written twice.",
            excerpt(cell.lines().next().unwrap_or_default())
        );
        let property = format!("line {line}: {}", column(head, index));
        Err(Violation::of_rule(&property, cell.lines().next().unwrap_or_default(), "quotes", message))
    };
    for (at, byte) in body.bytes().enumerate() {
        state = match (state, byte) {
            (ScanState::Quoted, b'"') => ScanState::Closed,
            (ScanState::Closed, b'"') | (ScanState::Quoted, _) => ScanState::Quoted,
            (_, b'\n' | b'\r') => {
                (index, begin) = (0, at + 1);
                ScanState::Begin
            }
            (_, byte) if byte == separator => {
                (index, begin) = (index + 1, at + 1);
                ScanState::Begin
            }
            (ScanState::Begin, b'"') if at > begin => {
                return reject((line, index, begin), "A space stands before the quote that begins a cell");
            }
            (ScanState::Begin, b'"') => {
                quoted_cell = (line, index, begin);
                ScanState::Quoted
            }
            (ScanState::Begin, b' ') => ScanState::Begin,
            (ScanState::Begin | ScanState::Plain, _) => ScanState::Plain,
            (ScanState::Closed | ScanState::After, b' ') => ScanState::After,
            (ScanState::Closed | ScanState::After, _) => {
                return reject(quoted_cell, "There is text after the quote that ends a cell");
            }
        };
        line += usize::from(byte == b'\n');
    }
    match state {
        ScanState::Quoted => reject(quoted_cell, "A quote is opened and never closed"),
        _ => Ok(()),
    }
}

fn unreadable(fault: &csv::Error) -> Violation {
    let line = fault.position().map_or_else(String::new, |position| format!("line {}", position.line()));
    Violation::of_rule(&line, "", "csv", format!("The file is not CSV: {fault}."))
}

/// The name of a column: from the header line, or else its letter, as in a spreadsheet.
pub(crate) fn column(head: &StringRecord, index: usize) -> String {
    match head.get(index).map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => format!("column {}", letters(index)),
    }
}

/// A column's letters, counted from 0: A to Z, then AA.
pub(crate) fn letters(index: usize) -> String {
    let last = u8::try_from(index % 26).map_or('A', |offset| char::from(b'A' + offset));
    match index / 26 {
        0 => last.to_string(),
        before => letters(before - 1) + &last.to_string(),
    }
}

/// A cell as a message shows it.
pub(crate) fn excerpt(cell: &str) -> String {
    match cell.char_indices().nth(EXCERPT_LENGTH) {
        None => cell.to_owned(),
        Some((end, _)) => format!("{}…", cell.get(..end).unwrap_or_default()),
    }
}

/// Writes a CSV file that spreadsheets open: with a byte order mark, all texts in quotes.
pub(crate) fn writer() -> Writer<Vec<u8>> {
    write_to(BYTE_ORDER_MARK.to_vec())
}

/// Writes the lines after those of a [`writer`].
pub(crate) fn continuation_writer() -> Writer<Vec<u8>> {
    write_to(Vec::new())
}

fn write_to(head: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().quote_style(QuoteStyle::NonNumeric).from_writer(head)
}

/// A text as a cell that no spreadsheet takes for a formula: with an apostrophe before it if it begins like one (OWASP, "CSV Injection").
pub(crate) fn escape_formulas(text: &str) -> String {
    let escape = |part: &str| if is_formula(part) { format!("'{part}") } else { part.to_owned() };
    text.split_inclusive(BREAKS).map(escape).collect()
}

/// The original text of a cell of [`escape_formulas`].
pub(crate) fn unescape_formulas(cell: &str) -> String {
    let unescape = |part: &'_ str| part.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(part).to_owned();
    cell.split_inclusive(BREAKS).map(unescape).collect()
}

/// Whether it is a formula, perhaps after apostrophes, so that unescaping removes exactly one of them.
fn is_formula(part: &str) -> bool {
    part.trim_start_matches('\'').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<(usize, Vec<String>)> {
        let of = |row: Row| (row.line, row.cells.iter().map(str::to_owned).collect());
        rows(text).unwrap().into_iter().map(of).collect()
    }

    fn rows_error(text: &str) -> (String, String) {
        let violation = rows(text).unwrap_err();
        assert!(violation.message().contains(&excerpt(&violation.value)), "the value is shown: {violation}");
        (violation.property.clone(), violation.message())
    }

    fn row(line: usize, cells: &[&str]) -> (usize, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn each_encoding_of_a_spreadsheet_is_read() {
        let text = "text\nWhat does “café” cost in €?\n";
        let wide = |little: bool| {
            let mark = if little { vec![0xff, 0xfe] } else { vec![0xfe, 0xff] };
            let units =
                text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
            mark.into_iter().chain(units).collect::<Vec<u8>>()
        };
        let marked = [BYTE_ORDER_MARK, text.as_bytes()].concat();
        for file in [text.as_bytes().to_vec(), marked, wide(true), wide(false)] {
            assert_eq!(decode(&file).unwrap(), Decoded { text: text.into(), assumed_encoding: None });
        }
        let western = b"text\nWhat does \x93caf\xe9\x94 cost in \x80?\n";
        let decoded = decode(western).unwrap();
        assert_eq!((&*decoded.text, decoded.assumed_encoding), (text, Some("windows-1252")));
    }

    #[test]
    fn the_error_names_the_format_of_a_binary_file() {
        for (file, words) in [
            (&b"PK\x03\x04\x14\0"[..], "an Excel workbook"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "an old Excel workbook"),
            (b"%PDF-1.7", "a PDF"),
            (b"\xff\xd8\xff\xe0", "an image"),
            (b"text\0\n", "no text"),
            (b"\xff\xfet\0\x00\xd8", "say that it is in UTF-16LE"),
            (b"t\0e\0x\0t\0", "no text"),
            (b"\xef\xbb\xbf\xff", "say that it is in UTF-8"),
            (b"text\n\x81\xff", "neither in UTF-8 nor in Windows-1252"),
        ] {
            let error = decode(file).unwrap_err();
            assert!(error.message.contains(words) && error.message.contains("CSV UTF-8"), "{}", error.message);
        }
    }

    #[test]
    fn the_separator_is_declared_or_found() {
        let expected = [row(1, &["text", "option1"]), row(2, &["a", "b"])];
        for separator in [",", ";", "\t"] {
            let file = ["text", "option1\r\na", "b\r\n"].join(separator);
            assert_eq!(cells(&file), expected, "{separator:?}");
            for name in ["sep", "SEP"] {
                let declared = format!("{name}={separator}\r\n{file}");
                assert_eq!(cells(&declared), [row(2, &["text", "option1"]), row(3, &["a", "b"])], "{separator:?}");
            }
        }
        assert_eq!(cells("sep=|\ntext|type\n")[0], row(2, &["text", "type"]));
        assert_eq!(cells("text\nWhy; why?\n")[1], row(2, &["Why; why?"]), "only the first line counts");
        assert_eq!(rows_error("sep=\ntext\n").0, "line 1");
        assert_eq!(rows_error("sep=,;\ntext\n").0, "line 1");
    }

    #[test]
    fn a_row_is_on_the_line_on_which_it_begins() {
        let file = "text\n\n\"two\nlines\"\n\n,,\nend\n";
        let expected = [row(1, &["text"]), row(3, &["two\nlines"]), row(7, &["end"])];
        assert_eq!(cells(file), expected);
        let windows: Vec<usize> = cells(&file.replace('\n', "\r\n")).into_iter().map(|(line, _)| line).collect();
        assert_eq!(windows, [1, 3, 7]);
        assert_eq!(cells("text\rone\rtwo"), [row(1, &["text"]), row(2, &["one"]), row(3, &["two"])]);
    }

    #[test]
    fn a_misplaced_quote_is_named() {
        let head = "text,option1\n";
        for (row, at, words) in [
            ("a,\"b\nc,d\ne,f\n", "line 2: option1", "never closed: “\"b”"),
            ("\"a,b\n", "line 2: text", "never closed: “\"a,b”"),
            ("x,y\n\n\"a\nb\",\"c\nd\"e\n", "line 5: option1", "after the quote that ends a cell: “\"c”"),
            ("\"a\" b,c\n", "line 2: text", "after the quote that ends a cell"),
            ("a, \"b, c\"\n", "line 2: option1", "A space stands before the quote"),
            ("a,b,\"c\n", "line 2: column C", "never closed"),
        ] {
            let (property, message) = rows_error(&format!("{head}{row}"));
            assert!(property == at && message.contains(words), "{row:?}: {property}: {message}");
        }
        let fine = "\"a \"\"b\"\"\" ,5\" disk\n\"\",\"\"\"\"\n";
        assert_eq!(cells(&format!("{head}{fine}"))[1..], [row(2, &["a \"b\" ", "5\" disk"]), row(3, &["", "\""])]);
    }

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn no_cell_begins_a_formula_for_any_separator() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("'tis", "'tis"),
            ("a;=1;", "a;'=1;"),
            ("a\n=1\tb\t@c", "a\n'=1\tb\t'@c"),
            ("a, b - c", "a, b - c"),
        ] {
            assert_eq!((escape_formulas(text).as_str(), unescape_formulas(cell).as_str()), (cell, text));
        }
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_restored(text in "['=+@;\\t\\n\\ra\\-＝,\" ]{0,12}") {
            let escaped = escape_formulas(&text);
            prop_assert!(escaped.split(BREAKS).all(|part| !part.starts_with(FORMULA)), "{:?}", escaped);
            prop_assert_eq!(unescape_formulas(&escaped), text);
        }

        #[test]
        fn any_cells_are_read_as_they_were_written(written in proptest::collection::vec("[\"',; \\t\\n\\ra=]{0,6}", 2..6)) {
            // A row of empty cells is dropped, and a single first cell could name the separator.
            let head: Vec<String> = written.iter().enumerate().map(|(index, _)| format!("c{index}")).collect();
            let mut writer = writer();
            writer.write_record(&head).unwrap();
            writer.write_record(written.iter().map(|cell| format!("x{cell}"))).unwrap();
            let file = writer.into_inner().unwrap();
            let text = decode(&file).unwrap().text.into_owned();
            let expected = written.iter().map(|cell| format!("x{cell}")).collect();
            prop_assert_eq!(cells(&text), vec![(1, head), (2, expected)]);
        }

        #[test]
        fn no_file_makes_it_panic(file in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(decoded) = decode(&file) {
                let _ = rows(&decoded.text);
            }
        }
    }
}
