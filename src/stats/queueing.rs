//! Closed forms of queueing theory: what a simulated wait can be set beside.
//!
//! Loads are offered work over capacity. Times are in the unit of the service time that is given; waits are means
//! in the long run, before service. At a load of 1 or more there is no long run: functions then give infinity.

/// Probability that all `servers` are busy and an arrival is lost, of Poisson arrivals that offer `erlangs` of work.
///
/// Source: Erlang, Solution of some problems in the theory of probabilities of significance in automatic telephone
/// exchanges (1917); the recursion B(c) = a B(c-1) / (c + a B(c-1)) as in Cooper, Introduction to Queueing Theory,
/// 2nd ed. (1981), section 3.3.
pub fn erlang_b(servers: u32, erlangs: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, c| {
        erlangs * blocked / (f64::from(c) + erlangs * blocked)
    })
}

/// Probability that an arrival waits, of Poisson arrivals that offer `erlangs` of exponential work to `servers`;
/// 1 from a load of 1 on.
///
/// Source: Erlang (1917); C = B / (1 - rho (1 - B)) as in Cooper (1981), section 3.4.
pub fn erlang_c(servers: u32, erlangs: f64) -> f64 {
    let load = erlangs / f64::from(servers.max(1));
    if load >= 1.0 {
        return 1.0;
    }
    let blocked = erlang_b(servers, erlangs);
    blocked / (1.0 - load * (1.0 - blocked))
}

/// Mean wait in M/M/c: `arrivals` per unit of time, exponential service of mean `service`.
///
/// Source: Erlang (1917): W = C s / (c - a), with a the offered work in erlangs.
pub fn mmc_wait(arrivals: f64, service: f64, servers: u32) -> f64 {
    let erlangs = arrivals * service;
    if erlangs >= f64::from(servers) {
        return f64::INFINITY;
    }
    erlang_c(servers, erlangs) * service / (f64::from(servers) - erlangs)
}

/// Mean wait in M/G/1, first come, first served: service of mean `service` and coefficient of variation `cv`.
///
/// Source: Pollaczek (1930) and Khinchine (1932): W = rho s (1 + cv^2) / (2 (1 - rho)).
pub fn mg1_wait(arrivals: f64, service: f64, cv: f64) -> f64 {
    let load = arrivals * service;
    if load >= 1.0 {
        return f64::INFINITY;
    }
    load * service * (1.0 + cv * cv) / (2.0 * (1.0 - load))
}

/// Approximate mean wait in M/G/c: that of M/M/c times (1 + cv^2) / 2; exact for one server and for exponential
/// service.
///
/// Source: Lee and Longton, Queueing processes associated with airline passenger check-in, Operational Research
/// Quarterly 10 (1959) 56-71.
pub fn mgc_wait(arrivals: f64, service: f64, cv: f64, servers: u32) -> f64 {
    mmc_wait(arrivals, service, servers) * (1.0 + cv * cv) / 2.0
}

/// Kingman's upper bound of the mean wait in GI/G/1, first come, first served: times between arrivals are independent
/// with mean `interval` and coefficient of variation `interval_cv`, services likewise. It holds from an empty start on,
/// for waits then only grow towards the long run.
///
/// Source: Kingman, Some inequalities for the queue GI/G/1, Biometrika 49 (1962) 315-324:
/// W <= (var a + var s) / (2 E a (1 - rho)).
pub fn kingman_bound(interval: f64, interval_cv: f64, service: f64, cv: f64) -> f64 {
    let load = service / interval;
    if load >= 1.0 {
        return f64::INFINITY;
    }
    let variances = (interval * interval_cv).powi(2) + (service * cv).powi(2);
    variances / (2.0 * interval * (1.0 - load))
}

/// Between which means the mean of a fork-join lies whose parts have these means: not below the largest part's, not
/// above the sum. True of any parts, dependent or not, because the latest of several times is at least each of them
/// and at most their sum. `None` without parts.
pub fn fork_join_bounds(parts: &[f64]) -> Option<(f64, f64)> {
    let largest = parts.iter().copied().reduce(f64::max)?;
    Some((largest, parts.iter().sum()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, within: f64) {
        assert!(
            (found - expected).abs() <= within,
            "{found}, not {expected}"
        );
    }

    #[test]
    fn erlangs_formulas_agree_with_his_tables() {
        // Erlang B by hand: a = 2, c = 2: (4/2) / (1 + 2 + 2) = 0.4; a = 1, c = 3: (1/6) / (1 + 1 + 1/2 + 1/6) = 1/16.
        close(erlang_b(2, 2.0), 0.4, 1e-15);
        close(erlang_b(3, 1.0), 0.0625, 1e-15);
        // From the usual tables: 10 lines carry 4.4612 erlangs at a loss of 1 %, 100 lines 84.064.
        close(erlang_b(10, 4.4612), 0.01, 1e-6);
        close(erlang_b(100, 84.064), 0.01, 1e-6);
        // Erlang C by hand: a = 1, c = 2: 1/3; a = 2, c = 3: 4/9. One server: the load.
        close(erlang_c(2, 1.0), 1.0 / 3.0, 1e-15);
        close(erlang_c(3, 2.0), 4.0 / 9.0, 1e-15);
        close(erlang_c(1, 0.7), 0.7, 1e-15);
        assert_eq!(erlang_c(2, 2.5), 1.0);
    }

    #[test]
    fn waits_agree_with_each_other_where_models_do() {
        // M/M/1 at load 0.8, service 1: W = 4.
        close(mmc_wait(0.8, 1.0, 1), 4.0, 1e-12);
        close(mg1_wait(0.8, 1.0, 1.0), 4.0, 1e-12);
        close(mgc_wait(0.8, 1.0, 1.0, 1), 4.0, 1e-12);
        // M/D/1 waits half as long.
        close(mg1_wait(0.8, 1.0, 0.0), 2.0, 1e-12);
        // M/M/3, a = 2: W = (4/9) / (3 - 2) services.
        close(mmc_wait(2.0, 1.0, 3), 4.0 / 9.0, 1e-12);
        // The unit of time does not matter.
        close(mmc_wait(2.0 / 60.0, 60.0, 3), 60.0 * 4.0 / 9.0, 1e-9);
        for wait in [
            mmc_wait(3.0, 1.0, 3),
            mg1_wait(1.0, 1.0, 0.0),
            mgc_wait(7.0, 1.0, 1.0, 3),
            kingman_bound(1.0, 0.0, 1.0, 0.0),
        ] {
            assert_eq!(wait, f64::INFINITY);
        }
    }

    #[test]
    fn kingmans_bound_lies_above_the_exact_wait_and_meets_it_in_heavy_traffic() {
        for load in [0.1, 0.5, 0.9, 0.99] {
            for cv in [0.0, 0.5, 1.0, 2.0] {
                let bound = kingman_bound(1.0 / load, 1.0, 1.0, cv);
                assert!(bound >= mg1_wait(load, 1.0, cv), "{load} {cv}");
            }
        }
        // M/M/1: bound (1/rho + rho) / (2 (1 - rho)); at 0.8 that is 5.125 for a wait of 4.
        close(kingman_bound(1.25, 1.0, 1.0, 1.0), 5.125, 1e-12);
        let near = kingman_bound(1.0 / 0.999, 1.0, 1.0, 1.0) / mg1_wait(0.999, 1.0, 1.0);
        close(near, 1.0, 2e-3);
        // D/D/1 never waits.
        assert_eq!(kingman_bound(2.0, 0.0, 1.0, 0.0), 0.0);
    }

    #[test]
    fn a_fork_join_lies_between_its_largest_part_and_the_sum() {
        assert_eq!(fork_join_bounds(&[2.0, 5.0, 1.0]), Some((5.0, 8.0)));
        assert_eq!(fork_join_bounds(&[]), None);
        // Two M/M/1 at load 0.8, service 1: exact mean (12 - rho)/8 times the part's mean 5 (Flatto and Hahn 1984).
        let (low, high) = fork_join_bounds(&[5.0, 5.0]).unwrap();
        let exact = (12.0 - 0.8) / 8.0 * 5.0;
        assert!(low <= exact && exact <= high);
    }
}
