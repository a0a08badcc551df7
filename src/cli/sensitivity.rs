//! `corridor sensitivity FILE`: how much of the answer rests on assumed values.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use corridor::experiment::sensitivity::{
    self as sense, Answers, OverloadedPoints, Question, Sensitivity, Shares,
};
use corridor::experiment::{Measure, Overload};
use corridor::observe::Digest;
use corridor::report::sensitivity as report;
use corridor::scenario::{self, Assumed, GroupedValues, Grouping, LoadOptions, Loaded, Unvaried};
use corridor::stats::{Estimate, MorrisDesign, SobolDesign};
use serde::{Deserialize, Serialize};

use super::Options;
use super::answer::{Account, Answer, Given, Means, answer};
use super::asked::Asked;
use super::failure::Failure;
use super::study::{self, Forewarning};
use super::sweep::known_measure;

/// Without `--group` values are put together until there are at most so many groups.
const MOST_GROUPS: usize = 40;
/// Levels of Morris's grid.
const LEVELS: usize = 4;

/// Arguments of `sensitivity`.
#[derive(Debug, Args)]
pub(super) struct SensitivityArgs {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    request: Request,
}

/// What is asked: with the scenario and its seed, all that determines the answer.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub(super) struct Request {
    /// The variant that the answer is about [default: the base]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// The variant that it is set against: the answer is then the difference [default: the base, with --variant]
    #[arg(long, value_name = "NAME", requires = "variant")]
    against: Option<String>,
    /// Only this method (repeatable) [default: all]
    #[arg(long, value_name = "METHOD", value_enum)]
    method: Vec<Method>,
    /// Which values move together [default: none, or as few as bring them to 40 groups]
    #[arg(long, value_name = "BY", value_enum)]
    group: Option<GroupChoice>,
    /// Trajectories of Morris's design
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(2..))]
    trajectories: u16,
    /// Base points of Sobol's design, a power of two at best
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(2..))]
    points: u16,
    /// How many groups get Sobol's indices, the greatest swing (or Morris's mu*) first
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=20))]
    top: u8,
    /// The mean that the answer is about: all_sides, all_releases, bcp:SITE:ROLE, release:SITE:ROLE, crossing:EXIT:ENTRY
    /// or door_to_door:FLOW [default: the scenario's headline]
    #[arg(long, value_name = "MEASURE", value_parser = known_measure)]
    measure: Option<String>,
}

/// `--method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// Each group alone at both ends of its range
    Tornado,
    /// Morris's screening
    Morris,
    /// Sobol's indices of the first few
    Sobol,
}

impl Method {
    /// The part of the store that has its replications.
    fn scope(self) -> &'static str {
        match self {
            Method::Tornado => "tornado",
            Method::Morris => "morris",
            Method::Sobol => "sobol",
        }
    }

    /// What its points are called.
    fn points(self) -> &'static str {
        match self {
            Method::Tornado => "points of the tornado",
            Method::Morris => "points of Morris's design",
            Method::Sobol => "points of Sobol's design",
        }
    }
}

/// `--group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GroupChoice {
    /// Each value alone
    None,
    /// The same value of all items of a section
    Item,
    /// All values of a section that end alike
    Section,
}

/// Runs the designs, or takes the finished analysis, and prints what was found.
pub(super) fn sensitivity(args: &SensitivityArgs, options: &Options) -> Result<(), Failure> {
    let load = |load: &LoadOptions| scenario::load(&args.file, load);
    let loaded = study::load_settled(&args.file, options)?;
    question(&args.request, &loaded)?;
    let given = study::given(loaded, options, &load);
    let asked = Asked::Sensitivity(args.request.clone());
    answer(&asked, &given, options, asked.shown().1, None)
}

impl Request {
    /// Runs the designs.
    pub fn conduct(&self, given: &Given<'_>, means: &Means<'_>) -> Result<Answer, Failure> {
        let measure = (self.measure.as_deref().filter(|text| *text != "headline"))
            .map(Measure::parse)
            .transpose()
            .map_err(Failure::Setup)?;
        let question = question(self, &given.loaded)?;
        let (groups, unvaried) = groups(self, given, &question)?;
        if groups.is_empty() {
            return Err(Failure::Setup(
                "no assumed value can be varied; `corridor check` lists those that are stated"
                    .to_owned(),
            ));
        }
        let study = Study {
            args: self,
            given,
            means,
            question: &question,
            groups: &groups,
            measure,
        };
        let started = Instant::now();
        let mut found = study.conduct()?;
        let simulation = started.elapsed();
        found.unvaried = unvaried;
        let variants = std::iter::once(question.variant).chain(question.against);
        Ok(Answer {
            artifacts: report::sensitivity_artifacts(&found),
            simulation,
            account: Account {
                scenario: given.loaded.study.name.clone(),
                seed: found.seed,
                replications: found.replications,
                variants: variants.collect(),
                digest: found.digest.clone(),
                events: Some(found.events),
                finding: report::sensitivity_sentence(&found),
                engines: Vec::new(),
            },
        })
    }
}

fn question(args: &Request, loaded: &Loaded) -> Result<Question, Failure> {
    let own = study::variant(loaded, args.variant.as_deref())?;
    let against = study::variant(loaded, args.against.as_deref())?;
    let name = |at: usize| loaded.study.variants[at].name.clone();
    if args.against.is_some() && own == against {
        return Err(Failure::Setup(format!(
            "`{}` is set against itself; name two variants with --variant and --against",
            name(own)
        )));
    }
    Ok(Question {
        variant: name(own),
        against: (own != against).then(|| name(against)),
    })
}

/// The groups of values that can be varied, and the values that cannot.
fn groups(
    args: &Request,
    given: &Given<'_>,
    question: &Question,
) -> Result<(Vec<GroupedValues>, Vec<Unvaried>), Failure> {
    let loaded = &given.loaded;
    let (values, mut unvaried) = scenario::assumed(&loaded.study, &kept(loaded, question));
    let values = legal(given, question, values, &mut unvaried);
    let by = |grouping| scenario::group(&values, grouping);
    let groups = match args.group {
        Some(GroupChoice::None) => by(Grouping::Value),
        Some(GroupChoice::Item) => by(Grouping::Item),
        Some(GroupChoice::Section) => by(Grouping::Section),
        None => {
            let all = [Grouping::Value, Grouping::Item];
            let few = all
                .into_iter()
                .map(by)
                .find(|groups| groups.len() <= MOST_GROUPS);
            few.unwrap_or_else(|| by(Grouping::Section))
        }
    };
    Ok((groups, unvaried))
}

/// The paths that the variants in question set themselves: to vary them would undo what the variant is.
fn kept(loaded: &Loaded, question: &Question) -> Vec<String> {
    let Ok(file) = loaded.text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let names = std::iter::once(&question.variant).chain(&question.against);
    let set = |name: &String| file.get("variants")?.get(name)?.get("set")?.as_table();
    names
        .filter_map(set)
        .flat_map(|set| set.keys().cloned())
        .collect()
}

/// The values whose ends the scenario takes. An end that it refuses is moved to the value as written.
fn legal(
    given: &Given<'_>,
    question: &Question,
    values: Vec<Assumed>,
    unvaried: &mut Vec<Unvaried>,
) -> Vec<Assumed> {
    let alone = |value: &Assumed| GroupedValues {
        name: value.path.clone(),
        values: vec![value.clone()],
    };
    let try_all = |groups: &[GroupedValues], places: &[Shares]| {
        let points = sense::scenario_points(groups, places, question);
        load(given, points).map(drop)
    };
    let each: Vec<GroupedValues> = values.iter().map(alone).collect();
    if try_all(&each, &sense::tornado_places(each.len())).is_ok() {
        return values;
    }
    let mut legal = Vec::new();
    for mut value in values {
        let group = [alone(&value)];
        let ends: Vec<Result<(), scenario::Failure>> = [0.0, 1.0]
            .map(|end| try_all(&group, &[vec![Some(end)]]))
            .into_iter()
            .collect();
        match &ends[..] {
            [Err(why), Err(_)] => {
                let why = why.to_string();
                let first = why.lines().next().unwrap_or_default();
                unvaried.push(Unvaried {
                    path: value.path,
                    value: value.value,
                    why: format!("neither end of its range is legal ({first})"),
                });
                continue;
            }
            [Err(_), Ok(())] => value.low = value.number,
            [Ok(()), Err(_)] => value.high = value.number,
            _ => {}
        }
        legal.push(value);
    }
    legal
}

/// The scenario with these points.
fn load(given: &Given<'_>, points: Vec<scenario::Point>) -> Result<Loaded, scenario::Failure> {
    (given.load)(&LoadOptions {
        points,
        ..given.options.clone()
    })
}

/// What is conducted.
struct Study<'a> {
    args: &'a Request,
    given: &'a Given<'a>,
    means: &'a Means<'a>,
    question: &'a Question,
    groups: &'a [GroupedValues],
    measure: Option<Measure>,
}

impl Study<'_> {
    fn wants(&self, method: Method) -> bool {
        self.args.method.is_empty() || self.args.method.contains(&method)
    }

    /// Which place of a method that is, in words.
    fn place(&self, method: Method, at: usize) -> String {
        match (method, at) {
            (Method::Tornado, 0) => "the values as written".to_owned(),
            (Method::Tornado, at) => {
                let end = if at % 2 == 1 { "low" } else { "high" };
                format!("the {end} end of `{}`", self.groups[(at - 1) / 2].name)
            }
            (_, at) => format!("point {}", at + 1),
        }
    }

    fn conduct(&self) -> Result<Sensitivity, Failure> {
        let base = &self.given.loaded.study;
        let (seed, n) = (base.experiment.seed, self.groups.len());
        let replications = base.experiment.replications;
        let trajectories = usize::from(self.args.trajectories);
        let top = usize::from(self.args.top).min(n);
        let sides = 1 + usize::from(self.question.against.is_some());
        let (tornado, morris, sobol) = (
            self.wants(Method::Tornado),
            self.wants(Method::Morris),
            self.wants(Method::Sobol),
        );
        if sobol && !tornado && !morris {
            return Err(Failure::Setup(
                "--method sobol is of the first few: add --method tornado or --method morris to know which".to_owned(),
            ));
        }
        let count = |wanted: bool, places: usize| usize::from(wanted) * places;
        let places = count(tornado, 1 + 2 * n)
            + count(morris, trajectories * (n + 1))
            + count(sobol, usize::from(self.args.points) * (top + 2));
        let runs = places * sides * replications as usize;
        self.means.say(&format!(
            "{} assumed values in {n} groups: {places} points of {sides} variant{}, {runs} runs.",
            self.groups.iter().map(|g| g.values.len()).sum::<usize>(),
            if sides == 1 { "" } else { "s" },
        ));
        let asked: Vec<usize> = (base.variants.iter().enumerate())
            .filter(|(_, v)| {
                v.name == self.question.variant || Some(&v.name) == self.question.against.as_ref()
            })
            .map(|(at, _)| at)
            .collect();
        Forewarning::new(base, self.means)?.variants(&asked, true);
        let mut digest = Digest::default();
        let mut answers = |method: Method, places: &[Shares]| -> Result<Answers, Failure> {
            let found = self.answers(method, places)?;
            digest.merge(found.digest);
            Ok(found)
        };
        let mut found = Sensitivity {
            title: base.title.clone(),
            question: self.question.clone(),
            measure: Measure::AllSides,
            answer_h: Estimate::from_replications(&[]),
            ledger: Vec::new(),
            morris: Vec::new(),
            trajectories,
            sobol: Vec::new(),
            sobol_sd_h: None,
            points: usize::from(self.args.points),
            unvaried: Vec::new(),
            replications,
            seed,
            runs,
            overloads: Vec::new(),
            notes: Vec::new(),
            digest: String::new(),
            events: 0,
        };
        let overloaded = |method: Method, answers: &Answers| -> Option<OverloadedPoints> {
            let places = answers.overloads.iter().enumerate();
            let named = places.filter_map(|(at, overload)| {
                let variant = self.place(method, at);
                Some(Overload {
                    variant,
                    ..overload.clone()?
                })
            });
            let named: Vec<Overload> = named.collect();
            Some(OverloadedPoints {
                what: method.points().to_owned(),
                of: answers.overloads.len(),
                count: named.len(),
                worst: Overload::worst(named.iter())?.clone(),
            })
        };
        let bound = |notes: &mut Vec<String>, what: &str, answers: &Answers| {
            let places = answers.unfinished.iter().filter(|u| **u).count();
            if places > 0 {
                notes.push(format!(
                    "{what}: at {places} of {} points more than 0.1 % of the consignments were unfinished. Their hours so far \
                     count, and what rests on these points is not to be trusted.",
                    answers.values.len()
                ));
            }
        };
        if tornado {
            let answers = answers(Method::Tornado, &sense::tornado_places(n))?;
            found
                .overloads
                .extend(overloaded(Method::Tornado, &answers));
            bound(&mut found.notes, "Tornado", &answers);
            found.events += answers.events;
            found.answer_h = Estimate::from_replications(&answers.values[0]);
            found.ledger = sense::ledger(self.groups, &answers, self.question);
            found.measure = answers.measure;
        }
        if morris {
            let design = MorrisDesign::new(n, trajectories, LEVELS, seed).ok_or_else(|| {
                Failure::Setup("Morris's design needs two trajectories".to_owned())
            })?;
            let all: Vec<usize> = (0..n).collect();
            let places = sense::design_places(n, &all, design.points());
            let answers = answers(Method::Morris, &places)?;
            found.overloads.extend(overloaded(Method::Morris, &answers));
            bound(&mut found.notes, "Morris", &answers);
            found.events += answers.events;
            match sense::screened(self.groups, &design, &answers) {
                Some(screened) => found.morris = screened,
                None => found
                    .notes
                    .push("Morris: a point has no answer, so that no effects are told.".to_owned()),
            }
            found.measure = answers.measure;
        }
        if sobol {
            let by_swing = found.ledger.iter().map(|e| e.group.name.as_str());
            let by_effect = found.morris.iter().map(|m| m.group.as_str());
            let ranked: Vec<&str> = match found.ledger.is_empty() {
                true => by_effect.collect(),
                false => by_swing.collect(),
            };
            let place = |name: &&str| self.groups.iter().position(|g| g.name == **name);
            let moved: Vec<usize> = ranked.iter().take(top).filter_map(place).collect();
            let design = SobolDesign::new(moved.len(), found.points, seed as u32)
                .map_err(|e| Failure::Setup(e.to_string()))?;
            let places = sense::design_places(n, &moved, design.points());
            let answers = answers(Method::Sobol, &places)?;
            found.overloads.extend(overloaded(Method::Sobol, &answers));
            bound(&mut found.notes, "Sobol", &answers);
            found.events += answers.events;
            match sense::indexed(self.groups, &moved, &design, &answers) {
                Some((indices, sd)) => {
                    found.sobol = indices;
                    found.sobol_sd_h = Some(sd);
                }
                None => found
                    .notes
                    .push("Sobol: nothing varies, or a point has no answer.".to_owned()),
            }
        }
        found.digest = digest.to_string();
        Ok(found)
    }

    fn answers(&self, method: Method, places: &[Shares]) -> Result<Answers, Failure> {
        let points = sense::scenario_points(self.groups, places, self.question);
        let study = load(self.given, points)?.study;
        let sides = 1 + usize::from(self.question.against.is_some());
        let place = |at: usize| format!("at {}", self.place(method, at));
        Forewarning::new(&study, self.means)?.points((0, sides), method.points(), &place);
        let kept = (self.means.store()).map(|store| store.scope(method.scope()));
        Ok(sense::answers(
            &study,
            self.question,
            self.measure.as_ref(),
            &self.means.run,
            kept.as_deref(),
            &self.means.tell(),
        )?)
    }
}
