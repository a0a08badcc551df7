//! The one-stop post of a generated scenario.

use std::fmt::Write;

use crate::mix::{Mix, Part};
use crate::table::Table;

/// Where a post does its controls.
pub const KINDS: &[&str] = &["juxtaposed", "straddling", "single_country"];

/// True where the officers of both customs are pooled at the post: desks that interrupt work alike, as they must.
pub fn pools(mix: &Mix) -> bool {
    mix.has(Part::Post) && mix.has(Part::Pool) && !mix.has(Part::Priority)
}

/// The post.
pub fn write(mix: &Mix, text: &mut String) {
    if !mix.has(Part::Post) {
        return;
    }
    let kind = mix.choose(Part::Post, 0, KINDS);
    let at = mix.choose(Part::Post, 1, &["post", "gate"]);
    let regime = mix.choose(Part::Post, 2, &["joint", "parallel", "serial"]);
    let regime = if mix.has(Part::JointExam) {
        "joint"
    } else {
        regime
    };
    let post = Table::new()
        .with("between", "[\"gate\", \"post\"]")
        .text("kind", kind)
        .when(kind != "juxtaposed", "at", format!("\"{at}\""))
        .text("regime", regime)
        .when(mix.has(Part::JointExam), "joint_examination", true)
        .when(pools(mix), "pool", "[[\"customs\", \"customs\"]]");
    let _ = writeln!(text, "\n[posts]\nborder = {}", post.inline());
}
