//! Coupling.
