//! The audit log.

use domain::{
    StorageError,
    admin::{Administrator, AuditEntry, AuditFilter, AuditLog, Page},
};

use super::{cursor, one_more};
use crate::{
    Store,
    database::{Database, params},
};

/// Lines come in the order of time, so that a time is found as the line that was the last by then, or the first from then on.
macro_rules! page {
    ($filter:literal) => {
        concat!(
            "SELECT id, at, actor, address, action, subject, detail FROM audit_log WHERE ",
            $filter,
            "id < ?1 AND id <= (SELECT id FROM audit_log WHERE at <= ?3 ORDER BY at DESC, id DESC LIMIT 1) \
             AND id >= (SELECT id FROM audit_log WHERE at >= ?4 ORDER BY at, id LIMIT 1) ORDER BY id DESC LIMIT ?2"
        )
    };
}

pub(super) const ALL: &str = page!("");
pub(super) const OF_SUBJECT: &str = page!("subject = ?5 AND (?6 IS NULL OR action = ?6) AND ");
pub(super) const OF_ACTION: &str = page!("?5 IS NULL AND action = ?6 AND ");

impl<D: Database> AuditLog for Store<D> {
    async fn audit_log(&self, filter: &AuditFilter) -> Result<Page<AuditEntry>, StorageError> {
        let before = filter.asked.after.as_ref().map_or(i64::MAX, |after| after.number);
        let since = filter.since.map_or(i64::MIN, |since| since.0);
        let until = filter.until.map_or(i64::MAX, |until| until.0);
        let mut params = params![before, one_more(&filter.asked), until, since];
        let statement = match (&filter.subject, &filter.action) {
            (None, None) => ALL,
            (Some(_), _) => OF_SUBJECT,
            (None, Some(_)) => OF_ACTION,
        };
        if statement != ALL {
            params.extend(params![filter.subject.as_deref(), filter.action.as_deref()]);
        }
        let rows = self.0.query(statement, params).await?;
        let read = rows.into_iter().map(|mut row| {
            let entry = AuditEntry {
                id: row.integer()?,
                at: row.time()?,
                actor: row.text()?,
                address: row.text()?,
                action: row.text()?,
                subject: row.text()?,
                detail: row.text()?,
            };
            let cursor = cursor(0, "", entry.id, "");
            Ok((entry, cursor))
        });
        Ok(Page::of(read.collect::<Result<_, StorageError>>()?, filter.asked.limit))
    }

    async fn note(&self, by: &Administrator, action: &'static str, subject: &str) -> Result<(), StorageError> {
        self.0
            .query(
                "INSERT INTO audit_log (at, actor, address, action, subject, detail, expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, '', ?6)",
                params![by.at, by.actor.as_str(), by.address.as_str(), action, subject, by.log_expires_at],
            )
            .await
            .map(drop)
    }
}
