//! Commands are run in a network of their own, where the ports that documents print are free, and where the addresses
//! of their examples are those of this machine: 192.168.1.1 is a router that knows `www.example.com`, 192.168.1.5 the
//! box that Sekisho runs on.

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::reading::{Document, Step, root};
use super::support::process::binary;
use super::support::upstream::{self, Upstream};
use super::support::within;

/// Set for the test that runs inside.
const INSIDE: &str = "SEKISHO_DOCUMENTS_INSIDE";

/// How long a command may take: the machine may be building something else.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long all documents together may take.
const WHOLE: Duration = Duration::from_mins(10);

/// `cargo run --release` without building anything: it is the program that cargo built for this test.
const CARGO: &str = "#!/bin/sh\n[ \"$1 $2\" = 'run --release' ] || { echo \"cargo $1 is not for this test\" >&2; exit 1; }\n\
                     shift 2\n[ \"$1\" != -- ] || shift\nexec sekisho \"$@\"\n";

/// What stands in for the list that a reader downloads.
const LIST: &str = "fake-support.example\nlocked-screen.example\n";

pub(crate) fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs one test of this file again, in a network, with mounts and processes of its own, which end with it.
pub(crate) fn run_inside(test: &str) {
    let Some(options) = namespace() else { return };
    let folder = TempDir::new().unwrap();
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut command = Command::new("unshare");
    command.args(options).arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    command.env(INSIDE, "1").stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let status = wait(&mut Group::start(&mut command), WHOLE);
    let said = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(status.is_some_and(|status| status.success()), "{status:?}\n{said}");
    assert!(said.contains("1 passed"), "the test was not run inside:\n{said}");
}

/// The options of `unshare` that work here: as root, else as a user where the system lets users have namespaces.
fn namespace() -> Option<Vec<&'static str>> {
    let own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let tools = ["unshare", "ip", "mount", "bash", "dig", "nslookup", "curl"];
    let missing: Vec<&str> = tools.into_iter().filter(|tool| !has(tool)).collect();
    let required = std::env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(missing.is_empty() || !required, "not installed: {}", missing.join(", "));
    if !missing.is_empty() {
        skip(&format!("not installed: {}", missing.join(", ")));
        return None;
    }
    for more in [None, Some("--map-root-user")] {
        let options: Vec<&str> = own.into_iter().chain(more).collect();
        let works = Command::new("unshare").args(&options).args(["ip", "link", "set", "lo", "up"]).output();
        if works.is_ok_and(|output| output.status.success()) {
            return Some(options);
        }
    }
    skip("this user may not make a network namespace");
    None
}

/// Past the test's capture, which hides what a test that passes prints.
fn skip(reason: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED: the commands of the documents are not run: {reason}");
}

fn has(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|dir| dir.join(tool).is_file())
}

/// What the commands of a document do otherwise than it says.
pub(crate) fn faults(document: &Document) -> Vec<String> {
    let steps = document.steps();
    if steps.is_empty() {
        return Vec::new();
    }
    let mut scene = Scene::new();
    let faults = steps.iter().filter_map(|step| {
        let fault = scene.play(step).err()?;
        Some(document.fault(step.line, &format!("`{}` {fault}", step.command.trim())))
    });
    faults.collect()
}

/// The folder and the network in which the commands of one document are run, one after another.
struct Scene {
    folder: TempDir,
    /// What goes on running, until the next such thing or the end.
    background: Option<Group>,
    has_ipv6: bool,
    _router: Upstream,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let dir = folder.path();
        for name in ["bin", "work/lists"] {
            fs::create_dir_all(dir.join(name)).unwrap();
        }
        symlink(binary(), dir.join("bin/sekisho")).unwrap();
        fs::write(dir.join("bin/cargo"), CARGO).unwrap();
        fs::set_permissions(dir.join("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(root().join("lists")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, dir.join("work/lists").join(path.file_name().unwrap())).unwrap();
        }
        fs::write(dir.join("downloaded.txt"), LIST).unwrap();
        fs::write(dir.join("resolv.conf"), "nameserver 192.168.1.1\n").unwrap();
        network(dir);
        let router = Upstream::start_at(([192, 168, 1, 1], 53).into(), upstream::nxdomain());
        router.set("www.example.com", upstream::a("192.0.2.80", 300));
        let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
        Self { folder, background: None, has_ipv6, _router: router }
    }

    /// Runs a command; the error says what was otherwise.
    fn play(&mut self, step: &Step) -> Result<(), String> {
        let shown: Vec<&str> = step.shown.iter().map(String::as_str).collect();
        let shown: Vec<&str> =
            shown.into_iter().filter(|line| self.has_ipv6 || !line.contains("[::1]")).collect();
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap();
        if step.background {
            // The port has to be free again.
            drop(self.background.take());
            let group = self.background.insert(start(self.folder.path(), &step.command));
            let is_there = || {
                let out = read("out");
                if shown.is_empty() { out.contains("\nReady") } else { are_alike(&shown, &out) }
            };
            let ended = wait_for(group, is_there);
            let told = || format!("{}\n{}{}", difference(&shown, &read("out")), read("err"), ended);
            return if ended.is_empty() && is_there() { Ok(()) } else { Err(told()) };
        }
        let status = wait(&mut start(self.folder.path(), &step.command), PATIENCE);
        let (out, err) = (read("out"), read("err"));
        match status {
            None => Err(format!("does not end within {PATIENCE:?}\n{out}{err}")),
            Some(status) if !status.success() => Err(format!("ends with {status}\n{out}{err}")),
            Some(_) if shown.is_empty() || are_alike(&shown, &out) => Ok(()),
            Some(_) => Err(difference(&shown, &out)),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // A file that is mounted and gone cannot be mounted over.
        let _ = shell(self.folder.path(), "umount /etc/resolv.conf").output();
    }
}

/// The addresses of the examples, on this machine, and the router as its DNS server.
fn network(dir: &Path) {
    let script = "ip link set lo up\nfor address in 192.168.1.1/24 192.168.1.5/24; do ip address replace $address dev lo; done\n\
                  mount --bind resolv.conf /etc/resolv.conf\n";
    let output = shell(dir, script).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A command as the documents have it, with what the reader has: the program, and an address to download from.
fn start(dir: &Path, command: &str) -> Group {
    let command = command.replace("ADDRESS", &format!("file://{}", dir.join("downloaded.txt").display()));
    let file = |name: &str| fs::File::create(dir.join(name)).unwrap();
    Group::start(shell(dir, &command).current_dir(dir.join("work")).stdout(file("out")).stderr(file("err")))
}

fn shell(dir: &Path, script: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", script]).stdin(Stdio::null());
    command.env("PATH", format!("{}:{path}:/usr/sbin:/sbin", dir.join("bin").display()));
    command.env("HOME", dir).env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").env_remove("RUST_LOG");
    command
}

/// A process with all that it started, ended when it is dropped.
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> Self {
        Self(command.process_group(0).spawn().unwrap())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.0.id())]).output();
        let _ = self.0.wait();
    }
}

/// How a process ended; nothing if it did not within this time.
fn wait(group: &mut Group, patience: Duration) -> Option<ExitStatus> {
    within(patience, || group.0.try_wait().unwrap())
}

/// Waits until something is there; else says why not.
fn wait_for(group: &mut Group, is_there: impl Fn() -> bool) -> String {
    let outcome = within(PATIENCE, || match group.0.try_wait().unwrap() {
        Some(status) => Some(format!("it ended: {status}")),
        None => is_there().then(String::new),
    });
    outcome.unwrap_or_else(|| format!("not within {PATIENCE:?}"))
}

fn difference(shown: &[&str], out: &str) -> String {
    let indented = |text: &str| text.trim_end().replace('\n', "\n      ");
    format!("shows\n      {}\n    but this came\n      {}", indented(&shown.join("\n")), indented(out))
}

/// Whether the output is what is shown: `…` is anything in a line, and alone on one any lines.
fn are_alike(shown: &[&str], out: &str) -> bool {
    let trimmed =
        |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines_match(&trimmed(&shown.join("\n")), &trimmed(out))
}

fn lines_match(shown: &[String], out: &[String]) -> bool {
    match shown.split_first() {
        None => out.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=out.len()).any(|at| lines_match(rest, &out[at..]))
        }
        Some((first, rest)) => out
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others)),
    }
}

fn line_matches(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    last.is_some_and(|part| line.ends_with(part)) || rest.is_empty()
}

#[test]
fn what_is_shown_is_compared_line_by_line() {
    for (shown, out, alike) in [
        ("a\nb", "a\nb\n", true),
        ("a\nb", "a\nc\n", false),
        ("a", "a\nb\n", false),
        ("a\n…", "a\nb\nc\n", true),
        ("…\nc", "a\nb\nc\n", true),
        ("…\nb", "a\nb\nc\n", false),
        ("id: …, ok", "id: 17, ok\n", true),
        ("id: …, ok", "id: 17, no\n", false),
        ("id: …", "id: 17\n", true),
        ("…7", "id: 17\n", true),
        ("…7", "id: 178\n", false),
        ("a", "", false),
    ] {
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(are_alike(&lines, out), alike, "{shown:?} and {out:?}");
    }
}
