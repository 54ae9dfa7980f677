//! What a record of a policy zone does (draft-vixie-dnsop-dns-rpz §3), told by its type and data.

use super::{
    super::{Effect, Reason, Record},
    data,
    records::Word,
    trigger::Subject,
};
use crate::{name::Name, trie::Negative};

/// Of an IPv4 address.
const A: u16 = 1;
/// Of the authoritative servers of a zone.
pub(super) const NS: u16 = 2;
/// Of another name for the owner.
const CNAME: u16 = 5;
/// Of the beginning of a zone.
pub(super) const SOA: u16 = 6;
/// Of an IPv6 address.
const AAAA: u16 = 28;

/// What a record does: an [`Effect`] that owns its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// An effect without data.
    Plain(Effect<'static>),
    /// Answers with this record.
    Data(Record),
}

impl Action {
    /// Reads the data of a record of this type and time to live. `subject` is what its owner is about.
    pub(super) fn read(
        (rtype, ttl): (u16, Option<u32>),
        words: &[Word<'_>],
        origin: Option<&Name>,
        subject: &Subject,
    ) -> Result<Self, Reason> {
        if means_nothing(rtype) {
            return Err(Reason::RecordType);
        }
        let data = data::read(rtype, words, origin)?;
        let plain = match rtype {
            CNAME => of_target(&data, subject)?,
            // Nowhere: what hosts files say, and no address that anybody could reach.
            A | AAAA if data.iter().all(|octet| *octet == 0) => Some(Effect::Block),
            _ => None,
        };
        Ok(plain.map_or_else(|| Self::Data(Record { rtype, ttl, data: data.into() }), Self::Plain))
    }

    /// The effect in the words that all formats share.
    pub(super) const fn effect(&self) -> Effect<'_> {
        match self {
            Self::Plain(effect) => *effect,
            Self::Data(record) => Effect::Data(record),
        }
    }
}

/// Types that a policy zone has for its own sake or by mistake: zone cuts, DNSSEC, DNAME, and what is only ever
/// asked for. Unbound leaves the same out.
const fn means_nothing(rtype: u16) -> bool {
    matches!(
        rtype,
        NS | SOA
        // NULL, SIG, KEY, NXT, DNAME, OPT, DS, RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, CDS, CDNSKEY, CSYNC, ZONEMD.
        | 0 | 10 | 24 | 25 | 30 | 39 | 41 | 43 | 46 | 47 | 48 | 50 | 51 | 59 | 60 | 62 | 63
        // Types of questions (RFC 6895 §3.1), TA, DLV, and the last number, which is reserved.
        | 128..=255 | 32768 | 32769 | 65535
    )
}

/// What a CNAME means whose target says more than a name, if it does.
fn of_target(target: &[u8], subject: &Subject) -> Result<Option<Effect<'static>>, Reason> {
    let (target, _) = Name::from_wire(target).map_err(|_| Reason::Record)?;
    let last = target.labels_from_root().next().unwrap_or_default();
    Ok(match target.wire() {
        b"\0" => Some(Effect::Negative(Negative::Nxdomain)),
        b"\x01*\0" => Some(Effect::Negative(Negative::Nodata)),
        b"\x0Crpz-passthru\0" => Some(Effect::Pass),
        b"\x08rpz-drop\0" => Some(Effect::Drop),
        b"\x0Crpz-tcp-only\0" => Some(Effect::TcpOnly),
        // An action that will be thought of later. As a name it would never be found.
        _ if last.starts_with(b"rpz-") => return Err(Reason::Action),
        // How PASSTHRU was written before it had a name.
        _ if subject.is(&target) => Some(Effect::Pass),
        _ => None,
    })
}
