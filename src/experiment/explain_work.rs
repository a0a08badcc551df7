//! The steps of one stay, in words: waited for, done, interrupted and why, or not done.

use std::collections::BTreeMap;

use super::explain::{Act, Run, owner};
use crate::network::StationKind;
use crate::observe::Recorded;
use crate::terms::{ActorKind, EntityId, ShiftEnd};
use crate::time::{Span, Time};
use crate::world::{Fact, FactKind, NO_STEP};

/// A step as it stands in the scenario.
pub(super) struct Step {
    pub title: String,
    /// Whose it is.
    pub agency: String,
    station: u16,
}

/// Which job: whose, of which step, which of its units.
type Which = (EntityId, u8, u16);

/// A job that has not ended yet.
struct Job {
    fact: Fact,
    began: Option<Time>,
    at_work: Option<Time>,
    served: Span,
    /// Work done that counts, where it does not start anew.
    done: Span,
    /// Without work since then; the act that says so.
    gap: Option<(Time, usize)>,
    unstaffed: Span,
}

impl Job {
    fn new(fact: &Fact) -> Self {
        Job {
            fact: *fact,
            began: None,
            at_work: None,
            served: Span::ZERO,
            done: Span::ZERO,
            gap: None,
            unstaffed: Span::ZERO,
        }
    }

    fn stop(&mut self, now: Time) {
        if let Some(since) = self.at_work.take() {
            let span = now.since(since);
            self.served = self.served.saturating_add(span);
            self.done = self.done.saturating_add(span);
        }
    }
}

/// The jobs of one stay.
pub(super) struct Work<'r> {
    run: &'r Run<'r>,
    site: u32,
    jobs: BTreeMap<Which, Job>,
    /// Rejected, and not lodged again yet.
    rejected: BTreeMap<(EntityId, u8), usize>,
}

impl<'r> Work<'r> {
    pub fn new(run: &'r Run<'r>, site: u32) -> Self {
        Work {
            run,
            site,
            jobs: BTreeMap::new(),
            rejected: BTreeMap::new(),
        }
    }

    /// The step that a fact is of.
    pub fn step(&self, fact: &Fact) -> Option<Step> {
        if fact.step == NO_STEP {
            return None;
        }
        let (network, scenario) = (self.run.network, self.run.scenario);
        let plan = network.sites[self.site as usize]
            .plans
            .get(fact.plan as usize)?;
        let step = plan.steps.get(fact.step as usize)?;
        let written = &scenario.procedures[step.procedure.index()].steps[step.listed as usize];
        Some(Step {
            title: written.title.clone(),
            agency: owner(&scenario.agencies[step.agency.index()].title),
            station: step.station,
        })
    }

    /// Takes a fact of a step, and says what is to be said of it now.
    pub fn takes(&mut self, r: &Recorded, acts: &mut Vec<Act>) {
        let fact = &r.fact;
        let Some(step) = self.step(fact) else { return };
        let now = fact.time;
        let which = (fact.entity, fact.step, fact.attempt);
        match fact.kind {
            FactKind::Joined => {
                if let Some(at) = self.rejected.remove(&(fact.entity, fact.step)) {
                    acts[at].waited(now);
                }
                self.jobs.insert(which, Job::new(fact));
            }
            FactKind::Started => {
                let (run, site) = (self.run, self.site as usize);
                let job = self.jobs.entry(which).or_insert_with(|| Job::new(fact));
                let since = job.gap.take();
                let from = since.map_or(job.fact.time, |(from, _)| from);
                let unstaffed = run.unstaffed(site, step.station, from, now);
                job.unstaffed = job.unstaffed.saturating_add(unstaffed);
                if let Some((from, at)) = since {
                    acts[at].waited_h = Some(now.since(from).hours());
                    acts[at].unstaffed_h = hours_of(unstaffed);
                }
                job.began.get_or_insert(now);
                job.at_work = Some(now);
            }
            FactKind::Interrupted => {
                let cause = self.cause(r, step.station);
                let Some(job) = self.jobs.get_mut(&which) else {
                    return;
                };
                job.stop(now);
                let anew = fact.detail == u64::MAX;
                let lost = std::mem::take(&mut job.done);
                let words = if anew && lost > Span::ZERO {
                    format!(", {:.2} h of work lost", lost.hours())
                } else {
                    String::new()
                };
                if !anew {
                    job.done = lost;
                }
                // Work that was laid aside and is now handed over, or lost, was interrupted before.
                if let Some((_, at)) = job.gap {
                    acts[at].what.push_str(&words);
                    return;
                }
                let cause = cause.map_or(String::new(), |cause| format!(" ({cause})"));
                job.gap = Some((now, acts.len()));
                let what = format!("{}: interrupted{cause}{words}", step.title);
                acts.push(Act::new(fact, what, Some(step.agency)));
            }
            FactKind::Completed => {
                let mut job = self.jobs.remove(&which).unwrap_or_else(|| {
                    let at = Time::from_ms(fact.detail);
                    let mut job = Job::new(&Fact { time: at, ..*fact });
                    job.at_work = Some(at);
                    job
                });
                job.stop(now);
                let waited = now
                    .since(job.fact.time)
                    .ms()
                    .saturating_sub(job.served.ms());
                acts.push(Act {
                    waited_h: Some(Span::from_ms(waited).hours()),
                    unstaffed_h: hours_of(job.unstaffed),
                    service_h: Some(job.served.hours()),
                    ..Act::new(&job.fact, step.title, Some(step.agency))
                });
            }
            FactKind::Rejected => {
                let what = format!(
                    "{}: lodging {} rejected, the trader corrects it",
                    step.title,
                    fact.detail + 1
                );
                self.rejected.insert((fact.entity, fact.step), acts.len());
                acts.push(Act::new(fact, what, Some(ActorKind::Trader.to_string())));
            }
            FactKind::OriginalsMissing => {
                let what = format!("{}: the trader's originals missing", step.title);
                let trader = Some(ActorKind::Trader.to_string());
                acts.push(Act {
                    waited_h: Some(Span::from_ms(fact.detail).hours()),
                    ..Act::new(fact, what, trader)
                });
            }
            FactKind::Enquired => {
                let what = format!("{}: enquiry to the partner, answered", step.title);
                acts.push(Act {
                    waited_h: Some(Span::from_ms(fact.detail).hours()),
                    ..Act::new(fact, what, Some(step.agency))
                });
            }
            _ => {}
        }
    }

    /// What had not ended when the consignment left the corridor, or the run ended, at `end`; true where something had
    /// not.
    pub fn unfinished(self, end: Time, acts: &mut Vec<Act>) -> bool {
        let open = !(self.jobs.is_empty() && self.rejected.is_empty());
        for at in self.rejected.values() {
            acts[*at].waited(end);
        }
        for job in self.jobs.values() {
            let Some(step) = self.step(&job.fact) else {
                continue;
            };
            let since = job.gap.map_or(job.fact.time, |(from, _)| from);
            let unstaffed = self
                .run
                .unstaffed(self.site as usize, step.station, since, end);
            if let Some((from, at)) = job.gap {
                acts[at].waited_h = Some(end.since(from).hours());
                acts[at].unstaffed_h = hours_of(unstaffed);
                acts[at].what.push_str(", not gone on with");
            }
            let words = match (job.began, job.at_work) {
                (None, _) => "not begun".to_owned(),
                (Some(_), Some(since)) => format!("in service since {:.2} h", since.hours()),
                (Some(since), None) => format!("begun at {:.2} h, not ended", since.hours()),
            };
            let began = job.began.map(|began| began.since(job.fact.time));
            let waited = began.unwrap_or_else(|| end.since(job.fact.time));
            let closed = began.map_or(unstaffed, |_| job.unstaffed);
            acts.push(Act {
                waited_h: Some(waited.hours()),
                unstaffed_h: hours_of(closed),
                ending: Some(words),
                ..Act::new(&job.fact, step.title, Some(step.agency))
            });
        }
        open
    }

    /// Why work was interrupted, where only one thing can have done it.
    fn cause(&self, r: &Recorded, station: u16) -> Option<&'static str> {
        let (site, now) = (r.site as usize, r.fact.time);
        let serving = self.run.serving(site, station, now);
        let node = &self.run.network.sites[site].stations[serving as usize];
        let rules = node.interruptions.as_ref()?;
        let at_once = |kind: FactKind| {
            let same =
                move |o: &&Recorded| o.site == r.site && o.fact.time == now && o.fact.kind == kind;
            self.run.facts.iter().filter(same)
        };
        let failed = rules.machines.is_some()
            && at_once(FactKind::Failed).any(|o| o.fact.entity.0 == u64::from(serving));
        let mut causes = Vec::new();
        if failed {
            causes.push("a machine failed");
        }
        let fewer = || {
            let duty = self.run.draws.duty(self.run.network, site, serving);
            let at = duty.iter().position(|(at, _)| *at == now);
            at.is_some_and(|at| at > 0 && duty[at].1 < duty[at - 1].1)
        };
        if rules.shift_end != ShiftEnd::Finish && fewer() {
            causes.push("the shift's end");
        }
        let starts = |o: &Recorded| {
            let its = self.step(&o.fact).map(|s| s.station);
            (o.fact.entity, o.fact.step) != (r.fact.entity, r.fact.step)
                && its.is_some_and(|its| self.run.serving(site, its, now) == serving)
        };
        if rules.preemption.is_some() && at_once(FactKind::Started).any(starts) {
            causes.push("a higher class");
        }
        match causes[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// `None` for no time at all.
fn hours_of(span: Span) -> Option<f64> {
    (span > Span::ZERO).then(|| span.hours())
}

impl Run<'_> {
    /// The station that has the queue of `station` at `now`, after mergers.
    fn serving(&self, site: usize, mut station: u16, now: Time) -> u16 {
        let stations = &self.network.sites[site].stations;
        while let Some((from, host)) = stations[station as usize].absorbed
            && from <= now
        {
            station = host;
        }
        station
    }

    /// How much of the time from `from` to `to` nobody was on duty at a station: closed, on strike, sick.
    fn unstaffed(&self, site: usize, station: u16, from: Time, to: Time) -> Span {
        let node = &self.network.sites[site].stations[station as usize];
        if let Some((merged, host)) = node.absorbed
            && merged < to
        {
            let after = self.unstaffed(site, host, from.max(merged), to);
            let before = match merged <= from {
                true => Span::ZERO,
                false => self.nobody(site, station, from, merged),
            };
            return before.saturating_add(after);
        }
        self.nobody(site, station, from, to)
    }

    fn nobody(&self, site: usize, station: u16, from: Time, to: Time) -> Span {
        let within = |a: Time, b: Time| {
            let (a, b) = (a.max(from), b.min(to));
            if a < b { b.since(a) } else { Span::ZERO }
        };
        let node = &self.network.sites[site].stations[station as usize];
        let spans: Vec<Span> = match node.servers {
            StationKind::Staffed(_) => {
                let duty = self.draws.duty(self.network, site, station);
                let ends = duty.iter().skip(1).map(|(at, _)| *at);
                let stretches = duty.iter().zip(ends.chain([Time::MAX]));
                stretches
                    .filter(|((_, servers), _)| *servers == 0)
                    .map(|((begins, _), ends)| within(*begins, ends))
                    .collect()
            }
            StationKind::Unlimited => self
                .draws
                .closed(site)
                .map(|closed| closed.iter().map(|(a, b)| within(a, b)).collect())
                .unwrap_or_default(),
            StationKind::Slots(_) | StationKind::Vehicles(_) => Vec::new(),
        };
        spans.into_iter().fold(Span::ZERO, Span::saturating_add)
    }
}
