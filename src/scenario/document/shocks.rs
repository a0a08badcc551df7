//! Shocks and closures as they are written.

use crate::scenario::calendar::Instant;
use crate::scenario::collection::List;
use crate::scenario::declare::document;
use crate::scenario::law::Law;
use crate::scenario::leaf::{Flag, Number, Share, Text, Word, leaf_schema};
use crate::scenario::model::{Season, YearDay};
use crate::scenario::place::Country;
use crate::scenario::read::{Read, Reader};
use crate::scenario::tree::Node;
use crate::terms::Tier;

document! {
    /// For a while, something is slower, less staffed, closed or more in demand.
    "shock" ShockDoc {
        /// It befalls from this date on.
        from: Instant,
        /// Until this date, exclusive; default: for ever.
        until: Instant,
        /// It befalls at random: the time from the end of one (or the start) to the next.
        every: Law,
        /// How long each random one lasts.
        lasting: Law,
        /// It befalls every year in these months or days, in local time: `nov-mar`, `15 nov-31 mar`.
        season: SeasonDoc,
        /// What it reaches; default: every site.
        scope: ShockScopeDoc,
        /// Factor on the times drawn at the start of service.
        service: Number,
        /// Share of the officers on duty that are present, rounded up; 0 is a strike.
        staff: Share,
        /// True where it closes the sites or links in its scope.
        closed: Flag,
        /// Factor on the demand of the flows in its scope.
        demand: Number,
    }
}

document! {
    /// What a shock reaches: all that is stated must hold.
    "shock scope" ShockScopeDoc {
        /// Coastal or inland sites.
        tier: Word<Tier>,
        /// Sites of this country.
        country: Country,
        /// Named sites.
        sites: List<Text>,
        /// Links that `closed` closes; a two-way link both ways, `name~back` the way back alone.
        links: List<Text>,
        /// Only these agencies.
        agencies: List<Text>,
        /// Only desks of these names, and the steps done there.
        desks: List<Text>,
        /// Only steps of these names.
        steps: List<Text>,
        /// Flows whose `demand` changes, or whose cargo `service` reaches; default: those that start at the sites, and all cargo.
        flows: List<Text>,
    }
}

document! {
    /// A closure with its dates.
    "closure" ClosureDoc {
        /// Closed from.
        from: Instant = required,
        /// Until, exclusive; default: for ever.
        until: Instant,
    }
}

/// Parts of the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeasonDoc(pub Season);

leaf_schema!(SeasonDoc, { "type": "string", "description": "Months such as may-oct, or 15 may-10 oct, or jan,mar." });

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// What is wrong with a season.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Month(String),
    Day(String),
}

/// Reads `may-oct`, `15 may-10 oct`, `jan,mar`.
fn parse_season(text: &str) -> Result<Season, Wrong> {
    // A month with its day, if stated.
    let end = |text: &str| -> Result<(u8, Option<u8>), Wrong> {
        let text = text.trim().to_lowercase();
        let (day, month) = match text.split_once(char::is_whitespace) {
            Some((day, month)) => (Some(day), month.trim()),
            None => (None, text.as_str()),
        };
        let at = MONTHS.iter().position(|known| *known == month);
        let at = at.ok_or_else(|| Wrong::Month(month.to_owned()))?;
        let day = day.map(|day| {
            let number = day.parse::<u8>().ok();
            number
                .filter(|d| (1..=LENGTHS[at]).contains(d))
                .ok_or_else(|| Wrong::Day(text.clone()))
        });
        Ok((at as u8 + 1, day.transpose()?))
    };
    let part = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let ((from, first), (to, last)) = (end(first)?, end(last)?);
        let day = |month, day| YearDay { month, day };
        Ok((day(from, first.unwrap_or(1)), day(to, last.unwrap_or(31))))
    };
    text.split(',')
        .map(part)
        .collect::<Result<_, _>>()
        .map(Season)
}

impl Read for SeasonDoc {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let text = Text::read(node, reader)?.0;
        match parse_season(&text) {
            Ok(season) => Some(SeasonDoc(season)),
            Err(Wrong::Month(word)) => {
                reader.unknown(node.spot, format!("unknown month `{word}`"), &word, &MONTHS);
                None
            }
            Err(Wrong::Day(day)) => {
                let remedy = "write \"nov-mar\", or with days \"15 nov-31 mar\"";
                reader.error(node.spot, format!("there is no `{day}`"), remedy);
                None
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn holds(season: &str, month: u8, day: u8) -> bool {
        parse_season(season).unwrap().holds(YearDay { month, day })
    }

    #[test]
    fn a_season_holds_its_first_and_its_last_day() {
        assert!(!holds("may-oct", 4, 30));
        assert!(holds("may-oct", 5, 1) && holds("may-oct", 10, 31));
        assert!(!holds("may-oct", 11, 1));
        assert!(!holds("15 may-10 oct", 5, 14) && holds("15 may-10 oct", 5, 15));
        assert!(holds("15 may-10 oct", 10, 10) && !holds("15 may-10 oct", 10, 11));
    }

    #[test]
    fn a_season_may_pass_the_turn_of_the_year_or_have_parts() {
        assert!(holds("nov-feb", 12, 31) && holds("nov-feb", 2, 29) && !holds("nov-feb", 3, 1));
        assert!(holds("jan, mar", 3, 31) && !holds("jan, mar", 2, 1));
        assert!(holds("30 dec-2 jan", 1, 2) && !holds("30 dec-2 jan", 12, 29));
    }

    #[test]
    fn what_is_no_month_or_no_day_is_named() {
        assert_eq!(parse_season("may-otc"), Err(Wrong::Month("otc".to_owned())));
        assert_eq!(
            parse_season("31 jun-oct"),
            Err(Wrong::Day("31 jun".to_owned()))
        );
    }
}
