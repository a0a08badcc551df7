//! The network: routes over links.
pub mod routes;
