//! Agreements: from levels, instruments and CSV tables.

use std::collections::BTreeMap;

use super::items;
use super::names::NO_AGREEMENTS;
use crate::scenario::collection::List;
use crate::scenario::csv_table::{self, Csv};
use crate::scenario::document::{AgreementDoc, Document, InstrumentDoc};
use crate::scenario::model::{Agreement, Cooperation};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::scenario::tree::{Key, Node, Table, Value};
use crate::terms::{Levels, Mode, Scope, SentAt};
use crate::time::{MS_PER_HOUR, Span, Time};

/// Columns of an agreements table, with the keys of an agreement that they stand for.
const COLUMNS: &[(&str, &str)] = &[
    ("within", "within"),
    ("instrument", "instrument"),
    ("information", "information"),
    ("recognition", "recognition"),
    ("enforcement", "enforcement"),
    ("in_force", "from"),
    ("until", "until"),
    ("ordered", "ordered"),
    ("source", "source"),
    ("evidence", "evidence"),
];

/// What agreements are read with.
#[derive(Debug)]
pub struct Policy {
    start: jiff::Timestamp,
    instruments: Vec<(String, Levels)>,
}

impl Policy {
    /// The instruments of `document`.
    pub fn new(reader: &mut Reader<'_, '_>, document: &Document, start: jiff::Timestamp) -> Self {
        let mut instruments = Vec::new();
        if let Some(cooperation) = document.cooperation.get() {
            for (key, doc) in items(&cooperation.instruments) {
                let levels = Levels {
                    information: doc.information.get().map(|share| share.0),
                    recognition: doc.recognition.get().map(|share| share.0),
                    enforcement: doc.enforcement.get().map(|share| share.0),
                };
                if sets_nothing(doc) {
                    reader.error(
                        key.spot,
                        format!("instrument `{}` sets no level", key.name),
                        WRITE_A_LEVEL,
                    );
                }
                instruments.push((key.name.clone(), levels));
            }
        }
        Policy { start, instruments }
    }

    /// The agreements of `list`, in force from `earliest` at the soonest.
    pub fn agreements(
        &self,
        reader: &mut Reader<'_, '_>,
        list: &List<AgreementDoc>,
        earliest: Time,
    ) -> Vec<Agreement> {
        let mut agreements = Vec::new();
        for (doc, _) in &list.items {
            if let Some((file, spot)) = doc.agreements_csv.placed() {
                if !doc.between.is_absent() || !doc.within.is_absent() {
                    reader.error(
                        spot,
                        "this agreement is both written and in a CSV file",
                        "make two of them",
                    );
                }
                let Some(csv) = csv_table::open(reader, &file.0, spot) else {
                    continue;
                };
                for row in rows(reader, &csv) {
                    if let Field::Is(row, _) = reader.item::<AgreementDoc>(&row) {
                        self.agreement(reader, &row, earliest, &mut agreements);
                    }
                }
            } else {
                self.agreement(reader, doc, earliest, &mut agreements);
            }
        }
        agreements
    }

    fn agreement(
        &self,
        reader: &mut Reader<'_, '_>,
        doc: &AgreementDoc,
        earliest: Time,
        into: &mut Vec<Agreement>,
    ) {
        let scopes = scopes(reader, doc);
        let levels = self.levels(reader, doc);
        let from = doc
            .from
            .get()
            .map_or(Time::ZERO, |from| from.since(self.start))
            .max(earliest);
        let until = doc
            .until
            .get()
            .map_or(Time::MAX, |until| until.since(self.start));
        if let (Some((until, spot)), Some(from)) = (doc.until.placed(), doc.from.get())
            && until <= from
        {
            reader.error(
                spot,
                "this agreement ends before it comes into force",
                "`until` lies after `from`",
            );
        }
        let Some(levels) = levels else { return };
        into.extend(scopes.into_iter().map(|scope| Agreement {
            scope,
            from,
            until,
            levels,
        }));
    }

    fn levels(&self, reader: &mut Reader<'_, '_>, doc: &AgreementDoc) -> Option<Levels> {
        let own = Levels {
            information: doc.information.get().map(|share| share.0),
            recognition: doc.recognition.get().map(|share| share.0),
            enforcement: doc.enforcement.get().map(|share| share.0),
        };
        let Some((name, spot)) = doc.instrument.placed() else {
            let none = doc.information.is_absent()
                && doc.recognition.is_absent()
                && doc.enforcement.is_absent();
            if none && doc.instrument.is_absent() {
                reader.error(doc.spot, "this agreement sets no level", WRITE_A_LEVEL);
            }
            return Some(own);
        };
        let Some((_, of)) = self.instruments.iter().find(|(known, _)| *known == name.0) else {
            let known: Vec<&str> = self
                .instruments
                .iter()
                .map(|(known, _)| known.as_str())
                .collect();
            reader.unknown(
                spot,
                format!("unknown instrument `{}`", name.0),
                &name.0,
                &known,
            );
            return None;
        };
        Some(Levels {
            information: own.information.or(of.information),
            recognition: own.recognition.or(of.recognition),
            enforcement: own.enforcement.or(of.enforcement),
        })
    }
}

const WRITE_A_LEVEL: &str = "state `information`, `recognition` or `enforcement`, each in [0, 1]";

fn sets_nothing(doc: &InstrumentDoc) -> bool {
    doc.information.is_absent() && doc.recognition.is_absent() && doc.enforcement.is_absent()
}

/// Between whom the agreement holds.
fn scopes(reader: &mut Reader<'_, '_>, doc: &AgreementDoc) -> Vec<Scope> {
    match (doc.between.placed(), doc.within.placed()) {
        (Some((_, spot)), Some(_)) => {
            reader.error(
                spot,
                "an agreement is either `between` two countries or `within` one",
                "make two of them",
            );
            Vec::new()
        }
        (None, Some((country, _))) => vec![Scope::Within(country.0)],
        (Some((list, spot)), None) => {
            let countries: Vec<_> = list.items.iter().map(|(country, _)| country.0).collect();
            match countries.as_slice() {
                [a, b] if a == b => {
                    reader.error(
                        spot,
                        "both countries are the same",
                        format!("write within = \"{a}\""),
                    );
                    Vec::new()
                }
                [a, b] if doc.ordered.get().is_some_and(|flag| flag.0) => {
                    vec![Scope::Between(*a, *b)]
                }
                [a, b] => vec![Scope::Between(*a, *b), Scope::Between(*b, *a)],
                _ => {
                    // An unknown code is noted already, and is missing from the list.
                    if list.written != 2 {
                        let message = format!(
                            "an agreement is between two countries, not {}",
                            list.written
                        );
                        reader.error(spot, message, "make one agreement for each pair");
                    }
                    Vec::new()
                }
            }
        }
        (None, None) => {
            if doc.between.is_absent() && doc.within.is_absent() {
                let remedy = "write between = [\"CN\", \"KZ\"], or within = \"CN\"";
                reader.error(
                    doc.spot,
                    "this agreement does not say between whom it holds",
                    remedy,
                );
            }
            Vec::new()
        }
    }
}

/// The rows of an agreements table, as agreements are written in the scenario.
fn rows(reader: &mut Reader<'_, '_>, csv: &Csv) -> Vec<Node> {
    let known: Vec<&str> = ["from", "to"]
        .into_iter()
        .chain(COLUMNS.iter().map(|(column, _)| *column))
        .collect();
    for cell in &csv.header {
        if !known.contains(&cell.text.as_str()) {
            reader.unknown(
                cell.spot,
                format!("unknown column `{}`", cell.text),
                &cell.text,
                &known,
            );
        }
    }
    let (from, to) = (csv.column("from"), csv.column("to"));
    let mut nodes = Vec::new();
    for row in &csv.rows {
        let spot = Spot {
            end: row[row.len() - 1].spot.end,
            ..row[0].spot
        };
        let mut table = Table::default();
        let mut add = |name: &str, node: Node| {
            table.entries.push((
                Key {
                    name: name.to_owned(),
                    spot: node.spot,
                },
                node,
            ));
        };
        let pair: Vec<Node> = [from, to]
            .into_iter()
            .flatten()
            .map(|at| &row[at])
            .filter(|c| !c.text.is_empty())
            .map(csv_table::node)
            .collect();
        if !pair.is_empty() {
            add(
                "between",
                Node {
                    spot,
                    value: Value::Array(pair),
                },
            );
        }
        for (column, key) in COLUMNS {
            if let Some(cell) = csv
                .column(column)
                .map(|at| &row[at])
                .filter(|cell| !cell.text.is_empty())
            {
                add(key, csv_table::node(cell));
            }
        }
        nodes.push(Node {
            spot,
            value: Value::Table(table),
        });
    }
    nodes
}

/// The sets of agreements, `none` first.
pub fn sets(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    policy: &Policy,
) -> Vec<(String, Vec<Agreement>)> {
    let mut sets = vec![(NO_AGREEMENTS.to_owned(), Vec::new())];
    if let Some(cooperation) = document.cooperation.get() {
        for (key, list) in items(&cooperation.sets) {
            sets.push((
                key.name.clone(),
                policy.agreements(reader, list, Time::ZERO),
            ));
        }
    }
    sets
}

/// How data is sent, without any agreement yet.
pub fn sending(reader: &mut Reader<'_, '_>, document: &Document) -> Cooperation {
    let mut sent_at: BTreeMap<Mode, SentAt> =
        [Mode::Rail, Mode::Sea, Mode::Air, Mode::InlandWaterway]
            .map(|mode| (mode, SentAt::OriginDeparture))
            .into();
    sent_at.insert(Mode::Road, SentAt::ExitRelease);
    let mut data_delay = Span::from_ms(MS_PER_HOUR);
    if let Some(doc) = document.cooperation.get() {
        if let Some((delay, spot)) = doc.data_delay.placed() {
            if delay.0 < 1.0 {
                reader.error(
                    spot,
                    "data does not arrive at the instant it is sent",
                    "state a delay of at least \"1 ms\"",
                );
            }
            data_delay = Span::from_ms_f64(delay.0).max(Span::TICK);
        }
        if let Some(table) = doc.sent_at.get() {
            for (mode, field) in [
                (Mode::Rail, &table.rail),
                (Mode::Road, &table.road),
                (Mode::Sea, &table.sea),
                (Mode::Air, &table.air),
                (Mode::InlandWaterway, &table.inland_waterway),
            ] {
                if let Some(word) = field.get() {
                    sent_at.insert(mode, word.0);
                }
            }
        }
    }
    Cooperation {
        agreements: Vec::new(),
        data_delay,
        sent_at,
    }
}
