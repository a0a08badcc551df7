//! Lines of a CSV table: estimates take two columns, measured values three; what is not known is empty.

use crate::experiment::results::{Measured, TimesResult};
use crate::stats::Estimate;

/// A line under construction.
#[derive(Default)]
pub(in crate::report) struct Line(Vec<String>);

impl Line {
    pub fn text(mut self, text: impl ToString) -> Self {
        self.0.push(text.to_string());
        self
    }

    /// A number, empty where it is none.
    pub fn number(mut self, value: f64) -> Self {
        self.0.push(if value.is_finite() {
            value.to_string()
        } else {
            String::new()
        });
        self
    }

    pub fn optional(self, value: Option<f64>) -> Self {
        self.number(value.unwrap_or(f64::NAN))
    }

    /// Mean and half-width of the 95 % interval.
    pub fn estimate(self, e: &Estimate) -> Self {
        self.number(e.mean).number(e.half_width)
    }

    /// Mean, half-width and lower bound; what is not known is empty.
    pub fn measured(self, m: &Measured) -> Self {
        let nothing = f64::NAN;
        match m {
            Measured::Estimate(e) => self.estimate(e).number(nothing),
            Measured::AtLeast(bound) => self.number(nothing).number(nothing).number(*bound),
            Measured::Missing => self.number(nothing).number(nothing).number(nothing),
        }
    }

    /// The measured columns of a duration, after its counts.
    pub fn times(self, t: &TimesResult) -> Self {
        let line = self.text(t.n).text(t.unfinished);
        let measured = [
            &t.mean_h,
            &t.median_h,
            &t.sd_h,
            &t.p90_h,
            &t.p95_h,
            &t.p99_h,
            &t.buffer_index,
        ];
        measured
            .into_iter()
            .chain(&t.within)
            .fold(line, Line::measured)
    }
}

/// A table under construction.
pub(in crate::report) struct Sheet {
    writer: ::csv::Writer<Vec<u8>>,
    columns: usize,
}

/// What cannot happen: writing CSV into memory failing.
const IN_MEMORY: &str = "writing equal lines into memory cannot fail";

impl Sheet {
    /// `~` after a column stands for its half-width as well, `^` for half-width and lower bound.
    pub fn new(columns: &[&str]) -> Self {
        let mut header = Vec::new();
        for column in columns {
            let name = column.trim_end_matches(['~', '^']);
            header.push(name.to_owned());
            if name.len() < column.len() {
                header.push(format!("{name}_half_width"));
            }
            if column.ends_with('^') {
                header.push(format!("{name}_at_least"));
            }
        }
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).expect(IN_MEMORY);
        Sheet {
            writer,
            columns: header.len(),
        }
    }

    pub fn line(&mut self, line: Line) {
        debug_assert_eq!(line.0.len(), self.columns, "a line fits its header");
        self.writer.write_record(&line.0).expect(IN_MEMORY);
    }

    pub fn finish(self) -> String {
        let bytes = self.writer.into_inner().expect(IN_MEMORY);
        String::from_utf8(bytes).expect("fields are UTF-8")
    }
}
