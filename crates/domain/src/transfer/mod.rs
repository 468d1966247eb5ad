//! Users and clients, as they leave one server and come into another one: line by line, each for itself.

mod clients;
mod users;

use std::borrow::Cow;

use crate::Failure;
pub use clients::{ClientLine, ClientTransfer, ImportedClient, export_clients, import_clients};
pub use users::{ExportedUser, ImportedUser, Taken, TakenBy, UserLine, UserTransfer, export_users, import_users};

/// Why a line is not taken, for whoever brings it. It names members and never what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Cow<'static, str>);

impl From<&'static str> for Refusal {
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

/// A line of what is brought.
#[derive(Debug)]
pub struct Line<T> {
    /// Counted from 1.
    pub number: usize,
    /// What it says, if that can be read.
    pub content: Result<T, Refusal>,
}

/// What became of a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, under this identifier.
    Created(String),
    /// It is there already, under this identifier, and stays as it is.
    Exists(String),
    /// It is not taken.
    Refused(Refusal),
}

/// A line and what became of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// Counted from 1.
    pub line: usize,
    /// What became of it.
    pub outcome: Outcome,
}

/// The lines that can be taken; what is wrong with the others is reported.
fn accept<T, U>(
    lines: Vec<Line<T>>,
    reports: &mut Vec<Report>,
    read: impl Fn(usize, T) -> Result<U, Failure>,
) -> Result<Vec<U>, Failure> {
    let mut accepted = Vec::new();
    for Line { number, content } in lines {
        let refusal = match content.map(|content| read(number, content)) {
            Ok(Ok(content)) => {
                accepted.push(content);
                continue;
            }
            Ok(Err(Failure::Refused(error))) => error.description.into(),
            Ok(Err(failure)) => return Err(failure),
            Err(refusal) => refusal,
        };
        reports.push(Report { line: number, outcome: Outcome::Refused(refusal) });
    }
    Ok(accepted)
}
