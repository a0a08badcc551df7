//! Every time that a variant was measured by, as a flat list: what it is of, which statistic, its estimate, and its
//! value in each replication, so that two variants can be compared pair by pair.

use serde::{Deserialize, Serialize};

use super::replication::{Row, TimeRow};
use super::results::{Measure, Measured, TimesResult, VariantResult};
use super::trials::Trials;
use crate::stats::{CONFIDENCE, Estimate, buffer_time_index, paired, sectioned};
use crate::terms::{Mode, Named, Role};

/// A number that sums up the times of many consignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Mean, hours.
    Mean,
    /// Median, hours.
    P50,
    /// 90th percentile, hours.
    P90,
    /// 95th percentile, hours.
    P95,
    /// 99th percentile, hours.
    P99,
    /// Buffer-time index: the 95th percentile less the mean, in parts of the mean.
    BufferIndex,
    /// Share finished within 24 h.
    Within24h,
    /// Share finished within 48 h.
    Within48h,
    /// Share finished within 72 h.
    Within72h,
}

impl Statistic {
    /// Every statistic of a time.
    pub const ALL: [Statistic; 9] = [
        Statistic::Mean,
        Statistic::P50,
        Statistic::P90,
        Statistic::P95,
        Statistic::P99,
        Statistic::BufferIndex,
        Statistic::Within24h,
        Statistic::Within48h,
        Statistic::Within72h,
    ];

    /// `h`, `share`, or `1` for an index.
    pub fn unit(self) -> &'static str {
        match self {
            Statistic::BufferIndex => "1",
            Statistic::Mean | Statistic::P50 | Statistic::P90 | Statistic::P95 | Statistic::P99 => {
                "h"
            }
            Statistic::Within24h | Statistic::Within48h | Statistic::Within72h => "share",
        }
    }

    /// Whether the figure is one of all replications' consignments together, with an interval by sectioning, and no mean
    /// of replications.
    fn is_pooled(self) -> bool {
        match self {
            Statistic::P50
            | Statistic::P90
            | Statistic::P95
            | Statistic::P99
            | Statistic::BufferIndex => true,
            Statistic::Mean
            | Statistic::Within24h
            | Statistic::Within48h
            | Statistic::Within72h => false,
        }
    }

    fn measured(self, times: &TimesResult) -> Measured {
        match self {
            Statistic::Mean => times.mean_h,
            Statistic::P50 => times.median_h,
            Statistic::P90 => times.p90_h,
            Statistic::P95 => times.p95_h,
            Statistic::P99 => times.p99_h,
            Statistic::BufferIndex => times.buffer_index,
            Statistic::Within24h => times.within[0],
            Statistic::Within48h => times.within[1],
            Statistic::Within72h => times.within[2],
        }
    }

    fn of(self, row: &TimeRow) -> f64 {
        match self {
            Statistic::Mean => row.mean,
            Statistic::P50 => row.median,
            Statistic::P90 => row.p90,
            Statistic::P95 => row.p95,
            Statistic::P99 => row.p99,
            Statistic::BufferIndex => buffer_time_index(row.mean, row.p95).unwrap_or(f64::NAN),
            Statistic::Within24h => row.within[0],
            Statistic::Within48h => row.within[1],
            Statistic::Within72h => row.within[2],
        }
    }
}

impl std::fmt::Display for Statistic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Statistic::Mean => "mean",
            Statistic::P50 => "p50",
            Statistic::P90 => "p90",
            Statistic::P95 => "p95",
            Statistic::P99 => "p99",
            Statistic::BufferIndex => "buffer_index",
            Statistic::Within24h => "within_24h",
            Statistic::Within48h => "within_48h",
            Statistic::Within72h => "within_72h",
        })
    }
}

/// What a number is of; two variants are compared where these are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The time that was measured.
    pub measure: Measure,
    /// For people: the side's, crossing's or flow's title; empty for sums over a whole way.
    pub title: String,
    /// Mode of a side or a crossing.
    pub mode: Option<Mode>,
    /// Direction of the flows; empty where none is stated.
    pub direction: String,
    /// Which statistic of it.
    pub statistic: Statistic,
}

/// One number of a variant.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it is of.
    pub subject: Subject,
    /// The estimate, or why there is none.
    pub measured: Measured,
    /// Its value in each replication; not finite where one observed nothing. Of unfinished consignments the hours so
    /// far count in means: compare by them only where `measured` is an estimate.
    pub values: Vec<f64>,
}

impl Outcome {
    /// This less `base`, by pairs of replications; of figures of all consignments together, the difference of those
    /// figures, with its interval from the replications' own differences (sectioning). `None` unless both are estimates.
    pub fn less(&self, base: &Outcome) -> Option<Estimate> {
        let (Measured::Estimate(own), Measured::Estimate(other)) = (self.measured, base.measured)
        else {
            return None;
        };
        if !self.subject.statistic.is_pooled() {
            let difference = paired(&base.values, &self.values).difference;
            return (difference.replications > 0).then_some(difference);
        }
        let pairs = self.values.iter().zip(&base.values);
        let differences: Vec<f64> = pairs.map(|(own, base)| own - base).collect();
        let pooled = own.mean - other.mean;
        Some(Estimate {
            replications: own.replications.min(other.replications),
            ..sectioned(pooled, &differences, CONFIDENCE).into()
        })
    }
}

impl Trials<'_> {
    /// Every time of variant number `variant`, whose `result` it is: the sums over a consignment's way first, then BCP and release time of
    /// each side, crossings, and door-to-door times. What nobody passed is left out.
    pub fn outcomes(&self, variant: usize, result: &VariantResult) -> Vec<Outcome> {
        let rows = self.rows(variant);
        let mut found = Vec::new();
        for measure in [Measure::AllSides, Measure::AllReleases] {
            found.extend(self.sum(variant, measure));
        }
        let mut add = |subject: Subject, times: &TimesResult, of: &dyn Fn(&Row) -> TimeRow| {
            if times.n == 0 {
                return;
            }
            let rows: Vec<TimeRow> = rows.iter().map(of).collect();
            for statistic in Statistic::ALL {
                found.push(Outcome {
                    subject: Subject {
                        statistic,
                        ..subject.clone()
                    },
                    measured: statistic.measured(times),
                    values: rows.iter().map(|row| statistic.of(row)).collect(),
                });
            }
        };
        let sites = &self.networks()[variant].sites;
        // Sides stand in the order of sites and their cells.
        let cells = (sites.iter().enumerate())
            .flat_map(|(s, node)| (0..node.cells.len()).map(move |c| (s, c)));
        for (side, (s, c)) in result.sides.iter().zip(cells) {
            let subject = |measure| Subject {
                measure,
                title: side.title.clone(),
                mode: Some(side.mode),
                direction: side.direction.clone(),
                statistic: Statistic::Mean,
            };
            let bcp = Measure::Bcp(side.site.clone(), side.role);
            add(subject(bcp), &side.bcp, &|row| row.cells[s][c].bcp);
            let release = Measure::Release(side.site.clone(), side.role);
            add(subject(release), &side.release, &|row| {
                row.cells[s][c].release
            });
        }
        for (c, crossing) in result.crossings.iter().enumerate() {
            let subject = Subject {
                measure: Measure::Crossing(crossing.exit.clone(), crossing.entry.clone()),
                title: crossing.title.clone(),
                mode: Some(crossing.mode),
                direction: crossing.direction.clone(),
                statistic: Statistic::Mean,
            };
            add(subject, &crossing.time, &|row| row.crossings[c]);
        }
        for (f, flow) in result.flows.iter().enumerate() {
            let subject = Subject {
                measure: Measure::DoorToDoor(flow.flow.clone()),
                title: format!("{} - {}", flow.from, flow.to),
                mode: None,
                direction: flow.direction.clone(),
                statistic: Statistic::Mean,
            };
            add(subject, &flow.time, &|row| row.journeys[f]);
        }
        found
    }

    /// A mean over the whole way of each consignment.
    fn sum(&self, variant: usize, measure: Measure) -> Option<Outcome> {
        let values = self.values(variant, &measure)?;
        let measured = self.mean(variant, &measure)?;
        (measured != Measured::Missing).then(|| Outcome {
            measured,
            subject: Subject {
                measure,
                title: String::new(),
                mode: None,
                direction: String::new(),
                statistic: Statistic::Mean,
            },
            values,
        })
    }

    /// The mean of `measure` for variant number `variant`: an estimate, or a lower bound where too many were
    /// unfinished; `None` where the variant has no such measure.
    pub fn mean(&self, variant: usize, measure: &Measure) -> Option<Measured> {
        let values = self.values(variant, measure)?;
        if !values.iter().any(|value| value.is_finite()) {
            return Some(Measured::Missing);
        }
        let estimate = Estimate::from_replications(&values);
        Some(match self.is_bound(variant, measure) {
            true => Measured::AtLeast(estimate.mean),
            false => Measured::Estimate(estimate),
        })
    }
}

impl Measure {
    /// The words that name a measure on the command line and in CSV files: `all_sides`, `bcp dostyk entry`.
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Measure::Bcp(site, role) => ("bcp", format!("{site} {role}")),
            Measure::Release(site, role) => ("release", format!("{site} {role}")),
            Measure::Crossing(exit, entry) => ("crossing", format!("{exit} {entry}")),
            Measure::DoorToDoor(flow) => ("door_to_door", flow.clone()),
            Measure::AllSides => ("all_sides", String::new()),
            Measure::AllReleases => ("all_releases", String::new()),
        }
    }

    /// As the command line writes it: `bcp:dostyk:entry`.
    pub fn option(&self) -> String {
        let (word, of) = self.words();
        match of.is_empty() {
            true => word.to_owned(),
            false => format!("{word}:{}", of.replace(' ', ":")),
        }
    }

    /// The measure that is written so, its parts separated by spaces or colons: the columns `measure` and `of` of
    /// `comparisons.csv`.
    ///
    /// # Errors
    /// How measures are written.
    pub fn parse(text: &str) -> Result<Measure, String> {
        let parts: Vec<&str> = text
            .split([' ', ':'])
            .filter(|part| !part.is_empty())
            .collect();
        let role = |name: &str| {
            let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
            let unknown = || format!("`{name}` is no role: write one of {}", names.join(", "));
            Role::from_name(name).ok_or_else(unknown)
        };
        match parts[..] {
            ["all_sides"] => Ok(Measure::AllSides),
            ["all_releases"] => Ok(Measure::AllReleases),
            ["bcp", site, r] => Ok(Measure::Bcp(site.to_owned(), role(r)?)),
            ["release", site, r] => Ok(Measure::Release(site.to_owned(), role(r)?)),
            ["crossing", exit, entry] => Ok(Measure::Crossing(exit.to_owned(), entry.to_owned())),
            ["door_to_door", flow] => Ok(Measure::DoorToDoor(flow.to_owned())),
            _ => Err(format!(
                "`{text}` is no measure: write all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, \
                 crossing:EXIT:ENTRY or door_to_door:FLOW"
            )),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_of_the_figures_that_are_shown() {
        let outcome = |statistic, mean: f64, values: &[f64]| Outcome {
            subject: Subject {
                measure: Measure::AllSides,
                title: String::new(),
                mode: None,
                direction: String::new(),
                statistic,
            },
            measured: Measured::Estimate(Estimate {
                mean,
                ..Estimate::from_replications(values)
            }),
            values: values.to_vec(),
        };
        let (base, own) = ([40.0, 50.0, 60.0], [30.0, 41.0, 49.0]);
        let mean = |values| outcome(Statistic::Mean, 0.0, values);
        let difference = mean(&own).less(&mean(&base)).unwrap();
        assert_eq!(difference, paired(&base, &own).difference);
        let p90 = |mean, values| outcome(Statistic::P90, mean, values);
        let pooled = p90(40.5, &own).less(&p90(51.0, &base)).unwrap();
        assert_eq!(pooled.mean, -10.5);
        assert!(pooled.half_width > difference.half_width * 0.5 && pooled.half_width < 10.0);
        let mut bound = p90(51.0, &base);
        bound.measured = Measured::AtLeast(51.0);
        assert_eq!(p90(40.5, &own).less(&bound), None);
    }

    #[test]
    fn measures_are_written_as_in_the_csv_files() {
        for measure in [
            Measure::AllSides,
            Measure::AllReleases,
            Measure::Bcp("dostyk".into(), Role::Entry),
            Measure::Release("dostyk".into(), Role::Exit),
            Measure::Crossing("a".into(), "b".into()),
            Measure::DoorToDoor("xian-duisburg".into()),
        ] {
            let (word, of) = measure.words();
            assert_eq!(Measure::parse(&format!("{word} {of}")).unwrap(), measure);
        }
        assert_eq!(
            Measure::parse("bcp:dostyk:entry").unwrap(),
            Measure::Bcp("dostyk".into(), Role::Entry)
        );
        let role = Measure::parse("bcp:dostyk:in").unwrap_err();
        assert!(role.starts_with("`in` is no role: write one of"), "{role}");
        assert_eq!(
            Measure::parse("hours").unwrap_err(),
            "`hours` is no measure: write all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, \
             crossing:EXIT:ENTRY or door_to_door:FLOW"
        );
    }
}
