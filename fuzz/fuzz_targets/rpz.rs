//! Any bytes are read as a response policy zone without panic, and the report adds up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sekisho::lists::parse::{Effect, Format, Match, Trigger, parse};

fuzz_target!(|text: &[u8]| {
    let mut given = 0;
    let result = parse(text, Some(Format::Rpz), Match::Auto, &mut |line, rule| {
        given += 1;
        assert!(line >= 1);
        let least = if rule.effect.lets_pass() { 1 } else { 2 };
        match rule.trigger {
            Trigger::Name(name, _) | Trigger::Server(name, _) => assert!(name.label_count() >= least),
            Trigger::Address(network) | Trigger::Client(network) | Trigger::ServerAddress(network) => {
                assert_eq!(network, network.trunc());
            }
        }
        if let Effect::Data(record) = rule.effect {
            assert!(record.data.len() <= text.len() + 4 * 255);
        }
    });
    match result {
        Ok(report) => {
            assert_eq!(report.lines, report.blank + report.comments + report.entry_lines);
            assert_eq!(report.entries, report.applied + report.skipped.total());
            assert_eq!(report.applied, report.block + report.allow);
            assert_eq!(report.applied, given);
        }
        Err(_) => assert_eq!(given, 0),
    }
});
