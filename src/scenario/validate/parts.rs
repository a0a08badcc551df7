//! What must hold of a site, a procedure, a step, a flow and their values.

use super::work::check_work;
use super::{Faults, unique};
use crate::random::LawSpec;
use crate::scenario::model::{
    DemandSource, Flow, Procedure, Scenario, Servers, Site, Step, Timetable,
};
use crate::scenario::place::time_zones;
use crate::terms::{ChannelShares, Levels};
use crate::time::Span;

pub(super) fn is_share(share: f64) -> bool {
    (0.0..=1.0).contains(&share)
}

pub(super) fn is_amount(amount: f64) -> bool {
    amount.is_finite() && amount >= 0.0
}

pub(super) fn are_shares(shares: &ChannelShares) -> bool {
    [shares.green, shares.yellow, shares.red, shares.blue]
        .into_iter()
        .all(is_share)
}

pub(super) fn is_law(law: &LawSpec) -> bool {
    let positive = |value: f64| value.is_finite() && value > 0.0;
    match law {
        LawSpec::Constant(value) => positive(*value),
        LawSpec::Exponential { mean } => positive(*mean),
        LawSpec::LogNormal { mean, cv } | LawSpec::Gamma { mean, cv } => {
            positive(*mean) && positive(*cv)
        }
        LawSpec::Uniform { low, high } => is_amount(*low) && low < high && high.is_finite(),
        LawSpec::Triangular { low, mode, high } => {
            is_amount(*low) && low < high && (low..=high).contains(&mode) && high.is_finite()
        }
        LawSpec::Empirical(points) => {
            let ends = points.first().is_some_and(|p| p.0 == 0.0)
                && points.last().is_some_and(|p| p.0 == 1.0);
            let rises = points
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
            ends && rises && points.iter().all(|point| is_amount(point.1))
        }
    }
}

pub(super) fn is_timetable(timetable: &Timetable) -> bool {
    timetable.every_ms.is_finite() && timetable.every_ms >= 1.0 && timetable.capacity > 0
}

pub(super) fn are_levels(levels: &Levels) -> bool {
    [levels.information, levels.recognition, levels.enforcement]
        .into_iter()
        .flatten()
        .all(is_share)
}

pub(super) fn check_site(faults: &mut Faults, site: &Site, scenario: &Scenario) {
    let zone = time_zones().get(&site.time_zone).is_ok();
    faults.unless(zone, &site.name, "unknown time zone");
    faults.unless(
        is_share(site.unofficial_share),
        &site.name,
        "a share outside [0, 1]",
    );
    for entry in &site.procedures {
        let Some(procedure) = scenario.procedures.get(entry.procedure.index()) else {
            faults.unless(false, &site.name, "unknown procedure");
            continue;
        };
        let commodity = entry
            .commodity
            .is_none_or(|id| id.index() < scenario.commodities.len());
        faults.unless(commodity, &site.name, "unknown commodity");
        for step in &procedure.steps {
            let desk = site
                .desks
                .iter()
                .any(|desk| desk.agency == step.agency && desk.name == step.desk);
            faults.unless(
                desk,
                &site.name,
                &format!("no desk `{}` for step `{}`", step.desk, step.name),
            );
        }
    }
    for desk in &site.desks {
        check_work(faults, site, desk, scenario);
        let serves = match &desk.servers {
            Servers::Count(count) => *count > 0,
            Servers::Unlimited | Servers::Vehicles(_) => true,
            Servers::Slots(timetable) => is_timetable(timetable),
        };
        faults.unless(
            serves,
            &site.name,
            &format!("desk `{}` never serves", desk.name),
        );
        let known = desk.agency.index() < scenario.agencies.len()
            && desk.calendar.index() < scenario.calendars.len();
        faults.unless(
            known,
            &site.name,
            &format!("desk `{}` has an unknown agency or calendar", desk.name),
        );
    }
}

pub(super) fn check_procedure(faults: &mut Faults, procedure: &Procedure, scenario: &Scenario) {
    let name = procedure.name.as_str();
    let channels = &procedure.channels;
    let sum = channels.green + channels.yellow + channels.red + channels.blue;
    faults.unless(
        are_shares(channels) && (sum - 1.0).abs() < 1e-9,
        name,
        "the channels do not add up to 1",
    );
    faults.unless(
        is_share(procedure.overlap) && is_share(procedure.aeo_factor),
        name,
        "a share outside [0, 1]",
    );
    faults.unless(procedure.steps.len() <= 64, name, "more than 64 steps");
    unique(
        faults,
        "step",
        procedure.steps.iter().map(|step| step.name.as_str()),
    );
    for step in &procedure.steps {
        check_step(faults, step, procedure.steps.len(), scenario);
    }
    super::papers::check(faults, procedure);
}

pub(super) fn check_step(faults: &mut Faults, step: &Step, steps: usize, scenario: &Scenario) {
    let name = step.name.as_str();
    faults.unless(
        step.agency.index() < scenario.agencies.len(),
        name,
        "unknown agency",
    );
    let laws = [
        Some(&step.service),
        step.setup.as_ref(),
        step.assisted_service.as_ref(),
    ];
    faults.unless(
        laws.into_iter().flatten().all(is_law),
        name,
        "a law of time is none",
    );
    let (prevalence, detection) = step.prevalence_detection.unwrap_or((0.0, 0.0));
    let shares = [
        step.audit_share,
        step.assisted_share.unwrap_or(0.0),
        prevalence,
        detection,
    ];
    faults.unless(
        are_shares(&step.shares) && shares.into_iter().all(is_share),
        name,
        "a share outside [0, 1]",
    );
    faults.unless(is_amount(step.fee), name, "a fee is negative or not finite");
    faults.unless(
        step.after.iter().all(|&at| at < steps),
        name,
        "`after` an unknown step",
    );
}

fn check_drivers(faults: &mut Faults, flow: &Flow) {
    let (name, drivers) = (flow.name.as_str(), &flow.drivers);
    let patience = drivers.gives_up_after.as_ref().is_none_or(is_law);
    faults.unless(patience, name, "a law of patience that is none");
    let balks = drivers.balks.is_none_or(|b| is_share(b.share));
    faults.unless(balks, name, "a share outside [0, 1]");
    let reroutes = drivers.reroutes.is_none_or(|r| {
        r.every > Span::ZERO
            && r.news.is_none_or(|age| age > Span::ZERO)
            && (1..=3).contains(&r.at_most)
    });
    faults.unless(
        reroutes,
        name,
        "news or reports that take no time, or another route not once, twice or three times",
    );
    let batch = flow.service.is_some() && (drivers.balks.is_some() || drivers.reroutes.is_some());
    faults.unless(!batch, name, "trains and vessels keep their path");
}

pub(super) fn check_flow(faults: &mut Faults, flow: &Flow, scenario: &Scenario) {
    let (name, sites) = (flow.name.as_str(), scenario.sites.len());
    let ends = flow.from.index() < sites && flow.to.index() < sites && flow.from != flow.to;
    faults.unless(ends, name, "a flow goes from one known site to another");
    // Growth has no peak without a horizon: compiling raises the envelope to it where it must.
    let peak = flow.peak_per_day(Span::ZERO);
    let empties = matches!(flow.pattern.source, DemandSource::After(_));
    let volume = flow.per_day.is_finite() && (flow.per_day > 0.0 || empties);
    let envelope =
        flow.envelope_per_day.is_finite() && flow.envelope_per_day >= peak * (1.0 - 1e-12);
    faults.unless(
        volume && envelope,
        name,
        "the volume is not above 0, or its envelope is below its peak",
    );
    faults.unless(flow.group > 0 && flow.containers > 0, name, "a count of 0");
    faults.unless(
        flow.teu.is_finite() && flow.teu > 0.0,
        name,
        "a size of 0 TEU",
    );
    faults.unless(
        flow.tonnes.is_finite() && flow.tonnes > 0.0,
        name,
        "a mass of 0 t",
    );
    faults.unless(is_share(flow.aeo_share), name, "a share outside [0, 1]");
    check_drivers(faults, flow);
    let sum: f64 = flow.commodities.iter().map(|(_, share)| share).sum();
    let known = flow
        .commodities
        .iter()
        .all(|(id, share)| id.index() < scenario.commodities.len() && is_share(*share));
    faults.unless(
        known && (sum - 1.0).abs() < 1e-6,
        name,
        "the commodity mix does not add up to 1",
    );
    faults.unless(
        flow.service
            .is_none_or(|id| id.index() < scenario.services.len()),
        name,
        "unknown service",
    );
    let routes = &flow.routes;
    faults.unless(
        routes.alternatives > 0 && is_amount(routes.logit_scale),
        name,
        "a route choice that cannot be",
    );
    faults.unless(
        routes.via.iter().all(|site| site.index() < sites),
        name,
        "unknown site",
    );
}
