//! Secrets that are made here: random, and kept in files that only their owner reads.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// 256 random bits as 64 hexadecimal digits.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("no randomness")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The secret in the file; where there is none yet, `make` makes it.
pub(crate) fn kept(file: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    if let Some(secret) = read(file)? {
        return Ok(secret);
    }
    let secret = make()?;
    write(file, &secret)?;
    Ok(secret)
}

/// What the file holds, without the end of the line; `None` where there is no file.
pub(crate) fn read(file: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => bail!("{} is empty: remove it", file.display()),
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Writes the file anew, readable by its owner alone from the first moment on.
pub(crate) fn write(file: &Path, secret: &str) -> Result<()> {
    let mut open = OpenOptions::new();
    open.write(true).create(true).truncate(true).mode(0o600);
    let mut open = open.open(file).with_context(|| format!("cannot write {}", file.display()))?;
    // The mode above is for a new file only.
    open.set_permissions(Permissions::from_mode(0o600))?;
    Ok(writeln!(open, "{secret}")?)
}

/// Makes a folder that only its owner enters, if there is none: the database in it holds secrets too.
pub(crate) fn make_private_dir(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn two_random_secrets_differ() {
        assert_ne!(random().unwrap(), random().unwrap());
    }

    #[test]
    fn a_kept_secret_is_for_its_owner_alone_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let first = kept(&file, random).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(kept(&file, random).unwrap(), first);
    }

    #[test]
    fn writing_over_a_file_that_others_could_read_closes_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        write(&file, "new").unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn an_empty_file_is_not_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "\n").unwrap();
        assert!(kept(&file, random).is_err());
    }

    #[test]
    fn a_made_state_folder_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("a/b");
        make_private_dir(&made).unwrap();
        assert_eq!(mode(&made), 0o700);
    }
}
