//! The guarantees that a checked study gives, for whoever builds one in code.
//!
//! Loading a file checks the same and more, with places; this is the last word before a study is run.

mod arrivals;
mod entry;
mod holding;
mod papers;
mod parts;
mod posts;
mod shocks;
mod work;
mod yard;

use std::collections::BTreeMap;

use crate::time::{Span, Time};

pub use posts::{PostPart, overlapping, pooled_and_merged, post_faults};

use super::model::{Formation, Scenario, Service, Study};
use parts::{are_levels, check_flow, check_procedure, check_site, is_amount, is_law, is_timetable};

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
        faults.variant.clear();
        self.check_interventions(&mut faults);
        if faults.list.is_empty() {
            Ok(())
        } else {
            Err(faults.list)
        }
    }
}

impl Study {
    fn check_interventions(&self, faults: &mut Faults) {
        let names = self.interventions.iter().map(|i| i.name.as_str());
        unique(faults, "intervention", names);
        for (at, intervention) in self.interventions.iter().enumerate() {
            let name = &intervention.name;
            let costs = [intervention.capital, intervention.yearly];
            let right = costs.iter().flatten().all(|cost| is_amount(*cost));
            faults.unless(right, name, "a cost is no amount of money");
            let lasts = intervention.life.is_some_and(|life| life > Span::ZERO);
            let right = intervention.capital.is_none() || lasts;
            faults.unless(right, name, "a capital cost without a life");
            let right = intervention.conflicts.iter().all(|(other, _)| *other < at);
            faults.unless(right, name, "a conflict with no earlier intervention");
        }
    }
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
    let mut services: BTreeMap<usize, Vec<&Service>> = BTreeMap::new();
    for flow in &scenario.flows {
        let service = flow
            .service
            .and_then(|id| scenario.services.get(id.index()));
        if let Some(service) = service {
            services.entry(flow.from.index()).or_default().push(service);
        }
    }
    for (index, site) in scenario.sites.iter().enumerate() {
        check_site(faults, site, scenario);
        entry::check_entry(faults, site, scenario);
        let from_here = services.get(&index).map_or(&[][..], Vec::as_slice);
        yard::check_yard(faults, site, from_here);
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
    holding::check(faults, scenario);
    for service in &scenario.services {
        let formed = match &service.formation {
            Formation::Size { size, within } => *size > 0 && *within != Some(Span::ZERO),
            Formation::Timetable { timetable, least } => {
                is_timetable(timetable) && (1..=timetable.capacity).contains(least)
            }
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
        arrivals::check(faults, flow, scenario);
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
    work::check_mergers(faults, scenario);
    shocks::check(faults, scenario);
    for post in &scenario.posts {
        let sites_known = post
            .between
            .iter()
            .chain(&post.at)
            .all(|s| s.index() < sites);
        let agencies = scenario.agencies.len();
        let known = post.pool.iter().flatten().all(|a| a.index() < agencies) && sites_known;
        faults.unless(known, &post.name, "unknown site or agency");
        if known {
            let agency = |at: usize| {
                scenario
                    .agencies
                    .get(at)
                    .map_or(String::new(), |a| a.name.clone())
            };
            for fault in post_faults(
                post,
                &scenario.sites,
                &scenario.links,
                &scenario.procedures,
                &agency,
            ) {
                faults.unless(false, &post.name, &fault.message);
            }
        }
    }
    faults.unless(
        overlapping(&scenario.posts).is_none(),
        "posts",
        "two of them take one site",
    );
    faults.unless(
        pooled_and_merged(&scenario.posts, &scenario.reforms).is_none(),
        "posts",
        "a reform merges a pooled agency into another",
    );
    for backlog in &scenario.backlog {
        let known = backlog.site.index() < sites && backlog.flow.index() < scenario.flows.len();
        faults.unless(known, "backlog", "unknown site or flow");
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::from_str;
    use super::super::model::Servers;
    use super::super::source::NoFiles;
    use super::*;

    fn template() -> Study {
        from_str("template.toml", include_str!("../template.toml"), &NoFiles)
            .expect("the template loads")
            .study
    }

    #[test]
    fn what_was_loaded_is_valid() {
        assert_eq!(template().validate(), Ok(()));
    }

    #[test]
    fn work_that_cannot_be_interrupted_so_is_named() {
        use crate::random::LawSpec;
        use crate::scenario::{Machines, PriorityClass};
        use crate::terms::{CommodityId, Discipline, Interruption, MachineClock, Preemption};
        let mut study = template();
        let desks = &mut study.variants[0].scenario.sites[2].desks;
        desks[1].work.preemption = Preemption::Resume;
        desks[1].work.priority = vec![PriorityClass::Commodity(CommodityId(999))];
        desks[2].discipline = Discipline::Priority;
        desks[2].work.machines = Some(Machines {
            mtbf: LawSpec::Constant(0.0),
            mttr: LawSpec::Constant(1.0),
            clock: MachineClock::Busy,
            on_failure: Interruption::Restart,
        });
        desks[2].servers = Servers::Unlimited;
        let (first, second) = (desks[1].name.clone(), desks[2].name.clone());
        let faults = study.validate().expect_err("six faults");
        let whose =
            |desk: &str, what: &str| format!("variant `serial/none`: entry: desk `{desk}` {what}");
        let unlisted = "lists classes without the discipline `priority`, or has it and lists none";
        let expected = [
            whose(&first, "has a class of an unknown commodity or flow"),
            whose(&first, unlisted),
            whose(&first, "preempts without an order of classes"),
            whose(&second, unlisted),
            whose(&second, "interrupts work, but has no number of servers"),
            whose(&second, "has machines with a law of time that is none"),
        ];
        assert_eq!(faults, expected);
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
