//! Any bytes are read as a list without panic, whatever the format, and the report adds up. The first byte picks the
//! format, or leaves it to the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sekisho::lists::parse::{Format, Match, parse};

fuzz_target!(|input: &[u8]| {
    let Some((pick, text)) = input.split_first() else { return };
    let format = Format::ALL.get(usize::from(*pick) % (Format::ALL.len() + 1)).map(|(format, _)| *format);
    let mut given = 0;
    let result = parse(text, format, Match::Auto, &mut |line, rule| {
        given += 1;
        assert!(line >= 1);
        let Some((name, _)) = rule.name() else { return };
        // An exception may lift a whole top-level domain; a block may not cover one.
        assert!(name.label_count() >= if rule.effect.lets_pass() { 1 } else { 2 });
        assert!(rule.spared.iter().all(|spared| spared != name && spared.is_at_or_below(name)));
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
