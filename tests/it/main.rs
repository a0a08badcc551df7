//! The tests that see the crate from outside, one subject a file.

mod diagnostics;
