//! Makes the form of our own page known again: a site that was blocked could otherwise send requests in the name of
//! whoever has it open.
//!
//! A token holds for one address and one name, and for half an hour to an hour. Another site can neither read our page
//! (it is of another origin) nor guess the key, which is made anew at each start.

use std::net::IpAddr;

use data_encoding::HEXLOWER;
use ring::hmac;

use crate::name::Name;

/// How long a token holds at least, in seconds.
const HOLDS: u64 = 30 * 60;

/// Makes tokens and knows them again.
pub(super) struct Tokens(hmac::Key);

impl Tokens {
    /// With this key.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A token for `client` to ask about `name`, at a moment in seconds since 1970.
    pub(super) fn make(&self, client: IpAddr, name: &Name, seconds: u64) -> String {
        let tag = hmac::sign(&self.0, &said(client, name, seconds / HOLDS));
        HEXLOWER.encode(tag.as_ref())
    }

    /// Whether it was made for `client` and `name` not long ago.
    pub(super) fn holds(&self, token: &str, client: IpAddr, name: &Name, seconds: u64) -> bool {
        let Ok(tag) = HEXLOWER.decode(token.as_bytes()) else { return false };
        let now = seconds / HOLDS;
        [now, now.saturating_sub(1)]
            .iter()
            .any(|period| hmac::verify(&self.0, &said(client, name, *period), &tag).is_ok())
    }
}

/// What is signed. No two different things are written alike: an address and a period have one length each.
fn said(client: IpAddr, name: &Name, period: u64) -> Vec<u8> {
    let client = match client.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    [&client.octets()[..], &period.to_be_bytes(), name.wire()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_client_its_name_and_a_while() {
        let tokens = Tokens::new(&[7; 32]);
        let (client, name): (IpAddr, Name) = ("192.0.2.1".parse().unwrap(), "bad.example".parse().unwrap());
        let token = tokens.make(client, &name, 10_000);
        let holds = |client: &str, name: &str, seconds| {
            tokens.holds(&token, client.parse().unwrap(), &name.parse().unwrap(), seconds)
        };
        assert!(holds("192.0.2.1", "bad.example", 10_000));
        assert!(holds("::ffff:192.0.2.1", "bad.example", 10_000 + HOLDS));
        assert!(!holds("192.0.2.1", "bad.example", 10_000 + 2 * HOLDS));
        assert!(!holds("192.0.2.2", "bad.example", 10_000));
        assert!(!holds("192.0.2.1", "www.bad.example", 10_000));
        assert!(!Tokens::new(&[8; 32]).holds(&token, client, &name, 10_000));
        for forged in ["", "00", "xyz", &"0".repeat(64), &token[2..], &format!("{token}00")] {
            assert!(!tokens.holds(forged, client, &name, 10_000), "{forged}");
        }
    }
}
