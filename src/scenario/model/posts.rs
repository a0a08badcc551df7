//! One-stop border posts: which sides of a border do their controls together, and where.

use super::{Procedure, ProcedureUse, Scenario, Site};
use crate::terms::*;

/// A one-stop border post: the controls of both sides of a border at one stop, by separate officers.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Name.
    pub name: String,
    /// Title for tables.
    pub title: String,
    /// The two sides.
    pub between: [SiteId; 2],
    /// Where the controls are done.
    pub kind: PostKind,
    /// The side that does both directions; `None` at a juxtaposed post.
    pub at: Option<SiteId>,
    /// Regime over both sides' steps; never `custom`, since `after` names steps of one procedure.
    pub regime: Regime,
    /// True where joint visits take officers of both countries.
    pub joint_examination: bool,
    /// Pooled agencies: one of the first side and one of the second, whose desks of the same name have one queue.
    pub pool: Vec<[AgencyId; 2]>,
}

/// One direction over a one-stop border post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OneStop {
    /// The post's position in `Scenario::posts`.
    pub post: usize,
    /// The side that is left: its exit steps come first.
    pub exit: SiteId,
    /// The side that is entered.
    pub entry: SiteId,
    /// Which of the two does the steps of both.
    pub host: SiteId,
}

impl OneStop {
    /// The role under which the visits are reported.
    pub fn role(&self) -> Role {
        if self.host == self.entry {
            Role::OneStop
        } else {
            Role::OneStopOut
        }
    }
}

impl Post {
    /// The directions that the post, at position `number`, unites: those with exit controls on the one side and entry
    /// controls on the other.
    pub fn directions(&self, number: usize, sites: &[Site]) -> Vec<OneStop> {
        let has = |site: SiteId, role: Role| {
            let site = sites.get(site.index());
            site.is_some_and(|site| site.procedures.iter().any(|usage| usage.role == role))
        };
        let [a, b] = self.between;
        [(a, b), (b, a)]
            .into_iter()
            .filter(|&(exit, entry)| has(exit, Role::Exit) && has(entry, Role::Entry))
            .map(|(exit, entry)| OneStop {
                post: number,
                exit,
                entry,
                host: self.at.unwrap_or(entry),
            })
            .collect()
    }

    /// True for a site of this post.
    pub fn has(&self, site: SiteId) -> bool {
        self.between.contains(&site)
    }
}

/// What one stop does of a commodity's consignments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Together {
    /// The commodity of the lane, `None` for all others.
    pub lane: Option<CommodityId>,
    /// The exit side's procedure, where it has one for them.
    pub exit: Option<ProcedureId>,
    /// The entry side's.
    pub entry: Option<ProcedureId>,
}

impl OneStop {
    /// The procedures of both sides, lane by lane, the general ones last: a lane of one side alone meets the other's
    /// general procedure.
    pub fn procedures(&self, sites: &[Site]) -> Vec<Together> {
        let of = |site: SiteId, role: Role, lane: Option<CommodityId>| {
            let uses = || sites[site.index()].procedures.iter();
            let mine = |usage: &&ProcedureUse| usage.role == role && usage.commodity == lane;
            let general = |usage: &&ProcedureUse| usage.role == role && usage.commodity.is_none();
            let found = uses().find(mine).or_else(|| uses().find(general));
            found.map(|usage| usage.procedure)
        };
        let mut lanes: Vec<Option<CommodityId>> = Vec::new();
        for (site, role) in [(self.exit, Role::Exit), (self.entry, Role::Entry)] {
            for usage in &sites[site.index()].procedures {
                if usage.role == role
                    && usage.commodity.is_some()
                    && !lanes.contains(&usage.commodity)
                {
                    lanes.push(usage.commodity);
                }
            }
        }
        lanes.push(None);
        let together = lanes.into_iter().map(|lane| Together {
            lane,
            exit: of(self.exit, Role::Exit, lane),
            entry: of(self.entry, Role::Entry, lane),
        });
        together
            .filter(|t| t.exit.is_some() || t.entry.is_some())
            .collect()
    }
}

/// The direction in which visits of `role` at `home` are part of a one-stop post.
pub fn one_stop_of(one_stops: &[OneStop], home: SiteId, role: Role) -> Option<&OneStop> {
    one_stops.iter().find(|way| match role {
        Role::Exit => way.exit == home,
        Role::Entry => way.entry == home,
        _ => false,
    })
}

/// The desks that stand at `site`: its own, less those that a one-stop post takes to the other side, and those that
/// one brings here. Each with its home and its position there.
pub fn desks_at(
    sites: &[Site],
    procedures: &[Procedure],
    one_stops: &[OneStop],
    site: SiteId,
) -> Vec<(SiteId, usize)> {
    let own = || (0..sites[site.index()].desks.len()).map(|desk| (site, desk));
    let mut homes = vec![site];
    for way in one_stops {
        for home in [way.exit, way.entry] {
            if [way.exit, way.entry].contains(&site) && !homes.contains(&home) {
                homes.push(home);
            }
        }
    }
    if homes.len() == 1 {
        return own().collect();
    }
    let mut found = Vec::new();
    for home in homes {
        for desk in 0..sites[home.index()].desks.len() {
            if hosts_of(sites, procedures, one_stops, home, desk)
                .iter()
                .any(|(_, host)| *host == site)
            {
                found.push((home, desk));
            }
        }
    }
    found
}

/// Where the desk in position `desk` of `home` serves, by the role of the visits.
pub fn hosts_of(
    sites: &[Site],
    procedures: &[Procedure],
    one_stops: &[OneStop],
    home: SiteId,
    desk: usize,
) -> Vec<(Role, SiteId)> {
    let place = &sites[home.index()];
    let desk = &place.desks[desk];
    let uses = |usage: &&ProcedureUse| {
        let steps = procedures.get(usage.procedure.index());
        steps.is_some_and(|p| {
            p.steps
                .iter()
                .any(|s| s.agency == desk.agency && s.desk == desk.name)
        })
    };
    let mut hosts: Vec<(Role, SiteId)> = Vec::new();
    for usage in place.procedures.iter().filter(uses) {
        let host = one_stop_of(one_stops, home, usage.role).map_or(home, |way| way.host);
        if !hosts.contains(&(usage.role, host)) {
            hosts.push((usage.role, host));
        }
    }
    hosts
}

impl Scenario {
    /// All directions in which border controls are done at one stop.
    pub fn one_stops(&self) -> Vec<OneStop> {
        let posts = self.posts.iter().enumerate();
        posts
            .flat_map(|(number, post)| post.directions(number, &self.sites))
            .collect()
    }
}
