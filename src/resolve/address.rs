//! Where an upstream server is, and how it is spoken to, as the configuration writes it.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc};

use crate::name::Name;

/// Where a server is, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ServerAddress {
    /// UDP, and TCP for what does not fit.
    Plain(SocketAddr),
    /// DNS over TLS (RFC 7858); the certificate must be for `name`.
    Tls {
        /// Address and port.
        address: SocketAddr,
        /// The name in the server's certificate.
        name: Arc<str>,
    },
}

/// The text is no server that we can ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// `https://` and `quic://` are known and not built yet.
    #[error(
        "`{0}`: DNS over HTTPS and QUIC upstream are not built yet; use an address, or tls://ADDRESS#NAME"
    )]
    NotBuilt(String),
    /// `tls://` without the name that the certificate is for.
    #[error(
        "`{0}` lacks the name in the server's certificate; write tls://ADDRESS#NAME, such as tls://9.9.9.9#dns.quad9.net"
    )]
    NoName(String),
    /// Anything else.
    #[error(
        "`{0}` is no server; write an address such as 192.0.2.53, 192.0.2.53:5300, [2001:db8::1]:53 or tls://9.9.9.9#dns.quad9.net"
    )]
    Unreadable(String),
}

impl FromStr for ServerAddress {
    type Err = ServerAddressError;

    fn from_str(text: &str) -> Result<Self, ServerAddressError> {
        if text.starts_with("https://") || text.starts_with("quic://") {
            return Err(ServerAddressError::NotBuilt(text.into()));
        }
        let unreadable = || ServerAddressError::Unreadable(text.into());
        if let Some(rest) = text.strip_prefix("tls://") {
            let (address, name) =
                rest.split_once('#').ok_or_else(|| ServerAddressError::NoName(text.into()))?;
            if name.is_empty() || rustls_name(name).is_none() {
                return Err(ServerAddressError::NoName(text.into()));
            }
            let address = with_port(address, 853).ok_or_else(unreadable)?;
            return Ok(Self::Tls { address, name: name.into() });
        }
        with_port(text, 53).map(Self::Plain).ok_or_else(unreadable)
    }
}

/// A certificate's name: one that could stand in the DNS.
fn rustls_name(text: &str) -> Option<Name> {
    text.parse().ok()
}

fn with_port(text: &str, port: u16) -> Option<SocketAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse().ok().or_else(|| bare.parse().ok().map(|ip| SocketAddr::new(ip, port)))
}

impl fmt::Display for ServerAddress {
    /// As it stands in the configuration, without the usual port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, usual) = match self {
            Self::Plain(address) => (address, 53),
            Self::Tls { address, .. } => {
                f.write_str("tls://")?;
                (address, 853)
            }
        };
        if address.port() == usual {
            write!(f, "{}", address.ip())?;
        } else {
            write!(f, "{address}")?;
        }
        if let Self::Tls { name, .. } = self { write!(f, "#{name}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_they_are_written() {
        for text in [
            "192.0.2.53",
            "192.0.2.53:5300",
            "[2001:db8::1]:5300",
            "2001:db8::1",
            "tls://9.9.9.9#dns.quad9.net",
        ] {
            assert_eq!(text.parse::<ServerAddress>().unwrap().to_string(), text);
        }
        assert_eq!("[2001:db8::1]".parse::<ServerAddress>().unwrap().to_string(), "2001:db8::1");
        assert_eq!(
            "tls://9.9.9.9:853#a.example".parse::<ServerAddress>().unwrap().to_string(),
            "tls://9.9.9.9#a.example"
        );
    }

    #[test]
    fn what_is_no_server_is_refused_with_a_remedy() {
        for text in [
            "dns.example",
            "",
            "192.0.2.53:",
            "tls://9.9.9.9",
            "tls://9.9.9.9#",
            "https://dns.example/q",
            "tls://x#y",
        ] {
            let error = text.parse::<ServerAddress>().unwrap_err().to_string();
            assert!(error.contains("tls://"), "{error}");
        }
    }
}
