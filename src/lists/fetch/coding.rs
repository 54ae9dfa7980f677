//! How a body is compressed (RFC 9110 §8.4.1): gzip and zstd, which save publishers most of their traffic.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use hyper::{HeaderMap, http::header};

use super::{body::Body, fault::Fault};

/// RFC 9659 §3: no content coding needs a larger window than 8 MiB, in powers of two. It bounds the memory.
const LARGEST_ZSTD_WINDOW: u32 = 23;

/// How much of a name that is not known is shown, in octets.
const MOST_SHOWN: usize = 40;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Zstd,
}

impl Coding {
    /// What the headers say.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Fault> {
        let mut coding = Self::Identity;
        for value in headers.get_all(header::CONTENT_ENCODING) {
            let shown = value.as_bytes().escape_ascii().take(MOST_SHOWN).map(char::from);
            let unknown = || Fault::Coding(shown.clone().collect());
            for said in value.to_str().map_err(|_| unknown())?.split(',') {
                let said = match &*said.trim().to_ascii_lowercase() {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Self::Gzip,
                    "zstd" => Self::Zstd,
                    _ => return Err(unknown()),
                };
                // One within the other has no other use than to be a bomb.
                if coding != Self::Identity {
                    return Err(unknown());
                }
                coding = said;
            }
        }
        Ok(coding)
    }

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Reads what is compressed, to the end of the body, which must be the end of what is compressed.
    pub(super) fn read<'a>(self, body: Body<'a>) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Identity => Box::new(body),
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(body)?;
                decoder.window_log_max(LARGEST_ZSTD_WINDOW)?;
                Box::new(decoder)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use hyper::http::HeaderValue;

    use super::*;

    #[test]
    fn one_known_coding_is_taken() {
        let of = |values: &[&'static str]| {
            let pairs =
                values.iter().map(|value| (header::CONTENT_ENCODING, HeaderValue::from_static(value)));
            Coding::of(&pairs.fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            }))
            .ok()
        };
        assert_eq!(of(&[]), Some(Coding::Identity));
        assert_eq!(of(&["identity"]), Some(Coding::Identity));
        assert_eq!(of(&["GZIP"]), Some(Coding::Gzip));
        assert_eq!(of(&["x-gzip"]), Some(Coding::Gzip));
        assert_eq!(of(&["identity, zstd"]), Some(Coding::Zstd));
        let long = HeaderValue::from_bytes(&[0xFF; 1000]).unwrap();
        let error =
            Coding::of(&HeaderMap::from_iter([(header::CONTENT_ENCODING, long)])).unwrap_err().to_string();
        assert!(error.contains("\\xff\\xff") && error.len() < 120, "{error}");
        for refused in [&["br"][..], &["gzip, gzip"], &["gzip", "zstd"], &["deflate"]] {
            assert_eq!(of(refused), None, "{refused:?}");
        }
    }
}
