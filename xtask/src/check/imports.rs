//! The names that a WebAssembly component imports, read from the binary format.
//!
//! [The format](https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md) is small where it
//! concerns imports, so that a parser crate would cost more time to build than it saves.

use anyhow::{Context, Result, bail};

/// `\0asm`, the component format's version 13, layer 1.
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";
/// The section that lists imports; nested modules and components are sections of other kinds.
const IMPORT_SECTION: u8 = 10;

/// The imports of a component, such as `spin:sqlite/sqlite@3.1.0`.
pub(crate) fn of(component: &[u8]) -> Result<Vec<String>> {
    let mut file = Reader(component.strip_prefix(PREAMBLE).context("not a WebAssembly component")?);
    let mut names = Vec::new();
    while !file.0.is_empty() {
        let kind = file.byte()?;
        let size = file.number()?;
        let mut section = Reader(file.take(size)?);
        if kind == IMPORT_SECTION {
            for _ in 0..section.number()? {
                names.push(section.import()?);
            }
        }
    }
    Ok(names)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(size).context("the component is cut off")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1)?.first().copied().context("the component is cut off")
    }

    /// `u32` as LEB128.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0_u64;
        for place in 0..5_u32 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(usize::try_from(number)?);
            }
        }
        bail!("a number that is too long")
    }

    /// `import ::= (0x00 | 0x01) name externdesc`.
    fn import(&mut self) -> Result<String> {
        let form = self.byte()?;
        if form > 1 {
            bail!("an import name of the unknown form {form:#x}");
        }
        let size = self.number()?;
        let name = std::str::from_utf8(self.take(size)?).context("an import name that is not UTF-8")?.to_owned();
        match self.byte()? {
            // A core module: 0x11 and its type.
            0x00 => {
                self.byte()?;
                self.number()?;
            }
            // A function, component or instance: its type.
            0x01 | 0x04 | 0x05 => {
                self.number()?;
            }
            // A type: equal to another one, or a resource.
            0x03 => {
                if self.byte()? == 0 {
                    self.number()?;
                }
            }
            kind => bail!("import {name} has the unknown kind {kind:#x}"),
        }
        Ok(name)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The smallest component that imports these instances.
    pub(crate) fn component(names: &[&str]) -> Vec<u8> {
        let short = |number: usize| u8::try_from(number).unwrap();
        let mut payload = vec![short(names.len())];
        for name in names {
            payload.extend([0, short(name.len())]);
            payload.extend(name.as_bytes());
            payload.extend([5, 0]);
        }
        let mut bytes = PREAMBLE.to_vec();
        // A custom section before it, to be skipped.
        bytes.extend([0, 2, 1, b'x', IMPORT_SECTION, short(payload.len() % 128) | 0x80, short(payload.len() / 128)]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn the_imported_names_are_found() {
        let bytes = component(&["spin:sqlite/sqlite@3.1.0", "wasi:http/types@0.3.0"]);
        assert_eq!(of(&bytes).unwrap(), ["spin:sqlite/sqlite@3.1.0", "wasi:http/types@0.3.0"]);
    }

    #[test]
    fn a_core_module_and_a_cut_off_component_are_errors() {
        let bytes = component(&["spin:sqlite/sqlite@3.1.0"]);
        assert!(of(b"\0asm\x01\0\0\0").is_err());
        assert!(of(&bytes[..bytes.len() - 1]).is_err());
    }
}
