//! Reads and writes the binary form of tokens.

use protocol::{resource::Resources, scope::Scope};

use crate::Id;

/// Writes octets behind their length.
pub(super) fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    // All are far below 64 KiB: requests are bounded.
    bytes.extend((part.len() as u16).to_be_bytes());
    bytes.extend(part);
}

/// What is left to read. Every method answers `None` where it is not enough or not right.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.bytes().map(u8::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_be_bytes)
    }

    pub(super) fn id(&mut self) -> Option<Id> {
        Id::from_bytes(self.take(16)?)
    }

    /// Octets behind their length.
    pub(super) fn part(&mut self) -> Option<&'a [u8]> {
        let length = self.bytes().map(u16::from_be_bytes)?;
        self.take(length.into())
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.part()?.to_vec()).ok()
    }

    pub(super) fn scope(&mut self) -> Option<Scope> {
        Scope::try_from(self.text()?).ok()
    }

    pub(super) fn resources(&mut self) -> Option<Resources> {
        Resources::parse(&self.text()?)
    }

    pub(super) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
