//! The server's side. A few connections at a time, each bounded in time and size; what a request does is done away from
//! the threads that answer queries.

use std::{
    fs, io,
    os::unix::{fs::PermissionsExt, net::UnixListener as StdListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{Semaphore, watch},
    time::timeout,
};

use super::{Reply, Request};

/// Connections at a time.
const MOST_CONNECTIONS: usize = 8;
/// Those that wait for their turn.
const BACKLOG: i32 = 16;
/// How long a client may take for its line, and for taking what it is told.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest request.
const LONGEST: u64 = 64 << 10;

/// What carries requests out.
pub trait Handler: Send + Sync + 'static {
    /// Does what is asked. May take its time and wait for the disk.
    fn handle(&self, request: Request) -> Reply;
}

/// The socket cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the socket {path} for commands cannot be made: {error}. Check the state folder; its path must be shorter than 100 characters", path = .path.display())]
pub struct ControlError {
    path: PathBuf,
    error: io::Error,
}

/// The socket, open and not yet answered. Whoever makes it must be the only server of this state folder: what another
/// left behind there is removed.
#[derive(Debug)]
pub struct Control {
    listener: StdListener,
    path: PathBuf,
}

impl Control {
    /// Opens the socket in a state folder.
    ///
    /// # Errors
    ///
    /// If the system refuses it.
    pub fn open(state: &Path) -> Result<Self, ControlError> {
        let path = super::socket(state);
        let listener = open(&path).map_err(|error| ControlError { path: path.clone(), error })?;
        Ok(Self { listener, path })
    }

    /// Answers until `stopped` changes. Must be called on a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the system refuses to watch the socket.
    pub async fn serve(
        self,
        handler: Arc<dyn Handler>,
        mut stopped: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let listener = UnixListener::from_std(self.listener)?;
        let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let Ok(permit) = connections.clone().acquire_owned().await else { break };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => break,
            };
            let Ok((stream, _)) = accepted else {
                // No descriptor is left, or the client has gone.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let handler = handler.clone();
            tokio::spawn(async move {
                if let Err(error) = answer(stream, handler).await {
                    tracing::debug!(%error, "a command was not answered");
                }
                drop(permit);
            });
        }
        // A command then says that no server runs.
        let _ = fs::remove_file(&self.path);
        Ok(())
    }
}

/// Nobody can connect before the socket has its permissions.
fn open(path: &Path) -> io::Result<StdListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

async fn answer(mut stream: UnixStream, handler: Arc<dyn Handler>) -> io::Result<()> {
    let (reading, mut writing) = stream.split();
    let mut line = String::new();
    timeout(PATIENCE, BufReader::new(reading.take(LONGEST)).read_line(&mut line)).await??;
    let reply = match serde_json::from_str::<Request>(&line) {
        Ok(request) => tokio::task::spawn_blocking(move || handler.handle(request)).await?,
        Err(_) => Reply::Refused(
            "the server does not know this command. It is of another version: restart it".to_owned(),
        ),
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    timeout(PATIENCE, writing.write_all(&text)).await??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        os::unix::net::UnixStream as StdStream,
    };

    use super::*;
    use crate::control::client::{ClientError, ask};

    struct Echo;

    impl Handler for Echo {
        fn handle(&self, request: Request) -> Reply {
            Reply::Done(format!("{request:?}"))
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_command_is_answered_and_nonsense_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().to_owned();
        assert!(matches!(ask(&state, &Request::Rules), Err(ClientError::NotRunning(_))));
        // What a server that was killed left behind is in nobody's way.
        drop(Control::open(&state).unwrap());
        assert!(matches!(ask(&state, &Request::Rules), Err(ClientError::NotRunning(_))));
        let control = Control::open(&state).unwrap();
        let mode = fs::metadata(crate::control::socket(&state)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(control.serve(Arc::new(Echo), stopped));
        tokio::task::spawn_blocking(move || {
            let reply = ask(&state, &Request::Pause { seconds: 60 }).unwrap();
            assert_eq!(reply, Reply::Done("Pause { seconds: 60 }".into()));
            let long = "x".repeat(LONGEST as usize + 1);
            for nonsense in ["", "{}", "{\"command\":\"explode\"}", "\u{0}\u{1}", &long] {
                let mut stream = StdStream::connect(crate::control::socket(&state)).unwrap();
                let _ = writeln!(stream, "{nonsense}");
                let mut said = String::new();
                let _ = stream.read_to_string(&mut said);
                assert!(said.is_empty() || said.contains("refused"), "{said}");
            }
            assert!(ask(&state, &Request::Resume).is_ok());
        })
        .await
        .unwrap();
        stop.send(true).unwrap();
        serving.await.unwrap().unwrap();
        assert!(!crate::control::socket(folder.path()).exists());
    }
}
