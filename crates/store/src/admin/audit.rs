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

macro_rules! page {
    ($filter:literal) => {
        concat!(
            "SELECT id, at, actor, address, action, subject, detail FROM audit_log WHERE ",
            $filter,
            "id < ?1 ORDER BY id DESC LIMIT ?2"
        )
    };
}

pub(super) const ALL: &str = page!("");
pub(super) const OF_SUBJECT: &str = page!("subject = ?3 AND (?4 IS NULL OR action = ?4) AND ");
pub(super) const OF_ACTION: &str = page!("?3 IS NULL AND action = ?4 AND ");

impl<D: Database> AuditLog for Store<D> {
    async fn audit_log(&self, filter: &AuditFilter) -> Result<Page<AuditEntry>, StorageError> {
        let before = filter.asked.after.as_ref().map_or(i64::MAX, |after| after.number);
        let mut params = params![before, one_more(&filter.asked)];
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
