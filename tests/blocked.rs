//! What a blocked name gets, type by type, transport by transport, shape by shape; and which rule decides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::net::UdpSocket;

use support::ask::{self, BOTH, Transport, ask};
use support::expect;
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{
    A, AAAA, ANY, CAA, CH, CNAME, DNSKEY, DS, HINFO, HTTPS, MX, Message, NOERROR, NS, NXDOMAIN, PTR, Query,
    REFUSED, SOA, SRV, SVCB, TLSA, TXT,
};

/// Every type that never gets a record for a blocked name, and one that nobody has defined.
const WITHOUT_RECORDS: [u16; 16] =
    [HTTPS, SVCB, MX, TXT, SRV, CAA, NS, SOA, DS, DNSKEY, TLSA, CNAME, PTR, HINFO, 65_280, 99];

/// What an ordinary name has upstream in these tests.
const REAL: &str = "192.0.2.80";

fn upstream() -> Upstream {
    Upstream::start_with(upstream::a(REAL, 300))
}

/// With OPT and without, RD, CD and DO set and not set.
fn variations(name: &str, qtype: u16) -> [Query; 6] {
    let query = Query::new(name, qtype);
    [
        query.clone(),
        query.clone().edns(),
        query.clone().edns().dnssec_ok(),
        query.clone().checking_disabled(),
        query.clone().without_recursion(),
        query.edns().dnssec_ok().checking_disabled().without_recursion().payload(4096),
    ]
}

/// Asks all variations over both transports.
fn each(sekisho: &Sekisho, name: &str, qtype: u16, expectation: impl Fn(&Query, &Message)) {
    for transport in BOTH {
        for query in variations(name, qtype) {
            expectation(&query, &ask(transport, sekisho.dns(), &query));
        }
    }
}

fn blocked(sekisho: &Sekisho, name: &str) {
    let query = Query::new(name, A).edns();
    expect::sinkholed(&query, &sekisho.ask(&query), "127.0.0.1");
}

fn passes(sekisho: &Sekisho, name: &str) {
    let query = Query::new(name, A).edns();
    expect::passes(&query, &sekisho.ask(&query), REAL);
}

#[test]
fn an_address_query_gets_the_address_that_was_asked() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for name in ["fake-support.example", "www.fake-support.example", "a.b.c.fake-support.example"] {
        each(&sekisho, name, A, |query, answer| expect::sinkholed(query, answer, "127.0.0.1"));
    }
}

#[test]
fn an_ipv6_address_query_over_ipv4_loopback_gets_nodata() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    each(&sekisho, "www.fake-support.example", AAAA, |query, answer| {
        expect::nodata(query, answer, "fake-support.example");
    });
}

#[test]
fn every_other_type_of_a_sinkholed_name_gets_nodata() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for name in ["fake-support.example", "www.fake-support.example"] {
        for qtype in WITHOUT_RECORDS {
            each(&sekisho, name, qtype, |query, answer| {
                expect::nodata(query, answer, "fake-support.example");
            });
        }
    }
}

#[test]
fn type_any_of_a_sinkholed_name_gets_nodata_or_the_form_of_rfc_8482() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    each(&sekisho, "fake-support.example", ANY, |query, answer| {
        if answer.answers.is_empty() {
            expect::nodata(query, answer, "fake-support.example");
        } else {
            expect::own_flags(query, answer);
            let types: Vec<u16> = answer.answers.iter().map(|record| record.rtype).collect();
            assert_eq!((answer.rcode(), types), (NOERROR, vec![HINFO]), "{answer:?}");
        }
    });
}

#[test]
fn another_class_is_refused() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for transport in BOTH {
        for query in variations("fake-support.example", TXT).map(|query| query.class(CH)) {
            let answer = ask(transport, sekisho.dns(), &query);
            assert_eq!(answer.rcode(), REFUSED, "{answer:?}");
            assert!(answer.answers.is_empty(), "{answer:?}");
        }
    }
}

#[test]
fn the_case_of_the_question_is_kept_and_does_not_matter() {
    let sekisho = sekisho().list("names.txt", "Fake-Support.Example\n").start();
    // The octets of the question are compared in `ask`.
    each(&sekisho, "wWw.FaKe-SuPPoRt.eXaMpLe", A, |query, answer| {
        expect::sinkholed(query, answer, "127.0.0.1");
    });
    each(&sekisho, "FAKE-SUPPORT.EXAMPLE", TXT, |query, answer| {
        expect::nodata(query, answer, "fake-support.example");
    });
}

#[test]
fn the_extended_error_names_the_list() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for qtype in [A, AAAA, TXT] {
        let answer = sekisho.ask(&Query::new("www.fake-support.example", qtype).edns());
        expect::names_the_list(&answer, "names");
    }
}

#[test]
fn our_opt_record_offers_no_more_than_1232_octets() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for payload in [0, 512, 1232, 4096, 65_535] {
        let answer = sekisho.ask(&Query::new("fake-support.example", A).payload(payload));
        let offered = answer.opt.unwrap().payload;
        assert!((512..=1232).contains(&offered), "{offered} offered to a client that offers {payload}");
    }
}

#[test]
fn unknown_edns_options_are_ignored() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    let query = Query::new("fake-support.example", A).option(65_001, b"experiment").option(12, &[0; 40]);
    expect::sinkholed(&query, &sekisho.ask(&query), "127.0.0.1");
}

#[test]
fn nobody_upstream_is_asked_about_a_listed_name() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").upstream(&upstream).start();
    for qtype in [A, AAAA, HTTPS, TXT, DS, ANY] {
        sekisho.ask(&Query::new("www.fake-support.example", qtype).edns());
    }
    passes(&sekisho, "ordinary.example");
    assert_eq!(upstream.count("www.fake-support.example"), 0);
}

#[test]
fn parent_of_a_blocked_name_passes() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "bad.shop.example\n").upstream(&upstream).start();
    blocked(&sekisho, "bad.shop.example");
    passes(&sekisho, "shop.example");
}

#[test]
fn a_name_that_only_ends_in_the_same_letters_passes() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "bad.example\n").upstream(&upstream).start();
    for name in ["notbad.example", "bad.example.shop.example", "bad.exampl", "ad.example"] {
        passes(&sekisho, name);
    }
}

#[test]
fn a_hosts_line_blocks_that_name_only() {
    let upstream = upstream();
    let text = "# a comment\n127.0.0.1 localhost\n0.0.0.0 exact.example two.example # both\n";
    let sekisho = sekisho().list("hosts.txt", text).upstream(&upstream).start();
    blocked(&sekisho, "exact.example");
    blocked(&sekisho, "two.example");
    passes(&sekisho, "www.exact.example");
    assert_eq!(sekisho.addresses("localhost", A), ["127.0.0.1"]);
}

#[test]
fn a_star_line_blocks_below_and_not_the_name_itself() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "*.park.example\nplain.example\n").upstream(&upstream).start();
    blocked(&sekisho, "www.park.example");
    blocked(&sekisho, "a.b.park.example");
    passes(&sekisho, "park.example");
    let query = Query::new("www.park.example", TXT).edns();
    expect::nodata(&query, &sekisho.ask(&query), "park.example");
}

#[test]
fn an_adblock_line_blocks_the_name_and_all_below() {
    let upstream = upstream();
    let text = "[Adblock Plus]\n! a comment\n||wide.example^\n|exact.example^\n@@||fine.wide.example^\n";
    let sekisho = sekisho().list("filters.txt", text).upstream(&upstream).start();
    for name in ["wide.example", "www.wide.example", "exact.example"] {
        blocked(&sekisho, name);
    }
    for name in ["fine.wide.example", "www.fine.wide.example", "www.exact.example"] {
        passes(&sekisho, name);
    }
}

#[test]
fn a_line_that_is_not_fully_understood_is_never_applied() {
    let upstream = upstream();
    let text = "||known.example^\n||third.example^$third-party\n||path.example/ads/*\n\
                /banner[0-9]+/\ncosmetic.example##.ad\n||script.example^$script,domain=a.example\n\
                ||unknown.example^$neverheardof\n";
    let sekisho = sekisho().list("filters.txt", text).upstream(&upstream).start();
    blocked(&sekisho, "known.example");
    for name in ["third.example", "path.example", "cosmetic.example", "script.example", "unknown.example"] {
        passes(&sekisho, name);
    }
}

#[test]
fn an_exception_in_one_list_never_allows_what_another_blocks() {
    let upstream = upstream();
    let sekisho = sekisho()
        .list("first.txt", "||gate.example^\n||other.example^\n")
        .list("second.txt", "@@||gate.example^\n@@||example^\n||filler.example^\n")
        .upstream(&upstream)
        .start();
    for name in ["gate.example", "www.gate.example", "other.example"] {
        blocked(&sekisho, name);
    }
    passes(&sekisho, "filler.example");
}

#[test]
fn a_name_of_two_lists_is_blocked_once_either_names_it() {
    let sekisho = sekisho().list("first.txt", "both.example\n").list("second.txt", "both.example\n").start();
    let query = Query::new("both.example", A).edns();
    let answer = sekisho.ask(&query);
    expect::sinkholed(&query, &answer, "127.0.0.1");
    let text: String = answer.extended_errors().into_iter().map(|(_, text)| text).collect();
    assert!(text.contains("first") || text.contains("second"), "{text}");
}

/// A list of one name for each category, and what each category gets.
const CATEGORIES: &str = r#"
[block.category]
scam = "page"
phishing = "nxdomain"
malware = "nodata"
ads = "null"
tracking = "refused"
other = "log"

[[list]]
name = "pages"
category = "scam"
path = "{dir}/pages.txt"

[[list]]
name = "nx-subtree"
category = "phishing"
path = "{dir}/nx.txt"

[[list]]
name = "nx-exact"
category = "phishing"
path = "{dir}/hosts.txt"
format = "hosts"

[[list]]
name = "no-data"
category = "malware"
path = "{dir}/nodata.txt"

[[list]]
name = "nulls"
category = "ads"
path = "{dir}/null.txt"

[[list]]
name = "refusals"
category = "tracking"
path = "{dir}/refused.txt"

[[list]]
name = "logged"
category = "other"
path = "{dir}/log.txt"

[rules]
allow = ["fine.mixed.example"]
"#;

fn by_category(upstream: &Upstream) -> Sekisho {
    sekisho()
        .config(CATEGORIES)
        .file("pages.txt", "page.example\n")
        .file("nx.txt", "subtree.example\nmixed.example\n")
        .file("hosts.txt", "0.0.0.0 exact.example\n")
        .file("nodata.txt", "nodata.example\n")
        .file("null.txt", "null.example\n")
        .file("refused.txt", "refused.example\n")
        .file("log.txt", "log.example\n")
        .upstream(upstream)
        .start()
}

/// All types of the table in one go.
fn all_types() -> Vec<u16> {
    WITHOUT_RECORDS.into_iter().chain([A, AAAA, ANY]).collect()
}

#[test]
fn the_category_decides_the_shape() {
    let upstream = upstream();
    let sekisho = by_category(&upstream);
    each(&sekisho, "page.example", A, |query, answer| expect::sinkholed(query, answer, "127.0.0.1"));
    for qtype in all_types() {
        each(&sekisho, "nodata.example", qtype, |query, answer| {
            expect::nodata(query, answer, "nodata.example");
        });
        each(&sekisho, "refused.example", qtype, |_, answer| {
            assert_eq!(answer.rcode(), REFUSED, "{answer:?}");
            assert!(answer.answers.is_empty(), "{answer:?}");
        });
    }
    passes(&sekisho, "log.example");
    passes(&sekisho, "www.log.example");
}

#[test]
fn a_null_answer_is_the_unspecified_address_of_either_family() {
    let upstream = upstream();
    let sekisho = by_category(&upstream);
    for (qtype, nothing) in [(A, "0.0.0.0"), (AAAA, "::")] {
        each(&sekisho, "www.null.example", qtype, |query, answer| {
            expect::own_flags(query, answer);
            assert_eq!(answer.rcode(), NOERROR, "{answer:?}");
            assert_eq!(answer.addresses(), [nothing], "{answer:?}");
            assert_eq!(answer.answers.len(), 1, "{answer:?}");
            assert_eq!(answer.answers[0].ttl, expect::BLOCK_TTL, "{answer:?}");
            assert!(query.opt.is_none() || answer.has_extended_error(17), "{answer:?}");
        });
    }
    for qtype in [HTTPS, TXT, MX] {
        each(&sekisho, "www.null.example", qtype, |query, answer| {
            expect::nodata(query, answer, "null.example");
        });
    }
}

#[test]
fn nxdomain_where_everything_below_is_blocked_too() {
    let upstream = upstream();
    let sekisho = by_category(&upstream);
    for name in ["subtree.example", "www.subtree.example"] {
        for qtype in all_types() {
            each(&sekisho, name, qtype, |query, answer| {
                assert_eq!(answer.rcode(), NXDOMAIN, "{answer:?}");
                expect::negative(query, answer, "subtree.example");
            });
        }
    }
}

#[test]
fn nodata_instead_of_nxdomain_where_a_name_below_is_not_blocked() {
    let upstream = upstream();
    let sekisho = by_category(&upstream);
    for qtype in all_types() {
        each(&sekisho, "exact.example", qtype, |query, answer| {
            expect::nodata(query, answer, "exact.example");
        });
        each(&sekisho, "mixed.example", qtype, |query, answer| {
            expect::nodata(query, answer, "mixed.example");
        });
    }
    passes(&sekisho, "www.exact.example");
    passes(&sekisho, "fine.mixed.example");
    // Beside the allowed name everything is blocked, to the bottom.
    let query = Query::new("www.mixed.example", A).edns();
    let answer = sekisho.ask(&query);
    assert_eq!(answer.rcode(), NXDOMAIN, "{answer:?}");
    expect::negative(&query, &answer, "mixed.example");
}

#[test]
fn an_exception_of_the_list_itself_keeps_its_parent_from_nxdomain() {
    let upstream = upstream();
    let config = "[block.category]\nscam = \"nxdomain\"\n\
                  [[list]]\nname = \"filters\"\ncategory = \"scam\"\npath = \"{dir}/filters.txt\"\n";
    let text = "||wide.example^\n@@||fine.deep.wide.example^\n";
    let sekisho = sekisho().config(config).file("filters.txt", text).upstream(&upstream).start();
    for name in ["wide.example", "deep.wide.example"] {
        let query = Query::new(name, A).edns();
        expect::nodata(&query, &sekisho.ask(&query), "wide.example");
    }
    assert_eq!(sekisho.ask(&Query::new("other.wide.example", A)).rcode(), NXDOMAIN);
    passes(&sekisho, "fine.deep.wide.example");
}

#[test]
fn a_sinkhole_that_is_given_is_the_one_that_is_answered() {
    let sekisho =
        sekisho().list("names.txt", "fake-support.example\n").arg("--sinkhole").arg("127.0.0.9").start();
    each(&sekisho, "fake-support.example", A, |query, answer| {
        expect::sinkholed(query, answer, "127.0.0.9");
    });
}

#[test]
fn a_sinkhole_of_each_family_is_answered_in_its_family() {
    let sekisho = sekisho()
        .list("names.txt", "fake-support.example\n")
        .arg("--sinkhole")
        .arg("192.0.2.9")
        .arg("--sinkhole")
        .arg("2001:db8::9")
        .start();
    for (qtype, address) in [(A, "192.0.2.9"), (AAAA, "2001:db8::9")] {
        each(&sekisho, "www.fake-support.example", qtype, |query, answer| {
            expect::sinkholed(query, answer, address);
        });
    }
}

#[test]
fn the_ttl_of_blocked_answers_is_the_one_that_is_configured() {
    let sekisho =
        sekisho().config("[block]\nttl = \"42s\"\n").list("names.txt", "fake-support.example\n").start();
    let answer = sekisho.ask(&Query::new("fake-support.example", A));
    assert_eq!(answer.answers[0].ttl, 42, "{answer:?}");
    let answer = sekisho.ask(&Query::new("fake-support.example", TXT));
    let soa = &answer.authority[0];
    assert_eq!((soa.ttl, soa.soa_minimum()), (42, 42), "{answer:?}");
}

#[test]
fn the_operators_own_rules_stand_above_the_lists() {
    let upstream = upstream();
    let config = "[rules]\nallow = [\"fine.listed.example\", \"tie.example\", \"half.example\"]\n\
                  block = [\"own.example\", \"tie.example\", \"bad.half.example\"]\n";
    let list = "listed.example\n";
    let sekisho = sekisho().config(config).list("names.txt", list).upstream(&upstream).start();
    for name in ["listed.example", "www.listed.example", "own.example", "www.own.example"] {
        blocked(&sekisho, name);
    }
    blocked(&sekisho, "bad.half.example");
    for name in ["fine.listed.example", "www.fine.listed.example", "tie.example", "half.example"] {
        passes(&sekisho, name);
    }
}

#[test]
fn no_list_blocks_a_name_of_the_floor() {
    let upstream = upstream();
    let list = "time.windows.com\nwww.npa.go.jp\nwww.ipa.go.jp\nfake-support.example\n";
    let sekisho = sekisho().list("names.txt", list).upstream(&upstream).start();
    blocked(&sekisho, "fake-support.example");
    for name in ["time.windows.com", "www.npa.go.jp", "www.ipa.go.jp"] {
        passes(&sekisho, name);
    }
}

#[test]
fn the_operator_may_block_even_a_name_of_the_floor() {
    let upstream = upstream();
    let sekisho = sekisho()
        .config("[rules]\nblock = [\"time.windows.com\"]\n")
        .list("names.txt", "fake-support.example\n")
        .upstream(&upstream)
        .start();
    blocked(&sekisho, "time.windows.com");
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_wildcard_address_the_answer_and_the_sinkhole_are_the_address_that_was_asked() {
    let upstream = upstream();
    let sekisho =
        sekisho().list("names.txt", "fake-support.example\n").upstream(&upstream).listen("0.0.0.0:0").start();
    for (address, text) in [([127, 0, 0, 2], "127.0.0.2"), ([127, 0, 0, 1], "127.0.0.1")] {
        let server = sekisho.dns_at(address);
        for transport in BOTH {
            let query = Query::new("fake-support.example", A).edns();
            expect::sinkholed(&query, &ask(transport, server, &query), text);
            // The long way, through the upstream, leaves from the same address.
            let query = Query::new(&format!("ordinary-{}.example", query.id), A);
            expect::passes(&query, &ask(transport, server, &query), REAL);
        }
    }
}

#[test]
fn over_ipv6_the_sinkhole_is_the_ipv6_address_that_was_asked() {
    if UdpSocket::bind("[::1]:0").is_err() {
        println!("SKIPPED: this machine has no IPv6 loopback");
        return;
    }
    let sekisho =
        sekisho().list("names.txt", "fake-support.example\n").listen("127.0.0.1:0").listen("[::1]:0").start();
    let v6 = *sekisho.dns.iter().find(|address| address.is_ipv6()).expect("a line for the IPv6 address");
    let v4 = *sekisho.dns.iter().find(|address| address.is_ipv4()).expect("a line for the IPv4 address");
    for transport in BOTH {
        let query = Query::new("fake-support.example", AAAA).edns();
        expect::sinkholed(&query, &ask(transport, v6, &query), "::1");
        let query = Query::new("fake-support.example", A).edns();
        expect::sinkholed(&query, &ask(transport, v4, &query), "127.0.0.1");
    }
    let answer = ask::udp(v6, &Query::new("fake-support.example", HTTPS));
    assert_eq!((answer.rcode(), answer.answers.len()), (NOERROR, 0), "{answer:?}");
}

#[test]
fn a_loopback_sinkhole_with_a_listener_for_others_refuses_to_start() {
    let ended = sekisho()
        .list("names.txt", "fake-support.example\n")
        .listen("0.0.0.0:0")
        .arg("--sinkhole")
        .arg("127.0.0.1")
        .refuses_to_start();
    assert!(ended.err.to_lowercase().contains("sinkhole"), "it says what is wrong: {}", ended.err);
}

#[test]
fn a_blocked_answer_fits_a_datagram_of_512_octets_even_for_the_longest_name() {
    let label = "x".repeat(63);
    let name = format!("{label}.{label}.{label}.{}.fake-support.example", "y".repeat(40));
    assert_eq!(name.len(), 253, "the longest name there is");
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for qtype in [A, TXT] {
        let answer = ask(Transport::Udp, sekisho.dns(), &Query::new(&name, qtype).payload(512));
        assert!(!answer.truncated() && answer.rcode() == NOERROR, "{answer:?}");
    }
}
