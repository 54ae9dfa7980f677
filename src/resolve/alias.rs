//! Replies behind an alias of a list's own: RPZ's `name CNAME garden.example.` is answered with that record and with
//! what upstream says of its target, so that a stub need not ask again.

use hickory_proto::{
    op::{Message, MessageType, OpCode},
    rr::{RData, Record, rdata::CNAME},
};

use super::{
    streams::question,
    upstream::{Asked, UpstreamError},
};
use crate::{
    message::{Age, Reply},
    name::Name,
};

/// The reply to `asked` that says: it is an alias of `target`, kept for `ttl` seconds, of which a `reply` of that
/// age says the rest.
///
/// # Errors
///
/// If the reply about the target cannot be taken apart. It was checked when it came, so this hardly happens.
pub fn behind_alias(
    asked: &Asked,
    target: &Name,
    ttl: u32,
    (reply, age): (&Reply, Age),
) -> Result<Reply, UpstreamError> {
    let network = |error: hickory_proto::ProtoError| UpstreamError::Network(error.to_string().into());
    let of_target = Message::from_vec(&reply.to_message(target, asked.qtype, age))
        .map_err(|error| UpstreamError::Network(error.to_string().into()))?;
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    message.metadata.response_code = of_target.metadata.response_code;
    message.metadata.recursion_available = true;
    let query = question(asked)?;
    let alias = question(&Asked { name: target.clone(), ..asked.clone() })?;
    message.answers.push(Record::from_rdata(
        query.name().clone(),
        ttl,
        RData::CNAME(CNAME(alias.name().clone())),
    ));
    message.add_query(query);
    message.answers.extend(of_target.answers);
    message.authorities = of_target.authorities;
    let bytes = message.to_vec().map_err(network)?;
    Ok(Reply::parse(&bytes, &asked.name, asked.qtype)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AnswerWriter, Rcode};

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn the_alias_stands_first_and_the_targets_records_follow() {
        let target = name("garden.example");
        let mut wire = target.wire().to_vec();
        wire.extend(b"\0\x01\0\x01");
        let mut out = [0; 512];
        let mut writer = AnswerWriter::new(&mut out, 512, 0, 0, &wire, false);
        writer.address([192, 0, 2, 80].into(), 300);
        let length = writer.finish();
        let reply = Reply::parse(&out[..length], &target, 1).unwrap();
        let asked = Asked { name: name("bad.example"), qtype: 1, dnssec_ok: false, checking_disabled: false };
        let behind = behind_alias(&asked, &target, 10, (&reply, Age::Seconds(0))).unwrap();
        assert_eq!((behind.rcode(), behind.counts(), behind.ttl()), (Rcode::NOERROR, [2, 0, 0], 10));
        assert_eq!(behind.targets().collect::<Vec<_>>(), [target.wire()]);
        assert!(behind.body().windows(4).any(|octets| octets == [192, 0, 2, 80]));
    }
}
