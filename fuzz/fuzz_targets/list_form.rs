//! Bytes that look like the parsed form of a list, with a right checksum, are refused, are found damaged when they are
//! compiled, or do no harm: compiling ends, and so does every look-up.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sekisho::{
    lists::{
        compile::{
            Base, Compiler,
            form::{self, Told},
            parsed::Parsing,
        },
        parse::{self, Format, Match},
        quarantine::Quarantine,
    },
    name::Name,
    policy::{ListInfo, Shape},
    trie::Scratches,
};
use xxhash_rust::xxh3::xxh3_64;

/// Octets behind what the checksum is of: the checksum and the magic.
const BEHIND: usize = 16;
const KEY: &[u8] = b"key";

/// A sound form, which the input damages.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut zone = "$TTL 60\n@ IN SOA . . 1 1 1 1 1\n32.1.2.0.192.rpz-ip CNAME .\nns.example.rpz-nsdname CNAME .\n".to_owned();
    for number in 0..800 {
        let what = ["CNAME .", "CNAME rpz-passthru.", "A 192.0.2.1", "TXT \"x\""][number % 4];
        zone.push_str(&format!("w{number}.x{}.example {what}\n", number % 40));
    }
    let mut parsing = Parsing::new(false, Scratches::default());
    let report = parse::parse(zone.as_bytes(), Some(Format::Rpz), Match::Auto, &mut |_, rule| {
        parsing.add(rule).unwrap();
    });
    let mut octets = Vec::new();
    form::write(parsing, (Told::of(&report.unwrap()), Quarantine::default()), KEY, &mut octets).unwrap();
    octets
});

/// Makes the tail fit what is before it.
fn make_sound(octets: &mut [u8]) {
    if let Some(summed) = octets.len().checked_sub(BEHIND) {
        let sum = xxh3_64(&octets[..summed]);
        octets[summed..summed + 8].copy_from_slice(&sum.to_le_bytes());
        octets[summed + 8..].copy_from_slice(&SOUND[SOUND.len() - 8..]);
    }
}

fn compile(octets: Vec<u8>) {
    let length = octets.len() as u64;
    let Ok(form) = form::open(Box::new(octets), length, KEY) else { return };
    let mut compiler = Compiler::default();
    compiler.begin_list(ListInfo {
        name: "fuzz".into(),
        category: "scam".into(),
        shape: Shape::Page,
        given: false,
        allows: false,
    });
    if compiler.take(form.parsed).is_err() {
        return;
    }
    let Ok(policy) = compiler.finish(&Base::default()) else { return };
    for text in ["w7.x7.example", "a.w9.x9.example", "example", "."] {
        let name: Name = text.parse().unwrap();
        let _ = format!("{:?}", policy.decide(&name, 1));
    }
}

fuzz_target!(|input: &[u8]| {
    // Places and octets to put there, four and one octets each.
    let mut damaged = SOUND.clone();
    for change in input.chunks_exact(5) {
        let at = u32::from_le_bytes([change[0], change[1], change[2], change[3]]) as usize % damaged.len();
        damaged[at] = change[4];
    }
    make_sound(&mut damaged);
    compile(damaged);
    let mut whole = input.to_vec();
    make_sound(&mut whole);
    compile(whole);
});
