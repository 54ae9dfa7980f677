//! A command's side: asks the server that runs, and waits for what it says.

use std::{io, path::PathBuf, time::Duration};

use super::{Reply, Request};

/// How long a server is waited for that has been asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a server cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is none.
    #[error("no server runs with the state folder {}. Start it, or give the folder of the one that runs with --state-dir or [state] dir", .0.display())]
    NotRunning(PathBuf),
    /// The user may not.
    #[error("{} may be used by the user that Sekisho runs as and by root alone. Put `sudo` in front of the command", .0.display())]
    NotAllowed(PathBuf),
    /// Something fails on the way.
    #[error("the server does not answer over {}: {error}. Look at its log", .path.display())]
    Failed {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It says something that this version does not know.
    #[error(
        "the server over {} is of another version. Restart it, so that it is of the same version as this command", .0.display()
    )]
    OtherVersion(PathBuf),
    /// There are no such sockets.
    #[error("commands for a server that runs need a Unix system")]
    NoSockets,
}

/// Asks the server whose state is in this folder.
///
/// # Errors
///
/// If there is none, or it does not answer within half a minute.
#[cfg(unix)]
pub fn ask(state: &std::path::Path, request: &Request) -> Result<Reply, ClientError> {
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        os::unix::net::UnixStream,
    };

    let path = super::socket(state);
    let mut stream = UnixStream::connect(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ClientError::NotRunning(state.into()),
        io::ErrorKind::PermissionDenied => ClientError::NotAllowed(path.clone()),
        _ => ClientError::Failed { path: path.clone(), error },
    })?;
    let failed = |error| ClientError::Failed { path: path.clone(), error };
    let mut ask = || -> io::Result<String> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut text = serde_json::to_string(request)?;
        text.push('\n');
        stream.write_all(text.as_bytes())?;
        let mut reply = String::new();
        BufReader::new((&stream).take(super::LONGEST)).read_line(&mut reply)?;
        Ok(reply)
    };
    let reply = ask().map_err(failed)?;
    if reply.is_empty() {
        return Err(failed(io::ErrorKind::UnexpectedEof.into()));
    }
    serde_json::from_str(&reply).map_err(|_| ClientError::OtherVersion(path.clone()))
}

/// There are no such sockets here.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn ask(_: &std::path::Path, _: &Request) -> Result<Reply, ClientError> {
    Err(ClientError::NoSockets)
}
