//! Desks that cannot keep up: where more work comes than their staff can do, hours grow with the horizon and say how
//! long was simulated.

use serde::{Deserialize, Serialize};

use super::results::StationResult;
use super::theory::StationLoad;

/// A variant, design point or combination of edits with a desk that cannot keep up: of several, the one that is offered
/// most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overload {
    /// Its name.
    pub variant: String,
    /// Title of the desk's site.
    pub title: String,
    /// Agency name.
    pub agency: String,
    /// Desk name.
    pub desk: String,
    /// Work that comes over what the staff can do; nothing where work comes and nobody is ever on duty.
    pub load: Option<f64>,
}

impl Overload {
    /// As simulated: more work came than the staff can do, beyond the error of the estimate, and it did not end.
    pub fn simulated(variant: &str, stations: &[StationResult]) -> Option<Self> {
        let overloaded = stations.iter().filter(|station| station.overloaded);
        let most = greatest(overloaded, |station| station.offered_load.mean)?;
        Some(Overload {
            variant: variant.to_owned(),
            title: most.title.clone(),
            agency: most.agency.clone(),
            desk: most.desk.clone(),
            load: Some(most.offered_load.mean).filter(|load| load.is_finite()),
        })
    }

    /// As reckoned before the run, over the whole measured window. What is not known before the run is not in it.
    pub fn offered(variant: &str, stations: &[StationLoad]) -> Option<Self> {
        let overloaded = stations.iter().filter(|station| station.cannot_keep_up());
        let most = greatest(overloaded, |station| {
            station.whole.offered.load.unwrap_or_default()
        })?;
        Some(Overload {
            variant: variant.to_owned(),
            title: most.title.clone(),
            agency: most.agency.clone(),
            desk: most.desk.clone(),
            load: most.whole.offered.load.filter(|load| load.is_finite()),
        })
    }

    /// The one with the greatest load among several; of equals the first.
    pub fn worst<'a>(of: impl Iterator<Item = &'a Overload>) -> Option<&'a Overload> {
        greatest(of, |overload| overload.load.unwrap_or(f64::INFINITY))
    }
}

/// The greatest by `of`; of equals the first.
fn greatest<T>(items: impl Iterator<Item = T>, of: impl Fn(&T) -> f64) -> Option<T> {
    items.reduce(|most, item| match of(&item) > of(&most) {
        true => item,
        false => most,
    })
}
