//! What is objected to, case by case.

use super::*;
use crate::lists::parse::Effect;

fn names(texts: &[&str]) -> Names {
    texts.iter().map(|text| text.parse::<Name>().unwrap()).collect()
}

fn guard() -> Guard {
    Guard::new(
        Suffixes::bundled().unwrap(),
        names(&["google.com", "www.only-www.com", "blogspot.com", "city.example.jp"]),
        names(&["time.windows.com", "npa.go.jp"]),
    )
}

/// `ground by` of a rule: `=name` for that name alone, `*.name` for what is below it.
fn judged(guard: &Guard, rule: &str) -> String {
    let (scope, text) = match rule.as_bytes()[0] {
        b'=' => (Scope::Exact, &rule[1..]),
        b'*' => (Scope::Below, &rule[2..]),
        _ => (Scope::Subtree, rule),
    };
    let name = text.parse().unwrap();
    let objection = guard.judge(&Rule::of_name(&name, scope, Effect::Block));
    objection.map(|objection| format!("{} {}", objection.ground.key(), objection.by)).unwrap_or_default()
}

#[test]
fn rules_that_take_away_what_many_need_are_objected_to() {
    let guard = guard();
    for (rule, expected) in [
        ("com", "public_suffix com"),
        ("*.co.jp", "public_suffix co.jp"),
        ("=github.io", "public_suffix github.io"),
        ("anything.ck", "public_suffix anything.ck"),
        ("www.ck", ""),
        ("evil.github.io", ""),
        ("z13.web.core.windows.net", "shared_host z13.web.core.windows.net"),
        ("=x.z13.web.core.windows.net", ""),
        ("bit.ly", "shared_host bit.ly"),
        ("=bit.ly", "shared_host bit.ly"),
        ("googleapis.com", "public_suffix googleapis.com"),
        ("ampproject.org", "shared_host cdn.ampproject.org"),
        ("google.com", "popular google.com"),
        ("=google.com", "popular google.com"),
        ("=www.google.com", "popular google.com"),
        ("www.google.com", "popular google.com"),
        ("evil.google.com", ""),
        ("a.www.google.com", ""),
        // A popular file may have the host alone.
        ("only-www.com", "popular www.only-www.com"),
        ("=only-www.com", ""),
        ("=www.only-www.com", "popular www.only-www.com"),
        ("example.jp", "popular city.example.jp"),
        ("*.example.jp", "popular city.example.jp"),
        ("*.city.example.jp", "popular city.example.jp"),
        ("=example.jp", ""),
        ("other.example.jp", ""),
        ("time.windows.com", "floor time.windows.com"),
        ("windows.com", "floor time.windows.com"),
        ("=windows.com", ""),
        ("=npa.go.jp", "floor npa.go.jp"),
        ("fake-support.example", ""),
        ("printer.lan", ""),
        (".", "public_suffix ."),
    ] {
        assert_eq!(judged(&guard, rule), expected, "{rule}");
    }
}

#[test]
fn what_lets_pass_takes_nothing_away() {
    let (guard, name) = (guard(), "com".parse().unwrap());
    for effect in [Effect::Allow, Effect::Pass] {
        assert_eq!(guard.judge(&Rule::of_name(&name, Scope::Subtree, effect)), None);
    }
    for effect in [Effect::Drop, Effect::TcpOnly] {
        assert!(guard.judge(&Rule::of_name(&name, Scope::Subtree, effect)).is_some());
    }
}

#[test]
fn networks_that_are_too_wide_or_not_on_the_internet_are_objected_to() {
    let guard = guard();
    for (network, expected) in [
        ("0.0.0.0/0", Some(Ground::TooWide)),
        ("192.0.0.0/7", Some(Ground::TooWide)),
        ("203.0.0.0/8", None),
        ("203.0.113.7/32", None),
        ("10.1.2.3/32", Some(Ground::SpecialAddress)),
        ("192.168.0.0/16", Some(Ground::SpecialAddress)),
        ("192.0.0.0/8", Some(Ground::SpecialAddress)),
        ("127.0.0.1/32", Some(Ground::SpecialAddress)),
        ("0.0.0.0/32", Some(Ground::SpecialAddress)),
        ("255.255.255.255/32", Some(Ground::SpecialAddress)),
        ("::/0", Some(Ground::TooWide)),
        ("2000::/23", Some(Ground::TooWide)),
        ("2001:db8::/32", None),
        ("2a00::/24", None),
        ("::1/128", Some(Ground::SpecialAddress)),
        ("fd00::/24", Some(Ground::SpecialAddress)),
        ("fe80::1/128", Some(Ground::SpecialAddress)),
        // The whole of IPv4, and one address of it.
        ("::ffff:0:0/96", Some(Ground::TooWide)),
        ("64:ff9b::/96", Some(Ground::TooWide)),
        ("64:ff9b::/64", Some(Ground::TooWide)),
        ("::ffff:203.0.113.7/128", None),
        ("64:ff9b::10.0.0.1/128", Some(Ground::SpecialAddress)),
    ] {
        let network = network.parse().unwrap();
        for trigger in [Trigger::Address(network), Trigger::Client(network), Trigger::ServerAddress(network)]
        {
            let name = Name::root();
            let rule = Rule { trigger, ..Rule::of_name(&name, Scope::Exact, Effect::Block) };
            assert_eq!(guard.judge(&rule).map(|objection| objection.ground), expected, "{network}");
        }
    }
}

#[test]
fn the_words_for_what_becomes_of_them_are_read_as_they_are_written() {
    for guarding in [Guarding::Auto, Guarding::Quarantine, Guarding::Report, Guarding::Off] {
        assert_eq!(guarding.to_string().parse(), Ok(guarding));
    }
    assert!("on".parse::<Guarding>().is_err());
}
