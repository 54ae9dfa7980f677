//! What goes wrong while a list is fetched, in sentences for the operator.

use std::{fmt, io, time::Duration};

use hyper::StatusCode;
use rustls::CertificateError;

use super::{
    hosts::HostError,
    url::{ListUrl, UrlError},
};

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No URL gave it.
    #[error("{}", sentences(.0))]
    Missed(Vec<Missed>),
    /// What came cannot be written.
    #[error(
        "what was fetched cannot be written: {0}. Check the disk and the state folder; it is tried again"
    )]
    NotWritten(io::Error),
    /// The system gives us nothing to work with.
    #[error("fetching cannot begin: {0}. It is tried again")]
    NotBegun(io::Error),
}

fn sentences(missed: &[Missed]) -> String {
    missed.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

impl FetchError {
    /// What was wrong with each URL, in the order in which they were tried.
    pub fn missed(&self) -> &[Missed] {
        match self {
            Self::Missed(missed) => missed,
            Self::NotWritten(_) | Self::NotBegun(_) => &[],
        }
    }

    /// How long publishers want to be left alone: the longest that one of them said.
    pub fn retry_after(&self) -> Option<Duration> {
        self.missed().iter().filter_map(|missed| missed.fault.retry_after()).max()
    }
}

/// A URL that did not give the list.
#[derive(Debug)]
pub struct Missed {
    /// The URL as it was asked for.
    pub url: ListUrl,
    /// Where it had led when that happened.
    pub led_to: Option<ListUrl>,
    /// What was wrong.
    pub fault: Fault,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.url)?;
        if let Some(led_to) = &self.led_to {
            write!(f, ", which leads to {led_to},")?;
        }
        let remedy = self.fault.remedy();
        write!(f, " cannot be fetched: {}.{}{remedy}", self.fault, if remedy.is_empty() { "" } else { " " })
    }
}

/// What was being done when nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The host's address was looked up, and a connection made.
    Connecting,
    /// A proxy was asked to connect.
    Proxy,
    /// TLS was being agreed upon.
    Tls,
    /// The answer's head was waited for.
    Head,
    /// The list itself was coming.
    Body,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "while connecting",
            Self::Proxy => "from the proxy",
            Self::Tls => "while TLS was agreed upon",
            Self::Head => "after it was asked",
            Self::Body => "in the middle of the list",
        })
    }
}

/// What was wrong with a URL.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Plain `http`, which was not allowed.
    #[error("plain http can be changed by anybody on the way")]
    Plain,
    /// The library refuses the URL.
    #[error("its URL cannot be used: {0}")]
    Url(String),
    /// The host's address is not known.
    #[error("the address of {host} is not known: {error}")]
    Host {
        /// The host.
        host: String,
        /// Why.
        error: HostError,
    },
    /// Nobody there, or no way there.
    #[error("{host} cannot be reached: {error}")]
    Unreachable {
        /// The host.
        host: String,
        /// What the system says.
        error: String,
    },
    /// The proxy is in the way.
    #[error("the proxy {proxy} does not lead there: {problem}")]
    Proxy {
        /// Where it is.
        proxy: String,
        /// What is wrong.
        problem: String,
    },
    /// The certificate is not to be believed.
    #[error("{}", certificate(.host, .error))]
    Certificate {
        /// Whose it is.
        host: String,
        /// What is wrong with it.
        error: CertificateError,
    },
    /// TLS fails otherwise.
    #[error("{host} does not speak TLS as it should: {error}")]
    Tls {
        /// Who.
        host: String,
        /// What is wrong.
        error: String,
    },
    /// What answers is no web server.
    #[error("what answers is no web server: {0}")]
    NoHttp(String),
    /// It says nothing.
    #[error("{host} takes the connection and does not answer: {error}")]
    NoAnswer {
        /// Who.
        host: String,
        /// What happens instead.
        error: String,
    },
    /// It says something else than the list.
    #[error("the server answers {status}")]
    Status {
        /// What it says.
        status: StatusCode,
        /// How long it wants to be left alone (RFC 9110 §10.2.3).
        retry_after: Option<Duration>,
    },
    /// It leads from place to place.
    #[error("it leads on more than {} times", super::MOST_REDIRECTS)]
    TooManyRedirects,
    /// It leads back to where it was.
    #[error("it leads in a circle, back to {0}")]
    Circle(ListUrl),
    /// It leads from `https` to `http`.
    #[error("it leads to {0}, which is plain http and can be changed by anybody on the way")]
    ToPlain(ListUrl),
    /// It leads to what cannot be fetched.
    #[error("it leads to what cannot be fetched: {0}")]
    Redirect(UrlError),
    /// It leads on, and does not say where.
    #[error("it leads on, and does not say where to")]
    Nowhere,
    /// Nothing came for too long.
    #[error("nothing came for {} seconds {stage}", .after.as_secs_f32())]
    Stalled {
        /// What was being done.
        stage: Stage,
        /// How long.
        after: Duration,
    },
    /// It takes too long.
    #[error("it was not done in {} seconds", .after.as_secs_f32().round())]
    TooSlow {
        /// What was being done.
        stage: Stage,
        /// How long it had.
        after: Duration,
    },
    /// More than is taken.
    #[error("it is larger than {}, which no list is", size(*.limit))]
    TooLarge {
        /// What is taken, in octets, after decompression.
        limit: u64,
    },
    /// It fills the disk at little cost for whoever sends it.
    #[error(
        "it becomes more than {} times as long when it is unpacked, which no list does",
        super::attempt::MOST_UNPACKED
    )]
    Bomb,
    /// More than is taken, already on the way.
    #[error("more than {} come, which no list needs", size(*.limit))]
    TooMuch {
        /// What is taken, in octets, as they are sent.
        limit: u64,
    },
    /// The connection ended before the list did.
    #[error("it was cut off after {octets} octets{}: {problem}", of(*.total))]
    CutOff {
        /// How many came.
        octets: u64,
        /// How many should have come.
        total: Option<u64>,
        /// What is wrong.
        problem: String,
    },
    /// More came than was announced: it is not known which of it is the list.
    #[error("more came than the {0} octets that it announced")]
    Overrun(u64),
    /// What came is no list, and there is another URL to ask.
    #[error("what it gives cannot be used: {0}")]
    Useless(String),
    /// Compressed in a way that we did not ask for.
    #[error("it is compressed in a way that is not known: {0}")]
    Coding(String),
    /// What is compressed is damaged, or ends too early.
    #[error("its {coding} compression is damaged or cut off: {problem}")]
    Damaged {
        /// How it is compressed.
        coding: &'static str,
        /// What is wrong.
        problem: String,
    },
}

fn certificate(host: &str, error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of {host} has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid yet")
        }
        CertificateError::UnknownIssuer => {
            format!("nobody who is believed vouches for the certificate of {host}")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate of {host} is for other names")
        }
        other => format!("the certificate of {host} cannot be believed: {other}"),
    }
}

/// In the largest unit that leaves a whole number.
fn size(octets: u64) -> String {
    match octets {
        _ if octets >= 1 << 20 && octets.is_multiple_of(1 << 20) => format!("{} MiB", octets >> 20),
        _ if octets >= 1 << 10 && octets.is_multiple_of(1 << 10) => format!("{} KiB", octets >> 10),
        _ => format!("{octets} octets"),
    }
}

fn of(total: Option<u64>) -> String {
    total.map_or_else(String::new, |total| format!(" of {total}"))
}

impl Fault {
    /// A word for it in metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Plain | Self::Url(_) => "url",
            Self::Host { .. } => "dns",
            Self::Unreachable { .. } | Self::NoHttp(_) | Self::NoAnswer { .. } => "network",
            Self::Proxy { .. } => "proxy",
            Self::Certificate { .. } | Self::Tls { .. } => "tls",
            Self::Status { .. } => "status",
            Self::TooManyRedirects
            | Self::Circle(_)
            | Self::ToPlain(_)
            | Self::Redirect(_)
            | Self::Nowhere => "redirect",
            Self::Stalled { .. } | Self::TooSlow { .. } => "slow",
            Self::TooLarge { .. } | Self::TooMuch { .. } | Self::Bomb => "size",
            Self::CutOff { .. } | Self::Overrun(_) => "cut_off",
            Self::Coding(_) | Self::Damaged { .. } => "compression",
            Self::Useless(_) => "unusable",
        }
    }

    /// How long the publisher wants to be left alone.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What the operator can do, as a sentence; empty if there is nothing.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Plain => {
                "Give a URL that begins with https://, or allow plain http for this list if there is none."
            }
            Self::Host { error: HostError::Unanswered(_), .. } | Self::Unreachable { .. } => {
                "Check the network; it is tried again."
            }
            Self::Url(_) | Self::Host { .. } | Self::NoHttp(_) | Self::Redirect(_) => "Check the URL.",
            Self::Proxy { .. } => "Check the proxy's address, user and password.",
            Self::Certificate { error, .. } => remedy_for(error),
            Self::Status { status, .. } => match status.as_u16() {
                401 | 403 => "Look whether the publisher still gives it to everybody.",
                404 | 410 => "Look whether the list has moved, and correct the URL.",
                429 | 500..=599 => "It is tried again later.",
                _ => "",
            },
            Self::TooManyRedirects | Self::Circle(_) | Self::ToPlain(_) | Self::Nowhere => {
                "Look where the publisher has the list now, and correct the URL."
            }
            Self::TooLarge { .. } | Self::TooMuch { .. } | Self::Useless(_) | Self::Bomb => {
                "Look whether the URL leads to a list."
            }
            Self::Stalled { .. }
            | Self::TooSlow { .. }
            | Self::NoAnswer { .. }
            | Self::CutOff { .. }
            | Self::Overrun(_)
            | Self::Damaged { .. } => "It is tried again.",
            Self::Tls { .. } => "Check the URL and its port.",
            Self::Coding(_) => "",
        }
    }
}

const fn remedy_for(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "Check this machine's clock; if it is right, the publisher has to renew it."
        }
        CertificateError::UnknownIssuer => {
            "If you run that server, or a proxy looks into TLS here, add the certificate of its authority to those that are believed."
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "Check the URL, and whether this network leads its users elsewhere first."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(fault: Fault) -> Missed {
        Missed { url: "https://lists.example/scam.txt".parse().unwrap(), led_to: None, fault }
    }

    #[test]
    fn each_url_has_a_sentence_with_its_remedy() {
        let gone = missed(Fault::Status { status: StatusCode::NOT_FOUND, retry_after: None });
        let mut bad =
            missed(Fault::Certificate { host: "cdn.example".into(), error: CertificateError::Expired });
        bad.led_to = Some("https://cdn.example/".parse().unwrap());
        assert_eq!(
            FetchError::Missed(vec![gone, bad]).to_string(),
            "https://lists.example/scam.txt cannot be fetched: the server answers 404 Not Found. Look whether the \
             list has moved, and correct the URL. https://lists.example/scam.txt, which leads to \
             https://cdn.example/, cannot be fetched: the certificate of cdn.example has expired. Check this \
             machine's clock; if it is right, the publisher has to renew it."
        );
    }

    #[test]
    fn the_longest_wait_counts() {
        let busy = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            missed(Fault::Status { status: StatusCode::TOO_MANY_REQUESTS, retry_after })
        };
        let error = FetchError::Missed(vec![busy(60), missed(Fault::Nowhere), busy(600), busy(6)]);
        assert_eq!(error.retry_after(), Some(Duration::from_mins(10)));
        assert_eq!(FetchError::Missed(vec![missed(Fault::Nowhere)]).retry_after(), None);
    }

    #[test]
    fn sizes_are_readable() {
        for (octets, said) in
            [(512 << 20, "512 MiB"), (1 << 10, "1 KiB"), (1000, "1000 octets"), (0, "0 octets")]
        {
            assert_eq!(size(octets), said);
        }
    }
}
