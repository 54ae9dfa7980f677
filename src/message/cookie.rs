//! DNS cookies (RFC 7873): a client that sends back what was sent to its address receives there, so nobody else made up
//! that address. Server cookies are those of RFC 9018, which servers that share an address and a secret take from each
//! other. The time and the secrets are handed in.

use std::{fmt, net::IpAddr};

use siphasher::sip::SipHasher24;

/// The option's code (RFC 7873 §4).
pub(super) const OPTION_CODE: u16 = 10;
/// Octets of a client's part.
const CLIENT: usize = 8;
/// Octets of a server's part: version, three reserved ones, the time, and a hash over all that (RFC 9018 §4).
const SERVER: usize = 16;
/// Octets of both.
pub(super) const WHOLE: usize = CLIENT + SERVER;
/// The version of RFC 9018.
const VERSION: u8 = 1;
/// Seconds for which a server cookie holds, and by how much its time may lie ahead (RFC 9018 §4.3).
const LIFE: u32 = 3600;
const AHEAD: u32 = 300;

/// What a client sent in its COOKIE option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie {
    client: [u8; CLIENT],
    /// The server's part. One that is not as long as ours is never ours, so it is as good as none.
    server: Option<[u8; SERVER]>,
    /// Whether there was a server's part at all.
    returned: bool,
}

impl Cookie {
    /// Reads the option's data; `None` if no cookie can be so long (RFC 7873 §5.2.2).
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (client, server) = data.split_first_chunk()?;
        let returned = !server.is_empty();
        if returned && !(8..=32).contains(&server.len()) {
            return None;
        }
        Some(Self { client: *client, server: server.try_into().ok(), returned })
    }

    /// Whether the client sent a server cookie, whoever made it.
    pub const fn is_returned(&self) -> bool {
        self.returned
    }
}

/// What the client is to send from now on: its own part, and a server's part behind it.
pub type Fresh = [u8; WHOLE];

/// The secrets by which server cookies are made and known again.
#[derive(Clone, Copy)]
pub struct Secrets {
    current: [u8; 16],
    /// Cookies that were made with this one still hold.
    previous: Option<[u8; 16]>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// The first one.
    pub const fn new(secret: [u8; 16]) -> Self {
        Self { current: secret, previous: None }
    }

    /// Another one from now on. Cookies of the one before still hold, those of older ones no more (RFC 9018 §5).
    #[must_use]
    pub const fn followed_by(self, secret: [u8; 16]) -> Self {
        Self { current: secret, previous: Some(self.current) }
    }

    /// Whether the client has returned a server cookie that was made here, for this address, and not long before `now`,
    /// in seconds since 1970.
    pub fn know(&self, cookie: &Cookie, address: IpAddr, now: u32) -> bool {
        let Some(server) = &cookie.server else { return false };
        let [version, _, _, _, t0, t1, t2, t3, hash @ ..] = *server;
        // RFC 9018 §4.3: in serial number arithmetic, so that 2106 is no special year.
        let age = now.wrapping_sub(u32::from_be_bytes([t0, t1, t2, t3]));
        if version != VERSION || LIFE < age && age < AHEAD.wrapping_neg() {
            return false;
        }
        let head = &server[..8];
        let made = |secret: &[u8; 16]| hashed(secret, cookie.client, head, address) == hash;
        made(&self.current) || self.previous.as_ref().is_some_and(made)
    }

    /// A fresh cookie for the client.
    pub fn fresh(&self, cookie: &Cookie, address: IpAddr, now: u32) -> Fresh {
        let mut fresh = [0; WHOLE];
        fresh[..CLIENT].copy_from_slice(&cookie.client);
        fresh[CLIENT] = VERSION;
        fresh[CLIENT + 4..CLIENT + 8].copy_from_slice(&now.to_be_bytes());
        let hash = hashed(&self.current, cookie.client, &fresh[CLIENT..CLIENT + 8], address);
        fresh[CLIENT + 8..].copy_from_slice(&hash);
        fresh
    }
}

/// SipHash-2-4 of the client's part, what precedes the hash in the server's part, and the client's address
/// (RFC 9018 §4.4).
fn hashed(secret: &[u8; 16], client: [u8; CLIENT], head: &[u8], address: IpAddr) -> [u8; 8] {
    let mut input = [0; CLIENT + 8 + 16];
    input[..CLIENT].copy_from_slice(&client);
    input[CLIENT..CLIENT + 8].copy_from_slice(head);
    let octets = match address {
        IpAddr::V4(v4) => {
            input[CLIENT + 8..CLIENT + 12].copy_from_slice(&v4.octets());
            4
        }
        IpAddr::V6(v6) => {
            input[CLIENT + 8..].copy_from_slice(&v6.octets());
            16
        }
    };
    SipHasher24::new_with_key(secret).hash(&input[..CLIENT + 8 + octets]).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn octets<const N: usize>(hex: &str) -> [u8; N] {
        data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    }

    fn secret(hex: &str) -> Secrets {
        Secrets::new(octets(hex))
    }

    /// The examples of RFC 9018 Appendix A: what the client sends, and what it gets at which time.
    #[test]
    fn the_examples_of_the_rfc_come_out() {
        let first = "e5e973e5a6b2a43f48e7dc849e37bfcf";
        let rolled = secret("dd3bdf9344b678b185a6f5cb60fca715")
            .followed_by(octets("445536bcd2513298075a5d379663c962"));
        let v6 = "2001:db8:220:1:59de:d0f4:8769:82b8";
        let mut seen = Vec::new();
        for (secrets, address, sent, now, got) in [
            (
                secret(first),
                "198.51.100.100",
                "2464c4abcf10c957",
                1_559_731_985,
                "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
            ),
            (
                secret(first),
                "198.51.100.100",
                "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
                1_559_734_385,
                "2464c4abcf10c957010000005cf7a871d4a564a1442aca77",
            ),
            (
                secret(first),
                "203.0.113.203",
                "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
                1_559_734_700,
                "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e",
            ),
            (
                rolled,
                v6,
                "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
                1_559_741_961,
                "22681ab97d52c298010000005cf7c609a6bb79d16625507a",
            ),
        ] {
            let sent = Cookie::read(&data_encoding::HEXLOWER.decode(sent.as_bytes()).unwrap()).unwrap();
            let address = address.parse().unwrap();
            seen.push(secrets.know(&sent, address, now));
            assert_eq!(secrets.fresh(&sent, address, now), octets::<WHOLE>(got));
        }
        // The third is older than an hour by then; the hash over its reserved octets is right.
        assert_eq!(seen, [false, true, false, true]);
        let third =
            Cookie::read(&octets::<WHOLE>("fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5")).unwrap();
        assert!(secret(first).know(&third, "203.0.113.203".parse().unwrap(), 1_559_727_985 + 600));
    }

    #[test]
    fn a_cookie_holds_for_an_hour_and_for_a_clock_that_is_minutes_behind() {
        let (secrets, address) = (Secrets::new([7; 16]), IpAddr::from([192, 0, 2, 1]));
        let client = Cookie::read(&[1; 8]).unwrap();
        for made in [1_800_000_000, 100, u32::MAX - 100] {
            let cookie = Cookie::read(&secrets.fresh(&client, address, made)).unwrap();
            let holds = |later: i32| secrets.know(&cookie, address, made.wrapping_add_signed(later));
            let at = [-301, -300, 0, 3600, 3601, i32::MAX, i32::MIN];
            assert_eq!(at.map(holds), [false, true, true, true, false, false, false], "{made}");
        }
    }

    #[test]
    fn a_secret_holds_until_the_second_one_after_it() {
        let address = IpAddr::from([192, 0, 2, 1]);
        let first = Secrets::new([1; 16]);
        let cookie = Cookie::read(&first.fresh(&Cookie::read(&[9; 8]).unwrap(), address, 1000)).unwrap();
        let second = first.followed_by([2; 16]);
        let third = second.followed_by([3; 16]);
        assert_eq!([first, second, third].map(|now| now.know(&cookie, address, 1001)), [true, true, false]);
    }

    #[test]
    fn a_cookie_is_no_longer_and_no_shorter_than_the_rfc_says() {
        let good: Vec<usize> = (0..60).filter(|length| Cookie::read(&vec![0; *length]).is_some()).collect();
        let expected: Vec<usize> = std::iter::once(8).chain(16..=40).collect();
        assert_eq!(good, expected);
    }

    #[test]
    fn secrets_are_never_shown() {
        assert_eq!(format!("{:?}", Secrets::new([0xAB; 16])), "Secrets");
    }

    proptest! {
        #[test]
        fn nobody_elses_cookie_is_taken(
            client: [u8; 8], v4: [u8; 4], bit in 0..WHOLE * 8, other: [u8; 4], key: [u8; 16], now: u32
        ) {
            let (secrets, address) = (Secrets::new(key), IpAddr::from(v4));
            let fresh = secrets.fresh(&Cookie::read(&client).unwrap(), address, now);
            prop_assert!(secrets.know(&Cookie::read(&fresh).unwrap(), address, now));
            prop_assert!(other == v4 || !secrets.know(&Cookie::read(&fresh).unwrap(), other.into(), now));
            let mut changed = fresh;
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!secrets.know(&Cookie::read(&changed).unwrap(), address, now));
        }
    }
}
