//! Ctrl-C while an experiment runs: a word on what is kept and how to go on, and then the end that it always is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where finished replications are kept; nowhere once their run has ended.
type Kept = Arc<Mutex<Option<PathBuf>>>;

/// While it lives, an interruption is answered with what is kept.
pub(super) struct Interruption(Kept);

impl Interruption {
    /// Answers interruptions with the number of replications in `folder`. `fresh`: the command would throw them away.
    pub fn answered(folder: &Path, fresh: bool) -> Self {
        let kept = Kept::new(Mutex::new(Some(folder.to_owned())));
        listen(Arc::clone(&kept), fresh);
        Interruption(kept)
    }
}

impl Drop for Interruption {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Ends the program as the signal would have done without us, so that whoever started it sees the same: a shell's loop
/// ends with it.
#[cfg(unix)]
fn listen(kept: Kept, fresh: bool) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // Without it nothing is lost but the word.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        for signal in &mut signals {
            let folder = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(folder) = &*folder {
                say(super::store::count(folder), fresh);
            }
            // It ends the program, or aborts it.
            let _ = emulate_default_handler(signal);
        }
    });
}

/// Elsewhere the program ends without a word.
#[cfg(not(unix))]
fn listen(_: Kept, _: bool) {}

#[cfg(unix)]
fn say(kept: usize, fresh: bool) {
    use std::io::IsTerminal;

    // On a terminal, a bar and the ^C stand in the line.
    let line = match std::io::stderr().is_terminal() {
        true => "\n",
        false => "",
    };
    super::failure::note(false, &format!("{line}{}", word(kept, fresh)));
}

#[cfg(unix)]
fn word(kept: usize, fresh: bool) -> String {
    let runs = match kept {
        0 => {
            let text = "Interrupted before a finished run was kept; the same command begins anew.";
            return text.to_owned();
        }
        1 => "1 finished run is kept".to_owned(),
        n => format!("{n} finished runs are kept"),
    };
    let without = if fresh { ", without --fresh," } else { "" };
    format!("Interrupted: {runs}; the same command{without} goes on from there.")
}
