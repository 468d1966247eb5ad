//! What administrators do. Each act is a statement on a view whose columns say who acts, and whose trigger acts and
//! writes the audit log.

/// A page in the order of one key, from behind the row of key `?1` and identifier `?2`. `$from` is the table and the first
/// conditions, each with its `AND`.
macro_rules! keyset {
    ($columns:expr, $from:literal, $key:literal, $past:literal, $direction:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            $columns,
            ", ",
            $key,
            " FROM ",
            $from,
            $key,
            " ",
            $past,
            "= ?1 AND (",
            $key,
            " ",
            $past,
            " ?1 OR id ",
            $past,
            " ?2) ORDER BY ",
            $key,
            " ",
            $direction,
            ", id ",
            $direction,
            " LIMIT ",
            $limit
        )
    };
}

mod access;
mod audit;
mod clients;
mod links;
mod overview;
mod purge;
mod users;

use domain::admin::{Asked, Cursor};
pub(crate) use purge::OLDEST;

/// One row more than asked for shows whether there is a next page.
pub(crate) fn one_more(asked: &Asked) -> i64 {
    i64::from(asked.limit) + 1
}

/// The cursor of a row of this key.
pub(crate) fn cursor(index: i64, text: &str, number: i64, id: impl ToString) -> Cursor {
    Cursor { index, text: text.to_owned(), number, id: id.to_string() }
}

/// What sorts before every text that begins with this, and what sorts after.
fn range(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}\u{10FFFF}"))
}

#[cfg(test)]
mod tests;
