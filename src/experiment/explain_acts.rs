//! What happened to a consignment at one site, in the order in which it began.

use super::explain::{Act, Passage, Run};
use super::explain_departures::Leaving;
use super::explain_stays::Stay;
use super::explain_text::reason;
use super::explain_waits::{Until, met, waits};
use super::explain_work::Work;
use crate::network::{KeptOutBy, Plan};
use crate::observe::Recorded;
use crate::terms::{ActorKind, EntityId, Named, Outcome};
use crate::time::{Span, Time};
use crate::world::{Fact, FactKind, NO_STEP, SkipReason};

/// A stay in words; `end` is when the run ended for who is still there.
pub(super) fn passage(run: &Run<'_>, entity: EntityId, stay: &Stay, end: Time) -> Passage {
    let site = &run.network.sites[stay.site as usize];
    let mine = |r: &&Recorded| stay.concerns(entity, r);
    let mine: Vec<&Recorded> = run.facts.iter().filter(mine).collect();
    let own = |kind: FactKind| {
        let is = move |r: &&&Recorded| r.fact.entity == entity && r.fact.kind == kind;
        mine.iter().filter(is).map(|r| r.fact.time).next_back()
    };
    let lost = own(FactKind::GaveUp);
    let of = |kind: FactKind| {
        let times = mine.iter().filter(|r| r.fact.kind == kind);
        times.map(|r| r.fact.time).max()
    };
    let departed = of(FactKind::Departed).filter(|_| lost.is_none());
    let until = Until {
        end: lost.or(departed).unwrap_or(end),
        gone: lost.is_some(),
    };
    let mut acts = waits(run.network, run.scenario, mine.iter().copied(), until);
    let mut work = Work::new(run, stay.site);
    let mut outside: Option<(usize, Time)> = None;
    for r in &mine {
        let fact = &r.fact;
        match fact.kind {
            FactKind::KeptOut => {
                if let Some(by) = KeptOutBy::of(fact.detail) {
                    outside = Some((acts.len(), fact.time));
                    let actor = site.entry.as_ref().map_or(ActorKind::Terminal, |e| e.actor);
                    let what = format!("outside the gate, as {}", by.words());
                    acts.push(Act::new(fact, what, Some(actor.to_string())));
                }
            }
            FactKind::LetIn if fact.detail >= KeptOutBy::MARK => {
                if let Some((at, _)) = outside.take() {
                    acts[at].waited(fact.time);
                }
            }
            _ => {
                work.takes(r, &mut acts);
                acts.extend(told(run, &work, stay, entity, fact));
            }
        }
    }
    if let Some((at, _)) = outside {
        acts[at].waited(until.end);
    }
    let open = work.unfinished(until.end, &mut acts) || waits_outside(run, stay, &mine);
    let plan = mine.iter().map(|r| r.fact.plan).rfind(|p| *p != u16::MAX);
    let plan = plan.and_then(|number| Some((number, site.plans.get(number as usize)?)));
    if departed.is_some() || !open && plan.is_none_or(|(_, plan)| all_done(plan, &mine)) {
        let leaving = Leaving {
            run,
            stay,
            entity,
            mine: &mine,
            end: until.end,
        };
        acts.extend(leaving.waits());
    }
    let cell = |(number, _)| site.cells.iter().find(|c| c.plan == number);
    acts.sort_by(|a, b| (a.at_h.total_cmp(&b.at_h)).then(a.rank.cmp(&b.rank)));
    Passage {
        site: run.scenario.sites[stay.site as usize].title.clone(),
        role: plan.and_then(cell).map(|c| c.role),
        arrived_h: stay.arrived.hours(),
        released_h: of(FactKind::Released).map(Time::hours),
        departed_h: departed.map(Time::hours),
        lost_h: lost.map(Time::hours),
        kernel: (!site.stations.is_empty()).then(|| site.kernel()),
        acts,
    }
}

/// True where it is still outside the gate of the site.
fn waits_outside(run: &Run<'_>, stay: &Stay, mine: &[&Recorded]) -> bool {
    let its_gate = |fact: &Fact| {
        let pool = run.network.pools.get(fact.detail as usize);
        fact.detail >= KeptOutBy::MARK || pool.is_some_and(|p| p.owner.0 == stay.site)
    };
    let count = |kind: FactKind| {
        let at_gate = |r: &&&Recorded| r.fact.kind == kind && its_gate(&r.fact);
        mine.iter().filter(at_gate).count()
    };
    count(FactKind::KeptOut) > count(FactKind::LetIn)
}

/// True where every step has been done or skipped.
fn all_done(plan: &Plan, mine: &[&Recorded]) -> bool {
    (0..plan.steps.len()).all(|s| {
        let ends = |r: &&Recorded| {
            let kind = matches!(r.fact.kind, FactKind::Completed | FactKind::Skipped);
            kind && r.fact.step as usize == s
        };
        plan.audits >> s & 1 == 1 || mine.iter().any(ends)
    })
}

/// What a fact says by itself.
fn told(run: &Run<'_>, work: &Work<'_>, stay: &Stay, entity: EntityId, fact: &Fact) -> Option<Act> {
    let plain = |what: &str| Act::new(fact, what.to_owned(), None);
    let ranked = |rank: u8, what: String| Act {
        rank,
        ..Act::new(fact, what, None)
    };
    Some(match fact.kind {
        FactKind::Skipped => {
            let step = work.step(fact)?;
            let reason = SkipReason::ALL.get(fact.detail as usize);
            let reason = reason.map_or("", |r| r.words());
            Act {
                skipped: Some(reason.to_owned()),
                ..Act::new(fact, step.title, Some(step.agency))
            }
        }
        FactKind::Shocked => {
            let step = work.step(fact)?;
            let factor = fact.detail as f64 / 1000.0;
            let what = format!("{}: a shock makes it {factor} times as long", step.title);
            Act::new(fact, what, Some(step.agency))
        }
        FactKind::Matched if fact.step != NO_STEP => {
            let site = &run.network.sites[stay.site as usize];
            let plan = site.plans.get(fact.plan as usize)?;
            let station = plan.steps.get(fact.step as usize)?.station;
            let fleet = site.fleets.iter().find(|f| f.station == station)?;
            plain(&met(&fleet.name, Span::from_ms(fact.detail).hours()))
        }
        FactKind::Audited => plain("audit after release begins"),
        FactKind::Booked => {
            let begins = Time::from_ms(fact.detail).hours();
            let what = format!("booked the arrival window that begins at {begins:.2} h");
            ranked(3, what)
        }
        FactKind::NoShow => ranked(1, "missed its arrival window".to_owned()),
        FactKind::DataCame => plain("data came ahead of the cargo"),
        FactKind::Formed => ranked(1, format!("train formed of {}", fact.detail)),
        FactKind::Broken => plain("train broken"),
        FactKind::Balked => {
            let vehicles = match fact.detail {
                1 => "1 vehicle was".to_owned(),
                n => format!("{n} vehicles were"),
            };
            ranked(0, format!("turned away: {vehicles} there before it"))
        }
        FactKind::Rerouted => {
            let way = way(run, fact.detail, stay);
            ranked(1, format!("took another way, over {way}"))
        }
        FactKind::GaveUp => {
            let outcome = Outcome::ALL[fact.detail as usize];
            ranked(9, format!("left the corridor: {}", reason(outcome)))
        }
        FactKind::LeftBehind if fact.entity == entity => {
            ranked(3, "left behind by its train".to_owned())
        }
        _ => return None,
    })
}

/// The sites that a route goes on by, after the stay.
fn way(run: &Run<'_>, route: u64, stay: &Stay) -> String {
    let stops = &run.network.routes[route as usize].stops;
    let here = stops.iter().position(|s| s.site.0 == stay.site);
    let on = stops.iter().skip(here.map_or(0, |at| at + 1));
    let titles: Vec<&str> = on
        .map(|s| run.scenario.sites[s.site.index()].title.as_str())
        .collect();
    titles.join(", ")
}
