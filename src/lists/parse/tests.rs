//! Whole lists, small: what each line becomes, and that nothing goes uncounted.

use proptest::prelude::*;

use super::*;

/// Parses and writes each rule as `LINE ACTION SCOPE NAME`.
fn rules(text: &[u8], format: Option<Format>, matching: Match) -> (Vec<String>, Result<Report, ParseError>) {
    let mut rules = Vec::new();
    let report = parse(text, format, matching, &mut |line, rule| {
        let (name, scope) = rule.name().unwrap();
        rules.push(format!("{line} {:?} {scope:?} {name}", rule.effect));
    });
    if let Ok(report) = &report {
        assert_eq!(report.applied, rules.len() as u64);
        assert_adds_up(report);
    }
    (rules, report)
}

/// The arithmetic that [`Report`] promises.
fn assert_adds_up(report: &Report) {
    assert_eq!(report.lines, report.blank + report.comments + report.entry_lines);
    assert_eq!(report.entries, report.applied + report.skipped.total());
    assert_eq!(report.applied, report.block + report.allow);
    assert!(report.entries >= report.entry_lines);
}

#[test]
fn a_hosts_list_is_exact_and_each_of_its_names_counts() {
    let text = b"\xEF\xBB\xBF# hosts\r\n127.0.0.1 localhost\r\n::1 localhost ip6-localhost\r\n\r\n\
        0.0.0.0 a.example b.example # two\r\n0.0.0.0\tC.example.\r\n192.0.2.1 d.example\r\n\
        0.0.0.0 e.example http://f.example/\r\n0.0.0.0 *.g.example\r\n";
    let (found, report) = rules(text, None, Match::Auto);
    assert_eq!(
        found,
        [
            "5 Block Exact a.example",
            "5 Block Exact b.example",
            "6 Block Exact c.example",
            "9 Block Below g.example"
        ]
    );
    let report = report.unwrap();
    assert_eq!(report.format, Format::Hosts);
    assert_eq!((report.lines, report.blank, report.comments), (9, 1, 1));
    assert_eq!((report.entry_lines, report.entries), (7, 10));
    assert_eq!(report.skipped.count(Reason::Boilerplate), 3);
    assert_eq!(report.skipped.count(Reason::Redirection), 1);
    assert_eq!(report.skipped.count(Reason::Url), 2);
}

#[test]
fn a_plain_list_covers_subtrees_and_may_mix_syntaxes() {
    let text = "! why\n; why\n# why\na.example\n*.b.example\n0.0.0.0 c.example\n||d.example^\n@@||e.example^\n\
                f.example/path\n192.0.2.1\ng.example # why";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(
        found,
        [
            "4 Block Subtree a.example",
            "5 Block Below b.example",
            "6 Block Exact c.example",
            "7 Block Subtree d.example",
            "8 Allow Subtree e.example",
            "11 Block Subtree g.example"
        ]
    );
    let report = report.unwrap();
    assert_eq!((report.format, report.comments, report.allow), (Format::Domains, 3, 1));
}

#[test]
fn an_adblock_list_applies_nothing_but_its_own_syntax() {
    let text = "[Adblock Plus 2.0]\n! why\n# why\n||a.example^\nb.example\n0.0.0.0 c.example\n; d.example\n\
                ##.advert\n||e.example^$badfilter\n||e.example^\n!#include more.txt";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(found, ["4 Block Subtree a.example"]);
    let report = report.unwrap();
    assert_eq!((report.format, report.comments), (Format::Adblock, 3));
    assert_eq!(report.skipped.count(Reason::Pattern), 3);
    assert_eq!(report.skipped.count(Reason::TakenBack), 1);
    assert_eq!(report.skipped.count(Reason::Include), 1);
}

#[test]
fn conditions_bind_adblock_rules_only() {
    let text = "!#if env_firefox\n||a.example^\n!#if x\n!#endif\n||b.example^\n!#endif\n||c.example^\n!#endif\n||d.example^";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(found, ["7 Block Subtree c.example", "9 Block Subtree d.example"]);
    assert_eq!(report.unwrap().skipped.count(Reason::Condition), 2);
    let text = "!#if !env_mv3\n0.0.0.0 a.example\n0.0.0.0 b.example\n||c.example^";
    let (found, _) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(found, ["2 Block Exact a.example", "3 Block Exact b.example"]);
}

#[test]
fn the_operator_may_say_what_a_name_covers() {
    let text = b"a.example\n*.b.example\n0.0.0.0 c.example\n||d.example^";
    let (found, _) = rules(text, None, Match::Exact);
    assert_eq!(
        found,
        [
            "1 Block Exact a.example",
            "2 Block Below b.example",
            "3 Block Exact c.example",
            "4 Block Exact d.example"
        ]
    );
    let (found, _) = rules(text, Some(Format::Hosts), Match::Subtree);
    assert_eq!(found[2], "3 Block Subtree c.example");
    assert_eq!(found[1], "2 Block Below b.example");
}

#[test]
fn files_of_dnsmasq_are_options() {
    let text = "# why\r\nlocal=/a.example/\r\naddress=/b.example/c.example/#\nserver=/d.example/#\n\
                address=/e.example/f/#\nserver=192.0.2.1\n! why\n||g.example^\naddress=/h.example/192.0.2.1 # why\n\
                local=/*.i.example./";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(
        found,
        [
            "2 Negative(Nxdomain) Subtree a.example",
            "3 Block Subtree b.example",
            "3 Block Subtree c.example",
            "4 Pass Subtree d.example",
            "10 Negative(Nxdomain) Below i.example"
        ]
    );
    let report = report.unwrap();
    assert_eq!((report.format, report.comments, report.entry_lines), (Format::Dnsmasq, 1, 9));
    assert_eq!((report.entries, report.allow), (11, 1));
    assert_eq!(report.skipped.count(Reason::TopLevel), 2);
    assert_eq!(report.skipped.count(Reason::Directive), 3);
    assert_eq!(report.skipped.count(Reason::Redirection), 1);
}

#[test]
fn files_of_unbound_are_zones_and_records() {
    let text = "server:\n  # why\n  local-zone: \"a.example\" always_nxdomain\n  local-zone: 'b.example' redirect\n\
                local-data: \"b.example A 0.0.0.0\"\n local-zone: \"c.example\" redirect\n\
                local-data: \"c.example A 192.0.2.1\"\nlocal-zone: \"d.example\" transparent\ndo-ip6: no";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(
        found,
        [
            "3 Negative(Nxdomain) Subtree a.example",
            "4 Block Subtree b.example",
            "5 Block Exact b.example",
            "8 Pass Subtree d.example"
        ]
    );
    let report = report.unwrap();
    assert_eq!((report.format, report.comments, report.allow), (Format::Unbound, 2, 1));
    assert_eq!(report.skipped.count(Reason::Redirection), 2);
    assert_eq!(report.skipped.count(Reason::Directive), 1);
}

#[test]
fn feeds_of_urls_and_trails_yield_names() {
    let text = "# why\nhttps://a.example/\r\nhttps://b.example/log-in\nhttps://c.pages.dev/log-in\nd.example\n; why\n\
                http://192.0.2.1/x";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(found, ["2 Block Exact a.example", "3 Block Exact b.example", "5 Block Exact d.example"]);
    let report = report.unwrap();
    assert_eq!((report.format, report.comments), (Format::Urls, 2));
    assert_eq!(report.skipped.count(Reason::Path), 1);
    let text =
        "# Copyright (c) Maltrail developers\nhttp://192.0.2.1\n\na.example\nb.example # why\n/x/\n; why\n";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(found, ["4 Block Subtree a.example", "5 Block Subtree b.example"]);
    let report = report.unwrap();
    assert_eq!((report.format, report.comments, report.skipped.total()), (Format::Maltrail, 1, 3));
}

#[test]
fn entries_of_json_are_counted_one_by_one() {
    let text = "{\"version\": 1, \"allow\": [\"*.a.example\"],\n\"deny\": [\"B.example.\", \"\", \"c\", \"偽.example\",\
                \"https://d.example/\"], \"fuzzylist\": [\"e.example\"]}";
    let (found, report) = rules(text.as_bytes(), None, Match::Auto);
    assert_eq!(
        found,
        ["2 Pass Below a.example", "3 Block Subtree b.example", "6 Block Subtree xn--czq.example"]
    );
    let report = report.unwrap();
    assert_eq!((report.format, report.lines, report.blank, report.comments), (Format::Json, 8, 1, 1));
    assert_eq!(report.skipped.count(Reason::Member), 1);
    assert_eq!(report.skipped.count(Reason::Url), 1);
}

#[test]
fn odd_bytes_cost_their_own_line_only() {
    let mut text = b"a.example\nb\0.example\nc\xFF.example\n".to_vec();
    text.extend([b'd'; MAX_LINE_OCTETS + 1]);
    text.extend(b"\n\xEF\xBB\xBFe.example");
    let (found, report) = rules(&text, None, Match::Auto);
    assert_eq!(found, ["1 Block Subtree a.example", "5 Block Subtree e.example"]);
    let report = report.unwrap();
    assert_eq!(report.skipped.count(Reason::LineTooLong), 1);
    assert_eq!(report.skipped.count(Reason::Encoding), 1);
    assert_eq!(report.skipped.count(Reason::Character), 1);
}

#[test]
fn a_text_without_a_rule_is_refused_and_says_why() {
    for (text, sentence) in [
        ("# nothing yet", "does not parse as a list of the format domains: it has comments only"),
        ("404: Not Found", "none of its 1 entries could be applied, mostly because several words stand"),
        (
            "local=/a/\nlocal=/b/",
            "as a list of the format dnsmasq: none of its 2 entries could be applied, mostly because the rule would",
        ),
        ("{\"deny\": [\n\"a\",\n\"b\"\n]}", "as a list of the format json: none of its 2 entries"),
        ("{\"deny\": [\n\"a.example\",\n\"b", "no JSON from line 3"),
        ("[{\"name\": \"a.example\"}]", "the JSON is no list that is known"),
        ("$TTL 60\na CNAME .", "as a list of the format rpz: none of its 1 entries"),
    ] {
        let (found, report) = rules(text.as_bytes(), None, Match::Auto);
        assert!(found.is_empty());
        let error = report.unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}

#[test]
fn words_of_the_configuration_are_read_back() {
    let mut known = Vec::new();
    for (format, word) in Format::ALL {
        assert_eq!((format.to_string().as_str(), word.parse()), (word, Ok(format)));
        known.push(word);
    }
    for matching in [Match::Auto, Match::Exact, Match::Subtree] {
        assert_eq!(matching.to_string().parse(), Ok(matching));
    }
    let refused = "pihole".parse::<Format>().unwrap_err().to_string();
    assert_eq!(refused, format!("not one of: {}", known.join(", ")));
}

/// Pieces that lists are made of, so that random lists reach deep.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces = "a.example b|local=/|address=/|/#|local-zone: |local-data: | static| A 0.0.0.0|'|https://|\"a.example\"|{\"deny\":[|]|}|$dnstype=A|$denyallow=a.b.example|,important|0.0.0.0 |::1 |192.0.2.1 |@@|$all|$badfilter|,|^|||||*.|.|#|! |##|!#if x|!#endif|\n|\r\n|/|偽|[Adblock]";
    let pieces: Vec<Vec<u8>> = pieces.split('|').map(|piece| piece.as_bytes().to_vec()).collect();
    prop_oneof![
        4 => proptest::sample::select(pieces),
        2 => Just(b"||scam.example^".to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..9),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_adds_up(
        pieces in proptest::collection::vec(piece(), 0..60),
        format in proptest::option::of(proptest::sample::select(Format::ALL.map(|(format, _)| format).to_vec())),
        matching in proptest::sample::select(vec![Match::Auto, Match::Exact, Match::Subtree]),
    ) {
        let text = pieces.concat();
        let mut given = 0;
        let result = parse(&text, format, matching, &mut |line, rule| {
            given += 1;
            let fewest = if rule.effect.lets_pass() { 1 } else { 2 };
            assert!(line >= 1 && rule.name().unwrap().0.label_count() >= fewest);
        });
        let Ok(report) = result else {
            prop_assert_eq!(given, 0);
            return Ok(());
        };
        assert_adds_up(&report);
        prop_assert_eq!(report.applied, given);
        let lines = text.split(|octet| *octet == b'\n').count() as u64 - u64::from(text.ends_with(b"\n"));
        prop_assert!(report.format == Format::Json || report.lines == lines);
    }
}

#[test]
fn a_list_says_the_same_in_small_pieces_as_in_one() {
    let entries = [
        (Format::Hosts, "0.0.0.0 {}.example www.{}.example\n\n# {}\n"),
        (Format::Domains, "{}.example\r\n||{}.bad.example^\n||{}.bad.example^$badfilter\n"),
        (Format::Adblock, "||{}.example^\n@@||{}.good.example^\n##.{}\n"),
        (Format::Dnsmasq, "address=/{}.example/\n#{}\nserver=/{}.good.example/#\n"),
        (Format::Unbound, "local-zone: \"{}.example\" static\nlocal-data: \"o.{}.test A 192.0.2.1\"\n"),
        (Format::Rpz, "{}.example CNAME .\n{}.b ( CNAME ; (\n\n . )\n{}.c (\nd CNAME .\n"),
        (Format::Urls, "https://{}.example/{}\n"),
        (Format::Maltrail, "{}.example\n192.0.2.1\n# {}\n"),
    ];
    for (format, entry) in entries {
        let mut text: String = (0..3000).map(|number| entry.replace("{}", &format!("n{number}"))).collect();
        text.push_str(&"x".repeat(40_000));
        text.push('\n');
        text.push_str(&entry.replace("{}", "last"));
        let read = |room| {
            let mut rules = Vec::new();
            let report = parse_pieces(
                &mut Pieces::new(&mut Cursor::new(&text), room),
                Some(format),
                Match::Auto,
                &mut |line, rule| rules.push(format!("{line} {rule:?}")),
            );
            (rules, report)
        };
        let (rules, report) = read(1 << 20);
        assert!(
            rules.last().is_some_and(|last| last.contains("last") || last.contains("\\x04last")),
            "{format} {:?}",
            rules.last()
        );
        assert!(rules.len() > 1000, "{format}");
        assert_eq!((rules, report), read(0), "{format}");
    }
}
