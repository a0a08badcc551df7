//! The work in hand of a station that can be interrupted: which jobs are at work, paused, or back in the queue, and
//! which of them is the victim when one must give way.

use std::collections::BTreeMap;

use super::job::{JobId, Progress};
use super::machines::Machine;
use super::station::Job;
use crate::network::{MachineNode, StationNode};
use crate::time::Time;

/// The work in hand of one station.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    /// Jobs that have started and are not done.
    jobs: BTreeMap<JobId, (Job, Progress)>,
    at_work: Vec<JobId>,
    paused: Vec<JobId>,
    /// Servers on duty by the calendar.
    pub roster: u32,
    /// Position in the calendar's list of changes.
    pub position: usize,
    /// Servers that came back on duty and have not yet taken up what they left.
    pub returned: u32,
    /// Its servers, where they are machines.
    pub machines: Vec<Machine>,
}

impl Floor {
    /// At the start.
    pub fn new(node: &StationNode, roster: u32) -> Self {
        let machines = node
            .interruptions
            .as_ref()
            .and_then(|i| i.machines.as_ref());
        Floor {
            roster,
            machines: machines.map_or(Vec::new(), |m| vec![Machine::default(); m.most() as usize]),
            ..Floor::default()
        }
    }

    /// The calendar's next change.
    pub fn change(&mut self, position: usize, roster: u32) {
        self.returned = if roster > self.roster {
            self.returned + (roster - self.roster)
        } else {
            self.returned.saturating_sub(self.roster - roster)
        };
        (self.position, self.roster) = (position, roster);
    }

    /// Servers on duty: by the calendar, without machines that are under repair or keep paused work.
    pub fn on_duty(&self, machines: Option<&MachineNode>, now: Time) -> u32 {
        let Some(node) = machines else {
            return self.roster;
        };
        let there = self.machines.iter().take(node.installed_at(now) as usize);
        (there.filter(|m| m.ready()).count() as u32).min(self.roster)
    }

    /// How far a job has come, from its first start on.
    pub fn progress(&mut self, job: &Job) -> &mut Progress {
        &mut self
            .jobs
            .entry(job.id())
            .or_insert_with(|| (*job, Progress::new()))
            .1
    }

    /// A job of this floor that has started.
    pub fn started(&mut self, id: JobId) -> Option<&mut (Job, Progress)> {
        self.jobs.get_mut(&id)
    }

    /// It is at work.
    pub fn put_to_work(&mut self, id: JobId) {
        self.at_work.push(id);
    }

    /// It is not at work any more.
    pub fn take_from_work(&mut self, id: JobId) {
        self.at_work.retain(|other| *other != id);
    }

    /// It is paused.
    pub fn put_aside(&mut self, id: JobId) {
        self.paused.push(id);
    }

    /// It is done: the floor forgets it.
    pub fn dismiss(&mut self, id: JobId) -> Option<(Job, Progress)> {
        self.take_from_work(id);
        self.jobs.remove(&id)
    }

    /// The job at work that gives way: of the lowest priority, then latest to start, then of the largest key.
    pub fn victim(&self) -> Option<&Job> {
        let at_work = self.at_work.iter().filter_map(|id| self.jobs.get(id));
        at_work
            .max_by_key(|(job, progress)| (job.class(), progress.since(), *job))
            .map(|(job, _)| job)
    }

    /// Takes out the paused job that goes on first: of the highest priority, then of the least key.
    pub fn take_paused(&mut self) -> Option<Job> {
        let first = self
            .paused
            .iter()
            .enumerate()
            .filter_map(|(place, id)| self.jobs.get(id).map(|(job, _)| (place, *job)))
            .min_by_key(|(_, job)| (job.class(), *job));
        let (place, job) = first?;
        self.paused.swap_remove(place);
        Some(job)
    }

    /// Takes a paused job out of the pause, to go back to the queue.
    pub fn unpause(&mut self, id: JobId) {
        self.paused.retain(|other| *other != id);
    }

    /// A merger: this floor takes over what another has at work, and hands out what it has paused. Gives the number of
    /// jobs at work that came over.
    pub fn take_over(&mut self, other: &mut Floor) -> (u32, Vec<JobId>) {
        let came = other.at_work.len() as u32;
        self.jobs.append(&mut other.jobs);
        self.at_work.append(&mut other.at_work);
        (came, std::mem::take(&mut other.paused))
    }
}

/// Back in a queue: at its head, before all that have not started, or under its own key.
pub(super) fn back(mut job: Job, at_head: bool) -> Job {
    if at_head {
        job.priority = job.class();
    }
    job
}
