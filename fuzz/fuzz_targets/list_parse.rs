//! Any bytes are read as a list without panic, whatever the format, and the report adds up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sekisho::lists::parse::{Format, Match, parse};

fuzz_target!(|text: &[u8]| {
    for format in [None, Some(Format::Hosts), Some(Format::Domains), Some(Format::Adblock)] {
        let mut given = 0;
        let result = parse(text, format, Match::Auto, &mut |line, rule| {
            given += 1;
            assert!(line >= 1 && rule.name().is_none_or(|(name, _)| name.label_count() >= 2));
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
    }
});
