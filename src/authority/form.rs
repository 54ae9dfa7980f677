//! The root as devices want to have it: PEM, DER, and a profile for iPhones, iPads and Macs.

use std::fmt::Write;

use data_encoding::BASE64;
use ring::digest::{SHA256, digest};

use super::RootCertificate;

/// The root in every form, made once.
#[derive(Debug, Clone)]
pub struct Forms {
    /// For Linux, Firefox, Android, `curl`.
    pub pem: String,
    /// For Windows and Android.
    pub der: Vec<u8>,
    /// For iPhones, iPads and Macs.
    pub profile: String,
    /// By which a person makes sure that it is the right one.
    pub fingerprint: String,
}

impl Forms {
    /// All forms of a root.
    pub fn of(root: &RootCertificate) -> Self {
        Self {
            pem: pem(root),
            der: root.der().to_vec(),
            profile: profile(root),
            fingerprint: root.fingerprint(),
        }
    }
}

/// RFC 7468.
pub fn pem(root: &RootCertificate) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let base64 = BASE64.encode(root.der());
    for line in base64.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// A configuration profile that holds the root and nothing else. The same root gives the same profile, so that one that
/// is installed twice is there once.
pub fn profile(root: &RootCertificate) -> String {
    let hash = digest(&SHA256, root.der());
    let hex = hash.as_ref().iter().fold(String::new(), |mut hex, octet| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{octet:02x}");
        hex
    });
    let (payload, whole) = (uuid(&hex[..32]), uuid(&hex[32..]));
    let identifier = format!("arpa.home.sekisho.root.{}", &hex[..16]);
    let (subject, content) = (escaped(root.subject()), BASE64.encode(root.der()));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadCertificateFileName</key>
      <string>root.der</string>
      <key>PayloadContent</key>
      <data>{content}</data>
      <key>PayloadDisplayName</key>
      <string>{subject}</string>
      <key>PayloadIdentifier</key>
      <string>{identifier}.certificate</string>
      <key>PayloadType</key>
      <string>com.apple.security.root</string>
      <key>PayloadUUID</key>
      <string>{payload}</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
    </dict>
  </array>
  <key>PayloadDescription</key>
  <string>Lets the page of this network's Sekisho be shown in place of blocked sites over https. Remove it when you leave this network.</string>
  <key>PayloadDisplayName</key>
  <string>{subject}</string>
  <key>PayloadIdentifier</key>
  <string>{identifier}</string>
  <key>PayloadRemovalDisallowed</key>
  <false/>
  <key>PayloadType</key>
  <string>Configuration</string>
  <key>PayloadUUID</key>
  <string>{whole}</string>
  <key>PayloadVersion</key>
  <integer>1</integer>
</dict>
</plist>
"#
    )
}

/// 32 hexadecimal digits as a UUID of version 8 (RFC 9562 §5.8): made of a hash, not of chance.
fn uuid(hex: &str) -> String {
    let digits = hex.to_uppercase();
    format!(
        "{}-{}-8{}-A{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..32]
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::authority::Root;

    #[test]
    fn a_profile_holds_the_root_and_can_be_removed() {
        let root = Root::make(OffsetDateTime::UNIX_EPOCH).unwrap();
        let profile = profile(root.certificate());
        let (_, rest) = profile.split_once("<data>").unwrap();
        let (content, _) = rest.split_once("</data>").unwrap();
        assert_eq!(BASE64.decode(content.as_bytes()).unwrap(), root.certificate().der().to_vec());
        assert!(profile.contains("<key>PayloadRemovalDisallowed</key>\n  <false/>"), "{profile}");
        assert_eq!(profile, super::profile(root.certificate()), "the same root, the same profile");
    }

    #[test]
    fn a_uuid_has_its_version_and_its_variant() {
        let hex = "0123456789abcdef0123456789abcdef";
        assert_eq!(uuid(hex), "01234567-89AB-8DEF-A123-456789ABCDEF");
    }
}
