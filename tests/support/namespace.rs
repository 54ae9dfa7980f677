//! A network of a test's own: nothing is in it but what the test puts there.

use std::process::Command;

/// Set within the namespace.
const INSIDE: &str = "SEKISHO_TEST_NAMESPACE";

/// Whether the programs that make namespaces are there. Where they must be (`SEKISHO_REQUIRE_TOOLS=1`), their absence
/// fails the test.
fn has_tools() -> bool {
    let required = std::env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    let there = [["unshare", "--version"], ["ip", "-V"]]
        .iter()
        .all(|[tool, version]| Command::new(tool).arg(version).output().is_ok());
    assert!(there || !required, "`unshare` and `ip` are required (Debian: util-linux, iproute2)");
    there
}

/// Runs `story` in a namespace, by starting this very test again in one. Where namespaces cannot be had, says so.
pub fn in_namespace(test: &str, story: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        sh("ip link set lo up");
        return story();
    }
    let flags = ["--net", "--mount", "--map-root-user"];
    let can = |flags: &[&str]| {
        let tried = Command::new("unshare").args(flags).args(["ip", "link", "set", "lo", "up"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let all = [&flags[..2], &flags[..]];
    let Some(flags) = all.into_iter().find(|flags| has_tools() && can(flags)) else {
        println!(
            "SKIPPED: {test}: there is no `unshare` or `ip`, or this user may make no network namespace"
        );
        return;
    };
    let mut command = Command::new("unshare");
    command.args(flags).arg(std::env::current_exe().unwrap());
    let ended = command.args([test, "--exact", "--nocapture"]).env(INSIDE, "1").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "the test ran inside: {out}\n{err}");
}

/// Runs a command of the shell, which must succeed.
pub fn sh(command: &str) {
    let ended = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(ended.status.success(), "{command}: {}", String::from_utf8_lossy(&ended.stderr));
}
