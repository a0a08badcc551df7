//! The streams of one replication: who draws, where, for what (semantics section 3).

use super::shocks::Incidents;
use crate::network::{ENTRY_PART, Network, Plan, Windows};
use crate::random::{Purpose, Stream};
use crate::terms::{EntityId, Scope};
use crate::time::Time;

/// The streams of one replication.
#[derive(Clone, Debug)]
pub struct Draws {
    pub(super) sites: Vec<SiteDraws>,
    pub(super) flows: Vec<FlowDraws>,
    pub(super) transit: Vec<Stream>,
    /// By scope: data sent ahead.
    pub(super) information: Vec<Stream>,
    /// What befalls it from outside.
    pub(super) incidents: Incidents,
    flow_salts: Vec<u64>,
    line_salts: Vec<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct SiteDraws {
    pub channel: Stream,
    pub no_show: Stream,
    /// By agency.
    pub own: Vec<Stream>,
    pub follow: Vec<Stream>,
    /// By station: of its machines, where it has them.
    pub machines: Vec<Option<MachineDraws>>,
    /// By plan and step.
    pub steps: Vec<Vec<StepDraws>>,
    /// By fleet.
    pub vehicles: Vec<Stream>,
    /// By plan and trouble with documents.
    pub troubles: Vec<Vec<TroubleDraws>>,
    /// By plan and part: what the service times of a consignment have in common.
    pub correlation: Vec<[Stream; 2]>,
}

impl SiteDraws {
    /// The uniform of a service time: the step's own, or with the consignment's common factor in it.
    #[inline]
    pub fn service(
        &self,
        plan: &Plan,
        number: u16,
        s: usize,
        draw: u64,
        call: u32,
        attempt: u32,
    ) -> f64 {
        let own = self.steps[number as usize][s]
            .service
            .uniform(draw, call, attempt);
        let step = &plan.steps[s];
        match plan.copula_of(step.part) {
            Some(copula) if step.correlated => {
                let common = &self.correlation[number as usize][step.part as usize];
                copula.uniform(common.uniform(draw, call, 0), own)
            }
            _ => own,
        }
    }
}

/// Trouble with the documents of a step.
#[derive(Clone, Debug)]
pub(super) struct TroubleDraws {
    pub rejection: Stream,
    pub relodging: Stream,
    pub originals: Stream,
    /// Whether the partner is asked, whether it helps fully, how long it takes.
    pub enquired: Stream,
    pub assistance: Stream,
    pub answer: Stream,
}

#[derive(Clone, Debug)]
pub(super) struct MachineDraws {
    pub failure: Stream,
    pub repair: Stream,
}

#[derive(Clone, Debug)]
pub(super) struct StepDraws {
    pub service: Stream,
    pub setup: Stream,
    pub selection: Stream,
    pub recognition: Stream,
    pub audit: Stream,
    pub assistance: Stream,
}

#[derive(Clone, Debug)]
pub(super) struct FlowDraws {
    pub interarrival: Stream,
    pub burst: Stream,
    pub back_haul: Stream,
    pub thinning: Stream,
    pub commodity: Stream,
    pub aeo: Stream,
    pub route: Stream,
    pub balking: Stream,
    pub patience: Stream,
}

impl Draws {
    /// The servers on duty at a station, from each instant, as closures, strikes and sickness leave them; empty where
    /// they are not counted.
    pub fn duty<'d>(
        &'d self,
        network: &'d Network,
        site: usize,
        station: u16,
    ) -> &'d [(Time, u32)] {
        self.incidents.duty(network, site, station)
    }

    /// When a site is closed; `None` where nothing is ever closed.
    pub fn closed(&self, site: usize) -> Option<&Windows> {
        self.incidents.sites.get(site)
    }

    /// The streams of replication number `replication` under `seed`.
    pub fn new(network: &Network, seed: u64, replication: u32) -> Self {
        let stream = |site: &str, agency: &str, step: &str, purpose| {
            Stream::new(seed, replication, site, agency, step, purpose)
        };
        let sites = network.sites.iter().map(|site| {
            let by_agency = |purpose: Purpose| {
                network
                    .agencies
                    .iter()
                    .map(|(agency, _)| stream(&site.name, agency, "", purpose))
                    .collect()
            };
            SiteDraws {
                channel: stream(&site.name, "", "", Purpose::Channel),
                correlation: site
                    .plans
                    .iter()
                    .map(|plan| {
                        [0, ENTRY_PART].map(|part| {
                            let home = plan.home_of(part).map(|id| &network.sites[id.index()].name);
                            let home = home.unwrap_or(&site.name);
                            stream(home, "", "", Purpose::Correlation)
                        })
                    })
                    .collect(),
                troubles: site
                    .plans
                    .iter()
                    .map(|plan| {
                        let troubles = plan.troubles.iter();
                        troubles
                            .map(|trouble| {
                                let step = &plan.steps[trouble.step as usize];
                                let agency = &network.agencies[step.agency.index()].0;
                                let home = &network.sites[step.home.index()].name;
                                let of = |purpose| stream(home, agency, &step.name, purpose);
                                // The enquiry is an act of its own: its draws are not the step's.
                                let name = format!("{}#enquiry", step.name);
                                let asked = |purpose| stream(home, agency, &name, purpose);
                                TroubleDraws {
                                    rejection: of(Purpose::Rejection),
                                    relodging: of(Purpose::Relodging),
                                    originals: of(Purpose::Originals),
                                    enquired: asked(Purpose::Selection),
                                    assistance: asked(Purpose::Assistance),
                                    answer: asked(Purpose::Service),
                                }
                            })
                            .collect()
                    })
                    .collect(),
                no_show: stream(&site.name, "", "", Purpose::NoShow),
                own: by_agency(Purpose::ChannelOwn),
                follow: by_agency(Purpose::ChannelFollow),
                vehicles: site
                    .fleets
                    .iter()
                    .map(|fleet| stream(&site.name, "", &fleet.name, Purpose::Vehicle))
                    .collect(),
                machines: site
                    .stations
                    .iter()
                    .map(|station| {
                        station.interruptions.as_ref()?.machines.as_ref()?;
                        let agency = &network.agencies[station.agency.index()].0;
                        let home = &network.sites[station.home.index()].name;
                        let of = |purpose| stream(home, agency, &station.desk, purpose);
                        Some(MachineDraws {
                            failure: of(Purpose::Failure),
                            repair: of(Purpose::Repair),
                        })
                    })
                    .collect(),
                steps: site
                    .plans
                    .iter()
                    .map(|plan| {
                        let steps = plan.steps.iter();
                        steps
                            .map(|step| {
                                let agency = &network.agencies[step.agency.index()].0;
                                let home = &network.sites[step.home.index()].name;
                                let of = |purpose| stream(home, agency, &step.name, purpose);
                                StepDraws {
                                    service: of(Purpose::Service),
                                    setup: of(Purpose::Setup),
                                    selection: of(Purpose::Selection),
                                    recognition: of(Purpose::Recognition),
                                    audit: of(Purpose::Audit),
                                    assistance: of(Purpose::Assistance),
                                }
                            })
                            .collect()
                    })
                    .collect(),
            }
        });
        let flows = network.flows.iter().map(|flow| {
            let of = |purpose| stream(&flow.name, "", "", purpose);
            FlowDraws {
                interarrival: of(Purpose::Interarrival),
                burst: of(Purpose::Burst),
                back_haul: of(Purpose::BackHaul),
                thinning: of(Purpose::Thinning),
                commodity: of(Purpose::Commodity),
                aeo: of(Purpose::Aeo),
                route: of(Purpose::Route),
                balking: stream(&flow.name, "", "balks", Purpose::Patience),
                patience: of(Purpose::Patience),
            }
        });
        let information = network.levels.iter().map(|curve| {
            let pair = match curve.scope {
                Scope::Between(from, to) => format!("{from}>{to}"),
                Scope::Within(country) => country.to_string(),
            };
            stream(&pair, "", "", Purpose::Information)
        });
        // An entity's salt is its flow's or line's name, so that adding a flow to a variant shifts no draw.
        let salt = |name: &str| Stream::new(0, 0, name, "", "", Purpose::Other(0)).bits(0, 0, 0);
        Draws {
            sites: sites.collect(),
            flows: flows.collect(),
            transit: network
                .links
                .iter()
                .map(|l| stream(&l.name, "", "", Purpose::Transit))
                .collect(),
            information: information.collect(),
            incidents: Incidents::new(network, seed, replication),
            flow_salts: network.flows.iter().map(|f| salt(&f.name)).collect(),
            line_salts: network.lines.iter().map(|l| salt(&l.name)).collect(),
        }
    }

    /// The key under which an entity draws.
    #[inline]
    pub(super) fn key(&self, entity: EntityId) -> u64 {
        self.salt(entity).wrapping_add(entity.ordinal())
    }

    fn salt(&self, entity: EntityId) -> u64 {
        let salts = if entity.is_batch() {
            &self.line_salts
        } else {
            &self.flow_salts
        };
        salts[entity.group() as usize]
    }

    /// The keys of many entities, most of them akin to this one.
    #[inline]
    pub(super) fn keys(&self, first: EntityId) -> Keys<'_> {
        Keys {
            draws: self,
            first,
            salt: self.salt(first),
        }
    }
}

/// As [`Draws::key`]; what entities have in common is looked up once.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    draws: &'a Draws,
    first: EntityId,
    salt: u64,
}

impl Keys<'_> {
    #[inline]
    pub fn of(&self, entity: EntityId) -> u64 {
        if entity.is_akin(self.first) {
            self.salt.wrapping_add(entity.ordinal())
        } else {
            self.draws.key(entity)
        }
    }
}
