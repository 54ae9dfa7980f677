//! The root: made with its constraints, and read back from its file.
//!
//! Whatever is said of a root is read from the certificate itself, since that is what devices go by.

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, SerialNumber,
};
use ring::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::{Duration, OffsetDateTime};
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
};

use crate::{
    lists::compile::{FloorError, floor_entries},
    name::Name,
};

/// How long a root holds. Devices have to be visited again after that; a key that lives longer can be stolen for longer.
const LIFE: Duration = Duration::days(5 * 365);
/// By how much a root is older than it is: a device whose clock is behind must not refuse it.
const BACKDATED: Duration = Duration::days(1);

/// Why a root cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The text is no certificate of an authority of ours.
    #[error("the certificate is damaged: {0}")]
    Certificate(&'static str),
    /// The text is no key.
    #[error("the key is damaged")]
    Key,
    /// The key is that of another certificate.
    #[error("the key does not belong to the certificate")]
    OtherKey,
    /// It cannot be made.
    #[error("it cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The shipped floor is damaged.
    #[error("{0}. This is a fault of the build; please report it")]
    Floor(#[from] FloorError),
}

/// The public half of a root: what devices install.
#[derive(Debug, Clone)]
pub struct RootCertificate {
    der: CertificateDer<'static>,
    subject: String,
    since: OffsetDateTime,
    until: OffsetDateTime,
    excluded: Vec<Name>,
    excludes_addresses: bool,
    /// The key that it is for, as its `SubjectPublicKeyInfo`.
    public_key: Vec<u8>,
}

impl RootCertificate {
    /// Reads the certificate of a file in PEM.
    ///
    /// # Errors
    ///
    /// If it is not one that [`Root::make`] could have made: one without constraints is none of ours.
    pub fn from_pem(text: &str) -> Result<Self, RootError> {
        let der = CertificateDer::from_pem_slice(text.as_bytes())
            .map_err(|_| RootError::Certificate("it is not in PEM"))?;
        Self::from_der(der)
    }

    fn from_der(der: CertificateDer<'static>) -> Result<Self, RootError> {
        let (_, parsed) = x509_parser::parse_x509_certificate(&der)
            .map_err(|_| RootError::Certificate("it cannot be read"))?;
        if !parsed.is_ca() {
            return Err(RootError::Certificate("it is not that of an authority"));
        }
        let (excluded, excludes_addresses) = excluded_of(&parsed)?;
        let validity = parsed.validity();
        let subject = parsed.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        Ok(Self {
            subject: subject.unwrap_or("without a name").to_owned(),
            since: validity.not_before.to_datetime(),
            until: validity.not_after.to_datetime(),
            excluded,
            excludes_addresses,
            public_key: parsed.public_key().raw.to_vec(),
            der,
        })
    }

    /// The certificate's octets.
    pub const fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// What it is called on devices.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// From when it holds.
    pub const fn since(&self) -> OffsetDateTime {
        self.since
    }

    /// Until when it holds.
    pub const fn until(&self) -> OffsetDateTime {
        self.until
    }

    /// Names for which, and for all below, it can never vouch.
    pub fn excluded(&self) -> &[Name] {
        &self.excluded
    }

    /// Whether it can never vouch for an address.
    pub const fn excludes_addresses(&self) -> bool {
        self.excludes_addresses
    }

    /// The SHA-256 of the certificate, as browsers and `openssl x509 -fingerprint` write it.
    pub fn fingerprint(&self) -> String {
        let hash = digest(&SHA256, &self.der);
        let octets: Vec<String> = hash.as_ref().iter().map(|octet| format!("{octet:02X}")).collect();
        octets.join(":")
    }

    /// What there is to say when it ends soon, or has ended.
    pub fn ends_soon(&self, now: OffsetDateTime) -> Option<String> {
        let left = (self.until - now).whole_days();
        let when = match left {
            ..0 => "has ended".to_owned(),
            0..=60 => format!("ends in {left} days"),
            _ => return None,
        };
        Some(format!(
            "the root certificate {when} ({}). Make another with `sekisho ca renew`, and install it on every device",
            self.until.date()
        ))
    }

    /// Whether it can never vouch for this name.
    pub fn excludes(&self, name: &Name) -> bool {
        self.excluded.iter().any(|excluded| name.is_at_or_below(excluded))
    }
}

/// The names that a certificate excludes, and whether it excludes all addresses.
fn excluded_of(certificate: &X509Certificate<'_>) -> Result<(Vec<Name>, bool), RootError> {
    let subtrees = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NameConstraints(constraints) if extension.critical => {
            constraints.excluded_subtrees.as_ref()
        }
        _ => None,
    });
    let Some(subtrees) = subtrees else {
        return Err(RootError::Certificate("it does not say for which names it cannot be used"));
    };
    let (mut names, mut all_v4, mut all_v6) = (Vec::new(), false, false);
    for subtree in subtrees {
        match &subtree.base {
            GeneralName::DNSName(name) => {
                let name = name.parse().map_err(|_| RootError::Certificate("it excludes what is no name"))?;
                names.push(name);
            }
            GeneralName::IPAddress([0, 0, 0, 0, 0, 0, 0, 0]) => all_v4 = true,
            GeneralName::IPAddress(octets) => all_v6 |= **octets == [0; 32],
            _ => {}
        }
    }
    Ok((names, all_v4 && all_v6))
}

/// A root with its key, which can sign.
#[derive(Debug)]
pub struct Root {
    certificate: RootCertificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Root {
    /// Makes a root with a new key, which holds from `now` on.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn make(now: OffsetDateTime) -> Result<Self, RootError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = parameters(now)?.self_signed(&key)?;
        Self::of(RootCertificate::from_der(made.into())?, key)
    }

    /// A root and the key of a file in PEM.
    ///
    /// # Errors
    ///
    /// If it is no key, or that of another root.
    pub fn with_key(certificate: RootCertificate, key: &str) -> Result<Self, RootError> {
        Self::of(certificate, KeyPair::from_pem(key).map_err(|_| RootError::Key)?)
    }

    fn of(certificate: RootCertificate, key: KeyPair) -> Result<Self, RootError> {
        if key.subject_public_key_info() != certificate.public_key {
            return Err(RootError::OtherKey);
        }
        let issuer = Issuer::from_ca_cert_der(&certificate.der, key)
            .map_err(|_| RootError::Certificate("it cannot be read"))?;
        Ok(Self { certificate, issuer })
    }

    /// Its public half.
    pub const fn certificate(&self) -> &RootCertificate {
        &self.certificate
    }

    /// Its secret half, as its file has it.
    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    pub(super) const fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }
}

/// What a root says of itself.
fn parameters(now: OffsetDateTime) -> Result<CertificateParams, RootError> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    // It stands in the lists of devices for years: it must say whose it is, and be told from the one after it.
    let subject = format!("Sekisho of this network ({})", now.date());
    parameters.distinguished_name.push(DnType::CommonName, subject);
    parameters.serial_number = Some(serial_number());
    parameters.not_before = now - BACKDATED;
    parameters.not_after = now + LIFE;
    // It signs leaves itself: no authority below it, for nothing but servers' names.
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    let mut excluded_subtrees: Vec<GeneralSubtree> =
        never_blocked()?.map(|name| GeneralSubtree::DnsName(name.to_string())).collect();
    excluded_subtrees.push(GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])));
    excluded_subtrees.push(GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])));
    parameters.name_constraints = Some(NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees });
    Ok(parameters)
}

/// The names that no list may ever touch. A constraint always speaks of what is below as well, which can only exclude
/// more.
pub(super) fn never_blocked() -> Result<impl Iterator<Item = Name>, FloorError> {
    Ok(floor_entries()?.into_iter().map(|(name, _)| name))
}

/// A serial number that nobody can guess: 127 bits, not negative.
pub(super) fn serial_number() -> SerialNumber {
    let mut octets: [u8; 16] = rand::random();
    octets[0] = octets[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_651_200).unwrap()
    }

    #[test]
    fn a_root_excludes_what_no_list_may_touch_and_all_addresses() {
        let root = Root::make(now()).unwrap();
        let certificate = root.certificate();
        assert_eq!(certificate.subject(), "Sekisho of this network (2026-11-26)");
        assert!(certificate.excludes_addresses());
        let excluded = certificate.excluded();
        assert!((50..1000).contains(&excluded.len()), "{}", excluded.len());
        for (name, expected) in [
            ("npa.go.jp", true),
            ("www.npa.go.jp", true),
            ("deb.debian.org", true),
            ("go.jp", false),
            ("notnpa.go.jp", false),
            ("fake-support.example", false),
        ] {
            assert_eq!(certificate.excludes(&name.parse().unwrap()), expected, "{name}");
        }
        assert_eq!((certificate.until() - certificate.since()).whole_days(), 5 * 365 + 1);
    }

    #[test]
    fn a_root_is_an_authority_for_leaves_alone_and_has_both_key_identifiers() {
        let root = Root::make(now()).unwrap();
        let (_, parsed) = x509_parser::parse_x509_certificate(root.certificate().der()).unwrap();
        let basic = parsed.basic_constraints().unwrap().unwrap();
        assert!(basic.critical && basic.value.ca);
        assert_eq!(basic.value.path_len_constraint, Some(0));
        let usage = parsed.key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
        assert!(!usage.value.digital_signature());
        let purposes = parsed.extended_key_usage().unwrap().unwrap().value;
        assert!(purposes.server_auth && !purposes.any && !purposes.code_signing);
        assert!(parsed.name_constraints().unwrap().unwrap().critical);
        let mut own = (None, None);
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => own.0 = Some(id.0),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    own.1 = id.key_identifier.as_ref().map(|id| id.0);
                }
                _ => {}
            }
        }
        assert!(own.0.is_some() && own.0 == own.1, "{own:?}");
    }

    #[test]
    fn a_root_is_read_back_and_another_key_or_another_certificate_is_refused() {
        let (root, other) = (Root::make(now()).unwrap(), Root::make(now()).unwrap());
        let pem = super::super::form::pem(root.certificate());
        let read = RootCertificate::from_pem(&pem).unwrap();
        assert_eq!(read.fingerprint(), root.certificate().fingerprint());
        assert!(Root::with_key(read.clone(), &root.key_pem()).is_ok());
        assert!(matches!(Root::with_key(read.clone(), &other.key_pem()), Err(RootError::OtherKey)));
        assert!(matches!(Root::with_key(read, "no key"), Err(RootError::Key)));
        let plain = rcgen::generate_simple_self_signed(vec!["a.example".into()]).unwrap();
        for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &plain.cert.pem()]
        {
            assert!(matches!(RootCertificate::from_pem(text), Err(RootError::Certificate(_))), "{text}");
        }
        let mut unbound = parameters(now()).unwrap();
        unbound.name_constraints = None;
        let unbound = unbound.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        assert!(matches!(RootCertificate::from_pem(&unbound), Err(RootError::Certificate(_))));
    }
}
