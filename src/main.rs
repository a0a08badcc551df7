//! Corridor.
fn main() {}
