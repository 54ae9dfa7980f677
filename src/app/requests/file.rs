//! `STATE/requests.toml`, which the server alone writes and reads: it says who wanted to go where.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    limit::{Limit, Now},
    lists::{
        moment,
        replace::{read_bounded, replace_in_private},
    },
    name::Name,
    unblock::{Blocked, Request, Requests, State, requests::MOST},
};

/// What the file is called.
const FILE: &str = "requests.toml";
/// The largest file that is read.
const LARGEST_FILE: u64 = 1 << 20;
/// What stands above the requests.
const HEADING: &str = "\
# Requests to unblock that were made on the page, and what was decided of them. Sekisho writes this file: decide with
# `sekisho requests approve` and `sekisho requests refuse`.
";

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// The system refuses it.
    #[error("{path} cannot be used: {error}. Check the disk, and that the user that Sekisho runs as may write there", path = .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its text is something else.
    #[error("{path} is damaged: {problem}. Remove it and restart Sekisho", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    last: u32,
    request: Vec<FileRequest>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRequest {
    id: u32,
    client: IpAddr,
    name: String,
    category: String,
    lists: Vec<String>,
    asked: String,
    state: FileState,
    #[serde(default)]
    everyone: bool,
    /// When an approval begins, and after how many seconds in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_seconds: Option<u64>,
    /// When this state ends, and after how many seconds in all.
    until: String,
    seconds: u64,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum FileState {
    Waiting,
    Approved,
    Refused,
}

/// Reads what there was. Without a file that is nothing; what is over is left out.
pub(super) fn read(state: &Path, now: Now) -> Result<Requests, FileError> {
    let path = state.join(FILE);
    let text = read_bounded(&path, LARGEST_FILE)
        .map_err(|error| FileError::System { path: path.clone(), error })?
        .unwrap_or_default();
    let damaged = |problem: String| FileError::Damaged { path: path.clone(), problem };
    let file: File = toml::from_str(&text).map_err(|error| damaged(error.message().into()))?;
    if file.request.len() > MOST {
        return Err(damaged(format!("it has more than {MOST} requests")));
    }
    let requests = file.request.into_iter().map(|request| read_one(request, now).map_err(damaged));
    Ok(Requests::of(requests.collect::<Result<_, _>>()?, file.last, now))
}

fn read_one(request: FileRequest, now: Now) -> Result<Request, String> {
    let FileRequest { id, client, name, category, lists, asked, state, everyone, .. } = request;
    let at = |text: &str| moment::read(text).ok_or_else(|| format!("`{text}` is no moment"));
    let limit = |until: &str, seconds| {
        Ok::<_, String>(Limit::written_as(at(until)?, Duration::from_secs(seconds), now))
    };
    let ends = limit(&request.until, request.seconds)?;
    let state = match (state, &request.from, request.from_seconds) {
        (FileState::Waiting, ..) => State::Waiting { dropped: ends },
        (FileState::Refused, ..) => State::Refused { forgotten: ends },
        (FileState::Approved, Some(from), Some(seconds)) => {
            State::Approved { everyone, starts: limit(from, seconds)?, ends }
        }
        (FileState::Approved, ..) => return Err(format!("the approval {id} does not say from when")),
    };
    let name: Name = name.parse().map_err(|error| format!("`{name}` is no name: {error}"))?;
    // A rule of the operator's own is looked for when a request is decided.
    let blocked = Blocked { lists, category, own: false };
    Ok(Request {
        id,
        client: client.to_canonical(),
        name: Box::new(name),
        blocked,
        asked: at(&asked)?,
        state,
    })
}

/// What the file is to say.
pub(super) fn text(requests: &mut Requests, now: Now) -> String {
    let last = requests.last();
    let file = File { last, request: requests.written(now, |request| written(request, now)) };
    // These types have nothing that TOML has not.
    format!("{HEADING}\n{}", toml::to_string(&file).unwrap_or_default())
}

fn written(request: &Request, now: Now) -> FileRequest {
    let Request { id, client, name, blocked, asked, state } = request;
    let limit = |mut limit: Limit| {
        let (until, length) = limit.write(now);
        (moment::show(until), length.as_secs())
    };
    let (state, everyone, starts, ends) = match *state {
        State::Waiting { dropped } => (FileState::Waiting, false, None, dropped),
        State::Approved { everyone, starts, ends } => (FileState::Approved, everyone, Some(starts), ends),
        State::Refused { forgotten } => (FileState::Refused, false, None, forgotten),
    };
    let (from, from_seconds) = starts.map(limit).unzip();
    let (until, seconds) = limit(ends);
    FileRequest {
        id: *id,
        client: *client,
        name: name.to_string(),
        category: blocked.category.clone(),
        lists: blocked.lists.clone(),
        asked: moment::show(*asked),
        state,
        everyone,
        from,
        from_seconds,
        until,
        seconds,
    }
}

/// Writes it for the next start.
pub(super) fn write(state: &Path, text: &str) -> Result<(), FileError> {
    let path = state.join(FILE);
    replace_in_private(&path, text).map_err(|error| FileError::System { path, error })
}

#[cfg(test)]
mod tests {
    use std::{fs, time::SystemTime};

    use super::*;
    use crate::unblock::requests::Grant;

    fn at(since_start: u64, calendar: &str) -> Now {
        let calendar: SystemTime = moment::read(calendar).unwrap();
        Now { since_start: Duration::from_secs(since_start), calendar }
    }

    fn some(now: Now) -> Requests {
        let mut requests = Requests::default();
        for (last, category) in [(1, "scam"), (2, "ads"), (3, "scam")] {
            let blocked = Blocked { lists: vec!["a \"b\"".into()], category: category.into(), own: false };
            let name = format!("n{last}.example").parse().unwrap();
            requests.ask([192, 0, 2, last].into(), &name, Some(blocked), Duration::ZERO, now);
        }
        let delay = Duration::from_mins(10);
        let grant = Grant { length: Duration::from_hours(1), everyone: true, delay };
        requests.approve(1, grant, None, now).unwrap();
        requests.refuse(2, now).unwrap();
        requests
    }

    #[test]
    fn what_is_written_is_read_again_and_ends_by_the_calendar() {
        let folder = tempfile::tempdir().unwrap();
        let now = at(100, "2026-03-01T09:00:00Z");
        assert_eq!(read(folder.path(), now).unwrap().iter().count(), 0);
        let mut requests = some(now);
        write(folder.path(), &text(&mut requests, now)).unwrap();
        let again = read(folder.path(), now).unwrap();
        assert!(again.iter().eq(requests.iter()) && again.last() == 3);

        let later = at(7, "2026-03-01T09:09:00Z");
        let read_then = read(folder.path(), later).unwrap();
        let name: Name = "n1.example".parse().unwrap();
        assert_eq!(read_then.next_change(later), Some(Duration::from_mins(1)));
        assert!(read_then.lifts(later).is_empty());
        let begun = at(7, "2026-03-01T09:10:00Z");
        assert!(read(folder.path(), begun).unwrap().lifts(begun).lift(&name, [192, 0, 2, 9].into()));
        let over = at(7, "2026-03-01T10:10:00Z");
        assert_eq!(read(folder.path(), over).unwrap().iter().count(), 2);
        // A machine without a clock begins long ago: nothing lasts longer than it was meant to.
        let without = at(7, "1970-01-01T00:00:00Z");
        let read_without = read(folder.path(), without).unwrap();
        assert_eq!(read_without.next_change(without), Some(Duration::from_mins(10)));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let now = at(0, "2026-03-01T09:00:00Z");
        write(folder.path(), &text(&mut some(now), now)).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_damaged_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let now = at(0, "2026-03-01T09:00:00Z");
        let good = text(&mut some(now), now);
        for (was, damaged) in [
            ("192.0.2.1", "somebody"),
            ("n1.example", "n1..example"),
            ("\"approved\"", "\"perhaps\""),
            ("from_seconds = 600\n", ""),
            ("2026-03-01T09:10:00Z", "soon"),
        ] {
            assert!(good.contains(was), "{was}\n{good}");
            write(folder.path(), &good.replace(was, damaged)).unwrap();
            let error = read(folder.path(), now).expect_err(damaged).to_string();
            assert!(error.contains("requests.toml is damaged"), "{error}");
        }
        let one = good.split("[[request]]").nth(2).unwrap();
        write(folder.path(), &format!("[[request]]{one}").repeat(101)).unwrap();
        assert!(read(folder.path(), now).is_err());
    }
}
