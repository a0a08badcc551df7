//! The program as its users meet it: the command line, the format's reference, wrong scenarios and their
//! messages.

mod cli;
mod diagnostics;
mod rank;
mod yards;
