//! The file of what the operator has released from quarantine: `released.toml` in the state folder. Commands write it,
//! by a rename, and a server that runs reads it when it changes.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::Deserialize;
use toml::value::Datetime;

use super::{
    moment,
    quarantine::Released,
    replace::{alone_in, read_bounded, replace},
    source::Fingerprint,
};

/// What the file is called.
const FILE: &str = "released.toml";
/// The most releases. Whoever wants more wants `guard = "report"`.
pub const MOST_RELEASES: usize = 10_000;
/// The largest file that is read.
const LARGEST_FILE: u64 = 4 << 20;
/// What stands above the releases.
const HEADING: &str = "\
# Rules of lists that are applied although the guards object to them.
# Written by `sekisho lists release`; `sekisho lists hold` takes one back.
";

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The name, or the network, that is released.
    pub name: String,
    /// The list, or [`ALL_LISTS`](super::quarantine::ALL_LISTS).
    pub list: String,
    /// Since when.
    pub since: Datetime,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    item: Vec<Release>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReleasedError {
    /// The system refuses it.
    #[error("{path} cannot be used: {error}. Give the server's state folder with --state-dir or [state] dir, and run the command as a user who may write there", path = .path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its text is something else.
    #[error("{path} is damaged: {problem}. Correct it, or remove it to release nothing", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no room for another release.
    #[error(
        "{MOST_RELEASES} releases are the most. Write guard = \"report\" for a list whose every word you trust"
    )]
    TooMany,
}

/// Keeps other commands from changing what is released until what this gives is dropped.
///
/// # Errors
///
/// If the system refuses it, or another command does not come to an end.
pub fn change_alone(state: &Path) -> Result<fs::File, ReleasedError> {
    alone_in(state).map_err(|error| ReleasedError::System { path: state.into(), error })
}

/// Reads what is released. Without a file that is nothing.
pub fn read(state: &Path) -> Result<Vec<Release>, ReleasedError> {
    let path = state.join(FILE);
    let system = |error| ReleasedError::System { path: path.clone(), error };
    let damaged = |problem: String| ReleasedError::Damaged { path: path.clone(), problem };
    let text = read_bounded(&path, LARGEST_FILE).map_err(system)?.unwrap_or_default();
    let file: File = toml::from_str(&text).map_err(|error| damaged(error.message().into()))?;
    if file.item.len() > MOST_RELEASES { Err(ReleasedError::TooMany) } else { Ok(file.item) }
}

/// Writes what is released: the file is there whole, the old one or the new one. The state folder must be there, since
/// one that a command made would belong to somebody else than the server.
pub fn write(state: &Path, releases: &[Release]) -> Result<(), ReleasedError> {
    if releases.len() > MOST_RELEASES {
        return Err(ReleasedError::TooMany);
    }
    let path = state.join(FILE);
    replace(&path, &text(releases)).map_err(|error| ReleasedError::System { path, error })
}

fn text(releases: &[Release]) -> String {
    let mut text = HEADING.to_owned();
    for Release { name, list, since } in releases {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        // Writing into a string cannot fail.
        let _ =
            write!(text, "\n[[item]]\nname = {}\nlist = {}\nsince = {since}\n", quoted(name), quoted(list));
    }
    text
}

/// What is released, for compiling. A file that cannot be used releases nothing, and the server tells.
pub fn read_for_compiling(state: &Path) -> Released {
    of(&read(state).unwrap_or_default())
}

fn of(releases: &[Release]) -> Released {
    let mut known = Released::default();
    for release in releases {
        known.add(&release.name, &release.list);
    }
    known
}

/// The moment as the file writes it, in whole seconds of UTC.
pub fn moment(time: SystemTime) -> Option<Datetime> {
    moment::show(time).parse().ok()
}

/// Notices that the file has changed.
#[derive(Debug)]
pub(super) struct Follow {
    state: PathBuf,
    /// Whether it has been looked at, be it there or not.
    looked: bool,
    /// What it looked like then.
    seen: Option<Fingerprint>,
}

impl Follow {
    pub(super) fn of(state: &Path) -> Self {
        Self { state: state.into(), looked: false, seen: None }
    }

    /// What is released now, if the file has changed since the last look. A file that cannot be used changes nothing.
    pub(super) fn look(&mut self) -> Option<Released> {
        let now = Fingerprint::of(&self.state.join(FILE)).ok();
        if self.looked && self.seen == now {
            return None;
        }
        (self.looked, self.seen) = (true, now);
        match read(&self.state) {
            Ok(releases) => Some(of(&releases)),
            Err(error) => {
                tracing::warn!("{error}. What was released before stays so");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn release(name: &str, list: &str) -> Release {
        Release { name: name.into(), list: list.into(), since: "2026-03-01T09:00:00Z".parse().unwrap() }
    }

    #[test]
    fn what_is_written_is_read_again_and_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let mut follow = Follow::of(state);
        assert_eq!(follow.look(), Some(Released::default()));
        assert_eq!(follow.look(), None);
        let releases = [release("bit.ly", "*"), release("10.0.0.0/8", "a \"list\"")];
        write(state, &releases).unwrap();
        assert_eq!(read(state).unwrap(), releases);
        let known = follow.look().unwrap();
        assert!(known.has("bit.ly", "any") && known.has("10.0.0.0/8", "a \"list\""));
        assert!(!known.has("10.0.0.0/8", "other") && !known.has("t.co", "any"));
        fs::write(state.join(FILE), "[[item]]\nname = 1\n").unwrap();
        assert_eq!(follow.look(), None, "a damaged file changes nothing");
        assert!(read(state).unwrap_err().to_string().contains("released.toml is damaged"));
        fs::remove_file(state.join(FILE)).unwrap();
        assert_eq!(follow.look(), Some(Released::default()));
        assert!(write(&state.join("missing"), &releases).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_server_may_read_what_another_user_wrote() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[release("bit.ly", "*")]).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
}
