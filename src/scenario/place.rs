//! Countries, UN/LOCODEs, time zones, coordinates.

use std::sync::OnceLock;

use jiff::tz::TimeZoneDatabase;

use crate::terms;

use super::diagnostic::nearest;
use super::leaf::{Text, leaf_schema};
use super::read::{Read, Reader};
use super::tree::{Node, Value};

/// ISO 3166-1 alpha-2 codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV \
BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA \
GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI \
KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK \
SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS \
YE YT ZA ZM ZW";

/// A country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(pub terms::Country);

leaf_schema!(Country, { "type": "string", "pattern": "^[A-Z]{2}$" });

impl Read for Country {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let code = Text::read(node, reader)?.0;
        let known = |code: &str| COUNTRIES.split_whitespace().any(|known| known == code);
        if known(&code) {
            return terms::Country::new(&code).map(Country);
        }
        let upper = code.to_uppercase();
        let remedy = if known(&upper) {
            format!("did you mean `{upper}`?")
        } else {
            "write an ISO 3166-1 code of two capitals, such as `CN`, `KZ`, `DE`".to_owned()
        };
        reader.error(node.spot, format!("unknown country `{code}`"), remedy);
        None
    }
}

/// A UN/LOCODE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locode(pub String);

leaf_schema!(Locode, { "type": "string", "pattern": "^[A-Z]{2}[A-Z2-9]{3}$" });

impl Read for Locode {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let code = Text::read(node, reader)?.0.replace(' ', "");
        let capitals = |part: &str| part.bytes().all(|b| b.is_ascii_uppercase());
        let letters = |part: &str| {
            part.bytes()
                .all(|b| b.is_ascii_uppercase() || (b'2'..=b'9').contains(&b))
        };
        let fits =
            code.is_ascii() && code.len() == 5 && capitals(&code[..2]) && letters(&code[2..]);
        if !fits {
            let remedy = "write the country and three letters or digits, such as `KZDOS`";
            reader.error(node.spot, format!("`{code}` is no UN/LOCODE"), remedy);
            return None;
        }
        Some(Locode(code))
    }
}

/// The time zones of the IANA database that comes with the program, so that a host's own does not matter.
pub fn time_zones() -> &'static TimeZoneDatabase {
    static ZONES: OnceLock<TimeZoneDatabase> = OnceLock::new();
    ZONES.get_or_init(TimeZoneDatabase::bundled)
}

/// An IANA time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(pub String);

leaf_schema!(TimeZone, { "type": "string", "description": "An IANA time zone, such as Asia/Almaty." });

impl Read for TimeZone {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let name = Text::read(node, reader)?.0;
        if time_zones().get(&name).is_ok() {
            return Some(TimeZone(name));
        }
        let zones: Vec<String> = time_zones()
            .available()
            .map(|zone| zone.as_str().to_owned())
            .collect();
        // Names of one continent are all alike: the city tells.
        let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_owned();
        let cities: Vec<String> = zones.iter().map(|zone| city(zone)).collect();
        let near = nearest(&city(&name), cities.iter().map(String::as_str));
        let zone = near
            .and_then(|near| cities.iter().position(|city| city == near))
            .map(|at| &zones[at]);
        let remedy = match zone {
            Some(zone) => format!("did you mean `{zone}`?"),
            None => "write an IANA name such as `Asia/Almaty`".to_owned(),
        };
        reader.error(node.spot, format!("unknown time zone `{name}`"), remedy);
        None
    }
}

/// Latitude and longitude in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position(pub f64, pub f64);

leaf_schema!(Position, { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 });

impl Read for Position {
    const LEAF: bool = true;
    fn read(node: &Node, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let degrees = |node: &Node| match node.value {
            Value::Integer(n) => Some(n as f64),
            Value::Float(x) if x.is_finite() => Some(x),
            _ => None,
        };
        let pair = match &node.value {
            Value::Array(items) if items.len() == 2 => degrees(&items[0]).zip(degrees(&items[1])),
            _ => None,
        };
        let Some((latitude, longitude)) = pair else {
            reader.error(
                node.spot,
                "a position is two numbers, latitude and longitude",
                "write [45.254, 82.487]",
            );
            return None;
        };
        if !(-90.0..=90.0).contains(&latitude) {
            let swapped = (-90.0..=90.0).contains(&longitude);
            let remedy = if swapped {
                "latitude comes first; are the two swapped?"
            } else {
                ""
            };
            reader.error(
                node.spot,
                format!("latitude {latitude} lies outside [-90, 90]"),
                remedy,
            );
            return None;
        }
        if !(-180.0..=180.0).contains(&longitude) {
            reader.error(
                node.spot,
                format!("longitude {longitude} lies outside [-180, 180]"),
                "",
            );
            return None;
        }
        Some(Position(latitude, longitude))
    }
}
