//! The procedures of a generated scenario: what is done at each side of the border, and under which regime.

use std::fmt::Write;

use crate::mix::{Mix, Part};
use crate::posts;
use crate::table::{Table, exponential, lognormal};

/// The regimes that a scenario may have. The custom one stands in the procedure at the entry side.
pub const REGIMES: &[&str] = &["serial", "parallel", "joint", "custom"];

/// How interrupted work goes on.
pub const PREEMPTION: &[&str] = &["resume", "restart", "resample"];

/// What happens to work in hand at the end of a shift.
pub const SHIFT_END: &[&str] = &["pause", "hand_over"];

/// The clocks by which machines fail.
pub const CLOCKS: &[&str] = &["calendar", "busy"];

/// The regime of a scenario.
pub fn regime(mix: &Mix) -> &'static str {
    mix.always(0, REGIMES)
}

/// A step that is being written, with the steps before it in the custom regime.
struct Step {
    name: &'static str,
    table: Table,
    after: &'static [&'static str],
}

fn step(name: &'static str, agency: &str, kind: &str, after: &'static [&'static str]) -> Step {
    let table = Table::new()
        .text("name", name)
        .text("agency", agency)
        .text("kind", kind);
    Step { name, table, after }
}

impl Step {
    fn then(mut self, more: impl FnOnce(Table) -> Table) -> Step {
        self.table = more(self.table);
        self
    }
}

/// All procedures.
pub fn write(mix: &Mix, text: &mut String) {
    section(text, "leave", &[], &leave(mix), false);
    let mut head = vec![format!(
        "channels = {{ yellow = 0.25, red = 0.25{} }}",
        if mix.has(Part::Audit) {
            ", blue = 0.3"
        } else {
            ""
        }
    )];
    if mix.has(Part::Correlation) {
        head.push("correlation = 0.5".into());
    }
    head.push(format!(
        "officers_held = \"{}\"",
        mix.always(1, &["longest", "own_exam"])
    ));
    let custom = regime(mix) == "custom";
    section(text, "enter", &head, &enter(mix), custom);
    let both = mix.has(Part::BothWays) || mix.has(Part::BackHaul);
    if both {
        let away = step("away-documents", "customs", "documents", &[])
            .then(|t| t.with("service", exponential("20 min")).with("servers", 2));
        section(text, "leave-away", &[], &[away], false);
        let home = [
            step("home-documents", "customs", "documents", &[])
                .then(|t| t.with("service", exponential("25 min")).with("servers", 2)),
            step("home-exam", "customs", "physical", &[]).then(|t| {
                t.with("service", exponential("40 min"))
                    .with("servers", 1)
                    .with("share", "{ red = 1.0 }")
            }),
        ];
        section(
            text,
            "enter-home",
            &["channels = { red = 0.3 }".into()],
            &home,
            false,
        );
    }
    if mix.has(Part::Reroute) {
        let by = |name| {
            step(name, "customs", "documents", &[])
                .then(|t| t.with("service", exponential("30 min")).with("servers", 1))
        };
        section(text, "leave-by", &[], &[by("by-exit")], false);
        section(text, "enter-by", &[], &[by("by-entry")], false);
    }
}

fn section(text: &mut String, name: &str, head: &[String], steps: &[Step], custom: bool) {
    let _ = writeln!(text, "\n[procedures.{name}]");
    for line in head {
        let _ = writeln!(text, "{line}");
    }
    if custom {
        let _ = writeln!(text, "regime = \"custom\"");
    }
    let _ = writeln!(text, "steps = [");
    for Step { table, after, .. } in steps {
        let known: Vec<&str> = after
            .iter()
            .copied()
            .filter(|a| custom && steps.iter().any(|s| s.name == *a))
            .collect();
        let _ = writeln!(
            text,
            "    {},",
            table.clone().list("after", &known).inline()
        );
    }
    let _ = writeln!(text, "]");
}

fn leave(mix: &Mix) -> Vec<Step> {
    let documents = step("exit-documents", "customs", "documents", &[]).then(|t| {
        t.with("service", exponential("20 min"))
            .with("servers", 2)
            // Desks of one name are pooled.
            .when(posts::pools(mix), "desk", "\"documents\"")
    });
    let scan = step("exit-scan", "customs", "scan", &[]).then(|t| {
        t.with("service", lognormal("35 min", 0.6))
            .with("servers", mix.always(2, &[1, 1, 2]))
            .list("recognisable", &["image"])
    });
    vec![documents, scan]
}

fn enter(mix: &Mix) -> Vec<Step> {
    let mut steps = vec![
        step("declaration", "customs", "declaration", &[])
            .then(|t| t.with("service", exponential("20 min"))),
        documents(mix),
        step("quarantine-documents", "quarantine", "documents", &[]).then(|t| {
            t.with("service", exponential("15 min"))
                .with("servers", 1)
                .with("pre_arrival", mix.always(3, &[true, false]))
        }),
        scan(mix),
        exam(mix),
        step(
            "quarantine-exam",
            "quarantine",
            "physical",
            &["quarantine-documents", "exam"],
        )
        .then(|t| {
            t.with("service", exponential("30 min"))
                .with("setup", "\"5 min\"")
                .with("servers", 1)
                .with("share", "{ yellow = 0.3, red = 0.8 }")
        }),
    ];
    steps.extend(handling(mix));
    steps.push(step("duties", "trader", "pay", &["documents"]).then(|t| {
        t.with("service", exponential("90 min"))
            .when(mix.has(Part::PaidOutside), "outside_yard", true)
            .with("deferred_for_aeo", mix.always(12, &[false, true]))
    }));
    if mix.has(Part::Audit) {
        let unit = mix.choose(Part::Audit, 0, &["batch", "consignment"]);
        steps.push(
            step("audit", "customs", "documents", &["exam", "documents"]).then(|t| {
                t.with("service", exponential("30 min"))
                    .text("desk", "documents")
                    .text("unit", unit)
                    .with("post_release", true)
            }),
        );
    }
    steps
}

/// Transloading: what stands on the ramp or in the warehouse, and meets a second vehicle.
fn handling(mix: &Mix) -> Vec<Step> {
    let mut steps = Vec::new();
    let (ramp, warehouse) = (mix.has(Part::Ramp), mix.has(Part::Warehouse));
    if !ramp && !warehouse && !mix.has(Part::Vehicles) {
        return steps;
    }
    let some = |held: &[(bool, &'static str)]| -> Vec<&'static str> {
        held.iter().filter(|h| h.0).map(|h| h.1).collect()
    };
    let service = |t: Table, mean: &str| t.with("service", exponential(mean)).with("servers", 3);
    steps.push(
        step(
            "unload",
            "terminal",
            "handling",
            &["exam", "quarantine-exam"],
        )
        .then(|t| {
            service(t, "30 min")
                .list("takes", &some(&[(ramp, "ramp"), (warehouse, "warehouse")]))
                .list("gives", &some(&[(ramp, "ramp")]))
        }),
    );
    if mix.has(Part::Vehicles) {
        steps.push(
            step("second-truck", "carrier", "wait_for", &["unload"])
                .then(|t| t.text("vehicle", "lorries")),
        );
    }
    steps.push(
        step("load", "terminal", "handling", &["unload", "second-truck"])
            .then(|t| service(t, "20 min").list("gives", &some(&[(warehouse, "warehouse")]))),
    );
    steps
}

fn documents(mix: &Mix) -> Step {
    let rejected = Table::new()
        .with("share", 0.2)
        .with("relodge", exponential("2 h"))
        .with("at_most", mix.choose(Part::Rejected, 0, &[3, 1]))
        .with("aeo_factor", 0.5);
    let originals = Table::new()
        .with("missing", 0.15)
        .with("wait", exponential("4 h"))
        .with("electronic", mix.choose(Part::Originals, 0, &[false, true]));
    let enquiry = Table::new()
        .with("share", 0.1)
        .with("service", lognormal("12 h", 1.0))
        .with("assisted_service", lognormal("3 h", 1.0))
        .with("apart", mix.choose(Part::Enquiry, 0, &[true, false]));
    step("documents", "customs", "documents", &["declaration"]).then(|t| {
        t.with("service", lognormal("35 min", 0.8))
            .with("servers", 2)
            .with("pre_arrival", true)
            .with("hand_over", "\"5 min\"")
            .when(mix.has(Part::Rejected), "rejected", rejected.inline())
            .when(mix.has(Part::Originals), "originals", originals.inline())
            .when(mix.has(Part::Enquiry), "enquiry", enquiry.inline())
            .when(mix.has(Part::Priority), "discipline", "\"priority\"")
            .when(
                mix.has(Part::Priority),
                "priority",
                mix.choose(
                    Part::Priority,
                    0,
                    &[
                        "[\"perishable\"]",
                        "[{ commodity = \"fruit\" }, \"aeo\"]",
                        "[{ flow = \"out\" }]",
                    ],
                ),
            )
    })
}

fn scan(mix: &Mix) -> Step {
    let clock = mix.choose(Part::Machines, 0, CLOCKS);
    let mtbf = if clock == "busy" { "3 h" } else { "12 h" };
    let machines = Table::new()
        .with("mtbf", exponential(mtbf))
        .with("mttr", lognormal("2 h", 0.8))
        .text("clock", clock)
        .text(
            "on_failure",
            mix.choose(Part::Machines, 1, &["resume", "restart", "resample"]),
        );
    step("scan", "customs", "scan", &["declaration"]).then(|t| {
        t.with("service", lognormal("15 min", 0.5))
            .with("servers", 2)
            .when(mix.has(Part::Machines), "machines", machines.inline())
    })
}

fn exam(mix: &Mix) -> Step {
    let preemption = mix.choose(Part::Preemption, 0, PREEMPTION);
    let shift_end = mix.choose(Part::ShiftEnd, 0, SHIFT_END);
    step("exam", "customs", "physical", &["documents", "scan"]).then(|t| {
        t.with("service", lognormal("50 min", 0.7))
            .with("setup", exponential("10 min"))
            .with("share", "{ yellow = 0.7, red = 1.0 }")
            .with(
                "servers",
                if mix.has(Part::Preemption) {
                    1
                } else {
                    mix.always(4, &[1, 2])
                },
            )
            .text(
                "unit",
                mix.always(5, &["batch", "consignment", "container"]),
            )
            .list("recognisable", &["image"])
            .with("audit_share", 0.1)
            .with("assisted_share", 0.5)
            .when(mix.has(Part::ShiftEnd), "calendar", "\"day\"")
            .when(
                mix.has(Part::ShiftEnd),
                "shift_end",
                format!("\"{shift_end}\""),
            )
            .when(mix.has(Part::Preemption), "discipline", "\"priority\"")
            .when(
                mix.has(Part::Preemption),
                "priority",
                "[\"perishable\", \"aeo\"]",
            )
            .when(
                mix.has(Part::Preemption),
                "preemption",
                format!("\"{preemption}\""),
            )
    })
}
