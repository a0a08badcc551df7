//! Cooperation, reforms, backlog.

use std::collections::BTreeMap;

use crate::terms::*;
use crate::time::{Span, Time};

/// Cooperation in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Cooperation {
    /// Agreements.
    pub agreements: Vec<Agreement>,
    /// How long data travels; at least 1 ms.
    pub data_delay: Span,
    /// When data is sent, by mode of the link across the border.
    pub sent_at: BTreeMap<Mode, SentAt>,
}

/// One agreement. Several in force: the highest level; none: 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Between whom.
    pub scope: Scope,
    /// In force from.
    pub from: Time,
    /// In force until (exclusive); [`Time::MAX`] for ever.
    pub until: Time,
    /// The levels it sets.
    pub levels: Levels,
}

impl Cooperation {
    /// The level of `mechanism` over `scope` at `at`: the highest of the agreements in force, else 0.
    pub fn level(&self, mechanism: Mechanism, scope: Scope, at: Time) -> f64 {
        self.agreements
            .iter()
            .filter(|a| a.scope == scope && a.from <= at && at < a.until)
            .filter_map(|a| a.levels.of(mechanism))
            .fold(0.0, f64::max)
    }
}

/// A dated change with a scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Reform {
    /// Name.
    pub name: String,
    /// In force from.
    pub from: Time,
    /// The sites it changes (resolved from tier, country and names).
    pub sites: Vec<SiteId>,
    /// New regime.
    pub regime: Option<Regime>,
    /// New numbers of servers: agency, desk (all desks where `None`), servers.
    pub staffing: Vec<(AgencyId, Option<String>, u32)>,
    /// New hours: agency, desk (all desks where `None`), calendar.
    pub hours: Vec<(AgencyId, Option<String>, CalendarId)>,
    /// Agencies merged into the first: desks of the same name pool their officers, one declaration serves all.
    pub merge: Vec<AgencyId>,
    /// Cost in US dollars, if stated.
    pub cost: Option<f64>,
}

/// Consignments already waiting at a site at the start. They enter at [`Time::ZERO`].
#[derive(Clone, Debug, PartialEq)]
pub struct Backlog {
    /// Where they wait.
    pub site: SiteId,
    /// Which flow they belong to; its route must pass the site.
    pub flow: FlowId,
    /// How many (of a flow with a service: whole batches of the service's size, else one batch).
    pub consignments: u32,
}
