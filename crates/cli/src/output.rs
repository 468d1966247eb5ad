//! What is printed: a table or lines for people, JSON for programs.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;

use crate::api::Call;

/// Prints an answer.
pub(crate) fn print(answer: &Value, call: &Call, json: bool) -> Result<()> {
    let text = match (json, answer) {
        (true, _) => format!("{answer:#}\n"),
        (false, Value::Null) => "Done.\n".to_owned(),
        (false, answer) => people(answer, call.columns),
    };
    // Whoever reads only the first lines of a long list has seen enough.
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn people(answer: &Value, columns: &[&str]) -> String {
    let Some(items) = answer.get("items").and_then(Value::as_array) else { return lines(answer) };
    let mut text = table(items, columns);
    if let Some(cursor) = answer.get("next_cursor").and_then(Value::as_str) {
        let _ = writeln!(text, "There are more: --cursor {cursor}, or --all.");
    }
    text
}

/// One line for each member, its name in front.
fn lines(answer: &Value) -> String {
    let Some(members) = answer.as_object() else { return format!("{answer:#}\n") };
    let width = members.keys().map(|name| name.len()).max().unwrap_or_default();
    members.iter().map(|(name, value)| format!("{name:width$}  {}\n", cell(name, value))).collect()
}

fn table(items: &[Value], columns: &[&str]) -> String {
    let head = columns.iter().map(|name| name.replace('_', " ").to_uppercase()).collect::<Vec<_>>();
    let rows = items.iter().map(|item| {
        columns.iter().map(|name| item.get(name).map_or_else(String::new, |value| cell(name, value))).collect()
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column| rows.iter().filter_map(|row| row.get(column)).map(|cell: &String| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns.len()).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

/// A value in a few words. Control characters are left out: a name must not move the cursor of a terminal.
fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.chars().filter(|c| !c.is_control()).collect(),
        Value::Number(seconds) if name == "at" || name.ends_with("_at") => {
            let time = seconds.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
            time.map_or_else(|| seconds.to_string(), |time| time.to_string())
        }
        Value::Array(items) => items.iter().map(|item| cell("", item)).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_a_table_that_says_where_it_goes_on() {
        let answer = json!({
            "items": [
                {"user_id": "JD-1", "email": "jane@example.org", "created_at": 1_700_000_000},
                {"user_id": "AL-22", "email": "a\u{1b}[2J@example.org", "created_at": null},
            ],
            "next_cursor": "abc",
        });
        assert_eq!(
            people(&answer, &["user_id", "email", "created_at"]),
            "USER ID  EMAIL             CREATED AT\n\
             JD-1     jane@example.org  2023-11-14T22:13:20Z\n\
             AL-22    a[2J@example.org\n\
             There are more: --cursor abc, or --all.\n"
        );
    }

    #[test]
    fn one_thing_is_a_line_for_each_member() {
        let answer = json!({"client_id": "a", "redirect_uris": ["https://a.example/", "https://b.example/"]});
        assert_eq!(lines(&answer), "client_id      a\nredirect_uris  https://a.example/ https://b.example/\n");
    }
}
