//! What configurations mean, and what is said of those that mean nothing.

use std::{net::Ipv4Addr, time::Duration};

use super::*;
use crate::{
    lists::{Origin, guard::Guarding},
    policy::SinkholeSetting,
};

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::read(text, &Overrides::default())
}

#[test]
fn without_a_file_the_defaults_hold() {
    let config = read("").unwrap();
    assert_eq!(config.dns, ["127.0.0.1:5353".parse().unwrap(), "[::1]:5353".parse().unwrap()]);
    assert_eq!(config.upstream, [Server::System]);
    assert_eq!(config.engine.block_ttl, 10);
    assert_eq!(config.sources[0].name.as_ref(), "starter");
    assert_eq!(config.page, ["127.0.0.1:8080".parse().unwrap()]);
    assert_eq!(config.metrics, ["127.0.0.1:9153".parse().unwrap()]);
}

#[test]
fn errors_name_the_line_the_key_and_the_remedy() {
    for (text, line, key, remedy) in [
        ("[lissten]\n", 1, "lissten", "`listen`"),
        ("[listen]\ndns = [\"0.0.0.0:53\"]\nwokers = 2\n", 3, "wokers", "`workers`"),
        ("[listen]\nrate_limit = 2000000\n", 2, "listen.rate_limit", "0 for no limit"),
        ("[listen]\nrate_limit = -1\n", 2, "rate_limit", "sekisho config"),
        ("[listen]\n\ndns = [\"0.0.0.0\"]\n", 3, "listen.dns", "0.0.0.0:53"),
        ("[listen]\nworkers = \"two\"\n", 2, "workers", "sekisho config"),
        ("[block]\nttl = \"6h\"\n", 2, "block.ttl", "10s"),
        ("[block]\nttl = 10\n", 2, "ttl", "sekisho config"),
        ("[block.category]\nads = \"vanish\"\n", 2, "block.category.ads", "nxdomain"),
        ("[upstream]\nservers = []\n", 2, "upstream.servers", "system"),
        ("[upstream]\nservers = [\"dns.example\"]\n", 2, "upstream.servers", "tls://"),
        ("[upstream]\nmode = \"recursive\"\n", 2, "upstream.mode", "Remove"),
        ("[listen]\ndot = [\"0.0.0.0:853\"]\n", 2, "dot", "Remove"),
        ("[[list]]\nname = \"a\"\npath = \"x\"\nguard = \"on\"\n", 4, "list.guard", "quarantine"),
        ("[guard]\npopular = \"\"\n", 2, "guard.popular", "remove the key"),
        ("[guard]\npopulr = \"x\"\n", 2, "populr", "`popular`"),
        ("[[list]]\nname = \"a\"\npath = \"x\"\nformat = \"pihole\"\n", 4, "list.format", "adblock"),
        ("[[list]]\nname = \"a{}\"\npath = \"x\"\n", 2, "list.name", "letters"),
        ("[rules]\nblock = [\"a..b\"]\n", 2, "rules.block", "shop.example"),
        ("[page]\nlanguage = \"tlh\"\n", 2, "page.language", "ja"),
        ("[page]\nunblock_delay = \"25h\"\n", 2, "page.unblock_delay", "10m"),
        ("[page]\nhistory = \"no\"\n", 2, "history", "sekisho config"),
        ("[page]\nhttps = \"on\"\nhttps_listen = [\"127.0.0.1:443\"]\n", 2, "page.https", "local-ca"),
        ("[page]\nhttps = \"alert\"\n", 2, "page.https", "https_listen"),
        ("[page]\nhttps = \"alert\"\nhttps_listen = []\n", 2, "page.https", "https_listen"),
        ("[page]\nhttps_listen = [\"443\"]\n", 2, "page.https_listen", "0.0.0.0:53"),
        ("[cache]\nmemory = \"10\"\n", 2, "cache.memory", "32MiB"),
        ("[listen]\nallow = [\n  \"private\",\n  \"home\",\n]\n", 4, "listen.allow", "on-link"),
        ("[listen]\ndns = []\n", 2, "listen.dns", "0.0.0.0:53"),
        ("[page]\nhost = \".\"\n", 2, "page.host", "sekisho.home.arpa"),
        ("[block]\nsinkhole_v4 = \"0.0.0.0\"\n", 2, "block.sinkhole_v4", "auto"),
        ("[block]\nsinkhole_v6 = \"fe80::1\"\n", 2, "block.sinkhole_v6", "auto"),
        ("[cache]\nmin_ttl = \"1h\"\nmax_ttl = \"1s\"\n", 2, "cache.min_ttl", "max_ttl"),
        ("[cache]\nserve_stale = \"1y\"\n", 2, "cache.serve_stale", "1d"),
        ("[cache]\nserve_stale = \"8d\"\n", 2, "cache.serve_stale", "week"),
        ("[cache]\nprefetch = \"yes\"\n", 2, "prefetch", "sekisho config"),
        ("[rules]\nblock = [\"https://evil.example/\"]\n", 2, "rules.block", "shop.example"),
        ("[block.category]\n\"a\\nb\" = \"page\"\n", 2, "block.category.a\nb", "letters"),
        (
            "[[list]]\nname = \"a\"\npath = \"x\"\n[[list]]\nname = \"a\"\npath = \"y\"\n",
            5,
            "list.name",
            "another name",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!((error.line, error.key.as_deref()), (Some(line), Some(key)), "{text}: {error}");
        assert!(error.problem.contains(remedy), "{text}: {error}");
    }
}

#[test]
fn nothing_listens_for_https_unless_it_is_said() {
    assert_eq!(read("").unwrap().https, Https::Refuse);
    let text = |https| format!("[page]\nhttps = \"{https}\"\nhttps_listen = [\"127.0.0.1:443\"]\n");
    for (word, https) in [("refuse", Https::Refuse), ("alert", Https::Alert), ("local-ca", Https::LocalCa)] {
        let config = read(&text(word)).unwrap();
        assert_eq!(config.https, https);
        assert_eq!(config.page_https, ["127.0.0.1:443".parse().unwrap()]);
        let unused = config.unlikely().iter().any(|note| note.contains("https_listen"));
        assert_eq!(unused, https == Https::Refuse, "{word}");
    }
}

#[test]
fn broken_toml_names_its_line() {
    let error = read("[listen]\ndns = [\n").unwrap_err();
    assert!(error.line.is_some_and(|line| line >= 2), "{error}");
    let missing = read("[[list]]\nname = \"a\"\n").unwrap_err();
    assert!(missing.problem.contains("path"), "{missing}");
}

#[test]
fn a_loopback_sinkhole_is_for_loopback_listeners_alone() {
    let text = "[listen]\ndns = [\"0.0.0.0:53\"]\n[block]\nsinkhole_v4 = \"127.0.0.1\"\n";
    let error = read(text).unwrap_err();
    assert!(error.problem.contains("their own machine"), "{error}");
    assert_eq!((error.line, error.key.as_deref()), (Some(4), Some("block.sinkhole_v4")));
    let sinkhole = vec!["127.0.0.1".parse().unwrap()];
    let overrides = Overrides { sinkhole, ..Overrides::default() };
    let error = Config::read("[listen]\ndns = [\"0.0.0.0:53\"]\n", &overrides).unwrap_err();
    assert_eq!((error.line, error.key.as_deref()), (None, Some("--sinkhole")));
    assert!(read("[block]\nsinkhole_v4 = \"127.0.0.9\"\n").is_ok());
}

#[test]
fn the_command_line_overrides_the_file() {
    let overrides = Overrides {
        listen: vec!["127.0.0.1:53".parse().unwrap()],
        upstream: vec!["192.0.2.1".into()],
        list: vec!["lists/names.txt".into(), "other/names.txt".into()],
        sinkhole: vec!["127.0.0.9".parse().unwrap()],
        ..Overrides::default()
    };
    let config = Config::read("[listen]\ndns = [\"127.0.0.1:1\"]\n", &overrides).unwrap();
    assert_eq!(config.dns, overrides.listen);
    assert_eq!(config.upstream[0].to_string(), "192.0.2.1");
    let names: Vec<&str> = config.sources.iter().map(|source| &*source.name).collect();
    assert_eq!(names, ["names", "names-2"]);
    assert_eq!(config.engine.sinkhole.v4, SinkholeSetting::Fixed(Ipv4Addr::new(127, 0, 0, 9)));
}

#[test]
fn categories_decide_how_lists_are_answered() {
    let text = "
[block.category]
ads = \"nxdomain\"
scam = \"nodata\"
[[list]]
name = \"a\"
path = \"a.txt\"
[[list]]
name = \"b\"
path = \"b.txt\"
category = \"ads\"
[[list]]
name = \"c\"
path = \"c.txt\"
category = \"gambling\"
kind = \"allow\"
";
    let config = read(text).unwrap();
    let shapes: Vec<Shape> = config.sources.iter().map(|source| source.shape).collect();
    assert_eq!(shapes, [Shape::Nodata, Shape::Nxdomain, Shape::Null]);
    assert!(config.sources[2].allows);
}

#[test]
fn what_is_printed_can_be_read_again() {
    let text = "
[listen]
allow = [\"private\", \"192.0.2.0/24\"]
rate_limit = 77
[upstream]
servers = [\"system\", \"192.0.2.53:5300\", \"tls://9.9.9.9#dns.quad9.net\"]
[cache]
serve_stale = \"0s\"
prefetch = false
[[list]]
name = \"own\"
path = \"a \\\"quoted\\\" path.txt\"
format = \"hosts\"
[rules]
allow = [\"shop.example\"]
[page]
operator = { name = \"学校\", contact = \"03-0000-0000\" }
history = false
unblock_delay = \"1m\"
";
    for text in [text, ""] {
        let printed = read(text).unwrap().to_string();
        let again = read(&printed).unwrap();
        assert_eq!(printed, again.to_string());
    }
}

#[test]
fn the_cache_is_as_the_file_says() {
    let defaults = read("").unwrap().cache;
    assert_eq!((defaults.serve_stale, defaults.prefetch), (Duration::from_hours(24), true));
    let cache = read("[cache]\nserve_stale = \"0s\"\nprefetch = false\n").unwrap().cache;
    assert_eq!((cache.serve_stale, cache.prefetch), (Duration::ZERO, false));
}

#[test]
fn the_documented_defaults_of_profiles_are_the_ones_in_force() {
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let of = |what: &dyn Fn(Profile) -> String| Profile::ALL.map(what).join(" | ");
    for row in [
        of(&|profile| format!("`\"{}\"`", units::show_size(profile.cache_memory()))),
        of(&|profile| profile.dns_limits().connections.to_string()),
        of(&|profile| profile.dns_limits().connections_per_client.to_string()),
        of(&|profile| profile.rate_limit().to_string()),
        of(&|profile| profile.page_limits().connections.to_string()),
        of(&|profile| profile.page_limits().connections_per_client.to_string()),
        of(&|profile| format!("`{}`", profile.remembers())),
    ] {
        assert!(document.contains(&format!(" | {row} |")), "{row}");
    }
}

#[test]
fn a_profile_sets_defaults_and_the_file_overrides_them() {
    let school =
        read("profile = \"school\"\n[cache]\nmemory = \"8MiB\"\n[listen]\nconnections = 100\n").unwrap();
    assert_eq!(school.cache.memory, 8 << 20);
    assert_eq!(school.dns_limits, Limits { connections: 100, connections_per_client: 100 });
    assert_eq!(school.page_limits, Profile::School.page_limits());
    assert_eq!(school.engine.rate_limit, 1000);
    assert!(
        school.engine.history && read("[page]\nhistory = false\n").is_ok_and(|home| !home.engine.history)
    );
    assert_eq!(read("profile = \"school\"\n[listen]\nrate_limit = 0\n").unwrap().engine.rate_limit, 0);
    assert!(school.unlikely().iter().any(|sentence| sentence.contains("operator")));
    let of_subscribers = "profile = \"isp\"\n[listen]\ndns = [\"0.0.0.0:53\"]\n";
    let error = read(of_subscribers).unwrap_err();
    assert_eq!(error.key.as_deref(), Some("listen.allow"), "{error}");
    assert!(read(&format!("{of_subscribers}allow = [\"198.51.100.0/24\"]\n")).is_ok());
    let error = read("profile = \"hotel\"\n").unwrap_err();
    assert!(error.to_string().contains("home, school, isp") && error.line == Some(1), "{error}");
    for wrong in ["[listen]\nconnections = 0\n", "[page]\nconnections_per_client = 9999999\n"] {
        assert_eq!(read(wrong).unwrap_err().line, Some(2));
    }
}

#[test]
fn guards_are_printed_as_they_are_read() {
    let text =
        "[guard]\npopular = \"top.csv\"\n[[list]]\nname = \"a\"\npath = \"x\"\nguard = \"quarantine\"\n";
    let config = read(text).unwrap();
    assert_eq!(config.popular.as_deref(), Some(Path::new("top.csv")));
    assert_eq!(config.sources[0].guarding(), Guarding::Quarantine);
    assert_eq!(read(&config.to_string()).unwrap().to_string(), config.to_string());
    let config = read("[[list]]\nname = \"a\"\npath = \"x\"\n").unwrap();
    assert_eq!((config.popular.as_deref(), config.sources[0].guarding()), (None, Guarding::Report));
    assert_eq!(read(&config.to_string()).unwrap().to_string(), config.to_string());
}

#[test]
fn a_home_that_names_no_list_has_the_recommended_ones_as_they_are_documented() {
    let recommended = |text: &str| {
        let config = read(text).unwrap();
        assert_eq!(config.protects(), !config.default_lists.is_empty() || text.contains("block"));
        config.default_lists.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let home = recommended("");
    let documents = ["docs/configuration.md", "CHANGELOG.md", "README.md"]
        .map(|name| std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap());
    for name in &home {
        assert!(documents[0].contains(&format!("`{name}`")), "{name}");
    }
    // The words of the others, and what a start says.
    assert!(home.len() == 4 && documents[1].contains("gets four public ones"));
    assert!(documents[2].contains("0 of 4 fetched"));
    let list = |kind: &str| format!("[[list]]\nname = \"own\"\npath = \"x\"\nkind = \"{kind}\"\n");
    for text in ["profile = \"school\"\n".into(), "profile = \"isp\"\n".into(), list("block"), list("allow")]
    {
        assert!(recommended(&text).is_empty(), "{text}");
    }
}

#[test]
fn the_documented_bounds_of_fetched_lists_are_the_ones_in_force() {
    let list =
        |more: &str| read(&format!("[[list]]\nname = \"a\"\nurl = \"https://lists.example/a\"\n{more}\n"));
    for good in ["refresh = \"5m\"", "refresh = \"30d\"", "window = \"90d\"", "window = \"0s\""] {
        list(good).unwrap();
    }
    for bad in
        ["refresh = \"4m\"", "refresh = \"31d\"", "window = \"91d\"", "mirrors = [\"http://lists.example/\"]"]
    {
        list(bad).unwrap_err();
    }
    list("plain_http = true\nmirrors = [\"http://lists.example/\"]").unwrap();
    let config = list("").unwrap();
    let Origin::Subscription(subscription) = &config.sources[0].origin else { panic!("a subscription") };
    assert_eq!((subscription.refresh, subscription.window), (Duration::from_hours(6), Duration::ZERO));
    assert_eq!(config.sources[0].guarding(), Guarding::Quarantine);
    read("[[list]]\nname = \"a\"\npath = \"a\"\nrefresh = \"1h\"\n").unwrap_err();
}
