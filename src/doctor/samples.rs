//! The metrics of a running server, read from Prometheus' text format.

/// One reading of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Samples(Vec<Sample>);

#[derive(Debug, Clone, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Samples {
    /// Reads all samples; lines that are none are passed over.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect())
    }

    /// The sum of all samples of a name that have these labels; `None` if there is none.
    pub(super) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let has = |sample: &Sample, key: &str, value: &str| {
            sample.labels.iter().any(|(known, said)| known == key && said == value)
        };
        let fits = |sample: &&Sample| {
            sample.name == name && labels.iter().all(|(key, value)| has(sample, key, value))
        };
        let mut found = self.0.iter().filter(fits).map(|sample| sample.value).peekable();
        found.peek()?;
        Some(found.sum())
    }

    /// The value of a label of the first sample of a name.
    pub(super) fn label(&self, name: &str, key: &str) -> Option<&str> {
        let sample = self.0.iter().find(|sample| sample.name == name)?;
        sample.labels.iter().find(|(known, _)| known == key).map(|(_, value)| &**value)
    }
}

/// `name{key="value",…} number`, a time behind it allowed.
fn sample(line: &str) -> Option<Sample> {
    let name_ends = line.find(|c: char| c == '{' || c.is_ascii_whitespace())?;
    let (name, rest) = line.split_at(name_ends);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => labels(inner)?,
        None => (Vec::new(), rest),
    };
    let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
    if name.is_empty() { None } else { Some(Sample { name: name.to_owned(), labels, value }) }
}

/// Labels, and what stands behind the brace that ends them.
fn labels(mut text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start_matches([',', ' ']);
        if let Some(rest) = text.strip_prefix('}') {
            return Some((found, rest));
        }
        let (key, rest) = text.split_once("=\"")?;
        let (value, rest) = quoted(rest)?;
        found.push((key.trim().to_owned(), value));
        text = rest;
    }
}

/// A value up to its closing quote, and the rest. `\\`, `\"` and `\n` are escapes.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn samples_are_found_by_name_and_labels() {
        let samples = Samples::parse(
            "# HELP a b\n# TYPE a counter\na{x=\"1\",y=\"q\\\"}\\\\\"} 2\na{x=\"2\"} 3 1700000000\nb 1e3\nc{}\n\nd{x=\"\n",
        );
        assert_eq!(samples.sum("a", &[]), Some(5.0));
        assert_eq!(samples.sum("a", &[("x", "2")]), Some(3.0));
        assert_eq!(samples.label("a", "y"), Some("q\"}\\"));
        assert_eq!(samples.sum("b", &[]), Some(1000.0));
        for none in ["c", "d", "A", ""] {
            assert_eq!(samples.sum(none, &[]), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(?s).{0,200}") {
            Samples::parse(&text);
        }
    }
}
