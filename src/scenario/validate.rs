//! The guarantees that a checked study gives, for whoever builds one in code.
//!
//! Loading a file checks the same and more, with places; this is the last word before a study is run.

use crate::random::LawSpec;
use crate::terms::{ChannelShares, Levels};
use crate::time::{Span, Time};

use super::model::{Flow, Formation, Procedure, Scenario, Servers, Site, Step, Study, Timetable};

/// Collects what is wrong, each with the name of the thing it is wrong with.
struct Faults {
    variant: String,
    list: Vec<String>,
}

impl Faults {
    /// Notes `what` of `whose` unless `right`.
    fn unless(&mut self, right: bool, whose: &str, what: &str) {
        if !right {
            self.list
                .push(format!("variant `{}`: {whose}: {what}", self.variant));
        }
    }
}

impl Study {
    /// Checks what the rest of the program takes for granted; the errors name what is wrong.
    ///
    /// A study that was loaded from a file passes; one that is built in code should be checked before it is run.
    pub fn validate(&self) -> Result<(), Vec<String>> {
        let mut faults = Faults {
            variant: String::new(),
            list: Vec::new(),
        };
        let experiment = &self.experiment;
        faults.unless(!self.variants.is_empty(), "study", "no variants");
        faults.unless(experiment.replications > 0, "experiment", "no replications");
        faults.unless(
            experiment.warm_up < experiment.horizon,
            "experiment",
            "the warm-up leaves nothing to measure",
        );
        for (at, variant) in self.variants.iter().enumerate() {
            faults.variant.clone_from(&variant.name);
            let twice = self.variants[..at]
                .iter()
                .any(|earlier| earlier.name == variant.name);
            faults.unless(!twice, "study", "two variants of this name");
            scenario(&mut faults, &variant.scenario);
        }
        for benchmark in &self.benchmarks {
            for variant in &self.variants {
                let known = benchmark.site.index() < variant.scenario.sites.len();
                faults.unless(known, "benchmark", "unknown site");
            }
        }
        if faults.list.is_empty() {
            Ok(())
        } else {
            Err(faults.list)
        }
    }
}

fn is_share(share: f64) -> bool {
    (0.0..=1.0).contains(&share)
}

fn is_amount(amount: f64) -> bool {
    amount.is_finite() && amount >= 0.0
}

fn are_shares(shares: &ChannelShares) -> bool {
    is_share(shares.green) && is_share(shares.yellow) && is_share(shares.red)
}

fn is_law(law: &LawSpec) -> bool {
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

fn is_timetable(timetable: &Timetable) -> bool {
    timetable.every_ms.is_finite() && timetable.every_ms >= 1.0 && timetable.capacity > 0
}

fn are_levels(levels: &Levels) -> bool {
    [levels.information, levels.recognition, levels.enforcement]
        .into_iter()
        .flatten()
        .all(is_share)
}

/// Notes names that stand twice.
fn unique<'n>(faults: &mut Faults, what: &str, names: impl Iterator<Item = &'n str>) {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        faults.unless(
            !name.is_empty() && seen.insert(name),
            name,
            &format!("the name of a {what} is empty or stands twice"),
        );
    }
}

fn scenario(faults: &mut Faults, scenario: &Scenario) {
    let sites = scenario.sites.len();
    unique(
        faults,
        "site",
        scenario.sites.iter().map(|site| site.name.as_str()),
    );
    unique(
        faults,
        "agency",
        scenario.agencies.iter().map(|agency| agency.name.as_str()),
    );
    unique(
        faults,
        "link",
        scenario.links.iter().map(|link| link.name.as_str()),
    );
    unique(
        faults,
        "procedure",
        scenario
            .procedures
            .iter()
            .map(|procedure| procedure.name.as_str()),
    );
    unique(
        faults,
        "flow",
        scenario.flows.iter().map(|flow| flow.name.as_str()),
    );
    faults.unless(sites > 0, "scenario", "no sites");
    faults.unless(!scenario.flows.is_empty(), "scenario", "no flows");
    faults.unless(
        !scenario.commodities.is_empty(),
        "scenario",
        "no commodities",
    );
    for calendar in &scenario.calendars {
        let shifts = &calendar.shifts;
        let whole = shifts
            .iter()
            .all(|s| s.from < s.to && s.to <= 2880 && s.staff > 0.0 && s.staff <= 1.0);
        faults.unless(
            whole && (calendar.always || !shifts.is_empty()),
            &calendar.name,
            "a calendar that cannot be",
        );
    }
    for procedure in &scenario.procedures {
        check_procedure(faults, procedure, scenario);
    }
    for site in &scenario.sites {
        check_site(faults, site, scenario);
    }
    for link in &scenario.links {
        let name = link.name.as_str();
        let ends = link.from.index() < sites && link.to.index() < sites && link.from != link.to;
        faults.unless(ends, name, "a link joins two known sites");
        faults.unless(
            is_law(&link.transit),
            name,
            "the law of the transit time is none",
        );
        faults.unless(
            link.minimum >= Span::TICK,
            name,
            "the least transit time is under 1 ms",
        );
        faults.unless(
            link.timetable.as_ref().is_none_or(is_timetable),
            name,
            "a timetable that cannot be",
        );
        let amounts = [
            Some(link.distance_km),
            Some(link.cost_per_teu),
            link.co2e_kg_per_teu_km,
        ];
        faults.unless(
            amounts.into_iter().flatten().all(is_amount),
            name,
            "an amount is negative or not finite",
        );
    }
    for service in &scenario.services {
        let formed = match &service.formation {
            Formation::Size(size) => *size > 0,
            Formation::Timetable(timetable) => is_timetable(timetable),
        };
        faults.unless(formed, &service.name, "batches that are never formed");
        faults.unless(
            service.break_at.is_none_or(|site| site.index() < sites),
            &service.name,
            "unknown site",
        );
    }
    for flow in &scenario.flows {
        check_flow(faults, flow, scenario);
    }
    faults.unless(
        scenario.cooperation.data_delay >= Span::TICK,
        "cooperation",
        "data travels less than 1 ms",
    );
    for agreement in &scenario.cooperation.agreements {
        faults.unless(
            are_levels(&agreement.levels),
            "cooperation",
            "a level lies outside [0, 1]",
        );
    }
    for reform in &scenario.reforms {
        let known = reform.sites.iter().all(|site| site.index() < sites)
            && reform
                .merge
                .iter()
                .all(|agency| agency.index() < scenario.agencies.len())
            && reform
                .staffing
                .iter()
                .all(|(agency, ..)| agency.index() < scenario.agencies.len())
            && reform.hours.iter().all(|(agency, _, calendar)| {
                agency.index() < scenario.agencies.len()
                    && calendar.index() < scenario.calendars.len()
            });
        faults.unless(
            known && reform.from < Time::MAX,
            &reform.name,
            "a reform of what is not there",
        );
    }
    for backlog in &scenario.backlog {
        let known = backlog.site.index() < sites && backlog.flow.index() < scenario.flows.len();
        faults.unless(known, "backlog", "unknown site or flow");
    }
}

fn check_site(faults: &mut Faults, site: &Site, scenario: &Scenario) {
    let zone = super::place::time_zones().get(&site.time_zone).is_ok();
    faults.unless(zone, &site.name, "unknown time zone");
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
        let serves = match &desk.servers {
            Servers::Count(count) => *count > 0,
            Servers::Unlimited => true,
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

fn check_procedure(faults: &mut Faults, procedure: &Procedure, scenario: &Scenario) {
    let name = procedure.name.as_str();
    let channels = &procedure.channels;
    let sum = channels.green + channels.yellow + channels.red;
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
}

fn check_step(faults: &mut Faults, step: &Step, steps: usize, scenario: &Scenario) {
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

fn check_flow(faults: &mut Faults, flow: &Flow, scenario: &Scenario) {
    let (name, sites) = (flow.name.as_str(), scenario.sites.len());
    let ends = flow.from.index() < sites && flow.to.index() < sites && flow.from != flow.to;
    faults.unless(ends, name, "a flow goes from one known site to another");
    let peak = flow
        .hours
        .map_or(1.0, |hours| hours.into_iter().fold(0.0, f64::max));
    let volume = flow.per_day.is_finite() && flow.per_day > 0.0;
    let envelope = flow.envelope_per_day.is_finite()
        && flow.envelope_per_day >= flow.per_day * peak * (1.0 - 1e-12);
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
    faults.unless(is_share(flow.aeo_share), name, "a share outside [0, 1]");
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

#[cfg(test)]
mod tests {
    use super::super::load::from_str;
    use super::super::source::NoFiles;
    use super::*;

    fn template() -> Study {
        from_str("template.toml", include_str!("template.toml"), &NoFiles)
            .expect("the template loads")
            .study
    }

    #[test]
    fn what_was_loaded_is_valid() {
        assert_eq!(template().validate(), Ok(()));
    }

    #[test]
    fn what_was_built_wrongly_is_named() {
        let mut study = template();
        let scenario = &mut study.variants[0].scenario;
        scenario.sites[2].desks[1].servers = Servers::Count(0);
        scenario.flows[0].commodities[0].1 = 0.5;
        scenario.links[0].minimum = Span::ZERO;
        let faults = study.validate().expect_err("three faults");
        let expected = [
            "variant `serial/none`: entry: desk `customs-documents` never serves",
            "variant `serial/none`: to-border: the least transit time is under 1 ms",
            "variant `serial/none`: trucks: the commodity mix does not add up to 1",
        ];
        assert_eq!(faults, expected);
    }
}
