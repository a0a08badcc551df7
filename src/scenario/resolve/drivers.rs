//! What a flow's traders and drivers do when it takes too long.

use crate::scenario::document::FlowDoc;
use crate::scenario::model::{Balking, Drivers, Rerouting};
use crate::scenario::read::Reader;
use crate::time::{MS_PER_HOUR, Span};

/// As the flow says; by default they wait.
pub fn drivers(reader: &mut Reader<'_, '_>, doc: &FlowDoc) -> Drivers {
    let batch = !doc.service.is_absent();
    let balks = doc.balks.placed().map(|(balks, spot)| {
        let share = balks.share.get().map_or(1.0, |share| share.0);
        if let Some((_, spot)) = balks.share.placed()
            && share == 0.0
        {
            let remedy = "leave `balks` out";
            reader.error(spot, "no driver turns away at a share of 0", remedy);
        }
        if batch {
            let message =
                "trains and vessels keep their path: only consignments that travel alone turn away";
            reader.error(spot, message, "leave `balks` or `service` out");
        }
        Balking {
            above: balks.above.get().map_or(0, |count| count.0),
            share,
        }
    });
    let reroutes = doc.reroutes.placed().map(|(doc, spot)| {
        if batch {
            let message = "trains and vessels keep their path: only consignments that travel alone are re-routed";
            reader.error(spot, message, "leave `reroutes` or `service` out");
        }
        let closures = doc.closures.get().is_none_or(|flag| flag.0);
        if !closures && doc.news.is_absent() {
            let message = "with neither closures nor news nobody has a reason to take another route";
            reader.error(spot, message, "write news = \"6 h\", or closures = true");
        }
        if let Some((_, spot)) = doc.every.placed()
            && doc.news.is_absent()
        {
            let message = "sites report their queues only where `news` says how old a report is when it comes";
            reader.error(spot, message, "write news = \"6 h\"");
        }
        let mut positive = |field: &crate::scenario::read::Field<crate::scenario::quantity::Duration>, what: &str| {
            let (duration, spot) = field.placed()?;
            if duration.0 < 1.0 {
                reader.error(spot, format!("{what} is under 1 ms"), "state a time above 0");
            }
            Some(Span::from_ms_f64(duration.0).max(Span::TICK))
        };
        let news = positive(&doc.news, "the age of the news");
        let every = positive(&doc.every, "the time between reports");
        let at_most = doc.at_most.placed().map_or(1, |(count, spot)| {
            if !(1..=3).contains(&count.0) {
                let message = format!("a consignment takes another route once, twice or three times, not {}", count.0);
                reader.error(spot, message, "write at_most = 1");
            }
            count.0.clamp(1, 3) as u8
        });
        Rerouting {
            closures,
            gain: doc
                .gain
                .get()
                .map_or(Span::from_ms(6 * MS_PER_HOUR), |gain| Span::from_ms_f64(gain.0)),
            news,
            every: every.or(news).unwrap_or(Span::from_ms(6 * MS_PER_HOUR)),
            at_most,
        }
    });
    Drivers {
        gives_up_after: doc.gives_up_after.get().map(|law| law.0.clone()),
        balks,
        reroutes,
    }
}
