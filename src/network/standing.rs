//! What the opening backlog holds: who stands beyond the link over which something is taken has it from the start.

use super::*;

impl Network {
    /// The pools of which one is held at the start by who stands at stop `leg` of `route`: a train (`batch`), or a
    /// consignment that travels alone or was on a train broken before. What is never given back (a quota) is not
    /// among them: it is good for the journey that has begun.
    pub fn held_at(&self, route: usize, leg: usize, batch: bool) -> Vec<PoolIndex> {
        let route = &self.routes[route];
        let break_leg = route.stops[0]
            .forms
            .map_or(0, |line| self.lines[line as usize].break_leg as usize);
        let mine = |give: &&Give| give.by_batch == batch;
        let mut held: Vec<PoolIndex> = Vec::new();
        let give = |held: &mut Vec<PoolIndex>, stop: &Stop, on_arrival: bool| {
            for give in stop.gives.iter().filter(mine) {
                if give.on_arrival == on_arrival
                    && let Some(at) = held.iter().position(|pool| *pool == give.pool)
                {
                    held.remove(at);
                }
            }
        };
        let first = if batch { 0 } else { break_leg.min(leg) };
        for l in first..leg {
            held.extend(&route.stops[l].takes);
            give(&mut held, &route.stops[l], false);
            give(&mut held, &route.stops[l + 1], true);
        }
        let later = |pool: &PoolIndex| {
            (leg..route.stops.len()).any(|l| {
                let gives = route.stops[l].gives.iter().filter(mine);
                gives
                    .filter(|give| l > leg || !give.on_arrival)
                    .any(|give| give.pool == *pool)
            })
        };
        // Places are taken at the start, as far as there are any: see `let_in`.
        let token = |pool: &PoolIndex| self.pools[*pool as usize].kind != PoolKind::Yard;
        held.retain(|pool| token(pool) && later(pool));
        held
    }

    /// Refuses an opening backlog that is sure to hold more than there is: on whatever routes its consignments are.
    pub(super) fn backlog_fits(&self) -> Result<(), CompileError> {
        let mut least = vec![0u64; self.pools.len()];
        for (s, site) in self.sites.iter().enumerate() {
            for entry in &site.backlog {
                let routes = self.flows[entry.flow.index()].routes.iter();
                let ways = routes.filter_map(|&route| {
                    let stops = &self.routes[route as usize].stops;
                    let leg = stops.iter().position(|stop| stop.site.index() == s)?;
                    let line = stops[0].forms.map(|line| &self.lines[line as usize]);
                    let train = line.filter(|line| leg > 0 && leg < line.break_leg as usize);
                    let held = self.held_at(route as usize, leg, train.is_some());
                    Some((held, train.map_or(1, Line::most)))
                });
                let ways: Vec<(Vec<PoolIndex>, u32)> = ways.collect();
                for (pool, least) in least.iter_mut().enumerate() {
                    let holds = |(held, size): &(Vec<PoolIndex>, u32)| {
                        let one = held.contains(&(pool as PoolIndex));
                        u64::from(one) * u64::from(entry.consignments.div_ceil((*size).max(1)))
                    };
                    *least += ways.iter().map(holds).min().unwrap_or(0);
                }
            }
        }
        for (pool, least) in self.pools.iter().zip(least) {
            let there = pool.supply.first().map_or(0, |(_, count)| *count);
            if least > u64::from(there) {
                return Err(CompileError(format!(
                    "the opening backlog holds {least} of `{}` from the start, and there are {there}",
                    pool.name
                )));
            }
        }
        Ok(())
    }
}

impl Line {
    /// How many consignments of an opening backlog stand on one train.
    pub fn most(&self) -> u32 {
        match self.formation {
            LineFormation::Size { size, .. } => size,
            LineFormation::Timetable { .. } => self.capacity,
        }
    }
}
