//! The servers that the machine itself uses, and a public one for machines that have none.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};

use hickory_resolver::system_conf;

use super::ServerAddress;

/// systemd-resolved's own stub: asking it would hide which servers stand behind it, and it may well ask us.
const RESOLVED_STUB: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 54))];
/// Where systemd-resolved writes the servers behind its stub.
const RESOLVED_SERVERS: &str = "/run/systemd/resolve/resolv.conf";
/// Quad9 over TLS, used where the machine names no server of its own: a foundation under Swiss law that keeps no
/// addresses of clients. Named in the README, and replaced by any `servers` in the configuration.
const PUBLIC: [(&str, &str); 2] =
    [("9.9.9.9:853", "dns.quad9.net"), ("149.112.112.112:853", "dns.quad9.net")];

/// The servers in the machine's own configuration, without `ours`; where that leaves none, a public resolver over
/// TLS.
pub fn servers(ours: impl Fn(SocketAddr) -> bool) -> Vec<ServerAddress> {
    let mut servers = configured();
    if servers.iter().any(|server| RESOLVED_STUB.contains(server)) {
        servers.retain(|server| !RESOLVED_STUB.contains(server));
        servers.extend(behind_stub());
    }
    let mut found: Vec<ServerAddress> = Vec::new();
    for address in servers.into_iter().map(|ip| SocketAddr::new(ip, 53)) {
        let server = ServerAddress::Plain(address);
        if !ours(address) && !found.contains(&server) {
            found.push(server);
        }
    }
    if found.is_empty() { public() } else { found }
}

/// The servers behind systemd-resolved's own address; none where it does not run.
pub fn behind_stub() -> Vec<IpAddr> {
    behind_resolved(Path::new(RESOLVED_SERVERS))
}

/// The public resolver over TLS.
pub fn public() -> Vec<ServerAddress> {
    PUBLIC
        .iter()
        .filter_map(|(address, name)| {
            Some(ServerAddress::Tls { address: address.parse().ok()?, name: (*name).into() })
        })
        .collect()
}

/// What the operating system says; nothing where it says nothing.
pub fn configured() -> Vec<IpAddr> {
    match system_conf::read_system_conf() {
        Ok((config, _)) => config.name_servers().iter().map(|server| server.ip).collect(),
        Err(error) => {
            tracing::debug!(%error, "the machine's own resolver configuration names no server");
            Vec::new()
        }
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn behind_resolved(path: &Path) -> Vec<IpAddr> {
    let Ok(text) = std::fs::read(path) else { return Vec::new() };
    match system_conf::parse_resolv_conf(&text) {
        Ok((config, _)) => config.name_servers().iter().map(|server| server.ip).collect(),
        Err(_) => Vec::new(),
    }
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn behind_resolved(_: &Path) -> Vec<IpAddr> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_behind_resolved_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resolv.conf");
        std::fs::write(&path, "# managed\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch home.arpa\n")
            .unwrap();
        let expected: Vec<IpAddr> = vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        assert_eq!(behind_resolved(&path), expected);
        assert!(behind_resolved(Path::new("/nonexistent")).is_empty());
    }

    #[test]
    fn we_are_never_our_own_upstream() {
        let servers = servers(|_| true);
        assert!(!servers.is_empty());
        assert!(servers.iter().all(|server| matches!(server, ServerAddress::Tls { .. })));
    }
}
