//! Pages of long lists. A page begins after the last row of the one before, by its key and never by its number, so that
//! the thousandth page costs what the first does.

use protocol::secret::{base64url, from_base64url};
use serde::{Deserialize, Serialize};

/// Where the next page begins: after the row of this key and identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which of the indexes that a search goes through, counted from 0.
    pub index: i64,
    /// The key of a text.
    pub text: String,
    /// The key of a number.
    pub number: i64,
    /// The identifier of the row.
    pub id: String,
}

impl Cursor {
    /// Reads what [`Cursor::encode`] made; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (index, text, number, id) = serde_json::from_slice(&from_base64url(text)?).ok()?;
        Some(Self { index, text, number, id })
    }

    /// The opaque text of it.
    pub fn encode(&self) -> String {
        base64url(&serde_json::to_vec(&(self.index, &self.text, self.number, &self.id)).unwrap_or_default())
    }
}

/// How much of a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// After which row; `None`: from the beginning.
    pub after: Option<Cursor>,
    /// How many rows at most.
    pub limit: u32,
}

/// Some rows of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of rows, of which one more was asked for than `limit`.
    pub fn of(mut rows: Vec<(T, Cursor)>, limit: u32) -> Self {
        let limit = limit as usize;
        let is_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| is_more).map(|(_, cursor)| cursor.clone());
        Self { items: rows.into_iter().map(|(row, _)| row).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let cursor = Cursor { index: 2, text: "doe \"jane\"".to_owned(), number: -7, id: "x".to_owned() };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        for text in ["", "x", "W10", &base64url(b"[1,2,3,4]")] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn there_is_a_next_page_where_more_came_than_was_asked_for() {
        let rows = |count: i64| {
            (0..count).map(|n| (n, Cursor { index: 0, text: String::new(), number: n, id: String::new() })).collect()
        };
        assert!(Page::of(rows(2), 2).next.is_none());
        let page = Page::of(rows(3), 2);
        assert_eq!((page.items, page.next.unwrap().number), (vec![0, 1], 1));
    }
}
