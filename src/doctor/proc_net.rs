//! Linux' tables of sockets and routes: who has a port, and which way leads out.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6},
    path::Path,
};

/// State of a TCP socket that listens, and of a UDP socket that is bound.
const LISTENING: &str = "0A";
const BOUND: &str = "07";
/// Flag of a route through a gateway (`RTF_GATEWAY`).
const GATEWAY: u32 = 0x2;

/// The programs that have `address`, or the wildcard of its port, as `name (process 123)`; none where the system does
/// not tell this user.
pub(super) fn holders(address: SocketAddr) -> Vec<String> {
    let mut inodes = Vec::new();
    for (table, state) in [("tcp", LISTENING), ("tcp6", LISTENING), ("udp", BOUND), ("udp6", BOUND)] {
        let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        inodes.extend(
            sockets(&text, state).into_iter().filter(|(local, _)| stands_in_the_way(*local, address)),
        );
    }
    let links: Vec<String> = inodes.iter().map(|(_, inode)| format!("socket:[{inode}]")).collect();
    if links.is_empty() { Vec::new() } else { processes_with(&links) }
}

/// Whether a socket at `other` keeps us from `wanted`. A wildcard of IPv6 may take IPv4 along.
fn stands_in_the_way(other: SocketAddr, wanted: SocketAddr) -> bool {
    let (theirs, ours) = (other.ip().to_canonical(), wanted.ip());
    let overlaps = theirs == ours
        || theirs.is_unspecified() && (theirs.is_ipv4() == ours.is_ipv4() || theirs.is_ipv6())
        || ours.is_unspecified() && theirs.is_ipv4() == ours.is_ipv4();
    other.port() == wanted.port() && overlaps
}

fn processes_with(links: &[String]) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let mut found = Vec::new();
    for process in processes.filter_map(Result::ok) {
        let Ok(id) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
        if has_any(&process.path(), links) {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            found.push(format!("{} (process {id})", name.trim()));
        }
    }
    found
}

fn has_any(process: &Path, links: &[String]) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .any(|link| links.iter().any(|wanted| link.as_os_str() == wanted.as_str()))
}

/// Local address and inode of each socket in a state, from a table such as `/proc/net/tcp6`.
fn sockets(table: &str, state: &str) -> Vec<(SocketAddr, u64)> {
    let line = |line: &str| {
        let mut fields = line.split_whitespace();
        let local = address(fields.nth(1)?)?;
        if fields.nth(1)? != state {
            return None;
        }
        Some((local, fields.nth(5)?.parse().ok()?))
    };
    table.lines().skip(1).filter_map(line).collect()
}

/// `0100007F:0035`: the address in words of 32 bits, each in the machine's own order.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip: IpAddr = match host.len() {
        8 => word(0)?.into(),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            <[u8; 16]>::try_from(words.as_flattened()).ok()?.into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// The gateways of all default routes, as DNS servers that a router there may be.
pub(super) fn gateways() -> Vec<SocketAddr> {
    let v4 = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let v6 = fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default();
    let mut found: Vec<SocketAddr> =
        gateways_v4(&v4).into_iter().map(|ip| SocketAddr::new(ip.into(), 53)).collect();
    let links = v6_links();
    for (ip, link) in gateways_v6(&v6) {
        let index = links.iter().find(|(_, name)| *name == link).map_or(0, |(index, _)| *index);
        let scope = if ip.is_unicast_link_local() { index } else { 0 };
        found.push(SocketAddrV6::new(ip, 53, 0, scope).into());
    }
    found.sort();
    found.dedup();
    found
}

/// The links that have IPv6, with their indices, loopback left out.
pub(super) fn v6_links() -> Vec<(u32, String)> {
    links(&fs::read_to_string("/proc/net/if_inet6").unwrap_or_default())
}

/// Address, index, prefix, scope, flags, name; all but the name in hexadecimal.
fn links(table: &str) -> Vec<(u32, String)> {
    let link = |line: &str| {
        let mut fields = line.split_whitespace();
        let index = u32::from_str_radix(fields.nth(1)?, 16).ok()?;
        let name = fields.nth(3)?;
        (name != "lo").then(|| (index, name.to_owned()))
    };
    let mut found: Vec<(u32, String)> = table.lines().filter_map(link).collect();
    found.sort();
    found.dedup();
    found
}

/// Interface, destination, gateway, flags, three numbers, mask: in the machine's own order of octets.
fn gateways_v4(table: &str) -> Vec<Ipv4Addr> {
    let gateway = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| u32::from_str_radix(fields.get(at)?, 16).ok();
        let is_default = number(1)? == 0 && number(7)? == 0 && number(3)? & GATEWAY != 0;
        is_default.then_some(number(2)?.to_ne_bytes().into())
    };
    table.lines().skip(1).filter_map(gateway).collect()
}

/// Destination, its prefix, source, its prefix, next hop, metric, two counts, flags, interface.
fn gateways_v6(table: &str) -> Vec<(Ipv6Addr, String)> {
    let gateway = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_default = fields.get(1) == Some(&"00") && fields.first()?.bytes().all(|digit| digit == b'0');
        let next = Ipv6Addr::from_bits(u128::from_str_radix(fields.get(4)?, 16).ok()?);
        let flags = u32::from_str_radix(fields.get(8)?, 16).ok()?;
        let leads_out = is_default && flags & GATEWAY != 0 && !next.is_unspecified();
        leads_out.then(|| (next, (*fields.last().unwrap_or(&"")).to_owned()))
    };
    table.lines().filter_map(gateway).collect()
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_endian = "little"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn listening_sockets_are_read() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0036 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000 100 0 0 10 0
";
        assert_eq!(sockets(tcp, LISTENING), [("127.0.0.1:53".parse().unwrap(), 12345)]);
        let tcp6 = "header
   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1
";
        assert_eq!(sockets(tcp6, LISTENING), [("[::1]:80".parse().unwrap(), 777)]);
    }

    #[test]
    fn wildcards_stand_in_the_way_of_addresses() {
        for (other, wanted, does) in [
            ("127.0.0.1:53", "127.0.0.1:53", true),
            ("127.0.0.53:53", "127.0.0.1:53", false),
            ("0.0.0.0:53", "127.0.0.1:53", true),
            ("[::]:53", "127.0.0.1:53", true),
            ("127.0.0.53:53", "0.0.0.0:53", true),
            ("127.0.0.53:53", "[::]:53", false),
            ("0.0.0.0:80", "127.0.0.1:53", false),
        ] {
            assert_eq!(
                stands_in_the_way(other.parse().unwrap(), wanted.parse().unwrap()),
                does,
                "{other} {wanted}"
            );
        }
    }

    #[test]
    fn a_socket_of_this_very_process_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = holders(listener.local_addr().unwrap());
        let own = format!("(process {})", std::process::id());
        assert!(found.iter().any(|program| program.ends_with(&own)), "{found:?}");
    }

    #[test]
    fn default_gateways_are_read() {
        let route = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
";
        assert_eq!(gateways_v4(route), ["192.168.1.1".parse::<Ipv4Addr>().unwrap()]);
        let zeros = "0".repeat(32);
        let route = format!(
            "{zeros} 00 {zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
{zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200200       lo
fd000000000000000000000000000000 40 {zeros} 00 {zeros} 00000100 00000001 00000000 00000001     eth0
"
        );
        assert_eq!(gateways_v6(&route), [("fe80::1".parse().unwrap(), "eth0".to_owned())]);
    }

    #[test]
    fn links_with_ipv6_are_read() {
        let table = "\
00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000000000000000000b 0b 40 20 80     eth0
20010db8000000000000000000000005 0b 40 00 80     eth0
";
        assert_eq!(links(table), [(11, "eth0".to_owned())]);
    }

    proptest! {
        #[test]
        fn no_table_is_too_strange(text in "(?s).{0,200}") {
            sockets(&text, LISTENING);
            gateways_v4(&text);
            gateways_v6(&text);
            links(&text);
        }
    }
}
