//! Users, as administrators reach them.

use domain::{
    Id, StorageError,
    admin::{Account, Accounts, Administrator, Change, Cursor, Page, UserOrder, UserQuery, Who},
    user::{AccessLevel, PasswordHash},
};

use super::{cursor, one_more, range};
use crate::{
    Row, Store, Value,
    database::{Database, params},
    users::{another_administrator, user},
};

macro_rules! columns {
    () => {
        "id, user_id, email, email_verified, given_name, family_name, access_level, created_at, updated_at, claims, \
         last_login_at, password_is_temporary"
    };
}

/// `?3` is the access level. Nearly everybody is an ordinary user: they are met while the index of the key is walked. The
/// others are few: they are found by their own index, and sorted.
macro_rules! sorted {
    ($key:literal) => {
        [
            keyset!(columns!(), "users WHERE (?3 IS NULL OR access_level = ?3) AND ", $key, ">", "ASC", "?4"),
            keyset!(columns!(), "users WHERE (?3 IS NULL OR access_level = ?3) AND ", $key, "<", "DESC", "?4"),
            keyset!(
                columns!(),
                "users INDEXED BY users_by_rare_level WHERE access_level = ?3 AND access_level <> 'user' AND ",
                $key,
                ">",
                "ASC",
                "?4"
            ),
            keyset!(
                columns!(),
                "users INDEXED BY users_by_rare_level WHERE access_level = ?3 AND access_level <> 'user' AND ",
                $key,
                "<",
                "DESC",
                "?4"
            ),
        ]
    };
}

pub(super) const BY_CREATION: [&str; 4] = sorted!("created_at");
pub(super) const BY_EMAIL: [&str; 4] = sorted!("email");
pub(super) const BY_NAME: [&str; 4] = sorted!("lower(family_name || ' ' || given_name)");
pub(super) const BY_USER_ID: [&str; 4] = sorted!("user_id");

/// One index after the other; who was found by an earlier one is not found again.
macro_rules! found {
    ($users:literal, $number:literal, $key:literal, $low:literal, $low_id:literal, $high:literal, $but:literal) => {
        concat!(
            "SELECT * FROM (SELECT ",
            columns!(),
            ", ",
            $number,
            ", ",
            $key,
            " AS key FROM ",
            $users,
            " AND ",
            $key,
            " < ",
            $high,
            " AND ",
            $key,
            " >= ",
            $low,
            " AND (",
            $key,
            " > ",
            $low,
            " OR id > ",
            $low_id,
            ")",
            $but,
            " ORDER BY key, id LIMIT ?13)"
        )
    };
}

/// `?1`, `?3`, `?5` and `?7` are the keys behind which each index is walked, `?2`, `?4`, `?6` and `?8` the identifiers;
/// `?9` to `?11` are the ends of the ranges of email addresses, user IDs and names; `?14` to `?16` are their beginnings.
///
/// The few who are not ordinary users are found by their own index here, too, and looked through.
macro_rules! search {
    ($users:literal) => {
        concat!(
    found!($users, "0", "email", "?1", "?2", "?9", ""),
    " UNION ALL ",
    found!($users, "1", "user_id", "?3", "?4", "?10", " AND NOT (email >= ?14 AND email < ?9)"),
    " UNION ALL ",
    found!(
        $users,
        "2",
        "lower(given_name || ' ' || family_name)",
        "?5",
        "?6",
        "?11",
        " AND NOT (email >= ?14 AND email < ?9) AND NOT (user_id >= ?15 AND user_id < ?10)"
    ),
    " UNION ALL ",
    found!(
        $users,
        "3",
        "lower(family_name || ' ' || given_name)",
        "?7",
        "?8",
        "?11",
        " AND NOT (email >= ?14 AND email < ?9) AND NOT (user_id >= ?15 AND user_id < ?10) \
          AND NOT (lower(given_name || ' ' || family_name) >= ?16 AND lower(given_name || ' ' || family_name) < ?11)"
    ),
    " LIMIT ?13"
)
    };
}

pub(super) const SEARCH: [&str; 2] = [
    search!("users WHERE (?12 IS NULL OR access_level = ?12)"),
    search!("users INDEXED BY users_by_rare_level WHERE access_level = ?12 AND access_level <> 'user'"),
];

fn account(row: &mut Row) -> Result<Account, StorageError> {
    Ok(Account {
        user: user(row)?,
        last_login_at: row.optional_integer()?.map(protocol::Timestamp),
        password_is_temporary: row.integer()? != 0,
    })
}

/// The identifier of a cursor; one that is none is before all.
fn id_of(cursor: &Cursor) -> Value {
    Value::Blob(Id::parse(&cursor.id).map(|id| id.as_bytes().to_vec()).unwrap_or_default())
}

/// Whether only those are asked for who are few.
fn is_rare(query: &UserQuery) -> bool {
    query.access_level.is_some_and(|level| level != AccessLevel::User)
}

impl<D: Database> Store<D> {
    async fn sorted_accounts(&self, query: &UserQuery) -> Result<Page<Account>, StorageError> {
        let statements = match query.order {
            UserOrder::CreatedAt => BY_CREATION,
            UserOrder::Email => BY_EMAIL,
            UserOrder::Name => BY_NAME,
            UserOrder::UserId => BY_USER_ID,
        };
        let [up, down, rare_up, rare_down] = statements;
        let statement = match (is_rare(query), query.descending) {
            (false, false) => up,
            (false, true) => down,
            (true, false) => rare_up,
            (true, true) => rare_down,
        };
        let is_number = query.order == UserOrder::CreatedAt;
        // Without one, before everything or behind everything: a blob sorts after each number and each text.
        let (key, id) = match (&query.asked.after, query.descending) {
            (Some(after), _) if is_number => (Value::Integer(after.number), id_of(after)),
            (Some(after), _) => (Value::Text(after.text.clone()), id_of(after)),
            (None, false) if is_number => (Value::Integer(i64::MIN), Value::Blob(vec![])),
            (None, false) => (Value::Text(String::new()), Value::Blob(vec![])),
            (None, true) => (Value::Blob(vec![255; 2]), Value::Blob(vec![255; 17])),
        };
        let level = query.access_level.map(AccessLevel::as_str);
        let rows = self.0.query(statement, params![key, id, level, one_more(&query.asked)]).await?;
        let read = rows.into_iter().map(|mut row| {
            let account = account(&mut row)?;
            let (text, number) = if is_number { (String::new(), row.integer()?) } else { (row.text()?, 0) };
            let cursor = cursor(0, &text, number, account.user.id);
            Ok((account, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, query.asked.limit))
    }

    async fn found_accounts(&self, query: &UserQuery, search: &str) -> Result<Page<Account>, StorageError> {
        let (email, email_end) = range(&search.to_lowercase());
        let (user_id, user_id_end) = range(&search.to_ascii_uppercase());
        let (name, name_end) = range(&search.to_ascii_lowercase());
        let ends = [&email_end, &user_id_end, &name_end, &name_end];
        let starts = [&email, &user_id, &name, &name];
        let mut params = Vec::new();
        for (index, (start, end)) in (0_i64..).zip(starts.into_iter().zip(ends)) {
            // What comes after the last page is in this index behind its last row, and all of it in those that follow.
            let (key, id) = match &query.asked.after {
                Some(after) if index < after.index => (end.as_str(), Value::Blob(vec![])),
                Some(after) if index == after.index => (after.text.as_str(), id_of(after)),
                _ => (start.as_str(), Value::Blob(vec![])),
            };
            params.extend(params![key, id]);
        }
        params.extend(params![email_end.as_str(), user_id_end.as_str(), name_end.as_str()]);
        params.extend(params![query.access_level.map(AccessLevel::as_str), one_more(&query.asked)]);
        params.extend(params![email.as_str(), user_id.as_str(), name.as_str()]);
        let [among_all, among_few] = SEARCH;
        let statement = if is_rare(query) { among_few } else { among_all };
        let rows = self.0.query(statement, params).await?;
        let read = rows.into_iter().map(|mut row| {
            let account = account(&mut row)?;
            let cursor = cursor(row.integer()?, &row.text()?, 0, account.user.id);
            Ok((account, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, query.asked.limit))
    }
}

impl<D: Database> Accounts for Store<D> {
    async fn accounts(&self, query: &UserQuery) -> Result<Page<Account>, StorageError> {
        match &query.search {
            Some(search) => self.found_accounts(query, search).await,
            None => self.sorted_accounts(query).await,
        }
    }

    async fn account(&self, who: &Who) -> Result<Option<Account>, StorageError> {
        let rows = match who {
            Who::Id(id) => {
                self.0.query(concat!("SELECT ", columns!(), " FROM users WHERE id = ?1"), params![*id]).await?
            }
            Who::Email(email) => {
                let statement = concat!("SELECT ", columns!(), " FROM users WHERE email = ?1");
                self.0.query(statement, params![email.as_str()]).await?
            }
        };
        rows.into_iter().next().map(|mut row| account(&mut row)).transpose()
    }

    async fn change_account(&self, by: &Administrator, id: Id, change: &Change) -> Result<bool, StorageError> {
        let claims = change.claims.as_ref().map(serde_json::to_string).transpose();
        let claims = claims.map_err(|error| StorageError(error.to_string()))?;
        let rows = self
            .0
            .query(
                concat!(
                    "UPDATE user_acts SET action = 'user.change', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5, \
                         email = ifnull(?6, email), given_name = ifnull(?8, given_name), family_name = ifnull(?9, family_name), \
                         email_verified = ifnull(?7, iif(?6 <> email, 0, email_verified)), \
                         access_level = ifnull(?10, access_level), \
                         claims = iif(?11 IS NULL, claims, json_patch(ifnull(claims, '{}'), ?11)) \
                     WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = ?6 AND other.id <> ?1) \
                         AND (?12 OR access_level <> 'admin' OR ifnull(?10, 'admin') = 'admin' OR ",
                    another_administrator!(),
                    ") RETURNING 1"
                ),
                params![
                    id,
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                    change.email.as_deref(),
                    change.email_verified,
                    change.given_name.as_deref(),
                    change.family_name.as_deref(),
                    change.access_level.map(AccessLevel::as_str),
                    claims,
                    by.holds_token,
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn replace_password(
        &self,
        by: &Administrator,
        id: Id,
        password: &PasswordHash,
    ) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.reset_password', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5, \
                     password_hash = ?6, password_is_temporary = 1 WHERE id = ?1 RETURNING 1",
                params![
                    id,
                    by.actor.as_str(),
                    by.address.as_str(),
                    by.at,
                    by.log_expires_at,
                    password.as_str()
                ],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn remove_factors_of(&self, by: &Administrator, id: Id) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                "UPDATE user_acts SET action = 'user.remove_factors', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5 \
                 WHERE id = ?1 RETURNING 1",
                params![id, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn delete_account(&self, by: &Administrator, id: Id) -> Result<bool, StorageError> {
        let rows = self
            .0
            .query(
                concat!(
                    "UPDATE user_acts SET action = 'user.delete', actor = ?2, address = ?3, at = ?4, log_expires_at = ?5 \
                     WHERE id = ?1 AND (?6 OR access_level <> 'admin' OR ",
                    another_administrator!(),
                    ") RETURNING 1"
                ),
                params![id, by.actor.as_str(), by.address.as_str(), by.at, by.log_expires_at, by.holds_token],
            )
            .await?;
        Ok(!rows.is_empty())
    }
}
