//! A service manager: it learns when the server answers and that it still does, and keeps the sockets over a restart.
//! The manager here is a socket and a store of file descriptors, as `sd_notify(3)` and `sd_listen_fds(3)` describe them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use tempfile::TempDir;

use support::ask::{self, Connection};
use support::process::binary;
use support::upstream::{Upstream, free_port};
use support::wire::{A, Message, Query};
use support::{PATIENCE, SILENCE, http, until};

/// What the manager was told, and what it keeps.
struct Manager {
    dir: TempDir,
    socket: UnixDatagram,
    told: Vec<String>,
    kept: Vec<(String, OwnedFd)>,
    child: Option<Child>,
    dns: SocketAddr,
    page: SocketAddr,
    upstream: Upstream,
}

impl Manager {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let upstream = Upstream::start();
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let manager = Self {
            socket,
            told: Vec::new(),
            kept: Vec::new(),
            child: None,
            dns: at(free_port()),
            page: at(free_port()),
            upstream,
            dir,
        };
        fs::write(manager.path("names.txt"), "one.example\n").unwrap();
        manager.configure("");
        manager
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn configure(&self, of_listen: &str) {
        let text = format!(
            "[listen]\ndns = [\"{}\"]\n{of_listen}\n[page]\nlisten = [\"{}\"]\n[metrics]\nlisten = []\n[upstream]\nservers = [\"{}\"]\n[[list]]\nname = \"names\"\npath = \"names.txt\"\n",
            self.dns, self.page, self.upstream.address
        );
        fs::write(self.path("sekisho.toml"), text).unwrap();
    }

    /// Starts the server, with all that is kept handed over.
    fn start(&mut self) {
        self.start_with(|_| {});
    }

    /// The same, with something else about the process.
    fn start_with(&mut self, change: impl FnOnce(&mut Command)) {
        self.told.clear();
        let mut command = Command::new(binary());
        command.current_dir(self.dir.path()).stdout(Stdio::null()).stderr(Stdio::inherit());
        command.env("NOTIFY_SOCKET", self.path("notify")).env("WATCHDOG_USEC", "600000");
        let names: Vec<&str> = self.kept.iter().map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            command.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
        }
        let mappings = self
            .kept
            .iter()
            .zip(3..)
            .map(|((_, fd), child_fd)| FdMapping { parent_fd: fd.try_clone().unwrap(), child_fd });
        command.fd_mappings(mappings.collect()).unwrap();
        change(&mut command);
        self.child = Some(command.spawn().unwrap());
    }

    /// Takes what comes, until some message has this line.
    fn hears(&mut self, line: &str) {
        until(&format!("the manager is told {line}"), Duration::from_secs(30), || {
            self.listen();
            self.told.iter().any(|told| told.lines().any(|found| found == line)).then_some(())
        });
    }

    fn listen(&mut self) {
        let mut text = [0; 4096];
        let mut slices = [IoSliceMut::new(&mut text)];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = recvmsg(&self.socket, &mut slices, &mut control, RecvFlags::CMSG_CLOEXEC);
        let Ok(length) = received.map(|message| message.bytes) else { return };
        let mut fds = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                fds.extend(received);
            }
        }
        let told = String::from_utf8(text[..length].to_vec()).unwrap();
        let value = |key: &str| told.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        match (value("FDSTORE="), value("FDSTOREREMOVE="), value("FDNAME=")) {
            (Some(_), _, Some(name)) => {
                assert_eq!(value("FDPOLL=").as_deref(), Some("0"), "{told}");
                assert!(!name.contains(':') && name.len() < 256, "a name as systemd wants it: {name}");
                // One that is kept already is not kept twice.
                let inode =
                    |fd: &OwnedFd| fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
                fds.retain(|fd| !self.kept.iter().any(|(_, known)| inode(known) == inode(fd)));
                self.kept.extend(fds.into_iter().map(|fd| (name.clone(), fd)));
            }
            (_, Some(_), Some(name)) => self.kept.retain(|(known, _)| *known != name),
            _ => {}
        }
        self.told.push(told);
    }

    fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let status = until("it ends", PATIENCE, || child.try_wait().unwrap());
        assert!(status.success(), "{status}");
        self.hears("STOPPING=1");
    }

    fn is_blocked(&self) -> bool {
        ask::udp(self.dns, &Query::new("one.example", A)).addresses() == ["127.0.0.1"]
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn ready_means_that_it_answers_and_signs_of_life_follow() {
    let mut manager = Manager::new();
    manager.start();
    manager.hears("READY=1");
    assert!(manager.is_blocked());
    let status = manager.told.iter().find(|told| told.contains("STATUS=Answering")).unwrap();
    assert!(status.contains(&manager.dns.to_string()) && status.contains("1 names"), "{status}");
    for _ in 0..3 {
        manager.told.clear();
        manager.hears("WATCHDOG=1");
    }
    manager.told.clear();
    let child = manager.child.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-HUP", &child]).status().unwrap().success());
    manager.hears("RELOADING=1");
    manager.hears("READY=1");
    fs::write(manager.path("sekisho.toml"), "[listen]\nwokers = 2\n").unwrap();
    until("the refusal is shown", PATIENCE, || {
        manager.listen();
        let refused = |told: &String| told.contains("STATUS=") && told.contains("line 2: `wokers`");
        manager.told.iter().any(refused).then_some(())
    });
    let reloading = manager.told.iter().find(|told| told.contains("RELOADING=1")).unwrap();
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    manager.stop();
}

#[test]
fn a_journal_gets_levels_and_a_terminal_that_a_service_started_does_not() {
    for (is_journal, shift) in [(true, 0), (false, 1)] {
        let mut manager = Manager::new();
        let log = fs::File::create(manager.path("log")).unwrap();
        let about = log.metadata().unwrap();
        manager.start_with(|command| {
            let stream = format!("{}:{}", about.dev(), about.ino() + shift);
            command.stderr(log).env("JOURNAL_STREAM", stream);
        });
        manager.hears("READY=1");
        let said = fs::read_to_string(manager.path("log")).unwrap();
        assert!(!said.is_empty() && said.lines().all(|line| line.starts_with("<6>") == is_journal), "{said}");
    }
}

#[test]
fn a_server_that_hangs_gives_no_sign_of_life() {
    let mut manager = Manager::new();
    manager.start();
    manager.hears("WATCHDOG=1");
    let child = manager.child.as_ref().unwrap().id().to_string();
    let signal = |name: &str| assert!(Command::new("kill").args([name, &child]).status().unwrap().success());
    signal("-STOP");
    // What was sent before has been taken once nothing comes for a while.
    until("the last words are heard", PATIENCE, || {
        manager.told.clear();
        manager.listen();
        manager.told.is_empty().then_some(())
    });
    let silent_until = Instant::now() + Duration::from_millis(1200);
    while Instant::now() < silent_until {
        manager.listen();
    }
    assert!(manager.told.is_empty(), "{:?}", manager.told);
    signal("-CONT");
    manager.hears("WATCHDOG=1");
}

#[test]
fn over_a_restart_no_query_is_lost() {
    let mut manager = Manager::new();
    manager.start();
    manager.hears("READY=1");
    assert!(manager.kept.len() >= 3, "{:?}", manager.kept);
    for round in 0..3 {
        manager.stop();
        // Nobody is there, and nobody is turned away either.
        let socket = ask::socket_to(manager.dns);
        socket.send(&Query::new("one.example", A).bytes()).unwrap();
        let mut stream = Connection::open(manager.dns);
        stream.send(&Query::new("one.example", A).bytes());
        let mut browser = TcpStream::connect(manager.page).unwrap();
        browser.write_all(b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n").unwrap();
        assert!(ask::receive(&socket, SILENCE).is_none());

        manager.start();
        let raw = ask::receive(&socket, PATIENCE).expect("the query over UDP is answered");
        assert_eq!(Message::parse(&raw).unwrap().addresses(), ["127.0.0.1"], "round {round}");
        let raw = stream.receive(PATIENCE).expect("the query over TCP is answered");
        assert_eq!(Message::parse(&raw).unwrap().addresses(), ["127.0.0.1"], "round {round}");
        let mut page = String::new();
        browser.read_to_string(&mut page).unwrap();
        assert!(page.starts_with("HTTP/1.1 403"), "{page}");
        manager.hears("READY=1");
    }
    let names: BTreeSet<&str> = manager.kept.iter().map(|(name, _)| name.as_str()).collect();
    let workers = std::thread::available_parallelism().unwrap().get();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(manager.kept.len(), 2 + workers, "nothing piles up: {names:?}");
}

#[test]
fn sockets_that_nobody_wants_any_more_are_given_up() {
    let mut manager = Manager::new();
    manager.configure("workers = 4");
    manager.start();
    manager.hears("READY=1");
    let before = manager.page;
    manager.stop();
    manager.page.set_port(free_port());
    manager.configure("workers = 2");
    manager.start();
    manager.hears("READY=1");
    assert_eq!(http::get(manager.page, "one.example", "/", &[]).status, 403);
    let old = format!("sekisho-page-127.0.0.1_{}", before.port());
    assert!(!manager.kept.iter().any(|(name, _)| *name == old), "{:?}", manager.kept);
    drop(manager.kept.drain(..).collect::<Vec<_>>());
    until("the old page is gone", PATIENCE, || TcpStream::connect(before).is_err().then_some(()));
    // With four sockets before and two now, every query still reaches one that is read.
    for _ in 0..50 {
        assert!(manager.is_blocked());
    }
}

#[test]
fn sockets_of_a_socket_unit_are_taken_by_their_address() {
    let mut manager = Manager::new();
    let (udp, tcp) =
        (std::net::UdpSocket::bind(manager.dns).unwrap(), std::net::TcpListener::bind(manager.dns).unwrap());
    manager.kept.push(("sekisho.socket".into(), tcp.into()));
    manager.kept.push(("sekisho.socket".into(), udp.into()));
    manager.configure("workers = 3");
    manager.start();
    manager.hears("READY=1");
    for _ in 0..20 {
        assert!(manager.is_blocked());
    }
    let tcp = ask::tcp(manager.dns, &Query::new("one.example", A));
    assert_eq!(tcp.addresses(), ["127.0.0.1"]);
    manager.stop();
}

/// Runs a command in a network of its own; `None` where that is not permitted here.
fn in_a_network_without_ipv6(manager: &Manager) -> Option<Command> {
    let alone = ["--map-root-user", "--net", "sh", "-c"];
    let off = "ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6";
    let try_it = Command::new("unshare").args(alone).arg(off).stderr(Stdio::null()).status();
    if !try_it.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: a network of its own without IPv6 cannot be made here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(alone).arg(format!("{off} && exec \"$0\" serve")).arg(binary());
    command.current_dir(manager.dir.path()).stdout(Stdio::null()).stderr(Stdio::inherit());
    command.env("NOTIFY_SOCKET", manager.path("notify"));
    Some(command)
}

#[test]
fn all_of_ipv6_is_left_out_where_there_is_none() {
    let mut manager = Manager::new();
    let text = "[listen]\ndns = [\"0.0.0.0:53\", \"[::]:53\"]\n[page]\nlisten = [\"0.0.0.0:80\", \"[::]:80\"]\n[metrics]\nlisten = []\n[upstream]\nservers = [\"192.0.2.1\"]\n[[list]]\nname = \"names\"\npath = \"names.txt\"\n";
    fs::write(manager.path("sekisho.toml"), text).unwrap();
    let Some(mut command) = in_a_network_without_ipv6(&manager) else { return };
    manager.child = Some(command.spawn().unwrap());
    manager.hears("READY=1");
    manager.stop();
}
