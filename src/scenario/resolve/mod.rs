//! From the document to the checked world: names to positions, defaults, and every rule between parts.

mod arrivals;
mod calendars;
mod closures;
mod cooperation;
mod desks;
mod drivers;
mod entry;
mod experiment;
mod flows;
mod interventions;
mod late_data;
mod laws;
mod names;
mod network;
mod order;
mod papers;
mod posts;
mod priority;
mod procedures;
mod reach;
mod recorded;
mod reforms;
mod services;
mod shock_effects;
mod shocks;
mod sickness;
mod step_tokens;
mod timetable;
mod token;
mod variants;
mod vehicle;
mod work;
mod yard;

pub use interventions::Candidate;
pub use posts::check as check_posts;
pub use variants::{Plan, build, check_regimes};

use super::collection::Map;
use super::document::Document;
use super::model::{Agreement, Backlog, Benchmark, Experiment, Post, Reform, Scenario, Shock};
use super::read::{Field, Reader};
use super::source::Spot;
use crate::terms::{FlowId, Regime, SiteId};

pub use names::Lists;
pub use step_tokens::check as check_step_tokens;
pub use yard::never_forms;

/// The world of a document, before a variant chooses regime, agreements and reforms.
#[derive(Clone, Debug)]
pub struct World {
    /// Everything that no choice changes; `Site::regime` is a placeholder where `site_regimes` has none.
    pub scenario: Scenario,
    /// Each site's own regime.
    pub site_regimes: Vec<Option<Regime>>,
    /// The sets of agreements.
    pub sets: Vec<(String, Vec<Agreement>)>,
    /// The reforms, with the agreements that each adds.
    pub reforms: Vec<(Reform, Vec<Agreement>)>,
    /// The shocks.
    pub shocks: Vec<Shock>,
    /// The one-stop border posts, with the regime that each states.
    pub posts: Vec<(Post, Option<Regime>)>,
    /// What the file says holds where no variant says otherwise.
    pub defaults: Defaults,
    /// How the study is run.
    pub experiment: Experiment,
    /// Published figures.
    pub benchmarks: Vec<Benchmark>,
    /// Candidate interventions.
    pub interventions: Vec<Candidate>,
}

/// The file's own choices.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Regime.
    pub regime: Regime,
    /// Set of agreements.
    pub cooperation: String,
    /// Reforms in force.
    pub reforms: Vec<String>,
    /// Shocks in force.
    pub shocks: Vec<String>,
    /// One-stop border posts at work.
    pub posts: Vec<String>,
}

/// Resolves `document`, noting every mistake; with mistakes, the result only serves to find more of them.
pub fn resolve(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    default_start: jiff::Timestamp,
) -> World {
    let lists = Lists::new(document);
    lists.check(reader, document);
    let experiment = experiment::experiment(reader, document.experiment.get(), default_start);
    let calendars = calendars::calendars(reader, document);
    let agencies = network::agencies(document, &lists);
    let commodities = network::commodities(reader, document);
    let (procedures, step_desks) = procedures::procedures(reader, document, &lists);
    let (mut sites, site_regimes) = network::sites(reader, document, &lists);
    for ((site, own), (_, doc)) in sites
        .iter_mut()
        .zip(&site_regimes)
        .zip(items(&document.sites))
    {
        desks::check_regimes(reader, site, *own, &procedures, doc);
        site.desks = desks::desks(reader, site, doc, &procedures, &step_desks, &lists);
        desks::check_time_zone(reader, site, doc, &calendars);
        site.entry = entry::entry(reader, doc, document, &lists, &calendars);
    }
    sickness::sickness(reader, document, &agencies, &mut sites);
    let mut links = network::links(reader, document, &lists);
    closures::closures(reader, document, &mut sites, &mut links, &experiment);
    let services = services::services(reader, document, &lists);
    let flows = flows::flows(
        reader,
        document,
        &lists,
        &sites,
        &services,
        commodities.len(),
        &experiment,
    );
    reach::check(reader, document, &sites, &links, &flows);
    let tokens = token::tokens(reader, document, &lists, &sites, &links, &flows);
    token::used(reader, document, &tokens, &procedures);
    let vehicles = vehicle::vehicles(reader, document, &lists);
    vehicle::used(reader, document, &vehicles, &sites, &procedures);
    yard::check_formation(reader, document, &sites, &services, &flows);
    let policy = cooperation::Policy::new(reader, document, experiment.start);
    let sets = cooperation::sets(reader, document, &policy);
    let reforms = reforms::reforms(reader, document, &lists, &sites, &policy, &experiment);
    let known = shocks::Known {
        lists: &lists,
        sites: &sites,
        links: &links,
        flows: &flows,
        procedures: &procedures,
    };
    let shocks = shocks::shocks(reader, document, &known, &experiment);
    let backlog = backlog(reader, document, &lists, &flows, &links);
    let posts = posts::posts(reader, document, &lists, &sites, &links, &procedures);
    let benchmarks = experiment::benchmarks(reader, document, &lists, &sites, &posts);
    let interventions = interventions::interventions(reader, document, &lists, &policy);
    let defaults = variants::defaults(reader, document, &lists);
    let cooperation = cooperation::sending(reader, document);
    late_data::check(reader, document, &cooperation, &sets, (&sites, &links));
    World {
        scenario: Scenario {
            agencies,
            calendars,
            commodities,
            sites,
            links,
            procedures,
            services,
            flows,
            cooperation,
            reforms: Vec::new(),
            posts: Vec::new(),
            backlog,
            tokens,
            vehicles,
            shocks: Vec::new(),
        },
        site_regimes,
        sets,
        reforms,
        shocks,
        posts,
        defaults,
        experiment,
        benchmarks,
        interventions,
    }
}

/// The items of a section that may be absent.
pub fn items<T>(section: &Field<Map<T>>) -> &[(super::tree::Key, T)] {
    section.get().map_or(&[], |map| map.0.as_slice())
}

fn backlog(
    reader: &mut Reader<'_, '_>,
    document: &Document,
    lists: &Lists,
    flows: &[super::model::Flow],
    links: &[super::model::Link],
) -> Vec<Backlog> {
    let mut backlog = Vec::new();
    for (doc, _) in document
        .backlog
        .get()
        .map_or(&[][..], |list| list.items.as_slice())
    {
        let site = lists.sites.field(reader, &doc.site);
        let flow = lists.flows.field(reader, &doc.flow);
        if let Some((count, spot)) = doc.consignments.placed()
            && count.0 == 0
        {
            reader.error(spot, "a backlog of no consignments", "leave it out");
        }
        let (Some(site), Some(flow), Some(count)) = (site, flow, doc.consignments.get()) else {
            continue;
        };
        let (site, spot) = (SiteId::from(site), doc.site.spot().unwrap_or_default());
        if !reach::passes(&flows[flow], site, links) {
            let message = format!(
                "no route of flow `{}` passes `{}`",
                flows[flow].name,
                lists.sites.name(site.index())
            );
            reader.error(
                spot,
                message,
                "a backlog waits at a site of its flow's route",
            );
        }
        backlog.push(Backlog {
            site,
            flow: FlowId::from(flow),
            consignments: count.0,
        });
    }
    backlog
}

/// The place of a field, or of the table that should hold it.
fn spot_or<T>(field: &Field<T>, table: Spot) -> Spot {
    field.spot().unwrap_or(table)
}
