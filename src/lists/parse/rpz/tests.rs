//! Whole zones, small: what each record becomes, and that nothing goes uncounted.

use std::io::Cursor;

use proptest::prelude::*;

use super::{
    super::{Effect, ParseError, Trigger, parse},
    *,
};

/// What became of a zone: its rules, each as `LINE TRIGGER EFFECT`, and what was not applied, as `LINE REASON`.
fn read_zone(text: &str, matching: Match) -> (Vec<String>, Vec<String>, Report) {
    let mut rules = Vec::new();
    let report = super::read(&mut Pieces::new(&mut Cursor::new(text), 0), matching, &mut |line, rule| {
        rules.push(format!("{line} {} {}", shown(rule.trigger), done(rule.effect)));
    })
    .unwrap();
    assert_adds_up(&report);
    assert_eq!(report.applied, rules.len() as u64);
    let mut skipped: Vec<(u64, &str)> = report
        .skipped
        .iter()
        .flat_map(|(reason, tally)| tally.samples.iter().map(move |sample| (sample.line, reason.key())))
        .collect();
    skipped.sort_unstable();
    (rules, skipped.iter().map(|(line, reason)| format!("{line} {reason}")).collect(), report)
}

fn shown(trigger: Trigger<'_>) -> String {
    match trigger {
        Trigger::Name(name, scope) => format!("{scope:?} {name}"),
        Trigger::Address(network) => format!("address {network}"),
        Trigger::Client(network) => format!("client {network}"),
        Trigger::Server(name, scope) => format!("server {scope:?} {name}"),
        Trigger::ServerAddress(network) => format!("server {network}"),
    }
}

fn done(effect: Effect<'_>) -> String {
    let Effect::Data(record) = effect else { return format!("{effect:?}") };
    let ttl = record.ttl.map_or_else(String::new, |ttl| format!(" {ttl}"));
    format!("{}{ttl} {}", record.rtype, record.data.escape_ascii())
}

/// The arithmetic that [`Report`] promises.
fn assert_adds_up(report: &Report) {
    assert_eq!(report.lines, report.blank + report.comments + report.entry_lines);
    assert_eq!(report.entries, report.applied + report.skipped.total());
    assert_eq!(report.applied, report.block + report.allow);
    assert!(report.entries >= report.entry_lines);
}

#[test]
fn every_trigger_may_have_every_action() {
    let triggers = [
        ("scam.example", "scam.example", "Exact scam.example"),
        ("*.scam.example", "*.scam.example", "Below scam.example"),
        ("24.0.2.0.192.rpz-ip", "24.0.2.0.192", "address 192.0.2.0/24"),
        ("48.zz.1.db8.2001.rpz-ip", "48.zz.1.db8.2001", "address 2001:db8:1::/48"),
        ("32.1.2.0.192.rpz-client-ip", "32.1.2.0.192", "client 192.0.2.1/32"),
        ("128.1.zz.db8.2001.rpz-nsip", "128.1.zz.db8.2001", "server 2001:db8::1/128"),
        ("ns.scam.example.rpz-nsdname", "ns.scam.example", "server Exact ns.scam.example"),
        ("*.scam.example.rpz-nsdname", "*.scam.example", "server Below scam.example"),
    ];
    for (owner, own, trigger) in triggers {
        for (data, action) in [
            ("CNAME .", "Negative(Nxdomain)"),
            ("CNAME *.", "Negative(Nodata)"),
            ("CNAME rpz-passthru.", "Pass"),
            (&format!("CNAME {own}."), "Pass"),
            ("CNAME RPZ-Drop.", "Drop"),
            ("CNAME rpz-tcp-only.", "TcpOnly"),
            ("A 0.0.0.0", "Block"),
            ("AAAA ::", "Block"),
            ("A 192.0.2.80", "1 \\xc0\\x00\\x02P"),
            ("600 IN A 192.0.2.80", "1 600 \\xc0\\x00\\x02P"),
            ("IN 1h A 192.0.2.80", "1 3600 \\xc0\\x00\\x02P"),
            ("CNAME walled.example.", "5 \\x06walled\\x07example\\x00"),
            ("CNAME *.walled.example.", "5 \\x01*\\x06walled\\x07example\\x00"),
            ("TXT \"a b\" c", "16 \\x03a b\\x01c"),
            ("MX 0 .", "15 \\x00\\x00\\x00"),
            ("TYPE65280 \\# 2 0102", "65280 \\x01\\x02"),
        ] {
            let (rules, skipped, _) =
                read_zone(&format!("@ SOA a. b. 1 2 3 4 5\n{owner} {data}\n"), Match::Auto);
            assert_eq!((rules, skipped), (vec![format!("2 {trigger} {action}")], vec![]), "{owner} {data}");
        }
    }
}

#[test]
fn what_is_not_understood_is_counted_and_never_applied() {
    for (line, reason) in [
        ("a.example CNAME rpz-log.", "action"),
        ("a.example CNAME x.rpz-passthru.", "action"),
        ("a.example CNAME rpz-passthru", "relative"),
        ("a.example CNAME", "record"),
        ("a.example CNAME . .", "record"),
        ("a.example CNAME \".\"", "record"),
        ("a.example", "record"),
        ("\"a.example\" CNAME .", "record"),
        ("a.example IN 60 60 CNAME .", "record"),
        ("a.example IN IN CNAME .", "record"),
        ("a.example 99999999999 CNAME .", "record"),
        ("a.example 2147483648 CNAME .", "record"),
        ("a.example 1x CNAME .", "record"),
        ("a.example WHAT .", "record"),
        ("a.example CH CNAME .", "class"),
        ("a.example CLASS3 TXT x", "class"),
        ("a.example NS ns.example.", "record_type"),
        ("a.example SOA a. b. 1 2 3 4 5", "record_type"),
        ("a.example DNAME b.example.", "record_type"),
        ("a.example RRSIG A 8 2 60 1 2 3 a. x", "record_type"),
        ("a.example NSEC b.example. A", "record_type"),
        ("a.example TYPE47 \\# 1 00", "record_type"),
        ("a.example HTTPS 1 . alpn=h2", "record_type"),
        ("a.example A 192.0.2.256", "record"),
        ("a.example TXT \"x", "unclosed"),
        ("a.example TXT ( x", "unclosed"),
        ("a.example. CNAME .", "out_of_zone"),
        ("a..example CNAME .", "empty_label"),
        ("a.*.example CNAME .", "wildcard"),
        ("a.example/path CNAME .", "path"),
        ("偽.example CNAME .", "character"),
        ("example CNAME .", "top_level"),
        ("*.example CNAME .", "top_level"),
        ("* CNAME .", "top_level"),
        ("@ CNAME .", "top_level"),
        ("@ TXT version", "top_level"),
        ("localhost A 127.0.0.1", "boilerplate"),
        ("192.0.2.1 CNAME .", "address"),
        ("a.rpz-nsdomain CNAME .", "trigger"),
        ("24.1.2.0.192.rpz-ip CNAME .", "host_bits"),
        ("33.1.2.0.192.rpz-ip CNAME .", "address_trigger"),
        ("$INCLUDE other.zone", "include"),
        ("$GENERATE 1-9 a$.example CNAME .", "zone_directive"),
        ("$ORIGIN a..b", "empty_label"),
        ("$ORIGIN", "record"),
        ("$TTL soon", "record"),
        ("# a comment of other formats", "record"),
        ("0.0.0.0 a.example", "record"),
        ("||a.example^", "record"),
    ] {
        let (rules, skipped, report) =
            read_zone(&format!("@ SOA a. b. 1 2 3 4 5\n{line}\nlast.example CNAME rpz-drop.\n"), Match::Auto);
        let spoils_names = line.starts_with("$ORIGIN");
        let last = if spoils_names { vec![] } else { vec!["3 Exact last.example Drop".to_owned()] };
        let expected = if spoils_names {
            vec![format!("2 {reason}"), "3 relative".into()]
        } else {
            vec![format!("2 {reason}")]
        };
        assert_eq!((rules, skipped), (last, expected), "{line}");
        assert_eq!((report.comments, report.entries), (1, 2), "{line}");
    }
}

#[test]
fn heads_of_published_zones_are_no_rules() {
    let text = "$TTL 3600\n@ SOA localhost. root.localhost. 1 43200 3600 259200 3600\n  NS  localhost.\n;\n; Title\n\
                scam.example CNAME .\n*.scam.example CNAME .\n\n; Title\n$TTL 30\n\
                @ IN SOA localhost. root.localhost. (\n  1 ; serial\n\n  2 3 4 5 )\n NS localhost.\n\n";
    let (rules, skipped, report) = read_zone(text, Match::Auto);
    assert_eq!(rules, ["6 Exact scam.example Negative(Nxdomain)", "7 Below scam.example Negative(Nxdomain)"]);
    assert!(skipped.is_empty(), "{skipped:?}");
    assert_eq!((report.lines, report.blank, report.comments, report.entry_lines), (16, 3, 11, 2));
}

#[test]
fn triggers_stand_in_front_of_the_zone() {
    for (head, zone) in [
        ("$ORIGIN rpz.example.\n@ SOA a. b. 1 2 3 4 5\n", "rpz.example"),
        ("$ORIGIN example.\nrpz 60 IN SOA a. b. 1 2 3 4 5\n$ORIGIN rpz.example.\n", "rpz.example"),
        ("rpz.example. SOA a. b. 1 2 3 4 5\n$ORIGIN rpz.example.\n", "rpz.example"),
        ("$ORIGIN rpz.example.\n; no SOA\n", "rpz.example"),
        ("$ORIGIN .\nrpz.example SOA a. b. 1 2 3 4 5\n$ORIGIN rpz.example.\n", "rpz.example"),
    ] {
        let text = format!(
            "{head}a.test CNAME .\nb.test.{zone}. CNAME .\nc.test. CNAME .\n\
             $ORIGIN test.{zone}.\nd CNAME walled\n  TXT x\n$ORIGIN e\nf CNAME .\n\
             $ORIGIN f..g\nh CNAME .\ni.test.{zone}. CNAME .\n",
        );
        let (rules, skipped, _) = read_zone(&text, Match::Auto);
        let before = head.lines().count();
        let at = |line: usize, said: &str| format!("{} {said}", before + line);
        assert_eq!(
            rules,
            [
                at(1, "Exact a.test Negative(Nxdomain)"),
                at(2, "Exact b.test Negative(Nxdomain)"),
                at(5, "Exact d.test 5 \\x06walled\\x04test\\x03rpz\\x07example\\x00"),
                at(6, "Exact d.test 16 \\x01x"),
                at(8, "Exact f.e.test Negative(Nxdomain)"),
                at(11, "Exact i.test Negative(Nxdomain)"),
            ]
            .map(|rule| if head.contains("60 IN") {
                rule.replace(" 5 ", " 5 60 ").replace(" 16 ", " 16 60 ")
            } else {
                rule
            }),
            "{head}"
        );
        assert_eq!(skipped, [at(3, "out_of_zone"), at(9, "empty_label"), at(10, "relative")], "{head}");
    }
}

#[test]
fn an_owner_that_was_not_understood_does_not_pass_its_records_to_another() {
    let text = "@ SOA a. b. 1 2 3 4 5\na.example A 192.0.2.1\n  A 192.0.2.2\nb..example A 192.0.2.3\n  A 192.0.2.4\n\
                c.example TXT \"\n  A 192.0.2.5\nd.example A (192.0.2.6\n)\n\tA 192.0.2.7\n";
    let (rules, skipped, _) = read_zone(text, Match::Auto);
    let address = |line, name, last| format!("{line} Exact {name}.example 1 \\xc0\\x00\\x02\\x0{last}");
    assert_eq!(rules, [address(2, "a", 1), address(3, "a", 2), address(8, "d", 6), address(10, "d", 7)]);
    assert_eq!(skipped, ["4 empty_label", "5 empty_label", "6 unclosed", "7 unclosed"]);
}

#[test]
fn a_record_lives_as_long_as_it_or_the_zone_says() {
    let text = "@ SOA a. b. 1 2 3 4 5\na.example A 192.0.2.1\nb.example 2m A 192.0.2.1\nc.example A 192.0.2.1\n\
                $TTL 1h30m\nd.example A 192.0.2.1\ne.example 5 A 192.0.2.1\nf.example A 192.0.2.1\n";
    let (rules, _, _) = read_zone(text, Match::Auto);
    let ttls: Vec<&str> = rules.iter().map(|rule| rule.split(' ').nth(4).unwrap()).collect();
    assert_eq!(ttls, ["\\xc0\\x00\\x02\\x01", "120", "120", "5400", "5", "5400"]);
    for (text, expected) in [
        ("0", Some(0)),
        ("3600", Some(3600)),
        ("1W2d3H4m5S", Some(788_645)),
        ("2147483647", Some(MAX_TTL_SECONDS)),
        ("2147483648", None),
        ("99999999999999999999", None),
        ("4294967295w", None),
        ("1h30", None),
        ("h", None),
        ("1hh", None),
        ("-1", None),
        ("", None),
    ] {
        assert_eq!(seconds(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn a_pass_may_cover_a_top_level_domain() {
    let (rules, skipped, report) = read_zone("*.jp CNAME rpz-passthru.\n* CNAME rpz-passthru.", Match::Auto);
    assert_eq!(rules, ["1 Below jp Pass"]);
    assert_eq!(skipped, ["2 top_level"]);
    assert_eq!((report.allow, report.block), (1, 0));
}

#[test]
fn the_operator_may_say_what_a_name_covers() {
    let text = "a.example CNAME .\n*.b.example CNAME .\nc.example.rpz-nsdname CNAME .\n";
    let (rules, _, _) = read_zone(text, Match::Subtree);
    let nxdomain = "Negative(Nxdomain)";
    assert_eq!(
        rules,
        [
            format!("1 Subtree a.example {nxdomain}"),
            format!("2 Below b.example {nxdomain}"),
            format!("3 server Exact c.example {nxdomain}")
        ]
    );
}

#[test]
fn a_zone_is_read_as_a_list() {
    let mut given = 0;
    let report =
        parse(b"@ SOA a. b. 1 2 3 4 5\na.example CNAME .", Some(Format::Rpz), Match::Auto, &mut |_, _| {
            given += 1;
        });
    assert_eq!((report.unwrap().format, given), (Format::Rpz, 1));
    let empty = parse(b"@ SOA a. b. 1 2 3 4 5\n NS a.", Some(Format::Rpz), Match::Auto, &mut |_, _| {});
    assert_eq!(empty, Err(ParseError::NoRule { format: Format::Rpz, entries: 0, commonest: None }));
}

/// Pieces that zones are made of, so that random ones reach deep.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        " ",
        "\n",
        "\r\n",
        "\n ",
        "\t",
        ".",
        "@",
        "*",
        "*.",
        "(",
        ")",
        "\"",
        ";",
        "\\",
        "\\#",
        "\\032",
        "$ORIGIN ",
        "$TTL ",
        "$GENERATE ",
        "CNAME ",
        "SOA ",
        "NS ",
        "TXT ",
        "A ",
        "AAAA ",
        "MX ",
        "IN ",
        "CH ",
        "1h ",
        "60 ",
        "0.0.0.0",
        "::",
        "rpz-passthru.",
        "rpz-x.",
        "32.1.2.0.192.rpz-ip ",
        "24.1.2.0.192.rpz-ip ",
        "64.zz.1.rpz-client-ip ",
        "a.rpz-nsdname ",
        "a.example ",
        "b.example. ",
        "example.",
        "偽",
        "TYPE1 ",
        "@ SOA a. b. 1 2 3 4 5\n",
        "\na.example CNAME .\n",
    ];
    prop_oneof![
        8 => proptest::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..9),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_adds_up(
        pieces in proptest::collection::vec(piece(), 0..120),
        matching in proptest::sample::select(vec![Match::Auto, Match::Exact, Match::Subtree]),
    ) {
        let text = pieces.concat();
        let mut given = 0;
        let mut cursor = Cursor::new(&text);
        let report = super::read(&mut Pieces::new(&mut cursor, 0), matching, &mut |line, rule| {
            given += 1;
            assert!(line >= 1);
            let least = if rule.effect.lets_pass() { 1 } else { 2 };
            assert!(rule.name().is_none_or(|(name, _)| name.label_count() >= least));
        }).unwrap();
        assert_adds_up(&report);
        prop_assert_eq!(report.applied, given);
        let ends = text.is_empty() || text.ends_with(b"\n");
        let lines = text.split(|octet| *octet == b'\n').count() as u64 - u64::from(ends);
        prop_assert_eq!(report.lines, lines);
    }

    #[test]
    fn however_a_record_is_laid_out_it_says_the_same(
        spaces in proptest::collection::vec(
            proptest::sample::select(vec![" ", "\t ", " ( ", " ) ", " (\n", "\n ) ", "; why (\n", " (;\"\n\n) "]), 4),
    ) {
        let words = ["a.example", "60", "IN", "CNAME", "."];
        let mut text = words[0].to_owned();
        let mut open = 0;
        for (space, word) in spaces.iter().zip(&words[1..]) {
            // Only what keeps the parentheses in order, and a comment only where the record goes on behind it.
            let opens = space.matches('(').count() - usize::from(space.contains("why"));
            let closes = space.matches(')').count();
            let fits = open + opens >= closes && (open > 0 || !space.starts_with([';', '\n']));
            let space = if fits { *space } else { " " };
            if fits {
                open = open + opens - closes;
            }
            text.push_str(space);
            text.push_str(word);
        }
        text.push_str(&" )".repeat(open));
        let (rules, skipped, _) = read_zone(&text, Match::Auto);
        prop_assert_eq!((rules, skipped), (vec!["1 Exact a.example Negative(Nxdomain)".to_owned()], vec![]), "{}", text);
    }
}

#[test]
fn time_grows_with_the_length_and_not_faster() {
    // Counted, not measured: how many octets are looked at for one octet of text.
    for text in ["(\n", "a (\n", "(\"\n", "( x\n\n", "a TXT (\"\"\n", ")(\n", "(\n (\n;\n"] {
        let text = text.repeat(20_000);
        let mut records = Records::new(text.as_bytes(), usize::MAX, Place::default());
        while records.next().is_some() {}
        assert!(records.looked_at() <= 3 * text.len(), "{:?}", &text[..4]);
    }
}
