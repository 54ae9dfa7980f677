//! The configuration file while the server runs: looked at when it changes, and when somebody asks for it.
//!
//! As with lists, a notice from the system makes it quick and a look every two seconds makes it sure. A file that is
//! still being written is waited for. What is read is handed on, good or bad; what to do about it is decided there.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    thread,
    time::{Duration, Instant},
};

use super::{Config, ConfigError, Overrides};
use crate::lists::notice::Notices;

/// The largest file that is read, in octets: a thousand lists and many thousand rules of one's own fit.
const LARGEST: u64 = 4 << 20;
/// How often the file is looked at when nothing is noticed.
const POLL: Duration = Duration::from_secs(2);
/// So long a silence after a notice means that the writer is done.
const QUIET: Duration = Duration::from_millis(300);
/// A writer that never pauses is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(3);
/// A file that ends within a line is believed after this time without a change.
const HALF_WRITTEN: Duration = Duration::from_secs(4);

/// A configuration file, what overrides it, and its text as it was last read.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
    overrides: Overrides,
    text: String,
}

/// What became of the file.
#[derive(Debug)]
pub enum Change {
    /// It can be used.
    Good(Box<Config>),
    /// It cannot.
    Bad(ConfigError),
    /// It says what is in force: somebody asked for it to be read again, or took a mistake back.
    Same,
}

impl ConfigFile {
    /// Reads a file, and what it means under these overrides.
    ///
    /// # Errors
    ///
    /// If it cannot be read or used.
    pub fn open(path: &Path, overrides: Overrides) -> Result<(Config, Self), ConfigError> {
        let text = read(path)?;
        let config = Config::read_at(path, &text, &overrides)?;
        Ok((config, Self { path: path.into(), overrides, text }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads the file's text.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    let bad = |problem| ConfigError { path: Some(path.into()), line: None, key: None, problem };
    let mut octets = Vec::new();
    fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut octets)).map_err(
        |error| bad(format!("the file cannot be read: {error}. Check the path and who may read it")),
    )?;
    if octets.len() as u64 > LARGEST {
        let most = LARGEST >> 20;
        return Err(bad(format!(
            "the file is larger than {most} MiB, which no configuration is. Check the path"
        )));
    }
    String::from_utf8(octets)
        .map_err(|_| bad("the file cannot be read, since it is not UTF-8. Save it as that".into()))
}

/// Follows the file until it is dropped.
#[derive(Debug)]
pub struct Follower {
    wake: SyncSender<Wake>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What wakes the thread.
#[derive(Debug)]
enum Wake {
    Noticed,
    /// Somebody waits until this is dropped.
    Asked(Sender<()>),
    Stop,
}

impl Follower {
    /// Starts following. `take` is called on a thread of its own with whatever the file says when it has changed, and
    /// tells whether that is in force now. What is not is tried again when the file changes or when somebody asks.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread.
    pub fn start(file: ConfigFile, take: impl FnMut(Change) -> bool + Send + 'static) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let notice = wake.clone();
        // One waiting notice is enough.
        let notices = Notices::of(std::slice::from_ref(&file.path), move || {
            let _ = notice.try_send(Wake::Noticed);
        });
        let following = Following { file, refused: None, unsettled: None, take };
        let thread = thread::Builder::new().name("config".into()).spawn(move || {
            let _notices = notices;
            following.run(&woken);
        })?;
        Ok(Self { wake, thread: Some(thread) })
    }

    /// Has the file read now, changed or not, and waits until that is done.
    pub fn read_again(&self) {
        let (done, wait) = channel();
        // The thread takes notices all the time, so there is room soon.
        if self.wake.send(Wake::Asked(done)).is_ok() {
            // It is dropped when the thread has done it.
            let _ = wait.recv();
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.wake.send(Wake::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own state.
struct Following<F> {
    file: ConfigFile,
    /// The text, or the reason why there is none, that was refused the last time: told once.
    refused: Option<String>,
    /// A text that ends within a line, and since when it has been so.
    unsettled: Option<(String, Instant)>,
    take: F,
}

impl<F: FnMut(Change) -> bool> Following<F> {
    fn run(mut self, woken: &Receiver<Wake>) {
        let mut noticed: Option<Instant> = None;
        loop {
            let wait = if noticed.is_some() { QUIET } else { POLL };
            match woken.recv_timeout(wait) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Wake::Asked(_waiting)) => self.look(true),
                // Looked at once nothing more comes for a while, or it has gone on for long.
                Ok(Wake::Noticed) if noticed.get_or_insert_with(Instant::now).elapsed() < PATIENCE => {
                    continue;
                }
                Ok(Wake::Noticed) | Err(RecvTimeoutError::Timeout) => self.look(false),
            }
            noticed = None;
        }
    }

    fn look(&mut self, asked: bool) {
        // What was read from a pipe at the start says nothing more, and would have us wait.
        if fs::metadata(&self.file.path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return;
        }
        let text = match read(&self.file.path) {
            Ok(text) => text,
            Err(error) => return self.refuse(error.to_string(), error, asked),
        };
        if text == self.file.text {
            self.unsettled = None;
            if self.refused.take().is_some() || asked {
                (self.take)(Change::Same);
            }
            return;
        }
        let known = self.refused.as_ref() == Some(&text);
        if !asked && (known || self.is_being_written(&text)) {
            return;
        }
        match self.read(&text) {
            Ok(config) => {
                if (self.take)(Change::Good(Box::new(config))) {
                    (self.file.text, self.refused) = (text, None);
                } else {
                    self.refused = Some(text);
                }
            }
            Err(error) => self.refuse(text, error, asked),
        }
    }

    fn read(&self, text: &str) -> Result<Config, ConfigError> {
        if text.trim().is_empty() {
            let problem = "the file is empty. Write what is meant; `sekisho config` prints a whole file";
            let path = Some(self.file.path.clone());
            return Err(ConfigError { path, line: None, key: None, problem: problem.into() });
        }
        Config::read_at(&self.file.path, text, &self.file.overrides)
    }

    /// A text that ends within a line is probably half of one, until it has stayed the same for some seconds.
    fn is_being_written(&mut self, text: &str) -> bool {
        if text.ends_with('\n') {
            self.unsettled = None;
            return false;
        }
        match &self.unsettled {
            Some((known, since)) if known == text => since.elapsed() < HALF_WRITTEN,
            _ => {
                self.unsettled = Some((text.to_owned(), Instant::now()));
                true
            }
        }
    }

    /// `what` is what was refused: the text, or why there is none.
    fn refuse(&mut self, what: String, error: ConfigError, asked: bool) {
        if asked || self.refused.as_ref() != Some(&what) {
            self.refused = Some(what);
            (self.take)(Change::Bad(error));
        }
    }
}
