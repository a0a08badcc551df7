//! Recorded arrivals: the times in a CSV file.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::names::Lists;
use crate::scenario::csv_table::{self, Cell};
use crate::scenario::model::{Experiment, RecordedArrival};
use crate::scenario::place::time_zones;
use crate::scenario::read::Reader;
use crate::scenario::source::Spot;
use crate::terms::CommodityId;
use crate::time::{MS_PER_HOUR, Span};

/// The columns that a file of recorded arrivals may have.
const COLUMNS: &[&str] = &["time", "consignments", "commodity"];

/// How a flow's recorded arrivals are read.
pub struct Recorded<'a> {
    /// Names.
    pub lists: &'a Lists,
    /// Time zone of the first site, where it states one.
    pub zone: Option<&'a str>,
    /// Name of the first site.
    pub site: &'a str,
    /// Consignments of a row that does not say.
    pub group: u32,
    /// Start and horizon.
    pub experiment: &'a Experiment,
    /// Every row must say its commodity.
    pub needs_commodity: bool,
}

impl Recorded<'_> {
    /// The arrivals in `file`, in order of time (of rows at one time, in the file's). Those before the start are left
    /// out, but keep their ordinals, so that the others draw the same whenever a run starts.
    pub fn arrivals(
        &self,
        reader: &mut Reader<'_, '_>,
        file: &str,
        spot: Spot,
    ) -> Vec<RecordedArrival> {
        let Some(csv) = csv_table::open(reader, file, spot) else {
            return Vec::new();
        };
        let names = csv
            .header
            .iter()
            .map(|cell| (cell.text.as_str(), cell.spot));
        for (name, spot) in names.filter(|(name, _)| !COLUMNS.contains(name)) {
            let message = format!("recorded arrivals have no column `{name}`");
            reader.unknown(spot, message, name, COLUMNS);
        }
        let Some(time) = csv.column("time") else {
            let message = "this file has no column `time`";
            reader.error(csv.header[0].spot, message, "it says when each arrival was");
            return Vec::new();
        };
        let columns = (csv.column("consignments"), csv.column("commodity"));
        let (mut arrivals, mut first, mut before, mut wrong) = (Vec::new(), 0, 0, false);
        for row in &csv.rows {
            let at = self.time(reader, &row[time]);
            let consignments = columns
                .0
                .and_then(|c| row.get(c))
                .map_or(Some(self.group), |cell| self.count(reader, cell));
            let commodity = columns.1.and_then(|c| row.get(c));
            let commodity = self.commodity(reader, commodity, row[time].spot);
            let (Some(at), Some(consignments)) = (at, consignments) else {
                wrong = true;
                continue;
            };
            match u64::try_from(at) {
                Ok(at) => arrivals.push(RecordedArrival {
                    at: Span::from_ms(at),
                    first,
                    consignments,
                    commodity,
                }),
                Err(_) => before += 1,
            }
            first += u64::from(consignments);
        }
        if before > 0 {
            let message = format!(
                "{before} of {} recorded arrivals lie before the start and are left out",
                csv.rows.len()
            );
            reader.warn(
                spot,
                message,
                "let the experiment start earlier, or cut them off the file",
            );
        }
        let horizon = self.experiment.horizon;
        if !wrong && !arrivals.iter().any(|arrival| arrival.at <= horizon) {
            let message = format!("no arrival in `{file}` lies between the start and the horizon");
            reader.error(
                spot,
                message,
                "correct the experiment's `start`, or the times",
            );
        }
        arrivals.sort_by_key(|arrival| arrival.at);
        arrivals
    }

    /// Milliseconds from the start to the time in `cell`: an instant with its offset, a local date and time, or hours
    /// since the start.
    fn time(&self, reader: &mut Reader<'_, '_>, cell: &Cell) -> Option<i64> {
        let text = cell.text.as_str();
        let start = self.experiment.start.as_millisecond();
        if let Ok(hours) = text.parse::<f64>() {
            // A thousand years, so that nothing overflows.
            if hours.abs() < 1e7 {
                return Some(libm::round(hours * MS_PER_HOUR as f64) as i64);
            }
            reader.error(cell.spot, format!("`{text}` hours are no time"), "");
            return None;
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Some(instant.as_millisecond() - start);
        }
        let Ok(local) = text.parse::<DateTime>() else {
            let remedy =
                "write 2024-01-31T06:00:00Z, or 2024-01-31T06:00 (local), or hours since the start";
            reader.error(cell.spot, format!("`{text}` is no time"), remedy);
            return None;
        };
        let Some(zone) = self.zone else {
            let message = format!(
                "`{text}` is a local time, but site `{}` has no time zone",
                self.site
            );
            let remedy = "state the site's time_zone, or write the time with its offset";
            reader.error(cell.spot, message, remedy);
            return None;
        };
        let zone = time_zones().get(zone).ok()?;
        let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(instant.as_millisecond() - start)
    }

    fn count(&self, reader: &mut Reader<'_, '_>, cell: &Cell) -> Option<u32> {
        if cell.text.is_empty() {
            return Some(self.group);
        }
        match cell.text.parse::<u32>() {
            Ok(0) => {
                reader.error(
                    cell.spot,
                    "an arrival of no consignments",
                    "leave the row out",
                );
                None
            }
            Ok(count) => Some(count),
            Err(_) => {
                let message = format!("`{}` is no whole number of consignments", cell.text);
                reader.error(cell.spot, message, "");
                None
            }
        }
    }

    fn commodity(
        &self,
        reader: &mut Reader<'_, '_>,
        cell: Option<&Cell>,
        row: Spot,
    ) -> Option<CommodityId> {
        match cell.filter(|cell| !cell.text.is_empty()) {
            Some(cell) => {
                let found = self.lists.commodities.find(reader, &cell.text, cell.spot);
                found.map(CommodityId::from)
            }
            None => {
                if let (Some(cell), true) = (cell, self.needs_commodity) {
                    let spot = if cell.spot.start < cell.spot.end {
                        cell.spot
                    } else {
                        row
                    };
                    let message = "neither this row nor the flow says what arrives";
                    reader.error(spot, message, "name a commodity, or state the flow's mix");
                }
                None
            }
        }
    }
}
