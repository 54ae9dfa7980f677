//! Whom we believe: the public authorities, and those that the operator adds. And what time it is for a certificate.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{
        CertificateDer, UnixTime,
        pem::{self, PemObject},
    },
    time_provider::TimeProvider,
};

/// When this version was made at the earliest, in seconds since 1970: the date of the newest entry in a changelog, which
/// a test compares. To be raised with every release.
const MADE_AFTER: u64 = 1_795_305_600;

/// When this program was built at the earliest, in seconds since 1970. Packages that are built reproducibly say it.
const BUILT_AFTER: u64 = later(MADE_AFTER, option_env!("SOURCE_DATE_EPOCH"));

/// Why HTTPS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The operator's file cannot be read.
    #[error("the certificates in {path} cannot be read: {error}. Check the path, and let the user that Sekisho runs as read it", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The operator's file has no certificate in it, or a broken one.
    #[error("{path} has no certificates that can be used: {problem}. Give a file in PEM form, with `-----BEGIN CERTIFICATE-----` in it", path = .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The library refuses its own algorithms.
    #[error("TLS cannot be set up: {0}. This is a fault of the build; please report it")]
    Setup(#[from] rustls::Error),
}

/// How servers are believed. `roots` is a file in PEM form, of authorities beside the public ones.
pub(super) fn config(roots: Option<&Path>) -> Result<Arc<ClientConfig>, RootsError> {
    let mut believed = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = roots {
        add(&mut believed, path)?;
    }
    let mut config =
        ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(NotBeforeTheBuild))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(believed)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn add(believed: &mut RootCertStore, path: &Path) -> Result<(), RootsError> {
    let unusable = |problem: String| RootsError::Unusable { path: path.into(), problem };
    let refused = |error| match error {
        pem::Error::Io(error) => RootsError::Unreadable { path: path.into(), error },
        other => unusable(other.to_string()),
    };
    let before = believed.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(refused)? {
        believed.add(certificate.map_err(refused)?).map_err(|error| unusable(error.to_string()))?;
    }
    if believed.len() == before { Err(unusable("there is none in it".into())) } else { Ok(()) }
}

/// The time by which certificates are judged. A small machine without a battery begins in the past, and fetches before
/// its clock is set; it is certainly later than when the program was built.
#[derive(Debug)]
struct NotBeforeTheBuild;

impl TimeProvider for NotBeforeTheBuild {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(not_before_the_build(SystemTime::now())))
    }
}

fn not_before_the_build(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().max(Duration::from_secs(BUILT_AFTER))
}

/// The later of two times, one of them as text. What is no number is left out.
const fn later(first: u64, text: Option<&str>) -> u64 {
    let Some(text) = text else { return first };
    match u64::from_str_radix(text, 10) {
        Ok(second) if second > first => second,
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_the_past_does_not_count() {
        let built = Duration::from_secs(BUILT_AFTER);
        for past in [0, 1_000_000_000, BUILT_AFTER - 1] {
            assert_eq!(not_before_the_build(UNIX_EPOCH + Duration::from_secs(past)), built);
        }
        let later = built + Duration::from_hours(24);
        assert_eq!(not_before_the_build(UNIX_EPOCH + later), later);
    }

    #[test]
    fn a_reproducible_build_says_when_it_is_made() {
        assert_eq!(later(5, None), 5);
        assert_eq!(later(5, Some("9")), 9);
        for older in ["4", "", "x", "-9", "99999999999999999999"] {
            assert_eq!(later(5, Some(older)), 5, "{older}");
        }
    }

    #[test]
    fn the_build_is_no_older_than_the_changelogs() {
        let texts = [
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/CHANGELOG.md")),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/debian/changelog")),
        ];
        let dates: Vec<SystemTime> = texts.iter().flat_map(|text| text.lines()).filter_map(date).collect();
        assert!(!dates.is_empty(), "no changelog has a date");
        for date in dates {
            let date = date.duration_since(UNIX_EPOCH).unwrap().as_secs();
            assert!(MADE_AFTER >= date, "raise MADE_AFTER to {date}");
        }
    }

    /// The date of a released version: `## [1.0.0] - 2026-11-22` there, ` -- NAME <…>  Sun, 22 Nov 2026 …` here.
    fn date(line: &str) -> Option<SystemTime> {
        let text = if let Some(heading) = line.strip_prefix("## [") {
            format!("{}T00:00:00Z", heading.split_once("] - ")?.1)
        } else {
            let date = line.strip_prefix(" -- ")?.split_once(">  ")?.1;
            return httpdate::parse_http_date(&date.replace("+0000", "GMT")).ok();
        };
        let date: toml::value::Datetime = text.parse().unwrap();
        let date = date.date.unwrap();
        let date = rcgen::date_time_ymd(date.year.into(), date.month, date.day);
        Some(UNIX_EPOCH + Duration::from_secs(date.unix_timestamp().unsigned_abs()))
    }

    #[test]
    fn the_dates_of_changelogs_are_read() {
        let day = |days: u64| Some(UNIX_EPOCH + Duration::from_hours(24 * days));
        assert_eq!(date("## [0.1.0] - 2026-11-22"), day(20_779));
        assert_eq!(
            date(" -- The Sekisho contributors <a@b.example>  Sun, 22 Nov 2026 00:00:00 +0000"),
            day(20_779)
        );
        assert_eq!(date("## [Unreleased]"), None);
    }

    #[test]
    fn a_file_without_certificates_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        assert!(matches!(config(Some(&path)), Err(RootsError::Unreadable { .. })));
        std::fs::write(&path, "hello\n").unwrap();
        assert!(matches!(config(Some(&path)), Err(RootsError::Unusable { .. })));
        let key = rcgen::generate_simple_self_signed(vec!["lists.example".into()]).unwrap();
        std::fs::write(&path, key.cert.pem()).unwrap();
        config(Some(&path)).unwrap();
        config(None).unwrap();
    }
}
