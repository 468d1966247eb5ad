//! Messages to the user, on stderr. Nothing can be done where even that fails, so such errors are dropped.

use std::fmt::Display;
use std::io::Write;

/// Writes one line.
pub fn line(message: impl Display) {
    let text = format!("{message}\n");
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes whole lines of a component, each after the component's name.
pub(crate) fn component_lines(component: &str, lines: &[u8]) {
    let mut text = Vec::with_capacity(lines.len() + 64);
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        text.extend_from_slice(component.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(line);
    }
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let _ = std::io::stderr().write_all(&text);
}
