//! The text of the first `sekisho.toml`: what was answered as settings, everything else as settings behind a `#` that
//! have their defaults. The defaults are asked of [`Config`], so they stand in no second place.

use std::{fmt::Write, net::IpAddr, path::Path};

use toml::{Table, Value};

use super::{
    Surroundings,
    answers::{Answers, Serving, Upstream},
    texts::{TextError, Texts},
    word,
};
use crate::{
    config::{Config, ConfigError, Overrides, Profile},
    lists::catalogue::{CatalogueError, catalogue},
};

/// The tables in their order, each with the keys that come first; what else a table has follows.
const TABLES: [(&str, &[&str]); 12] = [
    ("listen", &["dns", "allow"]),
    ("upstream", &["servers"]),
    ("cache", &["memory"]),
    ("block", &["ttl"]),
    ("block.category", &["scam", "phishing", "malware", "other"]),
    ("list", &[]),
    ("fetch", &["offline", "proxy"]),
    ("rules", &["allow", "block", "regex"]),
    ("page", &["listen", "operator", "country", "language"]),
    ("metrics", &[]),
    ("log", &[]),
    ("state", &[]),
];
/// Where systems keep configuration, and where the state of one that is kept there belongs.
const SYSTEM: (&str, &str) = ("/etc", "/var/lib/sekisho");
/// The longest name of a list, in octets.
const LONGEST_NAME: usize = 64;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum StarterError {
    /// A comment is missing.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The defaults of the profile cannot be had.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What prints the defaults does not print a file.
    #[error("the defaults cannot be read: {0}")]
    Defaults(#[from] toml::de::Error),
    /// There is no catalogue to take an example of a list from.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Writes the file for what was answered.
pub(super) fn write(
    answers: &Answers,
    surroundings: &Surroundings,
    texts: &Texts,
) -> Result<String, StarterError> {
    let profile = format!("profile = \"{}\"\n", answers.profile.word());
    let defaults = Config::read(&profile, &Overrides::default())?.to_string().parse::<Table>()?;
    let mut file = Starter { answers, surroundings, texts, text: String::new() };
    file.comment(&texts.say("file-head")?);
    file.text.push('\n');
    file.comment(&texts.say("file-profile")?);
    file.text.push_str(&profile);
    for (table, first) in TABLES {
        file.text.push('\n');
        if table == "list" { file.list()? } else { file.table(table, first, &defaults)? }
    }
    file.foot()?;
    Ok(file.text)
}

/// The file while it is written.
struct Starter<'a> {
    answers: &'a Answers,
    surroundings: &'a Surroundings,
    texts: &'a Texts,
    text: String,
}

impl Starter<'_> {
    /// A table with its comment; `defaults` are those of the whole file.
    fn table(&mut self, table: &str, first: &[&str], defaults: &Table) -> Result<(), StarterError> {
        self.comment(&self.texts.say(&format!("section-{}", table.replace('.', "-")))?);
        let _ = writeln!(self.text, "[{table}]");
        let empty = Table::new();
        let defaults = find(defaults, table).unwrap_or(&empty);
        // A table within is written under its own name.
        let all = defaults.iter().filter(|(key, value)| *key == "operator" || !value.is_table());
        let rest = all.map(|(key, _)| key.as_str()).filter(|key| !first.contains(key));
        for key in first.iter().copied().chain(rest) {
            let answered = self.answered(table, key);
            self.comments_of(table, key, answered.is_some())?;
            match (answered, defaults.get(key)) {
                (Some(value), _) => self.setting("", key, &value),
                (None, Some(value)) => self.setting("#", key, value),
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// What was answered about a key, if anything.
    fn answered(&self, table: &str, key: &str) -> Option<Value> {
        let Surroundings { locale, file, .. } = self.surroundings;
        match (table, key) {
            ("listen", "dns") => Some(strings(self.addresses(53, 5353))),
            ("listen", "allow") => match &self.answers.serving {
                Serving::Network { networks } if !networks.is_empty() => {
                    Some(strings(std::iter::once("loopback").chain(networks.iter().map(String::as_str))))
                }
                // The defaults, but written down: a provider has to say whom it serves.
                Serving::Network { .. } if self.answers.profile == Profile::Isp => {
                    Some(strings(["loopback", "private", "on-link"]))
                }
                _ => None,
            },
            ("upstream", "servers") => Some(match &self.answers.upstream {
                Upstream::System => strings(["system"]),
                Upstream::Servers(servers) => strings(servers.iter().map(ToString::to_string)),
            }),
            ("page", "listen") => Some(strings(self.addresses(80, 8080))),
            ("page", "country") => locale.country.clone().map(Value::String),
            ("page", "language") => Some(Value::String(locale.language.tag().to_owned())),
            ("page", "operator") => {
                let operator = &self.answers.operator;
                let fields = [("name", &operator.name), ("contact", &operator.contact)];
                let said = fields.iter().any(|(_, text)| !text.is_empty());
                let fields = fields.map(|(key, text)| (key.to_owned(), Value::String(text.clone())));
                said.then(|| Value::Table(Table::from_iter(fields)))
            }
            ("state", "dir") => file.starts_with(SYSTEM.0).then(|| Value::String(SYSTEM.1.to_owned())),
            _ => None,
        }
    }

    /// Where to listen: on `port` of all addresses, or on the `unprivileged` one of this machine alone.
    fn addresses(&self, port: u16, unprivileged: u16) -> Vec<String> {
        let (v4, v6) = match self.answers.serving {
            Serving::ThisMachine => (format!("127.0.0.1:{unprivileged}"), format!("[::1]:{unprivileged}")),
            Serving::Network { .. } => (format!("0.0.0.0:{port}"), format!("[::]:{port}")),
        };
        let v6 = self.surroundings.ipv6.then_some(v6);
        std::iter::once(v4).chain(v6).collect()
    }

    /// What there is to say of a key, and what there is to say of it here.
    fn comments_of(&mut self, table: &str, key: &str, answered: bool) -> Result<(), StarterError> {
        let id = format!("key-{}-{key}", table.replace('.', "-"));
        let network = matches!(self.answers.serving, Serving::Network { .. });
        let country_unknown = (table, key) == ("page", "country") && !answered;
        if country_unknown {
            self.comment(&self.texts.say("key-page-country-unknown")?);
        } else if self.texts.has(&id) {
            self.comment(&self.texts.say(&id)?);
        }
        match (table, key) {
            ("listen", "dns") if network => {
                let own = self.surroundings.addresses.iter().chain(&[LOOPBACK]);
                let own = strings(own.map(|address| std::net::SocketAddr::new(*address, 53).to_string()));
                let example = format!("dns = {}", inline(&own));
                self.comment(&self.texts.fill("key-listen-dns-one-by-one", &[("example", &example)])?);
            }
            ("listen", "allow") if self.lacks_subscribers() => {
                self.comment(&self.texts.say("key-listen-allow-isp")?);
            }
            _ => {}
        }
        if (table, key) == ("listen", "dns") && !self.surroundings.ipv6 {
            let address = if network { "\"[::]:53\"" } else { "\"[::1]:5353\"" };
            self.comment(&self.texts.fill("key-listen-dns-no-v6", &[("address", address)])?);
        }
        Ok(())
    }

    /// Whether nobody has said where a provider's subscribers are.
    fn lacks_subscribers(&self) -> bool {
        let unsaid = matches!(&self.answers.serving, Serving::Network { networks } if networks.is_empty());
        unsaid && self.answers.profile == Profile::Isp
    }

    /// The list that was named; else an example of one that is fetched.
    fn list(&mut self) -> Result<(), StarterError> {
        self.comment(&self.texts.say("section-list")?);
        let entries = catalogue()?;
        let recommended: Vec<_> = entries.iter().filter(|entry| entry.recommended).collect();
        let names = recommended.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ");
        let id = match (self.answers.profile, &self.answers.list) {
            (Profile::Home, None) => Some("section-list-home"),
            (Profile::Home, Some(_)) => Some("section-list-instead"),
            (Profile::School | Profile::Isp, None) => Some("section-list-none"),
            (Profile::School | Profile::Isp, Some(_)) => None,
        };
        if let Some(id) = id {
            self.comment(&self.texts.fill(id, &[("lists", &names)])?);
        }
        let (sign, name, place) = match (&self.answers.list, recommended.first()) {
            (Some(path), _) => ("", name_of(path), ("path", path.display().to_string())),
            (None, Some(entry)) => ("#", entry.name.clone(), ("url", entry.url.clone())),
            (None, None) => return Ok(()),
        };
        let category = ("category", "scam".to_owned());
        let _ = writeln!(self.text, "{sign}[[list]]");
        for (key, value) in [("name", name), place, category] {
            self.setting(sign, key, &Value::String(value));
        }
        for (key, default) in [("kind", "block"), ("format", "auto"), ("match", "auto"), ("refresh", "6h")] {
            // Only what is fetched has one.
            if key == "refresh" && self.answers.list.is_some() {
                continue;
            }
            self.comment(&self.texts.say(&format!("key-list-{key}"))?);
            self.setting("#", key, &Value::String(default.to_owned()));
        }
        Ok(())
    }

    /// What to do with the file.
    fn foot(&mut self) -> Result<(), StarterError> {
        self.text.push('\n');
        self.comment(&self.texts.say("file-foot-heading")?);
        let file = word(&self.surroundings.file);
        let root = if matches!(self.answers.serving, Serving::Network { .. }) { "sudo " } else { "" };
        for (id, command) in [
            ("file-foot-check", format!("sekisho config --check {file}")),
            ("file-foot-start", format!("{root}sekisho serve --config {file}")),
            ("file-foot-lists", format!("{root}sekisho lists --config {file}")),
            ("file-foot-doctor", format!("sekisho doctor --config {file}")),
        ] {
            let step = self.texts.fill(id, &[("command", &command)])?;
            self.comment(&format!("  {step}"));
        }
        Ok(())
    }

    /// Lines that begin with `#` and a space. TOML has no control characters in them.
    fn comment(&mut self, paragraph: &str) {
        for line in paragraph.split('\n') {
            let line = line.replace(|c: char| c.is_control(), "\u{fffd}");
            self.text.push_str(format!("# {line}").trim_end());
            self.text.push('\n');
        }
    }

    fn setting(&mut self, sign: &str, key: &str, value: &Value) {
        // Writing into a string cannot fail; so it is above.
        let _ = writeln!(self.text, "{sign}{key} = {}", inline(value));
    }
}

/// Always named among one's own addresses, so that the machine itself is served as well.
const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// The table of a dotted name.
fn find<'t>(table: &'t Table, name: &str) -> Option<&'t Table> {
    name.split('.').try_fold(table, |table, part| table.get(part)?.as_table())
}

fn strings(items: impl IntoIterator<Item = impl Into<String>>) -> Value {
    Value::Array(items.into_iter().map(|item| Value::String(item.into())).collect())
}

/// A value on one line, so that a `#` before it takes all of it out.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            // Whoever it is stands before how to reach them.
            let fields = table.iter().rev().map(|(key, value)| format!("{key} = {}", inline(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A basic string (TOML 1.0, "String"): quotes, backslashes and control characters are escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A list is called by its file's name without the ending, of plain characters.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
    let mut name = String::new();
    for c in stem.chars().map(plain) {
        if name.len() + c.len_utf8() > LONGEST_NAME {
            break;
        }
        name.push(c);
    }
    if name.trim().is_empty() { "own".to_owned() } else { name }
}

#[cfg(test)]
mod tests;
