//! Procedures and their steps.

use super::names::Lists;
use super::order::after;
use super::timetable::timetable;
use super::work::{self, StatedWork};
use super::{items, papers, spot_or};
use crate::random::LawSpec;
use crate::scenario::diagnostic::nearest;
use crate::scenario::document::{ChannelsDoc, Document, ProcedureDoc, ServersDoc, StepDoc};
use crate::scenario::model::{Procedure, Servers, Step};
use crate::scenario::read::{Field, Reader};
use crate::scenario::source::Spot;
use crate::terms::{AgencyId, CalendarId, ChannelShares, Discipline, OfficersHeld, StepKind, Unit};
use crate::time::Span;

/// The kinds of control that partners commonly recognise; other words may be used.
const CONTROLS: &[&str] = &[
    "weighing",
    "image",
    "seal",
    "phyto_certificate",
    "exam",
    "transit_guarantee",
];
/// The most steps that a procedure may have (a visit keeps them in one word).
const MOST_STEPS: usize = 64;

/// What a step says of its desk.
#[derive(Clone, Debug)]
pub struct StepDesk {
    /// Where the step is written.
    pub spot: Spot,
    /// Its name.
    pub step: String,
    /// Servers or slots, if stated.
    pub servers: Option<(Servers, Spot)>,
    /// True where the step is a pure delay unless servers are stated.
    pub pure_delay: bool,
    /// Calendar, if stated.
    pub calendar: Option<(CalendarId, Spot)>,
    /// Discipline, if stated.
    pub discipline: Option<(Discipline, Spot)>,
    /// How it works, as far as stated.
    pub work: StatedWork,
}

/// The procedures, and for each step what it says of its desk.
pub fn procedures(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
) -> (Vec<Procedure>, Vec<Vec<StepDesk>>) {
    let (mut procedures, mut desks) = (Vec::new(), Vec::new());
    for (key, doc) in items(&document.procedures) {
        let step_docs = doc
            .steps
            .get()
            .map_or(&[][..], |list| list.items.as_slice());
        if let Some((list, spot)) = doc.steps.placed() {
            if list.written == 0 {
                reader.error(
                    spot,
                    "a procedure without steps",
                    "leave it out: a site without procedure controls nothing",
                );
            } else if list.written > MOST_STEPS {
                let message = format!(
                    "this procedure has {} steps, and {MOST_STEPS} are the most",
                    list.written
                );
                reader.error(spot, message, "join steps of one agency into one");
            }
        }
        let mut steps = Vec::new();
        let mut step_desks = Vec::new();
        for (doc, spot) in step_docs {
            step_desks.push(step_desk(reader, doc, *spot, lists));
            steps.push(step(reader, doc, lists));
        }
        after(reader, step_docs, &mut steps);
        let channels = channels(reader, doc);
        papers::check_audits(reader, doc, step_docs, &steps, &channels);
        for ((step, _), resolved) in step_docs.iter().zip(&steps) {
            if let Some((_, spot)) = step.share.placed()
                && expected(&resolved.shares, &channels) == 0.0
                && !matches!(doc.channels, Field::Bad(_))
            {
                let message = format!(
                    "step `{}` never applies: no consignment is put in its channels",
                    resolved.name
                );
                reader.warn(
                    spot,
                    message,
                    "state the procedure's `channels`, or another share",
                );
            }
        }
        procedures.push(Procedure {
            name: key.name.clone(),
            regime: doc.regime.get().map(|word| word.0),
            steps,
            channels,
            overlap: doc.overlap.get().map_or(0.45, |share| share.0),
            aeo_factor: doc.aeo_factor.get().map_or(0.5, |share| share.0),
            officers_held: doc
                .officers_held
                .get()
                .map_or(OfficersHeld::Longest, |word| word.0),
            correlation: papers::correlation(reader, doc),
        });
        desks.push(step_desks);
    }
    (procedures, desks)
}

/// The share of all consignments that a step with these shares applies to.
fn expected(shares: &ChannelShares, channels: &ChannelShares) -> f64 {
    shares.green * channels.green
        + shares.yellow * channels.yellow
        + shares.red * channels.red
        + shares.blue * channels.blue
}

/// Probabilities of the channels; green is the rest.
fn channels(reader: &mut Reader<'_, '_>, doc: &ProcedureDoc) -> ChannelShares {
    let Some((
        ChannelsDoc {
            green,
            yellow,
            red,
            blue,
            ..
        },
        spot,
    )) = doc.channels.placed()
    else {
        return ChannelShares {
            green: 1.0,
            ..ChannelShares::all(0.0)
        };
    };
    let of = |field: &Field<crate::scenario::leaf::Share>| field.get().map_or(0.0, |share| share.0);
    let (yellow, red, blue) = (of(yellow), of(red), of(blue));
    let others = yellow + red + blue;
    if others > 1.0 {
        let message = format!("the channels add up to {others}, more than 1");
        reader.error(spot, message, "green is what the others leave of 1");
    } else if let Some((stated, at)) = green.placed()
        && (stated.0 + others - 1.0).abs() > 1e-9
    {
        let message = format!("the channels add up to {}, not 1", stated.0 + others);
        reader.error(at, message, "leave green out: it is the rest");
    }
    ChannelShares {
        green: (1.0 - yellow - red - blue).max(0.0),
        yellow,
        red,
        blue,
    }
}

/// What the step says of its desk.
fn step_desk(reader: &mut Reader<'_, '_>, doc: &StepDoc, spot: Spot, lists: &Lists) -> StepDesk {
    let slots = timetable(reader, &doc.timetable).map(Servers::Slots);
    if let (Some(at), Some(_)) = (doc.servers.spot(), doc.timetable.spot()) {
        reader.error(
            at,
            "a step with a timetable has no `servers`",
            "its slots serve",
        );
    }
    let servers = doc
        .servers
        .placed()
        .map(|(servers, at)| (servers_of(*servers), at));
    let vehicles = super::vehicle::of_step(reader, doc, lists);
    let kind = doc.kind.get().map(|word| word.0);
    let delays = [
        StepKind::Prepare,
        StepKind::Pay,
        StepKind::WaitFor,
        StepKind::PickUp,
        StepKind::Declaration,
    ]
    .map(Some);
    StepDesk {
        spot,
        step: doc.name.get().map_or(String::new(), |name| name.0.clone()),
        servers: slots
            .map(|slots| (slots, spot_or(&doc.timetable, spot)))
            .or(vehicles)
            .or(servers),
        // An unreadable kind or number of servers is noted already, and must not count as a desk without servers.
        pure_delay: kind.is_none_or(|_| delays.contains(&kind))
            || matches!(doc.servers, Field::Bad(_))
            || !doc.timetable.is_absent(),
        calendar: doc.calendar.placed().and_then(|(name, at)| {
            let calendar = lists.calendars.find(reader, &name.0, at)?;
            Some((CalendarId::from(calendar), at))
        }),
        discipline: doc.discipline.placed().map(|(word, at)| (word.0, at)),
        work: work::of_step(reader, doc, lists),
    }
}

/// Servers as the model has them.
pub fn servers_of(doc: ServersDoc) -> Servers {
    match doc {
        ServersDoc::Count(count) => Servers::Count(count),
        ServersDoc::Unlimited => Servers::Unlimited,
    }
}

fn step(reader: &mut Reader<'_, '_>, doc: &StepDoc, lists: &Lists) -> Step {
    let name = doc.name.get().map_or(String::new(), |name| name.0.clone());
    let kind = doc.kind.get().map(|word| word.0);
    check_kind(reader, doc, kind);
    // One tick: the slot itself is the service.
    let mut service = LawSpec::Constant(1.0);
    if let Some(law) = doc.service.get() {
        service = law.0.clone();
    }
    match (&doc.service, doc.timetable.spot()) {
        (Field::Absent, None) if doc.vehicle.is_absent() => {
            let remedy = "write service = { lognormal = { mean = \"45 min\", cv = 1.0 } }";
            reader.error(doc.spot, "this step does not say how long it lasts", remedy);
        }
        (Field::Is(_, spot) | Field::Bad(spot), Some(_)) => {
            reader.error(
                *spot,
                "a step with a timetable has no `service`",
                "its slots serve at their instants",
            );
        }
        _ => {}
    }
    let shares = papers::shares(reader, doc);
    let examines = matches!(kind, Some(StepKind::Scan | StepKind::Physical));
    let assisted_share = match doc.assisted_share.placed() {
        Some((factor, spot)) => {
            if factor.0 > 1.0 {
                let message = format!("an assisted share of {} times the unassisted one", factor.0);
                reader.error(
                    spot,
                    message,
                    "assistance never raises the share examined: write a factor in [0, 1]",
                );
            }
            Some(factor.0.min(1.0))
        }
        None if examines && shares != ChannelShares::all(1.0) => Some(0.7),
        None => None,
    };
    if let (Some((assisted, spot)), Some(unassisted)) =
        (doc.assisted_service.placed(), doc.service.get())
    {
        papers::check_assisted(reader, &assisted.0, &unassisted.0, spot);
    }
    Step {
        title: doc
            .title
            .get()
            .map_or_else(|| name.clone(), |title| title.0.clone()),
        agency: AgencyId::from(lists.agencies.field(reader, &doc.agency).unwrap_or(0)),
        kind: kind.unwrap_or(StepKind::Documents),
        service,
        setup: doc.setup.get().map(|law| law.0.clone()),
        shares,
        unit: doc.unit.get().map_or(Unit::Batch, |word| word.0),
        desk: doc
            .desk
            .get()
            .map_or_else(|| name.clone(), |desk| desk.0.clone()),
        pre_arrival: doc.pre_arrival.get().is_some_and(|flag| flag.0),
        recognisable: recognisable(reader, doc),
        audit_share: doc.audit_share.get().map_or(0.1, |share| share.0),
        assisted_share,
        assisted_service: doc.assisted_service.get().map(|law| law.0.clone()),
        apart: doc.apart.get().is_some_and(|flag| flag.0),
        deferred_for_aeo: doc.deferred_for_aeo.get().is_some_and(|flag| flag.0),
        hand_over: doc
            .hand_over
            .get()
            .map_or(Span::ZERO, |time| Span::from_ms_f64(time.0)),
        after: Vec::new(),
        fee: doc.fee.get().map_or(0.0, |money| money.0),
        takes: super::step_tokens::named(reader, &doc.takes, lists),
        gives: super::step_tokens::named(reader, &doc.gives, lists),
        prevalence_detection: doc
            .prevalence
            .get()
            .zip(doc.detection.get())
            .map(|(p, d)| (p.0, d.0)),
        papers: papers::papers(reader, doc, kind),
        name,
    }
}

/// Refuses what a step of its kind cannot have.
fn check_kind(reader: &mut Reader<'_, '_>, doc: &StepDoc, kind: Option<StepKind>) {
    let Some(kind) = kind else { return };
    if let Some(spot) = doc.setup.spot()
        && kind != StepKind::Physical
    {
        reader.error(
            spot,
            format!("a step of kind `{kind}` has no setup"),
            "only `physical` steps have; leave it out",
        );
    }
    if let Some((flag, spot)) = doc.deferred_for_aeo.placed()
        && flag.0
        && kind != StepKind::Pay
    {
        reader.error(
            spot,
            format!("a step of kind `{kind}` cannot be deferred"),
            "only `pay` steps can",
        );
    }
    if let Some((flag, spot)) = doc.pre_arrival.placed()
        && flag.0
        && kind.needs_cargo()
    {
        let remedy = "only steps on documents can run on data sent ahead";
        reader.error(
            spot,
            format!("a step of kind `{kind}` needs the cargo, and cannot run before its arrival"),
            remedy,
        );
    }
    if let (Some(spot), Some(_)) = (doc.assisted_share.spot(), doc.share.get())
        && !matches!(
            kind,
            StepKind::Scan | StepKind::Physical | StepKind::Documents
        )
    {
        reader.error(
            spot,
            format!("a step of kind `{kind}` selects nothing"),
            "only examinations have an assisted share",
        );
    }
    let alone = match (doc.prevalence.spot(), doc.detection.spot()) {
        (Some(spot), None) | (None, Some(spot)) => Some(spot),
        _ => None,
    };
    if let Some(spot) = alone {
        reader.error(
            spot,
            "prevalence and detection go together",
            "state both, or neither",
        );
    }
}

fn recognisable(reader: &mut Reader<'_, '_>, doc: &StepDoc) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for (tag, spot) in doc
        .recognisable
        .get()
        .map_or(&[][..], |list| list.items.as_slice())
    {
        let word = !tag.0.is_empty()
            && tag
                .0
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !word {
            let message = format!("`{}` is no kind of control", tag.0);
            let remedy = "write words of small letters: `weighing`, `image`, `seal`, `phyto_certificate`, `exam`";
            reader.error(*spot, message, remedy);
        } else if !CONTROLS.contains(&tag.0.as_str())
            && let Some(near) = nearest(&tag.0, CONTROLS.iter().copied())
        {
            let message = format!("`{}` is not among the usual kinds of control", tag.0);
            reader.warn(*spot, message, format!("did you mean `{near}`?"));
        }
        if tags.contains(&tag.0) {
            reader.error(
                *spot,
                format!("`{}` stands twice", tag.0),
                "keep one of them",
            );
        } else {
            tags.push(tag.0.clone());
        }
    }
    tags
}
