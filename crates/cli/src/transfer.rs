//! Import and export: a line of JSON for each user or client, and never more of them at once than a request takes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::api::{Api, Call, Method};

/// The octets that a request brings at most; the server reads 64 KiB.
const MAX_BATCH: usize = 60 * 1024;
/// The lines that a request brings at most.
const MAX_LINES: usize = 500;

/// Prints all that a list has, a line of JSON for each.
pub(crate) fn export(api: &Api, what: &str, with_hashes: bool) -> Result<()> {
    let call = Call::new(Method::Get, &["export", what])
        .query([("limit", Some("200".to_owned())), ("with_hashes", Some(with_hashes.to_string()))]);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut cursor: Option<String> = None;
    loop {
        let page = api.once(&call, cursor.as_deref())?;
        for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            match writeln!(out, "{item}") {
                // Whoever reads only the first lines has seen enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
        }
        cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(out.flush()?);
        }
    }
}

/// Brings what a file has, or standard input where that is `-`, and tells what became of it.
pub(crate) fn import(api: &Api, what: &str, file: &Path, json: bool) -> Result<()> {
    let input: Box<dyn Read> = match file.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file).with_context(|| format!("cannot read {}", file.display()))?),
    };
    let mut import = Import { api, what, json, tally: Tally::default(), batch: Batch::default() };
    let mut lines = Lines { input: BufReader::new(input), number: 0 };
    while let Some((number, line)) = lines.next().with_context(|| format!("cannot read {}", file.display()))? {
        match line {
            Some(line) => import.bring(number, &line)?,
            None => import.tell(&json!({"line": number, "outcome": "refused", "reason": "The line is too long."})),
        }
    }
    import.send()?;
    let Tally { created, exists, refused } = import.tally;
    if !json {
        println!("{created} created, {exists} there already, {refused} refused");
    }
    if refused > 0 {
        bail!("{refused} of the lines were refused; the others are there, and the file may be brought again");
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    created: u64,
    exists: u64,
    refused: u64,
}

/// Lines on their way, and the number of each in its file.
#[derive(Default)]
struct Batch {
    body: Vec<u8>,
    numbers: Vec<u64>,
}

struct Import<'a> {
    api: &'a Api,
    what: &'a str,
    json: bool,
    tally: Tally,
    batch: Batch,
}

impl Import<'_> {
    /// Brings a line, with others: as soon as no more fit into a request.
    fn bring(&mut self, number: u64, line: &[u8]) -> Result<()> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if self.batch.body.len() + line.len() > MAX_BATCH || self.batch.numbers.len() == MAX_LINES {
            self.send()?;
        }
        self.batch.body.extend_from_slice(line);
        self.batch.body.push(b'\n');
        self.batch.numbers.push(number);
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        let Batch { body, numbers } = std::mem::take(&mut self.batch);
        let Some(first) = numbers.first() else { return Ok(()) };
        let answer = self.api.bring(self.what, &body);
        let answer = answer.with_context(|| {
            format!("stopped at line {first}; bring the file again: what is there already stays as it is")
        })?;
        for item in answer.get("items").and_then(Value::as_array).into_iter().flatten() {
            let mut item = item.clone();
            // The server counts the lines of a request.
            let number = item.get("line").and_then(Value::as_u64).and_then(|line| numbers.get(line as usize - 1));
            if let (Some(line), Some(number)) = (item.get_mut("line"), number) {
                *line = json!(number);
            }
            self.tell(&item);
        }
        Ok(())
    }

    /// Tells what became of a line: people only where it is refused.
    fn tell(&mut self, item: &Value) {
        let text = |name| item.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("outcome") {
            "created" => self.tally.created += 1,
            "exists" => self.tally.exists += 1,
            _ => self.tally.refused += 1,
        }
        match (self.json, text("outcome")) {
            (true, _) => println!("{item}"),
            (false, "created" | "exists") => {}
            (false, _) => println!("line {}: {}", item.get("line").unwrap_or(&Value::Null), text("reason")),
        }
    }
}

/// The lines of a file. One that is longer than a request takes is passed over, and never held.
struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line and its number; `None` for its content where that is too long.
    fn next(&mut self) -> io::Result<Option<(u64, Option<Vec<u8>>)>> {
        let mut line = Vec::new();
        let limit = MAX_BATCH as u64;
        if (&mut self.input).take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.last() != Some(&b'\n') && line.len() as u64 == limit {
            self.pass_over()?;
            return Ok(Some((self.number, None)));
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some((self.number, Some(line))))
    }

    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            let read = self.input.fill_buf()?;
            let (length, is_end) = match read.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (read.len(), read.is_empty()),
            };
            self.input.consume(length);
            if is_end {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let huge = "x".repeat(3 * MAX_BATCH);
        let text = format!("a\r\n\n{huge}\nb");
        let mut lines = Lines { input: BufReader::with_capacity(7, text.as_bytes()), number: 0 };
        let mut read = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            read.push((number, line.map(|line| String::from_utf8(line).unwrap())));
        }
        let whole = |text: &str| Some(text.to_owned());
        assert_eq!(read, [(1, whole("a")), (2, whole("")), (3, None), (4, whole("b"))]);
    }
}
