//! The single-winner statements, each with races over several connections to one file.

mod codes;
mod dpop;
mod exchange;
mod introspection;
mod purge;
mod refresh;
mod revocation;
