//! Links within the repository: the file is there, and the heading in it.

use std::collections::{BTreeSet, HashMap};

use super::reading::{Document, root};

/// Every link to a file or a heading that is not there.
pub(crate) fn faults(documents: &[Document]) -> Vec<String> {
    let headings: HashMap<&str, BTreeSet<String>> =
        documents.iter().map(|document| (document.path.as_str(), anchors(document))).collect();
    let mut faults = Vec::new();
    for document in documents {
        for (line, target) in links(document) {
            if let Some(fault) = fault(&document.path, &target, &headings) {
                faults.push(document.fault(line, &fault));
            }
        }
    }
    faults
}

fn fault(from: &str, target: &str, headings: &HashMap<&str, BTreeSet<String>>) -> Option<String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let path = if path.is_empty() { from.to_owned() } else { resolve(from, path)? };
    if !headings.contains_key(path.as_str()) && !root().join(&path).exists() {
        return Some(format!("`{target}`: there is no {path}"));
    }
    let anchor = anchor?;
    let known = headings.get(path.as_str());
    let missing = known.is_none_or(|known| !known.contains(anchor));
    missing.then(|| format!("`{target}`: {path} has no heading `#{anchor}`"))
}

/// A path that is written from a document's folder, from the root of the repository; none for one that leads out of
/// it.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Targets of links and pictures that lie in the repository, with their lines.
fn links(document: &Document) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in &document.prose {
        let text = without_code(text);
        let inline = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let html = ["src=\"", "srcset=\"", "href=\""].into_iter().flat_map(|attribute| {
            text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>()
        });
        let defined =
            text.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
        let all = inline.chain(html).chain(defined).map(str::to_owned);
        found.extend(all.filter(|target| !is_elsewhere(target)).map(|target| (*line, target)));
    }
    found
}

fn is_elsewhere(target: &str) -> bool {
    ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| target.starts_with(scheme))
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// The anchors of a document's headings, as forges make them: small letters, hyphens for spaces, no punctuation.
fn anchors(document: &Document) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (_, line) in &document.prose {
        let text = line.trim_start_matches('#');
        if text.len() == line.len() || !text.starts_with(' ') {
            continue;
        }
        let slug = slug(text.trim());
        let count = counts.entry(slug.clone()).or_default();
        found.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
        *count += 1;
    }
    found
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let text = "# Two words: `code`\n\n## Same\n\n## Same\n\n[a](#two-words-code) [b](#same-1) [c](#none) \
                [d](missing.md) [e](../../outside)\n![f](Cargo.toml) [g](src/lib.rs#x) `[h](none)` <img src=\"no.png\">\n";
    let faults = faults(&[Document::read("a.md", text)]);
    let expected = ["#none", "missing.md", "src/lib.rs#x", "no.png"];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, target) in faults.iter().zip(expected) {
        assert!(fault.contains(&format!("`{target}`")), "{fault}");
    }
}
