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
    let file = lock_file(&state.join(LOCK))?;
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

/// The file to lock, which is made if it is not there. Commands may be run by root in a folder of the server's user: so
/// what is there already is only read, which is enough to lock it, and followed nowhere.
fn lock_file(path: &Path) -> io::Result<File> {
    match File::create_new(path) {
        Ok(file) => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                file.set_permissions(fs::Permissions::from_mode(0o644))?;
            }
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_file() {
                let problem = format!("{} is no plain file. Remove it", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
            File::open(path)
        }
        Err(error) => Err(error),
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_lock_that_leads_elsewhere_is_refused_and_what_it_leads_to_is_left_alone() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "secret").unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
        let lock = folder.path().join(LOCK);
        for target in [&elsewhere, &folder.path().join("not-there")] {
            symlink(target, &lock).unwrap();
            assert!(alone_in(folder.path()).is_err(), "{}", target.display());
            fs::remove_file(&lock).unwrap();
        }
        assert_eq!((mode(&elsewhere), folder.path().join("not-there").exists()), (0o600, false));
        drop(alone_in(folder.path()).unwrap());
        assert_eq!(mode(&lock), 0o644);
        drop(alone_in(folder.path()).unwrap());
    }
}
