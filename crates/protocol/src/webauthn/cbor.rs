//! Maps in CBOR, [RFC 8949](https://www.rfc-editor.org/rfc/rfc8949), as authenticators write them.

use cbor4ii::core::{
    Value,
    dec::{Decode, Read},
    utils::SliceReader,
};

/// A map.
pub(super) struct Map(Vec<(Value, Value)>);

impl Map {
    /// Reads the map that these octets begin with; answers what follows it, too.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut reader = SliceReader::new(bytes);
        let Value::Map(entries) = Value::decode(&mut reader).ok()? else { return None };
        let rest = reader.fill(bytes.len()).ok()?.as_ref().len();
        Some((Self(entries), bytes.get(bytes.len() - rest..)?))
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, name: &Value) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        self.get(&Value::Text(name.to_owned()))
    }

    /// The value of this number.
    pub(super) fn numbered(&self, number: i64) -> Option<&Value> {
        self.get(&Value::Integer(number.into()))
    }

    /// The text of this name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.named(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The map of this name.
    pub(super) fn into_map(mut self, name: &str) -> Option<Self> {
        let at = self.0.iter().position(|(key, _)| matches!(key, Value::Text(text) if text == name))?;
        match self.0.swap_remove(at).1 {
            Value::Map(entries) => Some(Self(entries)),
            _ => None,
        }
    }
}

/// The octets of a value.
pub(super) fn octets(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// The number that a value is.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => i64::try_from(*number).ok(),
        _ => None,
    }
}
