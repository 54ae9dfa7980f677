//! What watches Sekisho: the rules for Prometheus with their tests, and the dashboard for Grafana. They name metrics
//! that exist, and Prometheus accepts them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/names.rs"]
mod names;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use names::{base, metric_names, recorded_names};
use serde_json::Value;

const RULES: &str = "deploy/prometheus/sekisho.rules.yml";
const DASHBOARD: &str = "deploy/grafana/sekisho.json";

fn path(name: &str) -> PathBuf {
    let run_time = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    run_time.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The files of a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    found.sort();
    found
}

fn rule_tests() -> Vec<PathBuf> {
    let found = files(&path("deploy/prometheus/tests"), "yml");
    assert!(!found.is_empty(), "no tests of rules");
    found
}

fn all_rule_tests() -> String {
    rule_tests().iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Runs promtool, which must have nothing against it. Without promtool it says that it skips.
fn promtool(arguments: &[&str], paths: &[PathBuf]) {
    let Ok(said) = Command::new("promtool").args(arguments).args(paths).output() else {
        let required = std::env::var("SEKISHO_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
        assert!(!required, "promtool is not installed (Debian: prometheus)");
        eprintln!("SKIPPED: promtool is not installed (Debian: prometheus): {arguments:?} is not run");
        return;
    };
    let words = [said.stdout, said.stderr].concat();
    assert!(said.status.success(), "promtool {arguments:?}:\n{}", String::from_utf8_lossy(&words));
}

/// Fails with all faults at once.
fn assert_none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn promtool_accepts_the_rules() {
    promtool(&["check", "rules"], &[path(RULES)]);
}

#[test]
fn promtool_accepts_the_example_of_a_configuration() {
    promtool(&["check", "config"], &[path("deploy/prometheus/prometheus.yml")]);
}

#[test]
fn each_alert_fires_when_it_must_and_is_silent_when_it_must_not() {
    promtool(&["test", "rules"], &rule_tests());
}

#[test]
fn what_watches_names_metrics_that_exist() {
    let code: String =
        files(&path("src/telemetry"), "rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    // Where it is made, the name is the whole of a string.
    let is_made = |name: &String| code.contains(&format!("\"{name}\""));
    let declared: BTreeSet<String> = metric_names(&code).into_iter().filter(is_made).collect();
    assert!(declared.len() >= 15, "few metrics are declared in src/telemetry: {declared:?}");
    let mut faults = Vec::new();
    for (place, text) in
        [(RULES, read(RULES)), ("deploy/prometheus/tests", all_rule_tests()), (DASHBOARD, read(DASHBOARD))]
    {
        let used: BTreeSet<String> = metric_names(&text).iter().map(|name| base(name, &declared)).collect();
        assert!(used.len() >= 10, "{place} names few metrics: {used:?}");
        faults.extend(used.difference(&declared).map(|name| format!("{place}: {name}")));
    }
    assert_none("no such metric in src/telemetry", &faults);
}

#[test]
fn every_recorded_series_is_used_and_every_used_one_is_recorded() {
    let rules = read(RULES);
    let recorded: BTreeSet<String> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).map(str::to_owned).collect();
    assert!(!recorded.is_empty());
    let shown = recorded_names(&read(DASHBOARD));
    let mut used = recorded_names(&rules);
    used.extend(shown.clone());
    used.extend(recorded_names(&all_rule_tests()));
    assert_eq!(used, recorded, "used, and recorded");
    assert_eq!(shown, recorded, "shown on the dashboard, and recorded");
}

/// One alert as the rules have it.
struct Alert<'t> {
    name: &'t str,
    text: &'t str,
}

fn alerts(rules: &str) -> Vec<Alert<'_>> {
    let ends = |text: &str| {
        let ends =
            ["\n      - ", "\n  - name: ", "\n      # "].iter().filter_map(|next| text.find(next)).min();
        ends.unwrap_or(text.len())
    };
    let blocks = rules.split("      - alert: ").skip(1).map(|block| &block[..ends(block)]);
    let found: Vec<_> =
        blocks.map(|text| Alert { name: text.lines().next().unwrap().trim(), text }).collect();
    assert!(found.len() >= 15, "few alerts");
    found
}

#[test]
fn every_alert_says_how_bad_it_is_what_people_notice_and_where_to_read_on() {
    let (rules, docs) = (read(RULES), read("docs/metrics.md"));
    let anchors: Vec<String> = docs.lines().filter_map(|line| line.strip_prefix('#')).map(anchor).collect();
    let mut faults = Vec::new();
    for alert in alerts(&rules) {
        let mut miss = |what: String| faults.push(format!("{}: {what}", alert.name));
        for key in ["severity: ", "summary: ", "description: >-", "runbook: docs/metrics.md#"] {
            if alert.text.matches(key).count() != 1 {
                miss(format!("`{key}` stands there once"));
            }
        }
        let severity = after(alert.text, "severity: ");
        if !["critical", "warning", "info"].contains(&severity) {
            miss(format!("severity {severity}"));
        }
        let description = alert.text.split("description: >-").nth(1).unwrap_or_default();
        if !["People", "people", "Somebody"].iter().any(|word| description.contains(word)) {
            miss("the description does not say what people notice".into());
        }
        let to = after(alert.text, "runbook: docs/metrics.md#");
        if !anchors.iter().any(|anchor| anchor == to) {
            miss(format!("docs/metrics.md has no heading #{to}"));
        }
    }
    assert_none("alerts", &faults);
}

/// What stands after the key on its line.
fn after<'t>(text: &'t str, key: &str) -> &'t str {
    text.split(key).nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default().trim()
}

/// What a heading is called in links.
fn anchor(title: &str) -> String {
    let title = title.trim_start_matches('#').trim().to_lowercase();
    title
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-')
        .collect::<String>()
        .replace(' ', "-")
}

#[test]
fn every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() {
    let (rules, tests) = (read(RULES), all_rule_tests());
    let known: BTreeSet<&str> = alerts(&rules).iter().map(|alert| alert.name).collect();
    let (mut fires, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for case in tests.split("- expr: ").skip(1) {
        let Some(name) = case.split("alertname=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            continue;
        };
        assert!(known.contains(name), "a test of {name}, which is no alert");
        if case.contains("exp_samples: []") {
            silent.insert(name)
        } else {
            fires.insert(name)
        };
    }
    assert_eq!(fires, known, "alerts that fire in a test, and all alerts");
    assert_eq!(silent, known, "alerts that are silent in a test, and all alerts");
}

fn dashboard() -> Value {
    serde_json::from_str(&read(DASHBOARD)).expect("JSON")
}

/// Every panel, those in collapsed rows too.
fn panels(of: &Value) -> Vec<&Value> {
    let own = of["panels"].as_array().map(Vec::as_slice).unwrap_or_default();
    own.iter().flat_map(|panel| std::iter::once(panel).chain(panels(panel))).collect()
}

fn title(panel: &Value) -> &str {
    panel["title"].as_str().unwrap_or("(no title)")
}

#[test]
fn every_panel_has_an_id_a_place_words_and_a_query() {
    let dashboard = dashboard();
    let panels = panels(&dashboard);
    assert!(panels.len() > 20);
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().expect("an id")).collect();
    assert_eq!(ids.len(), panels.len(), "no two panels have the same id");
    for panel in panels {
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()), "{panel}");
        let place = |key: &str| panel["gridPos"][key].as_u64().expect("a place");
        assert!(place("x") + place("w") <= 24 && place("h") > 0, "{} is too wide", title(panel));
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{}", title(panel));
        let has_unit = panel["fieldConfig"]["defaults"]["unit"].is_string() || panel["type"] == "table";
        assert!(has_unit, "{} has no unit", title(panel));
        let targets = panel["targets"].as_array().expect("targets");
        assert!(!targets.is_empty(), "{}", title(panel));
        let refs: BTreeSet<_> = targets.iter().map(|target| target["refId"].as_str().unwrap()).collect();
        assert_eq!(refs.len(), targets.len(), "{}: no two queries have the same letter", title(panel));
        assert!(
            targets.iter().all(|target| !target["expr"].as_str().unwrap().is_empty()),
            "{}",
            title(panel)
        );
    }
}

#[test]
fn no_panel_lies_upon_another() {
    let dashboard = dashboard();
    let mut taken = BTreeSet::new();
    for panel in panels(&dashboard) {
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(taken.insert((x, y)), "{} lies upon another panel", title(panel));
            }
        }
    }
}

#[test]
fn every_query_asks_the_chosen_data_source_for_the_chosen_instances() {
    let dashboard = dashboard();
    for panel in panels(&dashboard) {
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", title(panel));
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{}", title(panel));
            let expr = target["expr"].as_str().unwrap();
            let narrowed = expr.contains(r#"instance=~"$instance""#) || expr.contains("ALERTS{");
            assert!(narrowed, "{}: {expr}", title(panel));
        }
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let variable = |name: &str| variables.iter().find(|variable| variable["name"] == name).unwrap();
    assert_eq!(variable("datasource")["type"], "datasource");
    assert_eq!(variable("datasource")["query"], "prometheus");
    assert_eq!(variable("instance")["datasource"]["uid"], "${datasource}");
    assert_eq!(variable("instance")["multi"], true);
    let others = variables.iter().filter(|one| one["name"] != "datasource" && one["name"] != "instance");
    assert_eq!(others.count(), 0, "a new variable takes a value in the test of expressions");
}

/// Grafana puts in what stands for a variable; a rule is the one thing in which promtool reads an expression.
#[test]
fn promtool_accepts_every_expression_of_the_dashboard() {
    let dashboard = dashboard();
    let mut rules = String::from("groups:\n- name: dashboard\n  rules:\n");
    for panel in panels(&dashboard) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expr = target["expr"].as_str().unwrap();
            let expr = expr.replace("$__rate_interval", "1m").replace("$instance", ".+");
            assert!(!expr.contains('$'), "{}: a variable that nobody fills in: {expr}", title(panel));
            let letter = target["refId"].as_str().unwrap();
            writeln!(rules, "  - record: panel_{}:{letter}", panel["id"]).unwrap();
            // A string of JSON is one of YAML.
            writeln!(rules, "    expr: {}", Value::from(expr)).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dashboard.yml");
    fs::write(&file, rules).unwrap();
    promtool(&["check", "rules"], &[file]);
}
