//! The program as its users meet it: the command line, the format's reference, wrong scenarios and their
//! messages.

mod cli;
mod diagnostics;
mod diff;
mod every;
mod measures;
mod overload;
mod rank;
mod resume;
mod sensitivity;
mod steady;
mod sweep;
mod theory;
mod twins;
mod verify;
mod workplace;
mod yards;
