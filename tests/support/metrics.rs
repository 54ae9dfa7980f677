//! Prometheus' text format, as much of it as the tests ask for.

/// One reading of `/metrics`.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub text: String,
    samples: Vec<Sample>,
}

#[derive(Debug, Clone)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Metrics {
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self { text: text.to_owned(), samples: lines.map(Sample::parse).collect() }
    }

    pub fn has(&self, name: &str) -> bool {
        self.samples.iter().any(|sample| sample.name == name)
    }

    /// The sum over all labels; 0 if there is no such sample.
    pub fn sum(&self, name: &str) -> f64 {
        self.sum_of(name, &[])
    }

    /// The sum of the samples that have all these labels; values are compared without case.
    pub fn sum_of(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |sample: &&Sample| {
            let has = |(key, value): &(&str, &str)| {
                sample.labels.iter().any(|(k, v)| k == key && v.eq_ignore_ascii_case(value))
            };
            sample.name == name && labels.iter().all(has)
        };
        self.samples.iter().filter(fits).map(|sample| sample.value).sum()
    }

    /// The label names of the samples of this name, without doubles.
    pub fn label_names(&self, name: &str) -> Vec<String> {
        let samples = self.samples.iter().filter(|sample| sample.name == name);
        let mut names: Vec<_> =
            samples.flat_map(|sample| &sample.labels).map(|(key, _)| key.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// How many samples there are in all.
    pub fn len(&self) -> usize {
        self.samples.len()
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("a sample: {line}"));
        let value = value.parse().unwrap_or_else(|_| panic!("a number: {line}"));
        let (name, rest) = series.split_once('{').unwrap_or((series, ""));
        Self { name: name.to_owned(), labels: labels(rest.trim_end_matches('}')), value }
    }
}

/// `a="x",b="y"`; quotes inside values are escaped.
fn labels(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((key, rest)) = text.split_once("=\"") {
        let mut end = 0;
        let octets = rest.as_bytes();
        while end < octets.len() && octets[end] != b'"' {
            end += if octets[end] == b'\\' { 2 } else { 1 };
        }
        found.push((key.trim_start_matches(',').to_owned(), rest[..end].to_owned()));
        text = rest.get(end + 1..).unwrap_or_default();
    }
    found
}
