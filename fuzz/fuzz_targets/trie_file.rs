//! Bytes that look like a compiled rule set, with a right checksum, are refused or do no harm: every look-up ends and
//! reads nothing outside.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sekisho::{
    name::Name,
    trie::{Action, Builder, Entry, Scope, Trie},
};
use xxhash_rust::xxh3::xxh3_64;

/// Where the checksum stands, and where what it is of begins.
const SUM: usize = 24;
const CHECKED: usize = 32;

/// A sound trie, which the input damages.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    for number in 0_u32..3000 {
        let name: Name = format!("w{number}.{}.example", number % 40).parse().unwrap();
        let action = if number % 9 == 0 { Action::Allow } else { Action::Block };
        builder.insert(&name, Entry::new((number % 5) as u16, Scope::Subtree, action)).unwrap();
    }
    builder.insert(&"a\\000\\255.example".parse().unwrap(), Entry::new(0, Scope::Exact, Action::Data(7))).unwrap();
    builder.finish().unwrap().as_bytes().to_vec()
});

/// Makes the head fit what follows.
fn make_sound(bytes: &mut [u8]) {
    if bytes.len() >= CHECKED {
        bytes[..SUM - 8].copy_from_slice(&SOUND[..SUM - 8]);
        let length = bytes.len() as u64;
        bytes[SUM - 8..SUM].copy_from_slice(&length.to_le_bytes());
        let sum = xxh3_64(&bytes[CHECKED..]);
        bytes[SUM..CHECKED].copy_from_slice(&sum.to_le_bytes());
    }
}

fn ask(bytes: Vec<u8>) {
    let Ok(trie) = Trie::from_bytes(bytes) else { return };
    let listed: Vec<Name> = trie.iter(None).take(300).map(|(name, _)| name).collect();
    let other = ["w7.7.example", "a.w9.9.example", "example", ".", "a\\000\\255.example"].map(|name| name.parse().unwrap());
    for name in listed.iter().chain(&other) {
        for step in trie.walk(name) {
            assert!(step.labels <= name.label_count() && !step.entries.is_empty());
        }
        trie.allows_below(name);
        trie.below(name, listed.first()).take(10).count();
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
    ask(damaged);
    let mut whole = input.to_vec();
    make_sound(&mut whole);
    ask(whole);
});
