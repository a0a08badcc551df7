//! A table as data, and as plain text or Markdown.

use comfy_table::{CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, TableStyle};

/// Horizontal rules only, two spaces between columns: readable on any terminal and in any file.
const STYLE: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .header_lines(ContentLineStyle::none().junction(' '))
    .content_lines(ContentLineStyle::none().junction(' '));

/// A titled table: columns (the left ones are words, the others numbers), rows, and a note below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What the table shows.
    pub title: String,
    /// Column headers; each names its unit.
    pub header: Vec<String>,
    /// How many columns, from the left, hold words and are set flush left.
    pub words: usize,
    /// Rows as wide as the header.
    pub rows: Vec<Vec<String>>,
    /// How to read the table, where that needs saying.
    pub note: Option<String>,
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>, words: usize, header: &[&str]) -> Self {
        Table {
            title: title.into(),
            header: header.iter().map(|h| (*h).to_owned()).collect(),
            words,
            rows: Vec::new(),
            note: None,
        }
    }

    /// The same table with a note below it.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Plain text, at most `width` characters wide (words are wrapped, numbers as far as they can be).
    pub fn to_text(&self, width: u16) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        table.force_no_tty();
        table.set_header(&self.header);
        for row in &self.rows {
            table.add_row(row);
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 1));
            if i >= self.words {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut text = format!("{}\n", self.title);
        for line in table.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if let Some(note) = &self.note {
            text.push_str(&wrap(note, usize::from(width)));
        }
        text
    }

    /// GitHub-flavoured Markdown with the title as a heading of level 3.
    pub fn to_markdown(&self) -> String {
        let escape = |cell: &String| cell.replace('|', "\\|").replace('\n', "<br>");
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(escape).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = format!("### {}\n\n", self.title);
        text.push_str(&line(&self.header));
        let rules = (0..self.header.len()).map(|i| if i < self.words { "---|" } else { "---:|" });
        text.push_str(&format!("|{}\n", rules.collect::<String>()));
        for row in &self.rows {
            text.push_str(&line(row));
        }
        if let Some(note) = &self.note {
            text.push_str(&format!("\n{note}\n"));
        }
        text
    }
}

/// `text` broken at spaces into lines of at most `width` characters, each ended by a line break. The spaces within a number
/// (5 000 000) are none to break at.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in text.lines() {
        let mut used = 0;
        let mut words = paragraph.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let mut whole = word.to_owned();
            while let Some(group) = words.next_if(|next| goes_on(&whole, next)) {
                whole.push(' ');
                whole.push_str(group);
            }
            let length = whole.chars().count();
            if used > 0 && used + 1 + length > width {
                out.push('\n');
                used = 0;
            }
            if used > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(&whole);
            used += length;
        }
        out.push('\n');
    }
    out
}

/// Whether `next` is the next three digits of the number that `text` ends with.
fn goes_on(text: &str, next: &str) -> bool {
    let digits = next.trim_end_matches(|c: char| !c.is_ascii_digit());
    text.ends_with(|c: char| c.is_ascii_digit())
        && digits.len() == 3
        && digits.bytes().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new("Times", 1, &["side", "mean_h"]).with_note("A note.");
        table.row(vec!["Dostyk, entry".into(), "43.1 ±0.4".into()]);
        table.row(vec!["Brest | x".into(), "3.10 ±0.04".into()]);
        table
    }

    #[test]
    fn text_aligns_numbers_to_the_right_and_keeps_the_note() {
        let text = sample().to_text(80);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Times");
        assert!(
            lines[1].starts_with("side") && lines[1].ends_with("mean_h"),
            "{text}"
        );
        assert!(lines[3].ends_with(" 43.1 ±0.4"), "{text}");
        assert_eq!(lines.last(), Some(&"A note."));
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let mut table = sample();
        table.row(vec![
            "a long name of a side that has to be wrapped somewhere".repeat(3),
            "1.0 ±0.1".into(),
        ]);
        let text = table.to_text(60);
        assert!(text.lines().all(|l| l.chars().count() <= 60), "{text}");
    }

    #[test]
    fn markdown_escapes_bars() {
        assert!(
            sample()
                .to_markdown()
                .contains("| Brest \\| x | 3.10 ±0.04 |")
        );
    }

    #[test]
    fn wrapping_breaks_at_spaces_only() {
        assert_eq!(wrap("one two three", 7), "one two\nthree\n");
        assert_eq!(wrap("at 5 000 000, US$", 8), "at\n5 000 000,\nUS$\n");
    }
}
