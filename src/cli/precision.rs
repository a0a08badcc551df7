//! `--precision` and `--max-replications`.

use clap::Args;
use corridor::experiment::Precision;

/// How sure the answer shall be.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct PrecisionArgs {
    /// Go on with replications until the headline's means, and the differences from the base, are known this well:
    /// half a 95 % interval in per cent of the mean (of a difference, of the base's mean); looked at after 20, 30, 45,
    /// ... replications
    #[arg(long, value_name = "PERCENT", value_parser = percent, conflicts_with = "replications")]
    precision: Option<f64>,
    /// Replications at most, with --precision
    #[arg(long, value_name = "N", default_value_t = 2000, requires = "precision", value_parser = clap::value_parser!(u32).range(2..))]
    max_replications: u32,
}

impl PrecisionArgs {
    /// The precision asked for, if any.
    pub fn wanted(self) -> Option<Precision> {
        self.precision.map(|percent| Precision {
            percent,
            most: self.max_replications,
        })
    }
}

/// A number of per cent, with its sign.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').map(str::trim_end);
    match number.and_then(|number| number.parse::<f64>().ok()) {
        Some(percent) if percent > 0.0 && percent.is_finite() => Ok(percent),
        _ => Err("write it as a number of per cent above 0, such as 2%".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_precision_is_a_number_of_per_cent() {
        assert_eq!(percent("2%"), Ok(2.0));
        assert_eq!(percent(" 0.5 % "), Ok(0.5));
        for wrong in ["2", "0%", "-1%", "two%", "%", "inf%"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
