//! Audits after release: work for the officers that delays neither release nor departure (semantics section 4, blue).
//!
//! An audit is a visit without cargo. It is not counted among those present, is not awaited at the end of the run, and
//! outlives the stay of the cargo whose papers it looks at.

use super::visit::{NO_VISIT, Record, Stage, Visit};
use super::{Cargo, Corridor, FactKind, NO_STEP, Observer, SiteState};
use crate::network::{ENTRY_PART, ScopeId};
use crate::terms::{Mechanism, Unit};
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// The audits of what has just been released: of a consignment, of a train as a whole, and of each consignment on
    /// it once both are released.
    pub(super) fn audit(&self, site: &mut SiteState<O>, now: Time, index: u32) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let each = (0..plan.steps.len())
            .filter(|&s| plan.audits >> s & 1 == 1 && plan.steps[s].unit == Unit::Consignment)
            .fold(0u64, |mask, s| mask | 1 << s);
        let cargo = v.cargo;
        if v.is_batch() {
            self.open_audit(site, now, index, cargo, plan.audits & !each);
            for m in 0..site.visits[index as usize].members.len() {
                let member = site.visits[index as usize].members[m];
                let free = member.visit == NO_VISIT || site.visits[member.visit as usize].released;
                if free {
                    self.open_audit(site, now, index, member.cargo, each);
                }
            }
        } else if v.parent == NO_VISIT {
            self.open_audit(site, now, index, cargo, plan.audits);
        } else if site.visits[v.parent as usize].released {
            self.open_audit(site, now, index, cargo, each);
        }
    }

    /// Opens the audit of `cargo` by those steps of `scope` that its channel asks for; `of` is the visit that was
    /// released, its own or its train's.
    fn open_audit(&self, site: &mut SiteState<O>, now: Time, of: u32, cargo: Cargo, scope: u64) {
        if scope == 0 {
            return;
        }
        let released = &site.visits[of as usize];
        let draw = self.draws.key(cargo.entity);
        // Not awaited at the end of the run, so not among the measured; `counts` says whether it was.
        let unmeasured = Cargo {
            flags: cargo.flags & !Cargo::MEASURED,
            ..cargo
        };
        let mut audit = Visit::new(unmeasured, draw, now);
        (audit.plan, audit.cell) = (released.plan, released.cell);
        (audit.epoch, audit.call) = (released.epoch, released.call);
        (audit.began, audit.ahead) = (released.began, released.ahead);
        audit.aeo = self.counts_as_aeo(&cargo, audit.began);
        audit.counts = cargo.is(Cargo::MEASURED);
        audit.stage = Stage::Audit;
        audit.released = true;
        let plan = self.plan_of(self.network, site.site, &audit);
        let of = |part| self.assessment(site.site, &audit, part);
        let sides = (of(0), plan.one_stop.as_ref().map(|_| of(ENTRY_PART)));
        let draws = &self.draws.sites[site.site].steps[audit.plan as usize];
        let mut applies = 0u64;
        for (s, step) in plan.steps.iter().enumerate() {
            if scope >> s & 1 == 0 {
                continue;
            }
            let side = match &sides {
                (_, Some(entry)) if step.part == ENTRY_PART => entry,
                (own, _) => own,
            };
            let share = step.shares.of(side.channel(step.agency.index()));
            let u = draws[s].selection.uniform(draw, u32::from(audit.call), 0);
            let chosen = u < share;
            applies |= u64::from(chosen) << s;
            if audit.counts {
                site.observer.eligible(audit.plan, s as u8, chosen, false);
            }
        }
        if applies == 0 {
            return;
        }
        audit.applies = applies;
        let index = site.admit(unmeasured, draw, now);
        site.visits[index as usize] = audit;
        let audit = index;
        let records = &mut site.visits[audit as usize].records;
        records.resize(plan.steps.len(), Record::default());
        site.fact(audit, now, FactKind::Audited, NO_STEP, 0, 0);
        site.touch_visit(audit);
    }

    /// For which parts of a plan the trader counts as an authorised economic operator at the stop of `cargo`: a bit a
    /// part, see `Visit::aeo`.
    pub(super) fn counts_as_aeo(&self, cargo: &Cargo, began: Time) -> u8 {
        if !cargo.is(Cargo::AEO) {
            return 0;
        }
        let recognised = |scope: Option<ScopeId>| {
            scope.is_none_or(|scope| {
                self.network.levels[scope.index()].at(Mechanism::Recognition, began) > 0.0
            })
        };
        let stop = self.stop_at(cargo);
        let entry = stop.one_stop.as_ref().is_some_and(|p| recognised(p.aeo));
        u8::from(recognised(stop.aeo)) | u8::from(entry) << ENTRY_PART
    }
}
