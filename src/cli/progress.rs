//! How far the runs are: a bar with time left on a terminal, plain lines elsewhere, all on standard error.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::note;

/// Lines are at least this far apart where there is no terminal.
const PAUSE: Duration = Duration::from_secs(2);

/// Tells of finished runs.
pub(super) struct Progress {
    how: How,
}

enum How {
    Silent,
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

struct Lines {
    started: Instant,
    last: Instant,
}

impl Progress {
    /// Silent if `quiet`, a bar on a terminal, else lines.
    pub fn new(quiet: bool) -> Self {
        let how = if quiet {
            How::Silent
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            How::Bar(bar)
        } else {
            let now = Instant::now();
            How::Lines(Mutex::new(Lines {
                started: now,
                last: now,
            }))
        };
        Progress { how }
    }

    /// `done` of `total` runs are finished.
    pub fn tell(&self, done: usize, total: usize) {
        match &self.how {
            How::Silent => {}
            How::Bar(bar) => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
                if done == total {
                    bar.finish_and_clear();
                }
            }
            How::Lines(lines) => {
                let mut lines = lines
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let now = Instant::now();
                if done == total || now - lines.last >= PAUSE {
                    lines.last = now;
                    note(false, &line(done, total, now - lines.started));
                }
            }
        }
    }
}

/// A plain line: what is done, and how long the rest takes at the same pace.
fn line(done: usize, total: usize, elapsed: Duration) -> String {
    let left = elapsed.as_secs_f64() / done.max(1) as f64 * total.saturating_sub(done) as f64;
    if done >= total {
        format!("{done}/{total} runs in {:.1} s", elapsed.as_secs_f64())
    } else {
        format!("{done}/{total} runs, about {left:.0} s left")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_goes_on_at_the_same_pace() {
        assert_eq!(
            line(20, 60, Duration::from_secs(5)),
            "20/60 runs, about 10 s left"
        );
        assert_eq!(
            line(60, 60, Duration::from_millis(12_340)),
            "60/60 runs in 12.3 s"
        );
    }
}
