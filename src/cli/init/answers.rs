//! What was answered, and how each answer is read. Nothing here asks or writes.

use std::{net::IpAddr, path::PathBuf, str::FromStr};

use ipnet::IpNet;

use crate::{
    config::Profile,
    policy::Access,
    resolve::{ServerAddress, system},
    sinkhole::Operator,
};

/// The answers to all five questions.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    /// Who it is for.
    pub(super) profile: Profile,
    /// Whom it serves.
    pub(super) serving: Serving,
    /// Whom it asks.
    pub(super) upstream: Upstream,
    /// The list: a file or a folder.
    pub(super) list: Option<PathBuf>,
    /// Whom people may contact.
    pub(super) operator: Operator,
}

/// Whom it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Serving {
    /// Only this machine, on unprivileged ports.
    ThisMachine,
    /// The network.
    Network {
        /// Who may ask beside this machine; empty is the default.
        networks: Vec<String>,
    },
}

/// Whom it asks for ordinary names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Upstream {
    /// The machine's own servers.
    System,
    /// These.
    Servers(Vec<ServerAddress>),
}

/// What cannot be used, and what there is to say of it: a message of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The message.
    pub(super) id: &'static str,
    /// The part that is wrong.
    pub(super) text: String,
    /// How many choices there are, where it was a choice.
    pub(super) count: usize,
}

impl Wrong {
    /// Something wrong with `text`.
    pub(super) fn new(id: &'static str, text: &str) -> Self {
        Self { id, text: text.to_owned(), count: 0 }
    }
}

/// Reads a profile, by its number or its word.
pub(super) fn profile(text: &str) -> Result<Profile, Wrong> {
    let by_word = Profile::ALL.into_iter().find(|profile| profile.word().eq_ignore_ascii_case(text));
    by_word.map_or_else(|| choice(text, Profile::ALL.len()).map(|number| Profile::ALL[number - 1]), Ok)
}

impl Upstream {
    /// The public resolver, over TLS.
    pub(super) fn public() -> Self {
        Self::Servers(system::public())
    }

    /// Reads addresses with the parser of the configuration.
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        let read = |word: &str| ServerAddress::from_str(word).map_err(|_| Wrong::new("wrong-server", word));
        let servers: Vec<ServerAddress> = words(text).map(read).collect::<Result<_, _>>()?;
        if servers.is_empty() { Err(Wrong::new("wrong-empty", text)) } else { Ok(Self::Servers(servers)) }
    }
}

/// Reads one of the numbers from 1 to `count`; nothing is the first. Japanese keyboards write wide digits as well.
pub(super) fn choice(text: &str, count: usize) -> Result<usize, Wrong> {
    if text.is_empty() {
        return Ok(1);
    }
    let narrow = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        other => other,
    };
    let number: String = text.trim_end_matches([')', '.', '）']).chars().map(narrow).collect();
    let number = number.parse().ok().filter(|number| (1..=count).contains(number));
    number.ok_or_else(|| Wrong { count, ..Wrong::new("wrong-choice", text) })
}

/// Reads the networks that may ask with the parser of the configuration. Everybody is refused here: it is too easily
/// written, and an operator who means it can write it into the file.
pub(super) fn networks(text: &str) -> Result<Vec<String>, Wrong> {
    let read = |word: &str| {
        let network = IpNet::from_str(word).or_else(|_| IpAddr::from_str(word).map(IpNet::from)).ok();
        match network {
            _ if word == "any" => Err(Wrong::new("wrong-everybody", word)),
            Some(network) if network.prefix_len() == 0 => Err(Wrong::new("wrong-everybody", word)),
            _ if Access::from_words([word]).is_ok() => Ok(word.to_owned()),
            _ => Err(Wrong::new("wrong-network", word)),
        }
    };
    words(text).map(read).collect()
}

/// Reads a name and, behind the first comma, how to reach them. Without a comma it is how to reach somebody.
pub(super) fn operator(text: &str) -> Operator {
    let (name, contact) = text.split_once([',', '、', '，']).unwrap_or(("", text));
    Operator { name: name.trim().to_owned(), contact: contact.trim().to_owned() }
}

/// Words, whatever stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || ",、，".contains(c)).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_a_number_or_nothing() {
        for (text, number) in
            [("", Some(1)), ("1", Some(1)), ("２", Some(2)), ("3)", Some(3)), ("3.", Some(3))]
        {
            assert_eq!(choice(text, 3).ok(), number, "{text}");
        }
        for text in ["0", "4", "-1", "yes", "1 2", "99999999999999999999999"] {
            assert_eq!(choice(text, 3).unwrap_err().id, "wrong-choice", "{text}");
        }
        assert_eq!(profile("School"), Ok(Profile::School));
        assert_eq!(profile("3"), Ok(Profile::Isp));
        assert!(profile("schoool").is_err());
    }

    #[test]
    fn servers_are_read_as_the_configuration_reads_them() {
        let Upstream::Servers(servers) =
            Upstream::read("192.0.2.53, tls://192.0.2.1#dns.example  2001:db8::53").unwrap()
        else {
            panic!("servers");
        };
        let shown: Vec<String> = servers.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["192.0.2.53", "tls://192.0.2.1#dns.example", "2001:db8::53"]);
        for text in ["dns.example", "tls://192.0.2.1", "https://dns.example/", "192.0.2.53 nowhere"] {
            assert_eq!(Upstream::read(text).unwrap_err().id, "wrong-server", "{text}");
        }
        assert_eq!(Upstream::read(" , ").unwrap_err().id, "wrong-empty");
    }

    #[test]
    fn networks_are_read_and_everybody_is_not() {
        assert_eq!(networks("192.0.2.0/24 2001:db8::/32").unwrap(), ["192.0.2.0/24", "2001:db8::/32"]);
        assert_eq!(networks("private,198.51.100.7").unwrap(), ["private", "198.51.100.7"]);
        assert!(networks("").unwrap().is_empty());
        for text in ["any", "0.0.0.0/0", "::/0", "192.0.2.0/24 1.2.3.4/0"] {
            assert_eq!(networks(text).unwrap_err().id, "wrong-everybody", "{text}");
        }
        assert_eq!(networks("office").unwrap_err().id, "wrong-network");
    }

    #[test]
    fn a_name_stands_before_the_comma() {
        for (text, name, contact) in [
            ("Tanaka, 内線 12", "Tanaka", "内線 12"),
            ("田中、内線 12、午前", "田中", "内線 12、午前"),
            ("03-0000-0000", "", "03-0000-0000"),
            ("", "", ""),
        ] {
            let found = operator(text);
            assert_eq!((found.name.as_str(), found.contact.as_str()), (name, contact), "{text}");
        }
    }
}
