//! Leaves: certificates for one blocked name, for some days.
//!
//! All leaves of a process have one key. A key for each would keep nothing safer: whoever can read one in this process can
//! read the root's as well. And each leaf is for a page that says the same to everybody.
//!
//! Making one takes a signature, so there is a bound on how many are made in a time and how many are remembered: a script
//! that asks for one name below a blocked one after the other costs nothing but refusals.

use std::{fmt, sync::Arc, time::Instant};

use quick_cache::sync::Cache;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{NoServerSessionStorage, ResolvesServerCertUsingSni},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};
use time::{Duration, OffsetDateTime};

use super::{
    Root, RootError,
    bucket::Bucket,
    form::Forms,
    root::{never_blocked, serial_number},
};
use crate::name::Name;

/// By how much a leaf is older than it is, for devices whose clock is behind.
const BACKDATED: Duration = Duration::hours(12);
/// How long a leaf holds from when it is made.
const LIFE: Duration = Duration::hours(48);
/// How long it is used, so that a device whose clock is ahead does not refuse it.
const USED: Duration = Duration::hours(24);
/// Leaves that are remembered: more blocked names than a network meets in a day, in about a megabyte.
const MOST_LEAVES: usize = 1024;
/// Leaves that are made in a second: about a thousandth of a processor.
const MINTED_A_SECOND: u32 = 16;

/// Why there is no leaf for a name.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The root can never vouch for it.
    #[error("the root certificate can never vouch for this name")]
    Excluded,
    /// Too many were made a moment ago.
    #[error("too many certificates were made in a short time")]
    Limited,
    /// The root is over.
    #[error("the root certificate is over; `sekisho ca renew` makes another")]
    Ended,
    /// It cannot be made.
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// Why leaves cannot be made at all.
#[derive(Debug, thiserror::Error)]
pub enum NoMint {
    /// For want of what the root needs.
    #[error(transparent)]
    Root(#[from] RootError),
    /// TLS cannot be served.
    #[error("TLS cannot be served: {0}")]
    Tls(#[from] rustls::Error),
}

/// A leaf, and until when it is used.
#[derive(Clone)]
struct Leaf {
    certified: Arc<CertifiedKey>,
    until: OffsetDateTime,
}

/// Makes leaves of one root, and remembers them.
pub struct Mint {
    root: Root,
    forms: Arc<Forms>,
    /// What no list may touch by now, which may be more than when the root was made.
    never: Vec<Name>,
    key: KeyPair,
    signing: Arc<dyn SigningKey>,
    /// What all connections have in common; each gets a copy with its leaf.
    shared: ServerConfig,
    leaves: Cache<Name, Leaf>,
    bucket: Bucket,
}

impl fmt::Debug for Mint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mint").field("root", self.root.certificate()).finish_non_exhaustive()
    }
}

impl Mint {
    /// Gets ready to make leaves.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn new(root: Root) -> Result<Self, NoMint> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(RootError::from)?;
        let pkcs8 = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Self {
            forms: Arc::new(Forms::of(root.certificate())),
            never: never_blocked().map_err(RootError::from)?.collect(),
            signing: ring::sign::any_ecdsa_type(&pkcs8)?,
            shared: shared()?,
            leaves: Cache::new(MOST_LEAVES),
            bucket: Bucket::new(MINTED_A_SECOND),
            root,
            key,
        })
    }

    /// The root in the forms that devices want.
    pub const fn forms(&self) -> &Arc<Forms> {
        &self.forms
    }

    /// When the root ends.
    pub const fn ends(&self) -> OffsetDateTime {
        self.root.certificate().until()
    }

    /// How many leaves are remembered.
    pub fn remembered(&self) -> usize {
        self.leaves.len()
    }

    /// How to serve TLS for this name, with a leaf that is remembered.
    pub fn remembered_for(&self, name: &Name, now: OffsetDateTime) -> Option<Arc<ServerConfig>> {
        let leaf = self.leaves.get(name).filter(|leaf| now < leaf.until)?;
        Some(self.serving(leaf.certified))
    }

    /// How to serve TLS for this name, with a new leaf. Costs a signature: not for threads that answer queries.
    ///
    /// # Errors
    ///
    /// If there is to be none.
    pub fn mint(
        &self,
        name: &Name,
        now: OffsetDateTime,
        instant: Instant,
    ) -> Result<Arc<ServerConfig>, MintError> {
        let root = self.root.certificate();
        if root.excludes(name) || self.never.iter().any(|never| name.is_at_or_below(never)) {
            return Err(MintError::Excluded);
        }
        // A machine without a clock of its own begins in the past, and the root is younger than that.
        let now = now.max(root.since());
        if now >= root.until() {
            return Err(MintError::Ended);
        }
        if !self.bucket.take(instant) {
            return Err(MintError::Limited);
        }
        let parameters = self.parameters(name, now)?;
        let leaf = parameters.signed_by(&self.key, self.root.issuer())?;
        let certified = Arc::new(CertifiedKey::new(vec![leaf.into()], self.signing.clone()));
        let until = (now + USED).min(root.until());
        self.leaves.insert(name.clone(), Leaf { certified: certified.clone(), until });
        Ok(self.serving(certified))
    }

    fn parameters(&self, name: &Name, now: OffsetDateTime) -> Result<CertificateParams, MintError> {
        let root = self.root.certificate();
        let mut parameters = CertificateParams::default();
        // Names can be longer than a common name may be, and nothing reads them there any more (RFC 9525 §2).
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, "Page of Sekisho");
        parameters.subject_alt_names = vec![SanType::DnsName(name.to_string().try_into()?)];
        parameters.serial_number = Some(serial_number());
        parameters.not_before = (now - BACKDATED).max(root.since());
        parameters.not_after = (now + LIFE).min(root.until());
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        Ok(parameters)
    }

    fn serving(&self, certified: Arc<CertifiedKey>) -> Arc<ServerConfig> {
        let mut config = self.shared.clone();
        config.cert_resolver = Arc::new(SingleCertAndKey::from(certified));
        Arc::new(config)
    }
}

/// What all connections have in common. Nothing is resumed: whether a name is blocked is asked each time.
fn shared() -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use x509_parser::extensions::GeneralName;

    use super::*;

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_651_200).unwrap()
    }

    fn mint() -> Mint {
        Mint::new(Root::make(now()).unwrap()).unwrap()
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn leaf_of(mint: &Mint, name: &Name) -> Vec<u8> {
        mint.leaves.get(name).unwrap().certified.cert[0].to_vec()
    }

    #[test]
    fn a_leaf_is_for_one_name_and_for_less_than_three_days() {
        let mint = mint();
        let long = format!("{0}.{0}.fake-support.example", "a".repeat(63));
        let mut serials = Vec::new();
        for text in ["fake-support.example", "xn--r8jz45g.example", "a_b.fake-support.example", &long] {
            let name = name(text);
            mint.mint(&name, now(), Instant::now()).unwrap();
            let der = leaf_of(&mint, &name);
            let (_, leaf) = x509_parser::parse_x509_certificate(&der).unwrap();
            let names = &leaf.subject_alternative_name().unwrap().unwrap().value.general_names;
            assert_eq!(*names, [GeneralName::DNSName(text)]);
            assert_eq!(leaf.subject().to_string(), "CN=Page of Sekisho");
            assert!(!leaf.is_ca());
            let purposes = leaf.extended_key_usage().unwrap().unwrap().value;
            assert!(purposes.server_auth && !purposes.client_auth && !purposes.any);
            let validity = leaf.validity();
            let (since, until) = (validity.not_before.to_datetime(), validity.not_after.to_datetime());
            assert!(until - since <= Duration::hours(72) && since < now() && until > now());
            serials.push(leaf.raw_serial().to_vec());
        }
        serials.sort();
        serials.dedup();
        assert_eq!(serials.len(), 4, "no serial number twice");
    }

    #[test]
    fn no_leaf_is_made_for_a_name_that_no_list_may_touch() {
        let mint = mint();
        for text in ["npa.go.jp", "www.npa.go.jp", "deb.debian.org", "x.deb.debian.org"] {
            let made = mint.mint(&name(text), now(), Instant::now());
            assert!(matches!(made, Err(MintError::Excluded)), "{text}");
        }
        assert_eq!(mint.remembered(), 0);
    }

    #[test]
    fn a_flood_of_names_is_bounded_in_time_and_in_memory() {
        let (mint, start) = (mint(), Instant::now());
        let made = (0..500)
            .filter(|at| mint.mint(&name(&format!("a{at}.fake-support.example")), now(), start).is_ok())
            .count();
        assert_eq!(made, MINTED_A_SECOND as usize);
        for at in 0..3000_u64 {
            let later = start + std::time::Duration::from_secs(at + 1);
            mint.mint(&name(&format!("b{at}.fake-support.example")), now(), later).unwrap();
        }
        assert!(mint.remembered() <= MOST_LEAVES, "{}", mint.remembered());
    }

    #[test]
    fn a_leaf_is_remembered_for_a_day_and_no_longer() {
        let (mint, name) = (mint(), name("fake-support.example"));
        assert!(mint.remembered_for(&name, now()).is_none());
        mint.mint(&name, now(), Instant::now()).unwrap();
        assert!(mint.remembered_for(&name, now() + Duration::hours(23)).is_some());
        assert!(mint.remembered_for(&name, now() + Duration::hours(25)).is_none());
    }

    #[test]
    fn no_leaf_outlives_the_root_and_none_is_made_after_it() {
        let (mint, name) = (mint(), name("fake-support.example"));
        mint.mint(&name, mint.ends() - Duration::hours(1), Instant::now()).unwrap();
        let der = leaf_of(&mint, &name);
        let (_, leaf) = x509_parser::parse_x509_certificate(&der).unwrap();
        assert_eq!(leaf.validity().not_after.to_datetime(), mint.ends());
        assert!(matches!(mint.mint(&name, mint.ends(), Instant::now()), Err(MintError::Ended)));
    }

    #[test]
    fn a_clock_that_begins_in_the_past_makes_a_leaf_that_holds_with_the_root() {
        let (mint, name) = (mint(), name("fake-support.example"));
        mint.mint(&name, OffsetDateTime::UNIX_EPOCH, Instant::now()).unwrap();
        let der = leaf_of(&mint, &name);
        let (_, leaf) = x509_parser::parse_x509_certificate(&der).unwrap();
        assert_eq!(leaf.validity().not_before.to_datetime(), mint.root.certificate().since());
    }
}
