//! Names of metrics in any text: code, documentation, rules, dashboards.

use std::collections::BTreeSet;

/// Every word that begins as our metrics do. A word with a colon is the name of a recorded series and no metric.
pub(crate) fn metric_names(text: &str) -> BTreeSet<String> {
    words(text).filter(|word| word.len() > "sekisho_".len() && word.starts_with("sekisho_")).collect()
}

/// Every word with colons: what rules record under such a name, and what uses it.
#[allow(dead_code, reason = "each test takes what it needs")]
pub(crate) fn recorded_names(text: &str) -> BTreeSet<String> {
    words(text).filter(|word| word.contains(":sekisho_")).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let within = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':';
    text.split(move |c| !within(c)).map(|word| word.trim_matches(':').to_owned())
}

/// A histogram is declared by its name, and queried by the names of its series.
pub(crate) fn base(name: &str, declared: &BTreeSet<String>) -> String {
    let bases = ["_bucket", "_sum", "_count"].iter().filter_map(|suffix| name.strip_suffix(suffix));
    bases.into_iter().find(|base| declared.contains(*base)).unwrap_or(name).to_owned()
}
