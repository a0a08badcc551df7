//! Points in the unit cube.

/// Every combination of positions, one list of `counts[i]` a factor; the last changes fastest.
pub(super) fn full_factorial(counts: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new()];
    for count in counts {
        rows = (rows.iter())
            .flat_map(|row| (0..*count).map(move |at| row.iter().copied().chain([at]).collect()))
            .collect();
    }
    rows
}

/// Latin hypercube: in each of `dimensions`, one of `points` lies in each of as many equal parts, anywhere in it.
pub(super) fn latin_hypercube(points: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut state = seed;
    // splitmix64.
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut rows = vec![Vec::with_capacity(dimensions); points];
    for _ in 0..dimensions {
        let mut order: Vec<usize> = (0..points).collect();
        for i in (1..points).rev() {
            order.swap(i, (next() % (i as u64 + 1)) as usize);
        }
        for (row, part) in rows.iter_mut().zip(order) {
            let within = (next() >> 11) as f64 / (1u64 << 53) as f64;
            row.push((part as f64 + within) / points as f64);
        }
    }
    rows
}

/// The first points of a Sobol sequence, scrambled from `seed` as Burley (2020) does.
pub(super) fn sobol(points: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let seed = (seed ^ (seed >> 32)) as u32;
    let at = |i: usize, d: usize| f64::from(sobol_burley::sample(i as u32, d as u32, seed));
    (0..points)
        .map(|i| (0..dimensions).map(|d| at(i, d)).collect())
        .collect()
}
