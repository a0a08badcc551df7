//! Reading document types from the tree: every mistake is noted and reading goes on.

use crate::terms::Evidence;

use super::diagnostic::{Diagnostic, Severity, suggestion};
use super::leaf::{Text, Word};
use super::source::{Sources, Spot};
use super::tree::{Node, Table, Value, quoted};

/// A type that can be read from a node of the tree.
pub trait Read: Sized + schemars::JsonSchema {
    /// True for single values, which may stand in a table `{ value, source, evidence, range }`.
    const LEAF: bool = false;
    /// True for figures: they are listed with the evidence that their table states for all its values.
    const QUANTITY: bool = false;

    /// Reads `node`, or notes what is wrong with it and returns `None`.
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self>;

    /// The value as a number that can be compared with its plausible range.
    fn measure(&self) -> Option<f64> {
        None
    }

    /// False where the parts of the value state their evidence themselves.
    fn is_one_value(_node: &Node) -> bool {
        true
    }
}

/// A field of a document.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// Not written.
    #[default]
    Absent,
    /// Written wrongly; a diagnostic says how.
    Bad(Spot),
    /// Written.
    Is(T, Spot),
}

impl<T> Field<T> {
    /// The value, if it is written and right.
    pub fn get(&self) -> Option<&T> {
        match self {
            Field::Is(value, _) => Some(value),
            _ => None,
        }
    }

    /// The value and its place, if it is written and right.
    pub fn placed(&self) -> Option<(&T, Spot)> {
        match self {
            Field::Is(value, spot) => Some((value, *spot)),
            _ => None,
        }
    }

    /// Its place, if it is written.
    pub fn spot(&self) -> Option<Spot> {
        match self {
            Field::Absent => None,
            Field::Bad(spot) | Field::Is(_, spot) => Some(*spot),
        }
    }

    /// True where it is not written.
    pub fn is_absent(&self) -> bool {
        matches!(self, Field::Absent)
    }
}

/// `what` after "a" or "an".
pub fn with_article(what: &str) -> String {
    let vowel = what.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {what}", if vowel { "an" } else { "a" })
}

/// A mistake with its place, before it is rendered.
#[derive(Clone, Debug)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub spot: Spot,
    /// What is wrong and why.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What is known about the values of a table, or of one value.
#[derive(Clone, Debug, Default)]
struct Statement {
    evidence: Option<Evidence>,
    source: Option<String>,
}

/// A value with what is known about it, with its place.
#[derive(Clone, Debug)]
pub struct Stated {
    /// Where it is written.
    pub spot: Spot,
    /// The value and what is known about it; the line is filled in at the end.
    pub value: super::model::StatedValue,
}

/// Reads documents from the tree, collecting mistakes and stated values.
#[derive(Debug)]
pub struct Reader<'r, 'f> {
    /// The texts read so far.
    pub sources: &'r mut Sources<'f>,
    /// Mistakes noted so far.
    pub problems: Vec<Problem>,
    /// Values with evidence, source or range.
    pub stated: Vec<Stated>,
    path: Vec<String>,
    statements: Vec<Statement>,
}

impl<'r, 'f> Reader<'r, 'f> {
    /// A reader of the texts in `sources`.
    pub fn new(sources: &'r mut Sources<'f>) -> Self {
        Reader {
            sources,
            problems: Vec::new(),
            stated: Vec::new(),
            path: Vec::new(),
            statements: Vec::new(),
        }
    }

    /// Notes an error.
    pub fn error(&mut self, spot: Spot, message: impl Into<String>, remedy: impl Into<String>) {
        let remedy = Some(remedy.into()).filter(|text| !text.is_empty());
        self.problems.push(Problem {
            severity: Severity::Error,
            spot,
            message: message.into(),
            remedy,
        });
    }

    /// Notes an unknown name, with the known one that is probably meant.
    pub fn unknown(&mut self, spot: Spot, message: String, word: &str, known: &[&str]) {
        let remedy = suggestion(word, known).unwrap_or_default();
        self.error(spot, message, remedy);
    }

    /// Whether an error was noted after the first `before` problems.
    pub fn errors_since(&self, before: usize) -> bool {
        let later = self.problems.iter().skip(before);
        later
            .into_iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    /// Notes something that is probably not meant.
    pub fn warn(&mut self, spot: Spot, message: impl Into<String>, remedy: impl Into<String>) {
        self.error(spot, message, remedy);
        if let Some(problem) = self.problems.last_mut() {
            problem.severity = Severity::Warning;
        }
    }

    /// The problems as diagnostics, in file order.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        render(self.sources, self.problems.clone())
    }

    /// The table that `node` is; `what` names it where it is none.
    pub fn table<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Table> {
        let table = node.table();
        if table.is_none() {
            self.error(
                node.spot,
                format!("{what} is a table, not {}", node.what()),
                "",
            );
        }
        table
    }

    /// Enters a document table: its evidence holds for all values in it, and it has no keys but `keys`.
    pub fn enter(&mut self, table: &Table, what: &str, keys: &[&str]) {
        for (key, _) in &table.entries {
            let name = key.name.as_str();
            if !keys.contains(&name) && name != "source" && name != "evidence" {
                self.unknown(
                    key.spot,
                    format!("{} has no key `{name}`", with_article(what)),
                    name,
                    keys,
                );
            }
        }
        self.state(table);
    }

    /// Leaves the table entered last.
    pub fn leave(&mut self) {
        self.statements.pop();
    }

    /// Puts what `table` states of its values on top of what is inherited.
    fn state(&mut self, table: &Table) {
        let evidence = table
            .get("evidence")
            .and_then(|node| Word::<Evidence>::read(node, self))
            .map(|word| word.0);
        let source = table
            .get("source")
            .and_then(|node| Text::read(node, self))
            .map(|text| text.0);
        let above = self.statements.last().cloned().unwrap_or_default();
        let own = evidence.or(source.as_ref().map(|_| Evidence::Published));
        self.statements.push(Statement {
            evidence: own.or(above.evidence),
            source: source.or(above.source),
        });
    }

    /// Reads the value of `key`, if it is written.
    pub fn field<T: Read>(&mut self, table: &Table, key: &str) -> Field<T> {
        match table.get(key) {
            None => Field::Absent,
            Some(node) => self.within(quoted(key), |reader| reader.item(node)),
        }
    }

    /// Does `act` one step further down the path.
    pub fn within<R>(&mut self, step: String, act: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let result = act(self);
        self.path.pop();
        result
    }

    /// Reads one value, bare or in a table with what is known about it.
    pub fn item<T: Read>(&mut self, node: &Node) -> Field<T> {
        if T::LEAF
            && let Value::Table(table) = &node.value
            && let Some(inner) = table.get("value")
        {
            return self.stated_item(node, table, inner);
        }
        let value = T::read(node, self);
        if T::QUANTITY && value.is_some() && T::is_one_value(node) {
            self.record(node, None);
        }
        match value {
            Some(value) => Field::Is(value, node.spot),
            None => Field::Bad(node.spot),
        }
    }

    fn stated_item<T: Read>(&mut self, node: &Node, table: &Table, inner: &Node) -> Field<T> {
        self.enter(
            table,
            "stated value",
            &["value", "source", "evidence", "range"],
        );
        let value = T::read(inner, self);
        let range = match (table.get("range"), &value) {
            (Some(range), Some(value)) => self.range(range, value),
            _ => None,
        };
        if value.is_some() && T::is_one_value(inner) {
            self.record(inner, range);
        }
        self.leave();
        match value {
            Some(value) => Field::Is(value, inner.spot),
            None => Field::Bad(node.spot),
        }
    }

    fn range<T: Read>(&mut self, node: &Node, value: &T) -> Option<(String, String)> {
        let Some(measure) = value.measure() else {
            self.error(node.spot, "a range is of a number or a quantity", "");
            return None;
        };
        let Value::Array(ends) = &node.value else {
            self.error(
                node.spot,
                format!("a range is a list of two values, not {}", node.what()),
                "write [low, high]",
            );
            return None;
        };
        let [low_node, high_node] = ends.as_slice() else {
            self.error(
                node.spot,
                format!("a range has two ends, not {}", ends.len()),
                "write [low, high]",
            );
            return None;
        };
        let low = T::read(low_node, self)?.measure()?;
        let high = T::read(high_node, self)?.measure()?;
        if low > high {
            self.error(
                node.spot,
                "the range's low end lies above its high end",
                "write [low, high]",
            );
        } else if !(low..=high).contains(&measure) {
            self.warn(
                node.spot,
                "the value lies outside its own plausible range",
                "",
            );
        }
        Some((plain(low_node), plain(high_node)))
    }

    /// Lists the value of `node` if anything is known about it.
    fn record(&mut self, node: &Node, range: Option<(String, String)>) {
        let statement = self.statements.last().cloned().unwrap_or_default();
        if statement.evidence.is_none() && statement.source.is_none() && range.is_none() {
            return;
        }
        let value = super::model::StatedValue {
            path: self.path.join("."),
            value: plain(node),
            line: 0,
            evidence: statement.evidence.unwrap_or(Evidence::Assumed),
            source: statement.source,
            range,
        };
        self.stated.push(Stated {
            spot: node.spot,
            value,
        });
    }
}

/// The value as written, without quotes.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        _ => node.to_toml(),
    }
}

/// Problems as diagnostics, in file order, each once.
pub fn render(sources: &Sources<'_>, mut problems: Vec<Problem>) -> Vec<Diagnostic> {
    problems
        .sort_by(|a, b| (a.spot, a.severity, &a.message).cmp(&(b.spot, b.severity, &b.message)));
    problems.dedup_by(|a, b| a.spot == b.spot && a.message == b.message);
    problems
        .into_iter()
        .map(|p| Diagnostic::new(sources, p.severity, p.spot, p.message, p.remedy))
        .collect()
}
