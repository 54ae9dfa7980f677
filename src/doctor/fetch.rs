//! One HTTP request, as a browser that was led somewhere sends it, and the head of what comes back.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::sinkhole::content_security_policy;

/// The most octets of a response that are read: our page has some ten thousand, our metrics more.
const MOST_OCTETS: u64 = 4 << 20;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

/// Fetches `http://address path` for `host`. An error says in words why nothing came.
pub(super) async fn fetch(
    address: SocketAddr,
    host: &str,
    path: &str,
    patience: Duration,
) -> Result<Response, String> {
    let mut raw = Vec::new();
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html,text/plain\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        stream.take(MOST_OCTETS).read_to_end(&mut raw).await
    };
    let ended = timeout(patience, exchange).await;
    // A server that keeps the connection, or breaks it off, has answered all the same.
    if let Some(response) = read(&raw) {
        return Ok(response);
    }
    Err(match ended {
        Ok(Ok(_)) => "what came is no HTTP response".into(),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nobody listens there".into()
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".into(),
    })
}

fn read(raw: &[u8]) -> Option<Response> {
    let end = memchr::memmem::find(raw, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&raw[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let body = String::from_utf8_lossy(&raw[end + 4..]).into_owned();
    Some(Response { status, head: head.to_owned(), body })
}

impl Response {
    /// The first value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Whether it comes from our page: every answer of it has this header, the hash of its style included. That of
    /// another version of ours differs in the hash alone.
    pub(super) fn is_our_page(&self) -> bool {
        let without_hash = |policy: &str| {
            let (before, rest) = policy.split_once("'sha256-")?;
            Some((before.to_owned(), rest.split_once('\'')?.1.to_owned()))
        };
        let ours = without_hash(&content_security_policy());
        ours.is_some() && self.header("content-security-policy").and_then(without_hash) == ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_page_is_told_from_others() {
        let policy = content_security_policy();
        let ours = format!("HTTP/1.1 403 Forbidden\r\nContent-Security-Policy: {policy}\r\n\r\n<html>");
        let response = read(ours.as_bytes()).unwrap();
        assert_eq!((response.status, response.is_our_page(), &*response.body), (403, true, "<html>"));
        let older = ours.replace("sha256-", "sha256-x");
        assert!(read(older.as_bytes()).unwrap().is_our_page());
        for other in ["HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\n"] {
            assert!(!read(other.as_bytes()).unwrap().is_our_page(), "{other}");
        }
        for broken in ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 x\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            assert_eq!(read(broken.as_bytes()), None, "{broken}");
        }
    }

    #[tokio::test]
    async fn a_server_that_keeps_the_connection_has_answered() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n").await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        });
        let response = fetch(address, "a.example", "/", Duration::from_millis(300)).await.unwrap();
        assert_eq!(response.header("server"), Some("x"));
        server.await.unwrap();
        let closed = fetch(address, "a.example", "/", Duration::from_secs(5)).await;
        assert_eq!(closed.unwrap_err(), "nobody listens there");
    }
}
