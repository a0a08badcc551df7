//! The streams of one replication: who draws, where, for what (semantics section 3).

use crate::network::Network;
use crate::random::{Purpose, Stream};
use crate::terms::{EntityId, Scope};

/// The streams of one replication.
#[derive(Clone, Debug)]
pub struct Draws {
    pub(super) sites: Vec<SiteDraws>,
    pub(super) flows: Vec<FlowDraws>,
    pub(super) transit: Vec<Stream>,
    /// By scope: data sent ahead.
    pub(super) information: Vec<Stream>,
    flow_salts: Vec<u64>,
    line_salts: Vec<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct SiteDraws {
    pub channel: Stream,
    /// By agency.
    pub own: Vec<Stream>,
    pub follow: Vec<Stream>,
    /// By plan and step.
    pub steps: Vec<Vec<StepDraws>>,
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
    pub thinning: Stream,
    pub commodity: Stream,
    pub aeo: Stream,
    pub route: Stream,
}

impl Draws {
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
                own: by_agency(Purpose::ChannelOwn),
                follow: by_agency(Purpose::ChannelFollow),
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
                thinning: of(Purpose::Thinning),
                commodity: of(Purpose::Commodity),
                aeo: of(Purpose::Aeo),
                route: of(Purpose::Route),
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
            flow_salts: network.flows.iter().map(|f| salt(&f.name)).collect(),
            line_salts: network.lines.iter().map(|l| salt(&l.name)).collect(),
        }
    }

    /// The key under which an entity draws.
    pub(super) fn key(&self, entity: EntityId) -> u64 {
        let salts = if entity.is_batch() {
            &self.line_salts
        } else {
            &self.flow_salts
        };
        salts[entity.group() as usize].wrapping_add(entity.ordinal())
    }
}
