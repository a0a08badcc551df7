//! Memory is what was granted, however many records there are.
