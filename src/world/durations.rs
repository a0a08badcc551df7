//! How long a job takes: its setup and its exam, drawn, under assistance where the partner gives it. Both kernels ask here.

use super::draws::StepDraws;
use super::papers::of_lodging;
use super::{Corridor, Observer, SiteState};
use crate::network::{PlanStep, Stop};
use crate::random::Stream;
use crate::terms::Mechanism;
use crate::time::{Span, Time};

/// A job whose service is drawn.
pub(super) struct Service<'a> {
    pub step: &'a PlanStep,
    pub streams: &'a StepDraws,
    pub stop: &'a Stop,
    /// The key of its draws: who, which call, which attempt.
    pub draw: u64,
    pub call: u32,
    pub attempt: u32,
    /// When its visit began.
    pub began: Time,
}

impl Service<'_> {
    fn uniform(&self, stream: &Stream) -> f64 {
        stream.uniform(self.draw, self.call, self.attempt)
    }
}

impl<O: Observer> Corridor<'_, O> {
    /// The service time of a job (setup and exam of a physical step); `attempt` names the draw among those of the
    /// step: its unit, and above 16 bits how often it was drawn anew.
    pub(super) fn service(
        &self,
        site: &SiteState<O>,
        index: u32,
        s: u8,
        attempt: u32,
    ) -> (Span, Span) {
        let v = &site.visits[index as usize];
        let plan = self.plan_of(self.network, site.site, v);
        let step = &plan.steps[s as usize];
        let streams = &self.draws.sites[site.site].steps[v.plan as usize][s as usize];
        let lodging = if plan.troubled >> s & 1 == 1 {
            v.lodging(s)
        } else {
            0
        };
        let (call, attempt) = (u32::from(v.call), attempt | of_lodging(lodging));
        let u = if step.correlated && plan.copula_of(step.part).is_some() {
            let draws = &self.draws.sites[site.site];
            draws.service(plan, v.plan, s as usize, v.draw, call, attempt)
        } else {
            streams.service.uniform(v.draw, call, attempt)
        };
        let with = Service {
            step,
            streams,
            stop: self.stop_of(v),
            draw: v.draw,
            call,
            attempt,
            began: v.began,
        };
        self.service_drawn(&with, u)
    }

    /// Setup and exam of a job whose service is drawn by the uniform `u`.
    pub(super) fn service_drawn(&self, with: &Service<'_>, u: f64) -> (Span, Span) {
        let Service { step, streams, .. } = with;
        let mut law = &step.service;
        if let Some(assisted) = &step.assisted_service
            && let Some(scope) = with.stop.enforcement_of(step.part)
        {
            let level = self.network.levels[scope.index()].at(Mechanism::Enforcement, with.began);
            // The same uniform through either quantile function (semantics section 6).
            if with.uniform(&streams.assistance) < level {
                law = assisted;
            }
        }
        let exam = Span::from_ms_f64(law.quantile(u));
        let setup = step.setup.as_ref().map_or(Span::ZERO, |law| {
            Span::from_ms_f64(law.quantile(with.uniform(&streams.setup)))
        });
        (setup, exam)
    }
}
