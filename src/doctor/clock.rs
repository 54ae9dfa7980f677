//! Whether the clock is right. With a wrong one no certificate is valid, so encrypted upstream servers and most sites
//! fail, and nothing says why.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use super::report::{Finding, State, finding, trouble};
use crate::message::{Reply, read_u32, record_at, rtype};

/// 1 January 2026: no clock that is right shows an earlier day.
const BUILT_AFTER: u64 = 1_767_225_600;
/// Where systemd-timesyncd keeps its state, and the file that is there once the clock has been set.
const TIMESYNC: &str = "/run/systemd/timesync";
const SYNCHRONIZED: &str = "synchronized";
/// The most signatures that are read of one reply.
const MOST: usize = 16;

const REMEDY: &str = "Set the clock: `timedatectl set-ntp true`, or install chrony. A Raspberry Pi and similar boards have no battery for their clock: after a power cut they begin with an old time, and need the network, and a name that can be resolved, to learn the right one. A clock module, or time servers written as addresses, help.";

/// When a signature holds, in seconds since 1970, modulo 2^32 (RFC 4034 §3.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    from: u32,
    until: u32,
}

/// The times of all signatures in a reply.
pub(super) fn validities(reply: &Reply) -> Vec<Validity> {
    let body = reply.body();
    let (mut at, mut found) = (0, Vec::new());
    while let Some(record) = record_at(body, at)
        && found.len() < MOST
    {
        if record.rtype == rtype::RRSIG && record.end >= record.rdata + 18 {
            let (until, from) = (read_u32(body, record.rdata + 8), read_u32(body, record.rdata + 12));
            found.extend(from.zip(until).map(|(from, until)| Validity { from, until }));
        }
        at = record.end;
    }
    found
}

/// How the clock stands to signatures that were given a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Early(Duration),
    Late(Duration),
}

/// Looks at the clock.
pub(super) fn examine(signatures: &[Validity]) -> Vec<Finding> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    vec![time(now, signatures), synchronised(Path::new(TIMESYNC))]
}

fn time(now: u64, signatures: &[Validity]) -> Finding {
    const ID: &str = "clock.time";
    if now < BUILT_AFTER {
        let found = "The clock shows a day before this program was made, so it is wrong.";
        return trouble(ID, State::Fault, found, REMEDY);
    }
    let wrong = |verdict: &Verdict| *verdict != Verdict::Right;
    let verdicts: Vec<Verdict> = signatures.iter().map(|signature| judge(now as u32, *signature)).collect();
    // One server with old signatures says nothing about the clock: somebody who is content speaks for it.
    match verdicts.iter().find(|verdict| wrong(verdict)) {
        _ if signatures.is_empty() => {
            let found = "The clock shows a possible day; no signature came by which to tell more.";
            finding(ID, State::Ok, found)
        }
        Some(verdict) if verdicts.iter().all(wrong) => {
            let by = match verdict {
                Verdict::Early(by) => format!("at least {} behind", roughly(*by)),
                Verdict::Late(by) => format!("at least {} ahead", roughly(*by)),
                Verdict::Right => String::new(),
            };
            let found =
                format!("The clock is {by}: by it, the signatures of the root of the DNS do not hold.");
            trouble(ID, State::Fault, found, REMEDY)
        }
        _ => finding(ID, State::Ok, "The clock agrees with the signatures of the root of the DNS."),
    }
}

fn judge(now: u32, signature: Validity) -> Verdict {
    // RFC 1982: serial numbers, which go on behind 2106.
    let after = |later: u32, earlier: u32| later.wrapping_sub(earlier) as i32;
    let (early, late) = (after(signature.from, now), after(now, signature.until));
    if early > 0 {
        Verdict::Early(Duration::from_secs(u64::from(early.unsigned_abs())))
    } else if late > 0 {
        Verdict::Late(Duration::from_secs(u64::from(late.unsigned_abs())))
    } else {
        Verdict::Right
    }
}

fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 2 * 86_400 => format!("{} days", seconds / 86_400),
        seconds if seconds >= 2 * 3600 => format!("{} hours", seconds / 3600),
        seconds => format!("{} minutes", seconds / 60 + 1),
    }
}

fn synchronised(folder: &Path) -> Finding {
    const ID: &str = "clock.synchronised";
    if folder.join(SYNCHRONIZED).exists() {
        return finding(ID, State::Ok, "systemd-timesyncd has set the clock since the start.");
    }
    if folder.exists() {
        let found = "systemd-timesyncd runs and has not set the clock yet.";
        return trouble(ID, State::Warning, found, REMEDY);
    }
    let found =
        "systemd-timesyncd does not run here; whether another program sets the clock was not looked at.";
    finding(ID, State::Skipped, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = 86_400;

    #[test]
    fn signatures_tell_an_early_and_a_late_clock() {
        let now = BUILT_AFTER as u32 + 100 * DAY;
        let days = |days: i32| now.wrapping_add_signed(days * DAY as i32);
        let around = |from: i32, until: i32| Validity { from: days(from), until: days(until) };
        let said = |signatures: &[Validity]| {
            let found = time(u64::from(now), signatures);
            (found.state, found.found)
        };
        assert_eq!(said(&[around(-1, 12)]).0, State::Ok);
        assert_eq!(said(&[]).0, State::Ok);
        let (state, found) = said(&[around(40, 50)]);
        assert!(state == State::Fault && found.contains("40 days behind"), "{found}");
        let (state, found) = said(&[around(-50, -3)]);
        assert!(state == State::Fault && found.contains("3 days ahead"), "{found}");
        assert_eq!(said(&[around(-50, -3), around(-1, 12)]).0, State::Ok, "one server is behind the times");
        let pi = time(u64::from(DAY), &[]);
        assert!(pi.state == State::Fault && pi.remedy.unwrap().contains("Raspberry Pi"));
    }

    #[test]
    fn serial_numbers_go_on_behind_their_end() {
        let over_the_end = Validity { from: u32::MAX - 10, until: 10 };
        assert_eq!(judge(u32::MAX - 5, over_the_end), Verdict::Right);
        assert_eq!(judge(5, over_the_end), Verdict::Right);
        assert_eq!(judge(20, over_the_end), Verdict::Late(Duration::from_secs(10)));
    }

    #[test]
    fn times_are_read_from_a_reply() {
        let mut message = vec![0, 1, 0x80, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0, 1];
        message.extend([0, 0, 2, 0, 1, 0, 0, 0, 60, 0, 3, 1, b'a', 0]);
        let mut signature = vec![0, 2, 8, 0, 0, 0, 0, 60];
        signature.extend(2000_u32.to_be_bytes());
        signature.extend(1000_u32.to_be_bytes());
        signature.extend([0, 1, 0]);
        message.extend([0, 0, 46, 0, 1, 0, 0, 0, 60, 0, signature.len() as u8]);
        message.extend(signature);
        let reply = Reply::parse(&message, &crate::name::Name::root(), rtype::NS).unwrap();
        assert_eq!(validities(&reply), [Validity { from: 1000, until: 2000 }]);
    }

    #[test]
    fn timesyncd_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(synchronised(folder.path()).state, State::Warning);
        std::fs::write(folder.path().join(SYNCHRONIZED), "").unwrap();
        assert_eq!(synchronised(folder.path()).state, State::Ok);
        assert_eq!(synchronised(Path::new("/nonexistent")).state, State::Skipped);
    }
}
