//! The command line: what can be asked, and the exit code of the answer. The only place with files, a clock
//! and a terminal.

mod answer;
mod asked;
mod blame;
mod check;
mod compare;
mod completions;
mod diff;
mod explain;
mod failure;
mod files;
mod interrupt;
mod new;
mod output;
mod precision;
mod progress;
mod rank;
mod run;
mod schema;
mod sensitivity;
mod store;
mod study;
mod sweep;
mod trs;
mod twins;
mod verify;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use corridor::engine::Engine;
use corridor::experiment::RunOptions;
use corridor::scenario::LoadOptions;
use corridor::world::Kernel;

use failure::Failure;

/// The scenario that is compared where none is named.
const DEFAULT_SCENARIO: &str = "scenarios/china-europe-rail.toml";

/// How many hours do serial, parallel and joint clearance, and each level of cooperation, save on an
/// international logistics corridor?
///
/// Without a command, compares the variants of scenarios/china-europe-rail.toml.
#[derive(Debug, Parser)]
#[command(name = "corridor", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 the scenario is wrong, 2 could not run, 3 a promise was broken (a defect, or a run that does not verify).";

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run one variant and print everything about it
    Run(run::RunArgs),
    /// Run all variants and compare them
    Compare(compare::CompareArgs),
    /// Run a scenario at many design points, and see how its hours answer to what is varied
    Sweep(sweep::SweepArgs),
    /// Rank the interventions that a scenario states, with a guarantee: which first, which for its cost, which together
    Rank(rank::RankArgs),
    /// Set two scenarios, or two variants, side by side: what differs, and how the outcome's difference divides among the edits
    Diff(diff::DiffArgs),
    /// How much of the answer rests on assumed values, and which measurement to collect next
    Sensitivity(sensitivity::SensitivityArgs),
    /// Check a scenario; list its mistakes, or what it holds and which values are assumed
    Check(check::CheckArgs),
    /// Run again what the manifest of a run describes, and see whether it comes to the same
    Verify(verify::VerifyArgs),
    /// Follow one consignment through the corridor, step by step
    Explain(explain::ExplainArgs),
    /// Set each consignment beside its twin in another variant, and split the difference along their critical paths
    Twins(twins::TwinsArgs),
    /// Say who was last where several agencies' work came together, how often and at what cost
    Blame(blame::BlameArgs),
    /// Time Release Study of one variant: hours to each milestone, by channel, agency, AEO, data sent ahead, peak
    Trs(trs::TrsArgs),
    /// Write a commented scenario to start from
    New(new::NewArgs),
    /// Print the JSON Schema of the scenario format, for editors
    Schema,
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
struct Options {
    /// Root seed of all random draws, instead of the scenario's
    #[arg(long, global = true, value_name = "N")]
    seed: Option<u64>,
    /// Replications of each variant, instead of the scenario's
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    replications: Option<u32>,
    /// Threads; the results are the same for any number [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Executor of each run: one thread, several within a run, or as the network and idle threads suggest; the results
    /// are the same
    #[arg(long, global = true, value_name = "ENGINE", value_enum, default_value_t = EngineChoice::Auto)]
    engine: EngineChoice,
    /// Kernel of the sites: ends of service computed at arrival where possible, or event by event; the results are the
    /// same
    #[arg(long, global = true, value_name = "KERNEL", value_enum, default_value_t = KernelChoice::Auto)]
    kernel: KernelChoice,
    /// Folder for the results; they go to DIR/<scenario>/<run>/ [default: output]
    #[arg(long, global = true, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the finding only, and no progress
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Print the results as JSON, and nothing else, on standard output
    #[arg(long, global = true)]
    json: bool,
    /// Change a value of the scenario, such as `experiment.horizon="60 d"` (repeatable)
    #[arg(long = "set", global = true, value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Run anew even where the same run is finished, or was interrupted
    #[arg(long, global = true)]
    fresh: bool,
}

impl Options {
    /// How runs are executed.
    fn runs(&self) -> RunOptions {
        RunOptions {
            threads: self.threads.map(usize::from),
            engine: self.engine.into(),
            kernel: self.kernel.into(),
        }
    }

    /// The folder for the results.
    fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new("output"))
    }

    /// What is changed of a scenario as it is loaded.
    fn loading(&self) -> LoadOptions {
        LoadOptions {
            overrides: self.set.clone(),
            seed: self.seed,
            replications: self.replications,
            ..LoadOptions::default()
        }
    }
}

/// `--engine`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum EngineChoice {
    Sequential,
    Parallel,
    Auto,
}

impl From<EngineChoice> for Engine {
    fn from(choice: EngineChoice) -> Engine {
        match choice {
            EngineChoice::Sequential => Engine::Sequential,
            EngineChoice::Parallel => Engine::Parallel,
            EngineChoice::Auto => Engine::Auto,
        }
    }
}

/// `--kernel`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KernelChoice {
    Auto,
    Events,
}

impl From<KernelChoice> for Kernel {
    fn from(choice: KernelChoice) -> Kernel {
        match choice {
            KernelChoice::Auto => Kernel::Auto,
            KernelChoice::Events => Kernel::Events,
        }
    }
}

/// `PATH=VALUE` at its first equals sign.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write it as PATH=VALUE, such as experiment.seed=2".to_owned()),
    }
}

/// Does what the command line asks and gives its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // A panic is a defect: say so once, shortly, instead of a trace for each thread.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(|| dispatch(cli)));
    let failure = match outcome {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(failure)) => failure,
        Err(panic) => Failure::from_panic(panic.as_ref()),
    };
    failure.report();
    failure.code()
}

fn dispatch(cli: Cli) -> Result<(), Failure> {
    let options = &cli.options;
    match cli.command {
        None => compare::compare(
            &compare::CompareArgs {
                file: DEFAULT_SCENARIO.into(),
                precision: precision::PrecisionArgs::default(),
            },
            options,
        ),
        Some(Command::Run(args)) => run::run(&args, options),
        Some(Command::Compare(args)) => compare::compare(&args, options),
        Some(Command::Sweep(args)) => sweep::sweep(&args, options),
        Some(Command::Rank(args)) => rank::rank(&args, options),
        Some(Command::Diff(args)) => diff::diff(&args, options),
        Some(Command::Sensitivity(args)) => sensitivity::sensitivity(&args, options),
        Some(Command::Check(args)) => check::check(&args, options),
        Some(Command::Verify(args)) => verify::verify(&args, options),
        Some(Command::Explain(args)) => explain::explain(&args, options),
        Some(Command::Twins(args)) => twins::twins(&args, options),
        Some(Command::Blame(args)) => blame::blame(&args, options),
        Some(Command::Trs(args)) => trs::trs(&args, options),
        Some(Command::New(args)) => new::new(&args, options),
        Some(Command::Schema) => schema::schema(),
        Some(Command::Completions(args)) => completions::completions(&args),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        let before = Cli::try_parse_from(["corridor", "--seed", "7", "compare", "a.toml"]).unwrap();
        let after = Cli::try_parse_from(["corridor", "compare", "a.toml", "--seed", "7"]).unwrap();
        assert_eq!(
            (before.options.seed, after.options.seed),
            (Some(7), Some(7))
        );
    }

    #[test]
    fn an_assignment_is_split_at_its_first_equals_sign() {
        let split = assignment("a.b = x=y").unwrap();
        assert_eq!(split, ("a.b".to_owned(), "x=y".to_owned()));
        assert!(assignment("a.b").is_err());
        assert!(assignment("=1").is_err());
    }
}
