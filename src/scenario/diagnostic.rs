//! Mistakes in a scenario: where, what, why, and what to do about it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::source::{Sources, Spot};

/// How bad a mistake is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but probably not as meant.
    Warning,
}

/// One mistake in a scenario.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file: the scenario, a CSV file that it names, or `--set`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The lines of text that it is about.
    pub snippet: String,
    /// The offending part of the snippet, in bytes.
    #[serde(skip)]
    pub marked: std::ops::Range<usize>,
    /// What is wrong and why.
    pub message: String,
    /// What to do about it, where that can be said.
    pub remedy: Option<String>,
}

impl Diagnostic {
    /// The mistake at `spot` of `sources`.
    pub(super) fn new(
        sources: &Sources<'_>,
        severity: Severity,
        spot: Spot,
        message: String,
        remedy: Option<String>,
    ) -> Self {
        let source = sources.get(spot.source);
        let (line, column) = sources.line_column(spot);
        let text = &source.text;
        let start = (spot.start as usize).min(text.len());
        let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let to = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        // A table or list over several lines is marked on its first line only.
        let end = (spot.end as usize).clamp(start, to);
        Diagnostic {
            severity,
            file: source.name.clone(),
            line,
            column,
            snippet: text[from..to].trim_end().to_owned(),
            marked: start - from..end - from,
            message,
            remedy,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let marked =
            self.marked.start.min(self.snippet.len())..self.marked.end.min(self.snippet.len());
        let snippet = Snippet::source(self.snippet.as_str())
            .line_start(self.line)
            .path(self.file.as_str())
            .annotation(AnnotationKind::Primary.span(marked));
        let mut group = level.primary_title(self.message.as_str()).element(snippet);
        if let Some(remedy) = &self.remedy {
            group = group.element(Level::HELP.message(remedy.as_str()));
        }
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

/// All mistakes of a scenario, with a summary line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostics(pub Vec<Diagnostic>);

/// Beyond so many the file is probably no scenario at all.
const MOST_SHOWN: usize = 100;

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in self.0.iter().take(MOST_SHOWN) {
            writeln!(f, "{diagnostic}\n")?;
        }
        if self.0.len() > MOST_SHOWN {
            writeln!(
                f,
                "... and {} more: mend these first\n",
                self.0.len() - MOST_SHOWN
            )?;
        }
        let count = |severity| self.0.iter().filter(|d| d.severity == severity).count();
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let mut parts = Vec::new();
        for (severity, word) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
            if count(severity) > 0 {
                parts.push(plural(count(severity), word));
            }
        }
        let mut files: Vec<&str> = Vec::new();
        for diagnostic in &self.0 {
            if !files.contains(&diagnostic.file.as_str()) {
                files.push(&diagnostic.file);
            }
        }
        write!(f, "{} in {}", parts.join(" and "), files.join(", "))
    }
}

/// The name among `known` that is nearest to `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        // One slip of the finger in a short word is little likeness by Jaro and Winkler, but a likely mistake.
        let slip = name.chars().count() > 2 && strsim::osa_distance(&lower, &name) <= 1;
        strsim::jaro_winkler(&lower, &name).max(if slip { 0.9 } else { 0.0 })
    };
    known
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// What to say of an unknown `word`: the name that is probably meant, else what there is.
pub(super) fn suggestion(word: &str, known: &[&str]) -> Option<String> {
    if let Some(name) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    match known.len() {
        0 => None,
        1..=12 => Some(format!(
            "known: {}",
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        )),
        n => Some(format!("{n} are known, none with a similar name")),
    }
}
