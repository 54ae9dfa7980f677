//! What is in `deploy/`: units that systemd understands, scripts without known mistakes, configuration that the program
//! reads, and no promise in a README that a tool does not confirm. How the package works is tested by
//! `tests/package.sh`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use support::process::{binary, program, run, sekisho};
use tempfile::TempDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a program is there. Where it must be (`SEKISHO_REQUIRE_TOOLS=1`), its absence fails the test.
fn has(program: &str) -> bool {
    let there = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    let required = std::env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(there || !required, "{program} is not installed");
    if !there {
        println!("SKIPPED: {program} is not installed");
    }
    there
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The number behind a word: `Overall exposure level for …: 1.6 OK`, in tenths.
fn tenths_after(text: &str, word: &str) -> Option<u32> {
    let number = text.split(word).nth(1)?.split_whitespace().find(|part| part.contains('.'))?;
    let (whole, tenth) = number.trim_end_matches(|c: char| !c.is_ascii_digit()).split_once('.')?;
    Some(whole.parse::<u32>().ok()? * 10 + tenth.parse::<u32>().ok()?)
}

#[test]
fn the_unit_is_no_more_exposed_than_its_readme_says() {
    if !has("systemd-analyze") {
        return;
    }
    // Each version looks at more. The README names one.
    let version = Command::new("systemd-analyze").arg("--version").output().unwrap();
    if !told(&version).starts_with("systemd 252 ") {
        println!("SKIPPED: the level in the README is of systemd 252, this is another");
        return;
    }
    let output = Command::new("systemd-analyze")
        .args(["security", "--no-pager", "--offline=true", "deploy/systemd/sekisho.service"])
        .current_dir(root())
        .output()
        .unwrap();
    let text = told(&output);
    let found = tenths_after(&text, "Overall exposure level for sekisho.service:");
    let found = found.unwrap_or_else(|| panic!("no level in: {text}"));
    let promised =
        tenths_after(&read("deploy/systemd/README.md"), "exposure level is").expect("a level in the README");
    assert!(found <= promised, "the exposure level is {found} tenths, the README says {promised}");
}

/// The unit with the program that was built just now in the place of the installed one, since systemd looks for it, and
/// without the page of the manual, which is installed by the package.
fn unit_of_this_build(folder: &Path) -> PathBuf {
    let unit = folder.join("sekisho.service");
    let text = read("deploy/systemd/sekisho.service");
    assert!(text.contains("=/usr/bin/sekisho serve"));
    let text = text.replace("=/usr/bin/sekisho", &format!("={}", binary().display()));
    fs::write(&unit, text.replace("Documentation=man:sekisho(1)\n", "")).unwrap();
    unit
}

#[test]
fn systemd_finds_no_mistake_in_the_unit_and_its_drop_in() {
    if !has("systemd-analyze") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let unit = unit_of_this_build(folder.path());
    let verify = || Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
    let output = verify();
    assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));

    let drop_ins = folder.path().join("sekisho.service.d");
    fs::create_dir(&drop_ins).unwrap();
    let drop_in = read("deploy/systemd/beside-systemd-resolved.conf");
    let drop_in = drop_in.replace("=/usr/bin/sekisho", &format!("={}", binary().display()));
    fs::write(drop_ins.join("beside.conf"), &drop_in).unwrap();
    let output = verify();
    assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));

    // That this would be seen.
    fs::write(drop_ins.join("wrong.conf"), "[Service]\nExecStart=/nowhere/sekisho\n").unwrap();
    assert!(!told(&verify()).is_empty());
}

#[test]
fn the_command_lines_of_the_units_are_ones_that_the_program_takes() {
    let dir = TempDir::new().unwrap();
    for path in ["deploy/systemd/sekisho.service", "deploy/systemd/beside-systemd-resolved.conf"] {
        let text = read(path).replace("\\\n", " ");
        let mut commands = 0;
        for line in
            text.lines().filter_map(|line| line.split_once("=/usr/bin/sekisho ").map(|(_, rest)| rest))
        {
            let line =
                line.replace("/etc/sekisho/sekisho.toml", &packaged_configuration().display().to_string());
            // `config` reads the same options as `serve` and starts nothing.
            let arguments = line.split_whitespace().map(|word| if word == "serve" { "config" } else { word });
            let ended = run(program(dir.path()).args(arguments));
            assert!(ended.status.success(), "{path}: {line}: {}", ended.err);
            commands += 1;
        }
        assert!(commands > 0, "{path} starts nothing");
    }
}

fn packaged_configuration() -> PathBuf {
    root().join("deploy/debian/sekisho.toml")
}

#[test]
fn the_configuration_of_the_package_is_right_also_with_every_mark_taken_away() {
    let dir = TempDir::new().unwrap();
    let ended = run(program(dir.path()).arg("config").arg("--check").arg(packaged_configuration()));
    assert!(ended.status.success(), "{}", ended.err);

    // Each example is taken as it stands; of two examples for one key, the first.
    let mut keys = std::collections::BTreeSet::new();
    let mut table = String::new();
    let mut text = String::new();
    for line in read("deploy/debian/sekisho.toml").lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        let (key, is_example) = match line.split_once(" = ") {
            Some((key, _)) => (key, key.chars().all(|c| c.is_ascii_lowercase() || c == '_')),
            None => (line, line.starts_with('[')),
        };
        if line.starts_with('[') {
            key.clone_into(&mut table);
        }
        if line.starts_with("[[") {
            // One more of several, with keys of its own.
            keys.retain(|known: &String| !known.starts_with(key));
        }
        if is_example && (line.starts_with('[') || keys.insert(format!("{table} {key}"))) {
            text.push_str(&line.replace("/etc/sekisho/lists", &dir.path().display().to_string()));
            text.push('\n');
        }
    }
    assert!(
        text.contains("[[list]]") && text.contains("profile = ") && text.contains("operator = "),
        "{text}"
    );
    let whole = dir.path().join("whole.toml");
    fs::write(&whole, &text).unwrap();
    let ended = run(program(dir.path()).arg("config").arg("--check").arg(whole));
    assert!(ended.status.success(), "{}\n{text}", ended.err);
}

#[test]
fn shellcheck_finds_nothing_in_the_scripts() {
    if !has("shellcheck") {
        return;
    }
    let scripts = [
        "test.sh",
        "tests/package.sh",
        "tests/package/booted.sh",
        "deploy/debian/config",
        "deploy/debian/port-53",
        "deploy/debian/postinst",
        "deploy/debian/postrm",
        "deploy/debian/prerm",
        "deploy/release-check.sh",
    ];
    let output = Command::new("shellcheck").args(scripts).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn help_lines_that_nobody_compared_for_a_year_are_told_before_a_release() {
    let check = |today: &str| {
        let output =
            Command::new(root().join("deploy/release-check.sh")).env("TODAY", today).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let verified = read("locales/help-lines.toml");
    let newest = verified.lines().filter_map(|line| line.strip_prefix("verified_on = ")).max().unwrap();
    let later = format!("{}{}", newest[..4].parse::<u32>().unwrap() + 2, &newest[4..]);
    let (fine, told) = check(&later);
    assert!(!fine && told.contains("https://www.ipa.go.jp/"), "{told}");
    let (fine, told) = check(newest);
    assert!(fine && told.is_empty(), "{told}");
}

#[test]
fn the_page_of_the_manual_names_every_option() {
    let dir = TempDir::new().unwrap();
    let manual = read("deploy/debian/sekisho.1").replace('\\', "");
    let help = run(program(dir.path()).arg("--help")).out;
    let options: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
    assert!(options.len() > 8, "{help}");
    for option in options {
        assert!(manual.contains(option), "{option} is not in deploy/debian/sekisho.1");
    }
    if has("man") {
        let page = root().join("deploy/debian/sekisho.1");
        let output = Command::new("man").args(["--warnings", "-l"]).arg(page).output().unwrap();
        let warnings = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && warnings.is_empty(), "{warnings}");
    }
}

#[test]
fn every_sentence_of_the_questions_is_there_in_japanese() {
    let templates = read("deploy/debian/templates");
    let mut count = 0;
    for template in templates.split("\n\n") {
        let paragraphs = |field: &str| {
            let text = template.split(&format!("\n{field}: ")).nth(1)?;
            Some(
                text.lines()
                    .skip(1)
                    .take_while(|line| line.starts_with(' '))
                    .filter(|line| *line == " .")
                    .count(),
            )
        };
        let (english, japanese) = (paragraphs("Description"), paragraphs("Description-ja.UTF-8"));
        assert!(english.is_some() && english == japanese, "{template}");
        count += 1;
    }
    assert!(count >= 3, "{count} templates");
}

#[test]
fn healthcheck_says_whether_the_server_answers() {
    let server = sekisho().start();
    let address = server.dns().to_string();
    let dir = TempDir::new().unwrap();
    let check = || run(program(dir.path()).args(["healthcheck", "--listen", &address]));
    let ended = check();
    assert!(ended.status.success(), "{}", ended.err);
    server.stop();
    let ended = check();
    assert!(!ended.status.success());
    assert!(ended.err.contains("does not answer"), "{}", ended.err);
}

#[test]
fn the_container_is_given_all_that_the_build_needs_and_nothing_that_is_not_there() {
    let dockerfile = read("deploy/docker/Dockerfile");
    let ignore = read(".dockerignore");
    let copied: Vec<&str> = dockerfile
        .lines()
        .filter(|line| line.starts_with("COPY ") && !line.contains("--from"))
        .flat_map(|line| {
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            words[..words.len() - 1].to_vec()
        })
        .collect();
    assert!(copied.contains(&"src"), "{copied:?}");
    for path in &copied {
        assert!(root().join(path).exists(), "{path} is copied and not there");
        assert!(ignore.lines().any(|line| line == format!("!{path}")), "{path} is left out by .dockerignore");
    }
}
