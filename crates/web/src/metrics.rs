//! `GET /metrics`, in the [text format of Prometheus](https://prometheus.io/docs/instrumenting/exposition_formats/).

use std::fmt::{Display, Write};

use domain::metrics::Figures;
use http::StatusCode;
use protocol::Timestamp;

use crate::{Audience, Cors, Endpoint, Response, response::response};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD", audience: Audience::Client, cors: Cors::Never };

const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures at this time; `wanted` is the version of the schema that this code works with.
pub fn answer(figures: &Figures, wanted: i64, now: Timestamp) -> Response {
    let stored = &figures.stored;
    let age = |since: Timestamp| now.0.saturating_sub(since.0).max(0);
    let mut text = Text::default();
    text.family("build_info", "The version that answers.");
    text.sample("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    text.family("schema_version", "The version of the schema in the database.");
    text.sample("schema_version", &[], stored.schema_version);
    text.family("schema_version_wanted", "The version of the schema that this version of the server works with.");
    text.sample("schema_version_wanted", &[], wanted);
    text.family("kept_key", "1 where the key-encryption key lies beside the database because no setting gives one.");
    text.sample("kept_key", &[], u8::from(stored.keeps_key));
    text.family("signing_key_age_seconds", "Since when the key that signs does so.");
    for (algorithm, since) in &figures.signing_since {
        text.sample("signing_key_age_seconds", &[("algorithm", algorithm.as_str())], age(*since));
    }
    text.family("logout_notices_due", "Notices of sign-outs that should have been sent, counted to 1000.");
    text.sample("logout_notices_due", &[], stored.logouts_due);
    text.family("logout_notices_overdue_seconds", "How long the oldest of them has been waiting.");
    text.sample("logout_notices_overdue_seconds", &[], stored.oldest_logout.map_or(0, age));
    text.family("purge_overdue_seconds", "How long the oldest expired row of a table could have been purged.");
    for (table, oldest) in &stored.purgeable {
        text.sample("purge_overdue_seconds", &[("table", table)], oldest.map_or(0, age));
    }
    response(StatusCode::OK, MEDIA_TYPE, text.0.into_bytes())
}

/// The text so far. All are gauges, and all names begin alike.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP spin_auth_{name} {help}\n# TYPE spin_auth_{name} gauge");
    }

    /// Names and values of labels are ours: there is nothing to escape.
    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "spin_auth_{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use domain::metrics::Stored;
    use protocol::client_metadata::SigningAlgorithm;

    use super::*;

    #[test]
    fn each_family_is_explained_before_its_samples_and_ages_are_never_negative() {
        let stored = Stored {
            schema_version: 3,
            keeps_key: true,
            logouts_due: 2,
            oldest_logout: Some(Timestamp(90)),
            purgeable: vec![("sessions".into(), Some(Timestamp(40))), ("grants".into(), Some(Timestamp(140)))],
        };
        let figures = Figures { stored, signing_since: vec![(SigningAlgorithm::ES256, Timestamp(30))] };
        let answer = answer(&figures, 4, Timestamp(100));
        let text = String::from_utf8(answer.into_body()).unwrap();
        for line in [
            "spin_auth_schema_version 3",
            "spin_auth_schema_version_wanted 4",
            "spin_auth_kept_key 1",
            "spin_auth_signing_key_age_seconds{algorithm=\"ES256\"} 70",
            "spin_auth_logout_notices_due 2",
            "spin_auth_logout_notices_overdue_seconds 10",
            "spin_auth_purge_overdue_seconds{table=\"sessions\"} 60",
            "spin_auth_purge_overdue_seconds{table=\"grants\"} 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        let mut explained = "";
        for line in text.lines() {
            match line.strip_prefix("# TYPE ").and_then(|rest| rest.strip_suffix(" gauge")) {
                Some(name) => explained = name,
                None => assert!(line.starts_with("# HELP ") || line.starts_with(explained), "{line}"),
            }
        }
    }
}
