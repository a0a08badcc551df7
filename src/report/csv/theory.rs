//! CSV table of theory beside the simulated figures.

use super::line::{Line, Sheet};
use crate::experiment::results::*;

pub(super) fn theory(variants: &[VariantResult]) -> String {
    let mut sheet = Sheet::new(&[
        "variant",
        "about",
        "site",
        "title",
        "agency",
        "desk_or_part",
        "from_h",
        "to_h",
        "on_duty",
        "jobs_per_day",
        "service_h",
        "load_before_share",
        "load_before_is_at_least",
        "not_counted",
        "load_share~",
        "mean_h~",
        "model",
        "reference_h",
        "reference_is_exact",
        "lower_bound_h",
        "upper_bound_h",
    ]);
    for v in variants {
        for s in &v.theory.stations {
            let before = &s.before;
            for (n, period) in std::iter::once(&before.whole)
                .chain(&before.periods)
                .enumerate()
            {
                let line = Line::default()
                    .text(&v.name)
                    .text(if n == 0 {
                        "station"
                    } else {
                        "station in a period"
                    })
                    .text(&before.site)
                    .text(&before.title)
                    .text(&before.agency)
                    .text(&before.desk)
                    .number(period.from_h)
                    .number(period.to_h)
                    .number(period.staffed)
                    .number(period.jobs_per_day)
                    .number(period.service_h)
                    .optional(period.offered.load)
                    .text(period.offered.at_least)
                    .text(period.offered.why.join("; "));
                let whole = (n == 0).then_some(s);
                let line = match whole {
                    Some(s) => line
                        .estimate(&s.simulated_load)
                        .estimate(&s.wait_h)
                        .text(&s.model)
                        .optional(s.reference_h)
                        .text(s.exact),
                    None => (0..4)
                        .fold(line, |line, _| line.optional(None))
                        .text("")
                        .optional(None)
                        .text(""),
                };
                sheet.line(line.optional(None).optional(whole.and_then(|s| s.bound_h)));
            }
        }
        for f in &v.theory.fork_joins {
            let line = Line::default()
                .text(&v.name)
                .text(format!("release, {}", f.role))
                .text(&f.site)
                .text(&f.title)
                .text("")
                .text(&f.part);
            let line = (0..6)
                .fold(line, |line, _| line.optional(None))
                .text("")
                .text("");
            let line = (0..2).fold(line, |line, _| line.optional(None));
            let line = line
                .estimate(&f.release_h)
                .text("fork-join")
                .optional(None)
                .text("");
            sheet.line(line.number(f.largest_h).number(f.sum_h));
        }
    }
    sheet.finish()
}
