//! `sekisho init`: asked through a pipe and at a terminal, refused before the first question, and started with what it
//! wrote.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::process::{Ended, binary, program, run};
use support::{PATIENCE, until};

use tempfile::TempDir;

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// The names in a folder: what was left behind.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// `sekisho init` with these arguments, in a folder and a language.
fn init(folder: &Path, language: &str, args: &[&str]) -> Command {
    let mut command = program(folder);
    command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", language);
    command.arg("init").args(args);
    command
}

/// Runs it with these lines as answers.
fn answer(command: &mut Command, answers: &str) -> Ended {
    // A file for the input: the program may end before it has read all.
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(answers.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut input).unwrap();
    run(command.stdin(input))
}

/// What the program takes a file for.
fn effective(folder: &Path, file: &str) -> toml::Table {
    let ended = run(program(folder).args(["config", "--config", file]));
    assert!(ended.status.success(), "{ended:?}");
    ended.out.parse().unwrap()
}

fn texts(value: &toml::Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

fn assert_refused(ended: Ended, words: &[&str]) {
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let ended = ended.told_in_plain_words();
    for word in words {
        assert!(ended.err.contains(word), "{word}: {ended:?}");
    }
}

// Answers through a pipe

#[test]
fn answers_through_a_pipe_become_a_file_that_does_what_was_answered() {
    let dir = folder();
    fs::write(dir.path().join("names.txt"), "fake-support.example\n").unwrap();
    let answers = "home\n2\n3\n192.0.2.53 tls://192.0.2.1#dns.example\nnames.txt\nTanaka, 内線 \"12\" \\o/\n";
    let ended = answer(&mut init(dir.path(), "en_GB.UTF-8", &[]), answers);
    assert!(ended.status.success(), "{ended:?}");
    for word in ["5 of 5", "sekisho config --check", "sekisho doctor", "sudo sekisho serve --config", "GB"] {
        assert!(ended.out.contains(word), "{word}: {ended:?}");
    }
    assert_eq!(names(dir.path()), ["names.txt", "sekisho.toml"]);
    let config = effective(dir.path(), "sekisho.toml");
    assert!(texts(&config["listen"]["dns"]).contains(&"0.0.0.0:53"), "{config}");
    assert!(texts(&config["page"]["listen"]).contains(&"0.0.0.0:80"), "{config}");
    assert_eq!(texts(&config["upstream"]["servers"]), ["192.0.2.53", "tls://192.0.2.1#dns.example"]);
    assert_eq!(config["list"][0]["name"].as_str(), Some("names"));
    let list = fs::canonicalize(config["list"][0]["path"].as_str().unwrap()).unwrap();
    assert_eq!(list, fs::canonicalize(dir.path().join("names.txt")).unwrap());
    assert_eq!(config["page"]["operator"]["name"].as_str(), Some("Tanaka"));
    assert_eq!(config["page"]["operator"]["contact"].as_str(), Some("内線 \"12\" \\o/"));
    assert_eq!(config["page"]["country"].as_str(), Some("GB"));
    assert_eq!(config["page"]["language"].as_str(), Some("en"));
}

#[test]
fn a_provider_names_the_networks_of_its_subscribers() {
    let dir = folder();
    let answers = "isp\n2\nany\n198.51.100.0/24 2001:db8::/32\n2\n\n\n";
    let ended = answer(&mut init(dir.path(), "C", &["isp.toml"]), answers);
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("the whole internet"), "{ended:?}");
    let config = effective(dir.path(), "isp.toml");
    assert_eq!(texts(&config["listen"]["allow"]), ["loopback", "198.51.100.0/24", "2001:db8::/32"]);
    assert!(texts(&config["upstream"]["servers"])[0].starts_with("tls://9.9.9.9#"));
    let text = fs::read_to_string(dir.path().join("isp.toml")).unwrap();
    assert!(text.contains("\nprofile = \"isp\"\n"), "{text}");
}

#[test]
fn the_end_of_the_input_and_defaults_are_the_same_file() {
    let dir = folder();
    let asked = answer(&mut init(dir.path(), "ja_JP.UTF-8", &["asked.toml"]), "");
    let silent = run(&mut init(dir.path(), "ja_JP.UTF-8", &["--defaults", "--config", "silent.toml"]));
    assert!(asked.status.success() && asked.out.contains("質問 5/5"), "{asked:?}");
    assert!(silent.status.success() && !silent.out.contains("質問"), "{silent:?}");
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap().replace(name, "");
    assert_eq!(read("asked.toml"), read("silent.toml"));
    let config = effective(dir.path(), "asked.toml");
    assert_eq!(texts(&config["listen"]["dns"])[0], "127.0.0.1:5353");
    assert_eq!(texts(&config["page"]["listen"])[0], "127.0.0.1:8080");
    assert_eq!(texts(&config["upstream"]["servers"]), ["system"]);
    assert!(read("asked.toml").contains("家庭向けのおすすめのリストを自動でダウンロードします"));
}

#[test]
fn who_names_no_list_has_the_recommended_ones_at_home_and_is_told_to_name_one_elsewhere() {
    let dir = folder();
    for (profile, names, question, step) in [
        ("home", 4, "recommended for a home", "sekisho lists --config"),
        ("school", 0, "Enter is none yet", "sekisho lists catalogue"),
    ] {
        let file = format!("{profile}.toml");
        let ended = answer(&mut init(dir.path(), "en_US.UTF-8", &[&file]), &format!("{profile}\n"));
        assert!(ended.status.success(), "{ended:?}");
        assert!(ended.out.contains(question) && ended.out.contains(step), "{ended:?}");
        let config = run(program(dir.path()).args(["config", "--config", &file]));
        assert!(config.status.success(), "{config:?}");
        let had = config.out.matches("# A home has this list").count();
        assert_eq!((had, config.out.matches("# url = \"https://").count()), (names, names), "{config:?}");
    }
}

#[test]
fn a_folder_for_lists_is_made_and_its_emptiness_told() {
    let dir = folder();
    let ended = answer(&mut init(dir.path(), "en_US.UTF-8", &[]), "\n\n\nno-such.txt\nmy lists/\n\n");
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("no-such.txt") && ended.out.contains("does not start while"), "{ended:?}");
    assert!(dir.path().join("my lists").is_dir());
    assert_eq!(effective(dir.path(), "sekisho.toml")["list"][0]["name"].as_str(), Some("my lists"));
}

// Refusing

#[test]
fn a_file_that_is_there_stays_and_nothing_is_asked() {
    let dir = folder();
    fs::write(dir.path().join("sekisho.toml"), "[lissten]\n").unwrap();
    for args in [&[][..], &["sekisho.toml"], &["--config", "sekisho.toml"], &["--defaults"]] {
        let ended = answer(&mut init(dir.path(), "en_US.UTF-8", args), "\n\n\n\n\n");
        assert_eq!(ended.out, "", "nothing was asked");
        assert_refused(ended, &["sekisho.toml is there already", "sekisho init other.toml"]);
    }
    let ended = answer(&mut init(dir.path(), "ja_JP.UTF-8", &[]), "");
    assert_refused(ended, &["すでにあるので"]);
    assert_eq!(fs::read_to_string(dir.path().join("sekisho.toml")).unwrap(), "[lissten]\n");
    assert!(run(&mut init(dir.path(), "C", &["other.toml", "--defaults"])).status.success());
    assert_eq!(names(dir.path()), ["other.toml", "sekisho.toml"]);
}

#[test]
fn a_folder_that_is_missing_or_cannot_be_written_is_told_before_the_questions() {
    let dir = folder();
    fs::write(dir.path().join("file"), "").unwrap();
    let mut faults = vec![
        ("none/sekisho.toml", "no folder none"),
        ("file/sekisho.toml", "is no folder"),
        ("none/", "is a folder"),
    ];
    if cfg!(target_os = "linux") {
        // Nobody may write there, not even root.
        faults.push(("/sys/sekisho.toml", "nothing can be written in /sys"));
    }
    for (file, words) in faults {
        let ended = answer(&mut init(dir.path(), "C", &[file]), "");
        assert_eq!(ended.out, "", "nothing was asked");
        assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
        assert_refused(ended, &[words]);
    }
    assert_eq!(names(dir.path()), ["file"]);
}

#[test]
fn three_wrong_answers_in_a_row_end_it_without_a_file() {
    let dir = folder();
    for (answers, words) in [
        ("4\nfive\n0\n1\n1\n1\n\n\n", "three answers in a row"),
        ("1\n1\n3\n\nhttps://dns.example/\nnowhere\n\n\n", "three answers in a row"),
        ("1\n1\n3\n", "the input ended"),
        ("4\n", "the input ended"),
        ("\n\n\n/dev/null\n/dev/null\n/dev/null\n", "three answers in a row"),
    ] {
        let ended = answer(&mut init(dir.path(), "C", &[]), answers);
        assert_refused(ended, &[words, "nothing was written"]);
    }
    assert!(names(dir.path()).is_empty());
}

#[test]
fn options_that_mean_nothing_here_are_refused() {
    let dir = folder();
    let ended = run(&mut init(dir.path(), "C", &["--defaults", "--listen", "127.0.0.1:53"]));
    assert_refused(ended, &["--config and --defaults"]);
    let ended = run(&mut init(dir.path(), "C", &["a.toml", "--config", "b.toml"]));
    assert_refused(ended, &["a.toml", "b.toml", "Name it once"]);
    assert!(names(dir.path()).is_empty());
}

// Stopping

/// A process that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_interrupt_leaves_no_file() {
    let dir = folder();
    let mut running = Running(init(dir.path(), "C", &[]).stdin(Stdio::piped()).spawn().unwrap());
    let mut input = running.0.stdin.take().unwrap();
    input.write_all(b"1\n1\n").unwrap();
    // Up to the third question.
    let mut said = Vec::new();
    let mut out = running.0.stdout.take().unwrap();
    while !String::from_utf8_lossy(&said).contains("3 of 5") {
        let mut octet = [0];
        assert_eq!(out.read(&mut octet).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.extend(octet);
    }
    let interrupt = Command::new("kill").args(["-INT", &running.0.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let status = until("it ends", PATIENCE, || running.0.try_wait().unwrap());
    assert!(!status.success(), "{status}");
    assert!(names(dir.path()).is_empty());
}

// At a terminal

/// Answers each prompt that comes, and prints what was on the screen. The arguments are the program's; the answers come
/// in the environment, one a line, `^C` for the key.
const AT_A_TERMINAL: &str = r#"
import os, pty, select, sys, time
answers = os.environ.pop("ANSWERS").split("\n")
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
screen, asked, end = b"", 0, time.monotonic() + 60
while time.monotonic() < end:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        new = os.read(terminal, 4096)
    except OSError:
        break
    if not new:
        break
    screen += new
    while answers and screen.count(os.environ["PROMPT"].encode()) > asked:
        asked += 1
        answer = answers.pop(0)
        os.write(terminal, b"\x03" if answer == "^C" else answer.encode() + b"\n")
sys.stdout.buffer.write(screen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
"#;

/// Whether a command works here.
fn is_there(name: &str, args: &[&str]) -> bool {
    let tried = Command::new(name).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = tried.is_ok_and(|status| status.success());
    if !there {
        println!("SKIPPED: `{name} {}` does not work here", args.join(" "));
    }
    there
}

fn at_a_terminal(dir: &Path, language: &str, prompt: &str, answers: &str) -> Ended {
    let mut command = Command::new("python3");
    command.current_dir(dir).env("ANSWERS", answers).env("PROMPT", prompt);
    command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", language);
    command.args(["-c", AT_A_TERMINAL]).arg(binary()).arg("init");
    run(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
}

#[test]
fn a_person_at_a_terminal_is_asked_in_their_language() {
    if !is_there("python3", &["-c", "import pty, os; os.waitstatus_to_exitcode"]) {
        return;
    }
    let dir = folder();
    let ended = at_a_terminal(dir.path(), "ja_JP.UTF-8", "答え [", "２\n1\n9\n1\n\n佐藤、内線 34");
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("「9」は選べません") && ended.out.contains("書き込みました"), "{ended:?}");
    // The terminal repeats what is typed; the program does not do so once more.
    assert_eq!(ended.out.matches("佐藤、内線 34").count(), 1, "{ended:?}");
    let config = effective(dir.path(), "sekisho.toml");
    assert_eq!(config["page"]["operator"]["name"].as_str(), Some("佐藤"));
    assert_eq!(config["page"]["operator"]["contact"].as_str(), Some("内線 34"));
    assert_eq!(config["page"]["language"].as_str(), Some("ja"));
    let text = fs::read_to_string(dir.path().join("sekisho.toml")).unwrap();
    assert!(text.contains("\nprofile = \"school\"\n"), "{text}");
}

#[test]
fn ctrl_c_at_a_terminal_leaves_no_file() {
    if !is_there("python3", &["-c", "import pty, os; os.waitstatus_to_exitcode"]) {
        return;
    }
    let dir = folder();
    let ended = at_a_terminal(dir.path(), "en_US.UTF-8", "Your answer", "1\n2\n^C");
    assert!(!ended.status.success(), "{ended:?}");
    assert!(ended.out.contains("3 of 5") && !ended.out.contains("4 of 5"), "{ended:?}");
    assert!(names(dir.path()).is_empty());
}

// Starting what was written

/// A network of its own, with nothing but the loopback interface.
fn alone(command: &str) -> Command {
    let mut alone = Command::new("unshare");
    alone.args(["-n", "sh", "-c", &format!("ip link set lo up && {command}")]);
    alone
}

#[test]
fn the_written_file_starts_the_server() {
    let namespaces = is_there("unshare", &["-n", "sh", "-c", "ip link set lo up"]);
    if !namespaces || !is_there("nsenter", &["--version"]) || !is_there("dig", &["-v"]) {
        return;
    }
    for (answers, port) in [("1\n1\n", "5353"), ("1\n2\n", "53")] {
        let dir = folder();
        fs::write(dir.path().join("names.txt"), "fake-support.example\n").unwrap();
        // The addresses that it finds are those of the network that it is started in.
        let mut command =
            alone("\"$SEKISHO\" init >init.txt && exec \"$SEKISHO\" serve --config sekisho.toml >out.txt");
        command.env("SEKISHO", binary()).env("LANG", "C").env_remove("LC_ALL").current_dir(dir.path());
        fs::write(dir.path().join("answers.txt"), format!("{answers}2\nnames.txt\n\n")).unwrap();
        command.stdin(File::open(dir.path().join("answers.txt")).unwrap());
        let mut running = Running(command.stderr(Stdio::null()).spawn().unwrap());
        until("the program says Ready", Duration::from_mins(1), || {
            assert!(running.0.try_wait().unwrap().is_none(), "it ended");
            let said = fs::read_to_string(dir.path().join("out.txt")).unwrap_or_default();
            said.contains("Ready").then_some(())
        });
        let ipv6 = fs::read_to_string(dir.path().join("sekisho.toml")).unwrap().contains("\"[::");
        for server in ["@127.0.0.1"].into_iter().chain(ipv6.then_some("@::1")) {
            let network = format!("-t{}", running.0.id());
            let mut dig = Command::new("nsenter");
            dig.args([
                &network,
                "-n",
                "dig",
                server,
                "-p",
                port,
                "+short",
                "+tries=1",
                "fake-support.example",
            ]);
            let answer = run(dig.stdout(Stdio::piped()).stderr(Stdio::piped()));
            assert_eq!(answer.out.trim(), "127.0.0.1", "{server}: {answer:?}");
        }
    }
}
