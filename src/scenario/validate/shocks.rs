//! What must hold of shocks, closures and sickness.

use super::Faults;
use super::parts::{is_amount, is_law, is_share};
use crate::scenario::model::{Closures, Scenario, Season, Servers, ShockTime, Window};
use crate::terms::FlowId;

fn is_window(window: &Window) -> bool {
    window.from <= window.until
}

fn is_season(season: &Season) -> bool {
    let mut days = season.0.iter().flat_map(|(first, last)| [first, last]);
    !season.0.is_empty() && days.all(|d| (1..=12).contains(&d.month) && (1..=31).contains(&d.day))
}

fn are_closures(closures: &Closures) -> bool {
    closures.dated.iter().all(is_window) && closures.open_season.as_ref().is_none_or(is_season)
}

pub(super) fn check(faults: &mut Faults, scenario: &Scenario) {
    for site in &scenario.sites {
        faults.unless(
            are_closures(&site.closures),
            &site.name,
            "a closure that cannot be",
        );
        for desk in &site.desks {
            let ill = is_share(desk.sickness)
                && (desk.sickness == 0.0 || matches!(desk.servers, Servers::Count(_)));
            faults.unless(
                ill,
                &site.name,
                &format!("desk `{}` has a sickness that cannot be", desk.name),
            );
        }
    }
    for link in &scenario.links {
        faults.unless(
            are_closures(&link.closures),
            &link.name,
            "a closure that cannot be",
        );
    }
    for shock in &scenario.shocks {
        let when = match &shock.when {
            ShockTime::Dated(window) => is_window(window),
            ShockTime::Season(season) => is_season(season),
            ShockTime::Random { every, lasting } => is_law(every) && is_law(lasting),
        };
        faults.unless(when, &shock.name, "a shock that never befalls");
        let agencies = scenario.agencies.len();
        let flows = shock.flows.iter().flatten().chain(&shock.surges);
        let known = shock
            .sites
            .iter()
            .chain(&shock.closes_sites)
            .all(|site| site.index() < scenario.sites.len())
            && shock
                .closes_links
                .iter()
                .all(|link| link.index() < scenario.links.len())
            && shock
                .agencies
                .iter()
                .flatten()
                .all(|agency| agency.index() < agencies)
            && flows
                .into_iter()
                .all(|flow| flow.index() < scenario.flows.len());
        faults.unless(known, &shock.name, "a shock to what is not there");
        let factors = shock.service.is_none_or(|f| f.is_finite() && f > 0.0)
            && shock.staff.is_none_or(is_share)
            && shock.demand.is_none_or(is_amount);
        faults.unless(factors, &shock.name, "a factor that cannot be");
    }
    for (f, flow) in scenario.flows.iter().enumerate() {
        let peak = flow
            .hours
            .map_or(1.0, |hours| hours.into_iter().fold(0.0, f64::max));
        let highest = flow.per_day * peak * scenario.surge_peak(FlowId::from(f));
        faults.unless(
            flow.envelope_per_day >= highest * (1.0 - 1e-12),
            &flow.name,
            "the envelope is below the peak under shocks",
        );
    }
}
