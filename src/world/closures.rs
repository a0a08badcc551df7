//! Closed ways and sites: departures that wait for the reopening, work that starts only then.
//!
//! Which windows are closed is known to every process without a message (semantics section 2). At a closed site
//! nothing starts, nothing leaves it, and nothing departs towards it; what is under way arrives and waits.

use super::station::Job;
use super::{Corridor, Event, FactKind, NO_STEP, Observer, SiteState, events};
use crate::engine::{Key, Outbox, Phase};
use crate::network::StationKind;
use crate::terms::LinkId;
use crate::time::Time;

impl<O: Observer> Corridor<'_, O> {
    /// `None` where departures over `link` may run at `now`; else when they may again ([`Time::MAX`]: never).
    pub(super) fn departure_open_at(&self, link: LinkId, now: Time) -> Option<Time> {
        self.draws.incidents.links.get(link.index())?.until(now)
    }

    /// When the site, closed at `now`, opens again; `None` where it is open.
    pub(super) fn site_open_at(&self, site: &SiteState<O>, now: Time) -> Option<Time> {
        self.draws.incidents.sites.get(site.site)?.until(now)
    }

    /// True where who is ready to depart over `link` now has to wait, for a departure or for the reopening.
    pub(super) fn must_wait(&self, link: LinkId, now: Time) -> bool {
        self.network.links[link.index()].timetable.is_some()
            || self.departure_open_at(link, now).is_some()
    }

    /// A visit that must wait does so: for the link's next departure, or for its reopening.
    pub(super) fn hold(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        index: u32,
        link: LinkId,
        out: &mut Outbox<'_, Self>,
    ) {
        let reopens = self.departure_open_at(link, now);
        if let Some(at) = reopens {
            site.fact(index, now, FactKind::Closed, NO_STEP, 0, at.ms());
        }
        if self.network.links[link.index()].timetable.is_some() {
            site.for_link.entry(link.0).or_default().push(index);
            return;
        }
        site.for_opening.entry(link.0).or_default().push(index);
        if let Some(at) = reopens
            && site.openings.insert(link.0)
        {
            wake(Some(link), at, out);
        }
    }

    /// A job of a pure delay starts, or waits where the site is closed.
    pub(super) fn start_when_open(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        job: &Job,
        station: u16,
        out: &mut Outbox<'_, Self>,
    ) {
        let servers = &self.network.sites[site.site].stations[station as usize].servers;
        if let (Some(at), StationKind::Unlimited) = (self.site_open_at(site, now), servers) {
            site.stations[station as usize].queue.push(*job);
            site.observe_station(station as usize, now);
            if !std::mem::replace(&mut site.opening_due, true) {
                wake(None, at, out);
            }
        } else if job.joint {
            self.start_joint(site, now, job, out);
        } else {
            self.start(site, now, job, station, out);
        }
    }

    /// A link (or, for `None`, the site itself) opens: those who waited go, in the order of their keys.
    pub(super) fn reopens(
        &self,
        site: &mut SiteState<O>,
        now: Time,
        link: Option<LinkId>,
        out: &mut Outbox<'_, Self>,
    ) {
        let Some(link) = link else {
            site.opening_due = false;
            for (station, node) in self.network.sites[site.site].stations.iter().enumerate() {
                if !matches!(node.servers, StationKind::Unlimited) {
                    continue;
                }
                let waiting = std::mem::take(&mut site.stations[station].queue);
                for job in waiting.into_sorted() {
                    self.start_when_open(site, now, &job, station as u16, out);
                }
                site.observe_station(station, now);
            }
            for fleet in 0..site.fleets.len() {
                site.touch_fleet(fleet as u16);
            }
            return;
        };
        site.openings.remove(&link.0);
        let mut waiting = site.for_opening.remove(&link.0).unwrap_or_default();
        waiting.sort_unstable_by_key(|v| {
            let v = &site.visits[*v as usize];
            (v.cargo.entity, v.call)
        });
        for index in waiting {
            self.go(site, now, index, out);
        }
    }
}

/// Schedules the reopening of `link` or, for `None`, of the site.
pub(super) fn wake<O: Observer>(
    link: Option<LinkId>,
    at: Time,
    out: &mut Outbox<'_, Corridor<'_, O>>,
) {
    if at < Time::MAX {
        let which = link.map_or(u64::MAX, |link| u64::from(link.0));
        let key = Key::new(at, Phase::Happenings, events::REOPENS, 0, which);
        out.schedule(key, Event::Reopens { link });
    }
}
