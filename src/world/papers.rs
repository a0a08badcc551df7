//! Documents that go wrong: originals that are missing, lodgings that are rejected, enquiries to the partner.

use super::draws::TroubleDraws;
use super::visit::{Detour, Stage, Visit};
use super::{Corridor, Event, FactKind, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::Trouble;
use crate::terms::{ActorKind, EntityId, HourKind, Mechanism};
use crate::time::{Span, Time};

/// What a step waits for beside its service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Papers {
    /// Missing originals.
    Originals,
    /// The trader, who lodges again what was rejected.
    Relodging,
    /// The partner's answer to an enquiry.
    Answer,
}

/// The lodging's part in the attempt of a draw's key: the job of the step has the lowest 16 bits, its lodging the next
/// 8, the time drawn anew for it the highest 8.
pub(super) fn of_lodging(lodging: u8) -> u32 {
    u32::from(lodging) << 16
}

impl Visit {
    /// Which lodging of step `s` this is: 0, and one more after each rejection.
    pub fn lodging(&self, s: u8) -> u8 {
        let again = |d: &&Detour| d.step == s && d.why == Some(Papers::Relodging);
        self.detours.iter().filter(again).count() as u8
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// What may go wrong with the documents of a step, and its draws.
    fn trouble(&self, site: usize, v: &Visit, s: u8) -> Option<(&Trouble, &TroubleDraws)> {
        let plan = &self.network.sites[site].plans[v.plan as usize];
        let at = plan.troubles.iter().position(|t| t.step == s)?;
        let draws = &self.draws.sites[site].troubles[v.plan as usize][at];
        Some((&plan.troubles[at], draws))
    }

    /// True where a step that is ready must wait for its originals; it goes on when they are there.
    pub(super) fn originals_are_missing(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) -> bool {
        let v = &site.visits[index as usize];
        let Some((trouble, draws)) = self.trouble(site.site, v, s) else {
            return false;
        };
        let Some(originals) = &trouble.originals else {
            return false;
        };
        let call = u32::from(v.call);
        let part = self.plan_of(self.network, site.site, v).steps[s as usize].part;
        // Attempt 0 says whether they are missing, attempt 1 for how long.
        let missing = draws.originals.uniform(v.draw, call, 0) < originals.missing;
        if !missing || originals.electronic && v.ahead >> part & 1 == 1 {
            return false;
        }
        let u = draws.originals.uniform(v.draw, call, 1);
        let wait = Span::from_ms_f64(originals.wait.quantile(u)).max(Span::TICK);
        let detour = (ActorKind::Trader, HourKind::Waiting);
        site.fact(index, now, FactKind::OriginalsMissing, s, 0, wait.ms());
        self.detour(site, now, index, s, wait, detour, Papers::Originals, out);
        true
    }

    /// The last job of a step whose documents may go wrong has ended: the result is a rejection, or the matter of an
    /// enquiry, or it counts.
    pub(super) fn result(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        let Some((trouble, draws)) = self.trouble(site.site, v, s) else {
            self.step_ended(site, now, index, s, out);
            return;
        };
        let (draw, call) = (v.draw, u32::from(v.call));
        let plan = self.plan_of(self.network, site.site, v);
        let (actor, part) = (plan.steps[s as usize].actor, plan.steps[s as usize].part);
        if let Some(rejected) = &trouble.rejected {
            let lodging = v.lodging(s);
            let share = if v.is_aeo(part) {
                rejected.aeo_share
            } else {
                rejected.share
            };
            let n = of_lodging(lodging);
            if lodging < rejected.at_most && draws.rejection.uniform(draw, call, n) < share {
                let u = draws.relodging.uniform(draw, call, n);
                let again = Span::from_ms_f64(rejected.relodge.quantile(u)).max(Span::TICK);
                let detail = u64::from(lodging);
                site.fact(
                    index,
                    now,
                    FactKind::Rejected,
                    s,
                    u16::from(lodging),
                    detail,
                );
                site.visits[index as usize].file_attempt(s, now, actor);
                // The trader is at work on it, as on the declaration itself.
                let detour = (ActorKind::Trader, HourKind::Service);
                self.detour(site, now, index, s, again, detour, Papers::Relodging, out);
                return;
            }
        }
        if let Some(enquiry) = &trouble.enquiry {
            let agency = plan.steps[s as usize].agency.index();
            let channel = self.assessment(site.site, v, part).channel(agency);
            if draws.enquired.uniform(draw, call, 0) < enquiry.shares.of(channel) {
                let mut law = &enquiry.service;
                if let (Some(assisted), Some(scope)) = (
                    &enquiry.assisted_service,
                    self.stop_of(v).enforcement_of(part),
                ) {
                    let level =
                        self.network.levels[scope.index()].at(Mechanism::Enforcement, v.began);
                    if draws.assistance.uniform(draw, call, 0) < level {
                        law = assisted;
                    }
                }
                let u = draws.answer.uniform(draw, call, 0);
                let wait = Span::from_ms_f64(law.quantile(u)).max(Span::TICK);
                site.visits[index as usize].apart |= enquiry.apart;
                site.fact(index, now, FactKind::Enquired, s, 0, wait.ms());
                let detour = (actor, HourKind::Waiting);
                self.detour(site, now, index, s, wait, detour, Papers::Answer, out);
                return;
            }
        }
        self.step_ended(site, now, index, s, out);
    }

    /// A step waits for something beside its service, which is over after `wait`.
    #[allow(clippy::too_many_arguments)]
    fn detour(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        s: u8,
        wait: Span,
        (actor, kind): (ActorKind, HourKind),
        why: Papers,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &mut site.visits[index as usize];
        let entity = v.cargo.entity;
        v.detours.push(Detour {
            step: s,
            why: Some(why),
            actor,
            kind,
            from: now,
            to: now + wait,
        });
        let key = Key::new(
            now + wait,
            Phase::Happenings,
            events::PAPERS,
            0,
            v.cargo.entity.0,
        );
        let key = key.part(v.call, u16::from(s), u32::from(v.lodging(s)));
        out.schedule(
            key,
            Event::Papers {
                visit: index,
                step: s,
                why,
                entity,
            },
        );
    }

    /// What a step waited for beside its service is there, unless its consignment has given up.
    pub(super) fn papers_come(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        (s, why): (u8, Papers),
        entity: EntityId,
        out: &mut Outbox<'_, Self>,
    ) {
        let v = &site.visits[index as usize];
        if v.cargo.entity != entity || !v.waits_for_papers(s, now) {
            return;
        }
        if site.visits[index as usize].void {
            self.void_step(site, now, index, s, out);
            return;
        }
        match why {
            Papers::Originals => self.equip(site, now, index, s as usize, out),
            Papers::Relodging => self.join(site, now, index, s, out),
            Papers::Answer => self.step_ended(site, now, index, s, out),
        }
    }
}

impl Visit {
    /// True where step `s` waits at `now` for originals, a lodging or an answer, or has waited until then.
    pub fn waits_for_papers(&self, s: u8, now: Time) -> bool {
        let mine = |d: &&Detour| d.step == s && d.why.is_some();
        let open = !matches!(self.stage, Stage::Gone) && (self.begun & !self.done) >> s & 1 == 1;
        open && self.detours.iter().rfind(mine).is_some_and(|d| d.to >= now)
    }

    /// Keeps the hours of an attempt at step `s` that ends now, before the next overwrites its record.
    fn file_attempt(&mut self, s: u8, now: Time, actor: ActorKind) {
        let record = self.records[s as usize];
        let carried = self.handed_over_from(s);
        // Waits for tokens stand there by themselves.
        let mut equipped = carried;
        for w in self
            .waits
            .iter()
            .filter(|w| w.step == s && w.from >= carried)
        {
            equipped = equipped.max(w.to);
            self.detours.push(Detour {
                step: s,
                why: None,
                actor: w.actor,
                kind: w.kind,
                from: w.from,
                to: w.to,
            });
        }
        let parts = [
            (HourKind::HandOff, equipped, record.joined),
            (HourKind::Waiting, record.joined, record.started),
            (HourKind::Service, record.started, now),
        ];
        for (kind, from, to) in parts {
            self.detours.push(Detour {
                step: s,
                why: None,
                actor,
                kind,
                from,
                to,
            });
        }
    }

    /// When the hand-over before the present attempt at step `s` began: as soon as the step was ready, or what it
    /// waited for had come.
    fn handed_over_from(&self, s: u8) -> Time {
        let record = &self.records[s as usize];
        let before = |d: &&Detour| d.step == s && d.to <= record.joined;
        let last = self.detours.iter().filter(before).map(|d| d.to).max();
        last.map_or(record.ready, |to| to.max(record.ready))
    }

    /// When the hand-over before the last attempt at step `s` began, and when its service ended.
    pub fn last_attempt(&self, s: u8) -> (Time, Time) {
        let record = &self.records[s as usize];
        let after = |d: &&Detour| d.step == s && d.why == Some(Papers::Answer);
        let served = self
            .detours
            .iter()
            .find(after)
            .map_or(record.ended, |d| d.from);
        (self.handed_over_from(s), served)
    }
}
