//! Exchanging a small file of the state folder as a whole: after a crash there is the old one or the new one. Of commands
//! that change such files at the same time, one waits for the other.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

/// The file that commands lock while they change others.
const LOCK: &str = "commands.lock";
/// How long a command waits for another: many times what a change takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it looks.
const OFTEN: Duration = Duration::from_millis(10);

/// Keeps other commands from changing files of the state folder, from before they are read until what this gives is
/// dropped. Otherwise the last to write would undo what the others did.
pub(super) fn alone_in(state: &Path) -> io::Result<File> {
    let path = state.join(LOCK);
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    // Another user may have made it. To lock it, reading is enough.
    let file = opened.or_else(|error| File::open(&path).map_err(|_| error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Only who made it may do that, and has done it.
        let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
    }
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => sleep(OFTEN),
            Err(TryLockError::WouldBlock) => {
                let problem = "another command is changing files there, and does not come to an end";
                return Err(io::Error::new(io::ErrorKind::WouldBlock, problem));
            }
        }
    }
}

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
