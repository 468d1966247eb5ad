//! The members of a line.

use domain::transfer::Refusal;
use serde_json::{Map, Value};

/// The members of a line that have not been read yet. `null` counts as absent.
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// Reads a line. What is wrong with it is not repeated: it may be a password's hash.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(line).map_err(|_| Refusal::from("The line is not UTF-8."))?;
        let members = serde_json::from_str::<Map<String, Value>>(text);
        let mut members = members.map_err(|_| Refusal::from("The line is not a JSON object."))?;
        members.retain(|_, value| !value.is_null());
        Ok(Self(members))
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(must_be(name, "a text")),
        }
    }

    /// Whether something is so; it is not where nothing is said.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, Refusal> {
        match self.0.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(must_be(name, "true or false")),
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<i64>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| must_be(name, "a whole number")),
        }
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Result<Option<Map<String, Value>>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(must_be(name, "an object")),
        }
    }

    /// The members that are left.
    pub(super) fn rest(self) -> Map<String, Value> {
        self.0
    }
}

fn must_be(name: &str, what: &str) -> Refusal {
    Refusal(format!("{name} must be {what}.").into())
}

/// A member that would be lost: somebody believes that it does something.
pub(super) fn unknown(name: &str) -> Refusal {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    Refusal(format!("There is no member {shown} here.").into())
}
