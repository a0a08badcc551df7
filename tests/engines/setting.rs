//! How a run is executed: what no result may depend on, and which combinations are tried.

use corridor::world::Kernel;

/// How long windows are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Windows {
    /// As the executor likes.
    Free,
    /// Half the least lookahead.
    Half,
    /// A tenth of it.
    Tenth,
}

/// How a run is executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Threads.
    pub threads: usize,
    /// Parts that threads advance beside each other, at most one for each process.
    pub partitions: usize,
    /// How long windows are.
    pub windows: Windows,
    /// How ends of service are found.
    pub kernel: Kernel,
}

/// Levels of each factor; the first of each make the base.
pub const THREADS: [usize; 5] = [1, 2, 3, 4, 8];
/// `usize::MAX` is one for each process.
pub const PARTITIONS: [usize; 5] = [1, 2, 3, 5, usize::MAX];
pub const WINDOWS: [Windows; 3] = [Windows::Free, Windows::Half, Windows::Tenth];
pub const KERNELS: [Kernel; 2] = [Kernel::Events, Kernel::Auto];

/// Numbers of levels, in the order of a row.
pub const LEVELS: [usize; 4] = [
    THREADS.len(),
    PARTITIONS.len(),
    WINDOWS.len(),
    KERNELS.len(),
];

impl Setting {
    /// The setting of a row of levels.
    pub fn of(row: [usize; 4]) -> Setting {
        Setting {
            threads: THREADS[row[0]],
            partitions: PARTITIONS[row[1]],
            windows: WINDOWS[row[2]],
            kernel: KERNELS[row[3]],
        }
    }
}

/// The base with one factor changed, for every level of every factor; and the base itself.
pub fn single_changes() -> Vec<Setting> {
    let mut all = vec![Setting::of([0; 4])];
    for (factor, levels) in LEVELS.iter().enumerate() {
        for level in 1..*levels {
            let mut row = [0; 4];
            row[factor] = level;
            all.push(Setting::of(row));
        }
    }
    all
}

/// Settings in which every level of each factor meets every level of every other.
pub fn covering() -> Vec<Setting> {
    rows().into_iter().map(Setting::of).collect()
}

/// The covering array, greedily: the row that has most pairs not yet met, the first of equals.
fn rows() -> Vec<[usize; 4]> {
    let every = every_row();
    let mut missing = pairs_of(&every);
    let mut rows = Vec::new();
    while !missing.is_empty() {
        let gain = |row: &[usize; 4]| {
            let mine = pairs(row);
            missing.iter().filter(|pair| mine.contains(*pair)).count()
        };
        // The last of equal maxima is kept, hence the reverse.
        let Some(best) = every.iter().rev().max_by_key(|row| gain(row)) else {
            break;
        };
        let mine = pairs(best);
        missing.retain(|pair| !mine.contains(pair));
        rows.push(*best);
    }
    rows
}

fn every_row() -> Vec<[usize; 4]> {
    let mut all = vec![[0; 4]];
    for (factor, levels) in LEVELS.iter().enumerate() {
        all = all
            .iter()
            .flat_map(|row| {
                (0..*levels).map(move |level| {
                    let mut row = *row;
                    row[factor] = level;
                    row
                })
            })
            .collect();
    }
    all
}

/// A level of one factor with a level of a later one.
type Pair = [(usize, usize); 2];

fn pairs(row: &[usize; 4]) -> Vec<Pair> {
    let mut all = Vec::new();
    for a in 0..row.len() {
        for b in a + 1..row.len() {
            all.push([(a, row[a]), (b, row[b])]);
        }
    }
    all
}

fn pairs_of(rows: &[[usize; 4]]) -> Vec<Pair> {
    let mut all: Vec<Pair> = rows.iter().flat_map(pairs).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn every_pair_of_levels_meets_in_few_rows() {
    let rows = rows();
    let met = pairs_of(&rows);
    for (a, levels_a) in LEVELS.into_iter().enumerate() {
        for (b, levels_b) in LEVELS.into_iter().enumerate().skip(a + 1) {
            for x in 0..levels_a {
                for y in 0..levels_b {
                    assert!(
                        met.contains(&[(a, x), (b, y)]),
                        "factor {a} at {x} with factor {b} at {y}"
                    );
                }
            }
        }
    }
    // Threads and partitions alone need as many rows as they have pairs.
    let least = THREADS.len() * PARTITIONS.len();
    assert!(
        (least..=least + 5).contains(&rows.len()),
        "{} rows",
        rows.len()
    );
}

#[test]
fn single_changes_differ_from_the_base_in_one_factor() {
    let all = single_changes();
    assert_eq!(all.len(), 1 + LEVELS.iter().map(|n| n - 1).sum::<usize>());
    let base = all[0];
    for other in &all[1..] {
        let changed = [
            other.threads != base.threads,
            other.partitions != base.partitions,
            other.windows != base.windows,
            other.kernel != base.kernel,
        ];
        assert_eq!(changed.iter().filter(|c| **c).count(), 1, "{other:?}");
    }
}
