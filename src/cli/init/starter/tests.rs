//! Every combination of answers gives a file that is accepted and means what was answered.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::{
    lists::Origin,
    sinkhole::{Language, Operator},
};

fn texts(language: Language) -> Texts {
    Texts::load(language).unwrap()
}

fn surroundings(ipv6: bool, locale: &str) -> Surroundings {
    let said = locale.to_owned();
    Surroundings {
        addresses: vec!["192.168.1.5".parse().unwrap(), "fd00::5".parse().unwrap()],
        ipv6,
        locale: super::super::locale::Locale::from_environment(move |_| Some(said.clone())),
        file: "/etc/sekisho/sekisho.toml".into(),
    }
}

fn operator(name: &str, contact: &str) -> Operator {
    Operator { name: name.to_owned(), contact: contact.to_owned() }
}

fn read(text: &str) -> Config {
    Config::read(text, &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// All that can be answered, but for free text.
fn combinations() -> Vec<(Answers, Surroundings)> {
    let servings = [
        Serving::ThisMachine,
        Serving::Network { networks: Vec::new() },
        Serving::Network { networks: vec!["192.0.2.0/24".into(), "2001:db8::/32".into()] },
    ];
    let upstreams = [
        Upstream::System,
        Upstream::public(),
        Upstream::read("192.0.2.53 [2001:db8::1]:5300 tls://192.0.2.1#dns.example").unwrap(),
    ];
    let lists = [None, Some(PathBuf::from("/srv/my \"lists\"/names.txt")), Some("/srv/リスト/".into())];
    let operators = [operator("", ""), operator("Tanaka", "内線 12"), operator("", "03-0000-0000")];
    let mut all = Vec::new();
    for profile in Profile::ALL {
        for serving in &servings {
            for upstream in &upstreams {
                for list in &lists {
                    for operator in &operators {
                        for (ipv6, locale) in [(true, "ja_JP.UTF-8"), (false, "en_GB.UTF-8"), (true, "C")] {
                            let answers = Answers {
                                profile,
                                serving: serving.clone(),
                                upstream: upstream.clone(),
                                list: list.clone(),
                                operator: operator.clone(),
                            };
                            all.push((answers, surroundings(ipv6, locale)));
                        }
                    }
                }
            }
        }
    }
    all
}

/// The file for it, in the person's language.
fn file(answers: &Answers, surroundings: &Surroundings) -> String {
    write(answers, surroundings, &texts(surroundings.locale.language)).unwrap()
}

#[test]
fn every_combination_of_answers_is_accepted_and_means_what_was_answered() {
    for (answers, surroundings) in combinations() {
        let text = file(&answers, &surroundings);
        let config = read(&text);
        let said = |items: &[std::net::SocketAddr]| {
            items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let (dns, page) = match (&answers.serving, surroundings.ipv6) {
            (Serving::ThisMachine, true) => ("127.0.0.1:5353 [::1]:5353", "127.0.0.1:8080 [::1]:8080"),
            (Serving::ThisMachine, false) => ("127.0.0.1:5353", "127.0.0.1:8080"),
            (Serving::Network { .. }, true) => ("0.0.0.0:53 [::]:53", "0.0.0.0:80 [::]:80"),
            (Serving::Network { .. }, false) => ("0.0.0.0:53", "0.0.0.0:80"),
        };
        assert_eq!((&*said(&config.dns), &*said(&config.page)), (dns, page), "{text}");
        let allow = match &answers.serving {
            Serving::Network { networks } if !networks.is_empty() => "loopback 192.0.2.0/24 2001:db8::/32",
            _ => "loopback private on-link",
        };
        assert_eq!(config.allow.join(" "), allow, "{text}");
        let upstream: Vec<String> = config.upstream.iter().map(ToString::to_string).collect();
        let expected = match &answers.upstream {
            Upstream::System => vec!["system".to_owned()],
            Upstream::Servers(servers) => servers.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(upstream, expected, "{text}");
        let path = match &config.sources[0].origin {
            Origin::Path(path) => Some(path.clone()),
            Origin::Bundled(_) | Origin::Subscription(_) => None,
        };
        let written = config.sources.len() - config.default_lists.len();
        assert_eq!((written, path), (1, answers.list.clone()), "{text}");
        assert_eq!(config.sinkhole.operator.name, answers.operator.name, "{text}");
        assert_eq!(config.sinkhole.operator.contact, answers.operator.contact, "{text}");
        assert_eq!(config.sinkhole.language, surroundings.locale.language, "{text}");
        let country = surroundings.locale.country.as_deref().unwrap_or("JP");
        assert_eq!(config.sinkhole.country, country, "{text}");
        assert_eq!(config.state, PathBuf::from("/var/lib/sekisho"), "{text}");
        let profile = format!("\nprofile = \"{}\"\n", answers.profile.word());
        assert!(text.contains(&profile), "{text}");
    }
}

/// The file with every setting that stands behind a `#`.
fn with_all_settings(text: &str) -> String {
    let taken = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(taken).collect::<Vec<_>>().join("\n")
}

#[test]
fn settings_behind_a_sign_are_the_defaults_and_all_there_are() {
    for (answers, surroundings) in combinations() {
        let text = file(&answers, &surroundings);
        let whole = with_all_settings(&text);
        assert_ne!(whole, text);
        let (without, with) = (read(&text), read(&whole));
        if answers.list.is_some() {
            assert_eq!(without.to_string(), with.to_string(), "{whole}");
        } else {
            assert_eq!(&*with.sources[0].name, "browser-locker", "{whole}");
            assert!(matches!(with.sources[0].origin, Origin::Subscription(_)), "{whole}");
            assert!(with.default_lists.is_empty(), "{whole}");
        }
        let printed: Table = with.to_string().parse().unwrap();
        let written: Table = whole.parse().unwrap();
        for (table, keys) in &printed {
            let keys = keys.as_table().into_iter().flatten().map(|(key, _)| key);
            for key in keys {
                assert!(written[table].get(key).is_some(), "{table}.{key} is not in\n{whole}");
            }
        }
    }
}

#[test]
fn every_setting_is_explained() {
    for (answers, surroundings) in combinations() {
        let text = file(&answers, &surroundings);
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let name = line.trim_start_matches('#').split([' ', '=']).next().unwrap_or_default();
            let known =
                ["name", "path", "url", "category", "scam", "phishing", "malware", "other", "[[list]]"];
            if line.is_empty() || line.starts_with("# ") || *line == "#" || known.contains(&name) {
                continue;
            }
            assert!(lines[at - 1].starts_with("# "), "{line} is not explained in\n{text}");
        }
    }
}

#[test]
fn the_comments_are_in_the_persons_language_and_name_the_next_steps() {
    let answers = Answers { profile: Profile::School, ..combinations().remove(0).0 };
    let japanese = file(&answers, &surroundings(true, "ja_JP.UTF-8"));
    let english = file(&answers, &surroundings(true, "en_US.UTF-8"));
    assert!(japanese.contains("だれも守られていません") && english.contains("NOBODY IS PROTECTED"));
    for text in [japanese, english] {
        for command in [
            "sekisho config --check /etc/sekisho/sekisho.toml",
            "sekisho serve --config /etc/sekisho/sekisho.toml",
            "sekisho lists --config /etc/sekisho/sekisho.toml",
            "sekisho doctor --config /etc/sekisho/sekisho.toml",
        ] {
            assert!(text.contains(command), "{text}");
        }
    }
}

#[test]
fn the_file_says_which_lists_are_used_and_a_home_without_one_has_the_recommended() {
    for (answers, surroundings) in combinations() {
        let text = file(&answers, &surroundings);
        let config = read(&text);
        let home = answers.profile == Profile::Home;
        let names: Vec<&str> = config.default_lists.iter().map(|name| &**name).collect();
        assert_eq!(names.is_empty(), !home || answers.list.is_some(), "{text}");
        assert!(text.contains(&names.join(", ")), "{text}");
        let said = ["NOBODY IS PROTECTED", "recommended for a home", "in place of those"];
        let expected = match (home, answers.list.is_some()) {
            (true, true) => [false, true, true],
            (true, false) => [false, true, false],
            (false, false) => [true, false, false],
            (false, true) => [false, false, false],
        };
        if surroundings.locale.language == Language::EN {
            assert_eq!(said.map(|words| text.contains(words)), expected, "{text}");
        }
    }
}

#[test]
fn providers_are_told_that_subscribers_are_not_among_the_defaults() {
    for (answers, surroundings) in combinations() {
        if surroundings.locale.language != Language::EN {
            continue;
        }
        let told = file(&answers, &surroundings).contains("Add their networks");
        let expected =
            answers.profile == Profile::Isp && answers.serving == Serving::Network { networks: Vec::new() };
        assert_eq!(told, expected, "{answers:?}");
    }
}

proptest! {
    #[test]
    fn free_text_is_kept_to_the_letter(
        name in r#"([\PC"'\\#\n\r\t\x00-\x1f\x7f]|😀){0,40}"#,
        contact in any::<String>(),
        path in r#"/[\PC"'\\#\n\x01]{1,100}"#,
        place in r#"/[\PC"'\\#\n\r\x01]{1,40}"#,
    ) {
        let answers = Answers {
            list: Some(PathBuf::from(&path)),
            operator: operator(&name, &contact),
            ..combinations().remove(0).0
        };
        let surroundings = Surroundings { file: place.into(), ..surroundings(true, "ja_JP.UTF-8") };
        let config = read(&file(&answers, &surroundings));
        prop_assert_eq!(config.sinkhole.operator.name, name);
        prop_assert_eq!(config.sinkhole.operator.contact, contact);
        let Origin::Path(found) = &config.sources[0].origin else { panic!("a path") };
        prop_assert_eq!(found.to_str(), Some(path.as_str()));
    }
}
