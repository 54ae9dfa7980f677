//! The program as a process: started with its own folder, read until it is ready, ended with the test.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::ask::{Transport, ask};
use super::metrics::Metrics;
use super::upstream::Upstream;
use super::wire::{Message, Query};
use super::{PATIENCE, http, until};

/// How long a start may take: the machine may be building something else.
const START: Duration = Duration::from_mins(1);

/// The program under test: the one that cargo built, else the one that `SEKISHO_BIN` names.
pub fn binary() -> PathBuf {
    option_env!("CARGO_BIN_EXE_sekisho")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("SEKISHO_BIN").map(PathBuf::from))
        .expect("cargo's CARGO_BIN_EXE_sekisho, or the path of the program in SEKISHO_BIN")
}

/// How the program is to be started. Whatever is not said gets a free port, a folder of its own and an empty upstream.
pub struct Builder {
    dir: TempDir,
    config: Option<String>,
    listen: Vec<String>,
    lists: Vec<PathBuf>,
    upstreams: Vec<String>,
    http: String,
    metrics: String,
    more: Vec<String>,
    bare: bool,
    online: bool,
}

/// The start of a story: `sekisho().list("names.txt", "…").start()`.
pub fn sekisho() -> Builder {
    Builder {
        dir: TempDir::new().expect("a folder"),
        config: None,
        listen: Vec::new(),
        lists: Vec::new(),
        upstreams: Vec::new(),
        http: "127.0.0.1:0".into(),
        metrics: "127.0.0.1:0".into(),
        more: Vec::new(),
        bare: false,
        online: false,
    }
}

impl Builder {
    /// The folder that everything of this process lives in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file in that folder.
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A file in that folder that is given as `--list`.
    pub fn list(mut self, name: &str, text: &str) -> Self {
        self.lists.push(self.path(name));
        self.file(name, text)
    }

    /// A path that is given as `--list`, and that is made otherwise.
    pub fn list_path(mut self, path: PathBuf) -> Self {
        self.lists.push(path);
        self
    }

    /// `--config`, with this text. `{dir}` stands for the folder.
    pub fn config(mut self, text: &str) -> Self {
        self.config = Some(text.to_owned());
        self
    }

    pub fn upstream(self, upstream: &Upstream) -> Self {
        self.upstream_at(&upstream.address.to_string())
    }

    pub fn upstream_at(mut self, address: &str) -> Self {
        self.upstreams.push(address.to_owned());
        self
    }

    pub fn listen(mut self, address: &str) -> Self {
        self.listen.push(address.to_owned());
        self
    }

    pub fn http(mut self, address: &str) -> Self {
        address.clone_into(&mut self.http);
        self
    }

    pub fn metrics(mut self, address: &str) -> Self {
        address.clone_into(&mut self.metrics);
        self
    }

    pub fn arg(mut self, arg: &str) -> Self {
        self.more.push(arg.to_owned());
        self
    }

    /// Lists are fetched. Else none is, since a test must not leave this machine.
    pub fn online(mut self) -> Self {
        self.online = true;
        self
    }

    /// Nothing on the command line but what was asked for: the config says it all.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Starts the program and waits until it says that it answers.
    pub fn start(mut self) -> Sekisho {
        let spare = self.upstreams.is_empty().then(Upstream::start);
        if let Some(spare) = &spare {
            self.upstreams.push(spare.address.to_string());
        }
        let mut child = self.command().spawn().expect("the program starts");
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        let mut sekisho = Sekisho {
            child,
            dns: Vec::new(),
            page: ([0; 4], 0).into(),
            https: None,
            metrics: ([0; 4], 0).into(),
            out,
            err,
            dir: self.dir,
            _spare: spare,
        };
        sekisho.wait_until_ready();
        sekisho
    }

    /// Starts the program, which must end by itself with an error, and gives what it said.
    pub fn refuses_to_start(mut self) -> Ended {
        if self.upstreams.is_empty() {
            self.upstreams.push("127.0.0.1:9".into());
        }
        let ended = run(&mut self.command());
        assert!(!ended.status.success(), "it should have refused to start: {ended:?}");
        assert!(!ended.out.lines().any(|line| line.trim_start().starts_with("Ready")), "{ended:?}");
        ended.told_in_plain_words()
    }

    fn command(&mut self) -> Command {
        if self.listen.is_empty() {
            self.listen.push("127.0.0.1:0".into());
        }
        let mut command = program(self.dir.path());
        command.arg("serve");
        if let Some(text) = &self.config {
            let path = self.path("sekisho.toml");
            fs::write(&path, text.replace("{dir}", self.dir.path().to_str().unwrap())).unwrap();
            command.arg("--config").arg(path);
        }
        if !self.online {
            command.arg("--offline");
        }
        if self.bare {
            return command;
        }
        for address in &self.listen {
            command.args(["--listen", address]);
        }
        for path in &self.lists {
            command.arg("--list").arg(path);
        }
        for address in &self.upstreams {
            command.args(["--upstream", address]);
        }
        command.arg("--state-dir").arg(self.path("state"));
        command.args(["--http", &self.http, "--metrics", &self.metrics]);
        command.args(&self.more);
        command
    }
}

/// The program without arguments, away from any configuration of this machine.
pub fn program(dir: &Path) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(dir).env_remove("RUST_LOG").env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process that ended, and all that it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// An error is for people: no panic, no Rust in it.
    pub fn told_in_plain_words(self) -> Self {
        assert!(!self.err.trim().is_empty(), "an error says something: {self:?}");
        for word in ["panicked", "RUST_BACKTRACE", "Os {", "Error {", "unwrap()", "Err("] {
            assert!(!self.err.contains(word), "`{word}` is not for people: {}", self.err);
        }
        self
    }
}

/// Runs a command that ends by itself.
pub fn run(command: &mut Command) -> Ended {
    let mut child = command.spawn().expect("the program starts");
    let out = collect(child.stdout.take().unwrap());
    let err = collect(child.stderr.take().unwrap());
    let mut guard = Guard(child);
    let status = until("the program ends by itself", START, || guard.0.try_wait().unwrap());
    Ended { status, out: out.whole(), err: err.whole() }
}

/// Kills what is left of a process when the test ends, however it ends.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The running program.
pub struct Sekisho {
    child: Child,
    /// As printed, in that order.
    pub dns: Vec<SocketAddr>,
    pub page: SocketAddr,
    /// Where https is answered, if it is.
    pub https: Option<SocketAddr>,
    pub metrics: SocketAddr,
    out: Output,
    err: Output,
    dir: TempDir,
    _spare: Option<Upstream>,
}

impl Sekisho {
    fn wait_until_ready(&mut self) {
        until("the program says Ready", START, || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {ended:?}\n{}{}", self.out.so_far(), self.err.so_far());
            let ready = |line: &str| line.trim_start().starts_with("Ready");
            self.out.so_far().lines().any(ready).then_some(())
        });
        for line in self.out.so_far().lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("DNS"), Some(address)) => self.dns.extend(address.parse::<SocketAddr>()),
                (Some("page"), Some(url)) => self.page = address_in(url),
                (Some("https"), Some(address)) => self.https = address.parse().ok(),
                (Some("metrics"), Some(url)) => self.metrics = address_in(url),
                _ => {}
            }
        }
        assert!(!self.dns.is_empty(), "no line says where DNS is answered:\n{}", self.out.so_far());
    }

    /// The first address that it listens on.
    pub fn dns(&self) -> SocketAddr {
        self.dns[0]
    }

    /// The first port, on another address of this machine.
    pub fn dns_at(&self, address: impl Into<std::net::IpAddr>) -> SocketAddr {
        (address.into(), self.dns[0].port()).into()
    }

    pub fn ask(&self, query: &Query) -> Message {
        ask(Transport::Udp, self.dns(), query)
    }

    /// The addresses that it gives for a name.
    pub fn addresses(&self, name: &str, qtype: u16) -> Vec<String> {
        self.ask(&Query::new(name, qtype)).addresses()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What it printed so far.
    pub fn stdout(&self) -> String {
        self.out.so_far()
    }

    /// What it logged so far.
    pub fn stderr(&self) -> String {
        self.err.so_far()
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn read_metrics(&self) -> Metrics {
        let response = http::get(self.metrics, &self.metrics.to_string(), "/metrics", &[]);
        assert_eq!(response.status, 200);
        Metrics::parse(&response.body)
    }

    /// Resident memory in octets, where the system tells (Linux).
    pub fn resident_memory(&self) -> Option<u64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory since the start, or since it was last forgotten, in octets, where the system tells.
    pub fn most_memory(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    /// Has the system count the most resident memory anew. Tells whether it does.
    pub fn forget_most_memory(&self) -> bool {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").is_ok()
    }

    fn memory(&self, field: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Ends it as Ctrl-C does, and demands a clean end.
    pub fn stop(self) -> Ended {
        self.stop_by("INT")
    }

    /// The same, with another signal.
    pub fn stop_by(mut self, signal: &str) -> Ended {
        self.signal(signal);
        let status = until("it ends after the signal", PATIENCE, || self.child.try_wait().unwrap());
        let ended = Ended { status, out: self.out.whole(), err: self.err.whole() };
        assert_eq!(ended.status.code(), Some(0), "a clean end: {ended:?}");
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        ended
    }
}

impl Drop for Sekisho {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            println!(
                "--- the program printed\n{}--- and logged\n{}---",
                self.out.so_far(),
                self.err.so_far()
            );
        }
    }
}

/// `http://127.0.0.1:40002/…`, without what is not the address.
fn address_in(url: &str) -> SocketAddr {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let address = rest.split('/').next().unwrap_or_default();
    address.parse().unwrap_or_else(|_| panic!("an address in {url}"))
}

/// One stream of a process, gathered by a thread.
struct Output {
    text: Arc<Mutex<String>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Output {
    fn so_far(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// To be called when the process has ended.
    fn whole(&self) -> String {
        if let Some(thread) = self.thread.lock().unwrap().take() {
            thread.join().unwrap();
        }
        self.so_far()
    }
}

fn collect(stream: impl Read + Send + 'static) -> Output {
    let text = Arc::new(Mutex::new(String::new()));
    let gathered = Arc::clone(&text);
    let thread = thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            gathered.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
    Output { text, thread: Mutex::new(Some(thread)) }
}
