//! Exchanging a small file of the state folder as a whole: after a crash there is the old one or the new one.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Writes `text` beside the file and moves it over. The folder must be there: one that a command made would belong to
/// somebody else than the server.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    // The server may be another user than whoever runs the command.
    replace_for(path, text, 0o644)
}

/// The same for what the server alone reads, since it tells what people do.
pub(crate) fn replace_in_private(path: &Path, text: &str) -> io::Result<()> {
    replace_for(path, text, 0o600)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "there are no such permissions"))]
fn replace_for(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Reads a file of at most so many octets; `None` where there is none.
pub(crate) fn read_bounded(path: &Path, largest: u64) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(found) if found.len() > largest => Err(io::ErrorKind::FileTooLarge.into()),
        Ok(_) => fs::read_to_string(path).map(Some),
    }
}
