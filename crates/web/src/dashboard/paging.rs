//! Forward and back through a long list. A page knows where the next one begins; where the ones before began travels along.

use domain::admin::Page;
use protocol::params::Params;

use crate::Result;

/// How many pages somebody can go back before it is to the first one: addresses do not grow for ever.
const LONGEST_TRAIL: usize = 20;

/// The queries of the neighbours of a page of a list.
pub(super) struct Paging {
    /// Of the page before.
    pub(super) previous: Option<String>,
    /// Of the page behind.
    pub(super) next: Option<String>,
}

impl Paging {
    /// The neighbours of this page, which was asked for by these parameters.
    pub(super) fn of<T>(params: &Params, page: &Page<T>) -> Result<Self> {
        let rest = params.without(&["cursor", "trail", "done"]);
        let current = params.get("cursor")?;
        let mut trail: Vec<&str> = params.get("trail")?.into_iter().flat_map(|trail| trail.split('.')).collect();
        let query = |cursor: Option<&str>, trail: &[&str]| {
            let mut query = rest.clone();
            if let Some(cursor) = cursor {
                query = query.with("cursor", cursor);
            }
            if !trail.is_empty() {
                query = query.with("trail", &trail.join("."));
            }
            query.encode()
        };
        let next = page.next.as_ref().map(|next| {
            let mut trail = trail.clone();
            trail.extend(current);
            let kept = trail.len().saturating_sub(LONGEST_TRAIL);
            query(Some(&next.encode()), trail.get(kept..).unwrap_or_default())
        });
        let previous = current.map(|_| {
            let before = trail.pop();
            query(before, &trail)
        });
        Ok(Self { previous, next })
    }

    /// Whether there is a neighbour.
    pub(super) fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use domain::admin::Cursor;

    use super::*;

    fn page(next: Option<i64>) -> Page<()> {
        let next = next.map(|number| Cursor { index: 0, text: String::new(), number, id: String::new() });
        Page { items: Vec::new(), next }
    }

    fn neighbours(query: &str, next: Option<i64>) -> Paging {
        Paging::of(&Params::parse(query.as_bytes()).unwrap(), &page(next)).unwrap()
    }

    #[test]
    fn whoever_goes_forward_comes_back_the_same_way() {
        let first = "q=jane&sort=name";
        let mut seen = vec![first.to_owned()];
        for number in 1..5 {
            seen.push(neighbours(seen.last().unwrap(), Some(number)).next.unwrap());
        }
        for at in (1..5).rev() {
            assert_eq!(neighbours(&seen[at], None).previous.as_ref(), Some(&seen[at - 1]));
        }
        let start = neighbours(first, None);
        assert!(start.previous.is_none() && start.next.is_none());
    }

    #[test]
    fn addresses_do_not_grow_for_ever() {
        let mut query = String::new();
        for number in 1..200 {
            query = neighbours(&query, Some(number)).next.unwrap();
        }
        assert!(query.len() < 2000, "{}", query.len());
    }
}
