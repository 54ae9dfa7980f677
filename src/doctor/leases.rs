//! Which DNS servers DHCP announced, from the leases that clients keep on disk. Each program writes them its own way;
//! a file is read by what it looks like.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// Folders with leases, and the ending of their files.
const FOLDERS: [(&str, &str); 7] = [
    ("/run/systemd/netif/leases", ""),
    ("/var/lib/dhcp", ".leases"),
    ("/var/lib/dhclient", ".leases"),
    ("/var/lib/NetworkManager", ".lease"),
    ("/var/lib/dhcpcd", ".lease"),
    ("/var/lib/dhcpcd5", ".lease"),
    ("/run/NetworkManager/devices", ""),
];
/// Older files are of networks that the machine has left.
const OLDEST: Duration = Duration::from_hours(8 * 24);
/// The most octets of a file that are read: dhclient appends for ever, and the newest lease stands last.
const MOST_OCTETS: u64 = 1 << 20;
/// The most files of a folder.
const MOST_FILES: usize = 64;
/// What begins the options of a DHCP message (RFC 2131 §3), and where.
const MAGIC: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
const MAGIC_AT: usize = 236;
/// Option 6, Domain Name Server (RFC 2132 §3.8).
const DOMAIN_SERVERS: u8 = 6;

/// The servers of all fresh leases, with the file that each stands in.
pub(super) fn announced() -> Vec<(IpAddr, PathBuf)> {
    let folders = FOLDERS.iter().flat_map(|(folder, ending)| files(Path::new(folder), ending));
    folders
        .filter_map(|path| {
            let mut text = Vec::new();
            File::open(&path).ok()?.take(MOST_OCTETS).read_to_end(&mut text).ok()?;
            Some(servers(&text).into_iter().map(move |server| (server, path.clone())))
        })
        .flatten()
        .collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_fresh = |path: &Path| {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age < OLDEST))
    };
    let ends = |path: &Path| path.to_string_lossy().ends_with(ending);
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths.filter(|path| ends(path) && is_fresh(path)).take(MOST_FILES).collect()
}

/// The servers in one file of leases.
fn servers(file: &[u8]) -> Vec<IpAddr> {
    if file.get(MAGIC_AT..MAGIC_AT + MAGIC.len()) == Some(&MAGIC) {
        return of_message(&file[MAGIC_AT + MAGIC.len()..]);
    }
    let Ok(text) = std::str::from_utf8(file) else { return Vec::new() };
    if text.lines().any(|line| matches!(line.trim(), "lease {" | "lease6 {")) {
        of_dhclient(text)
    } else {
        of_networkd(text)
    }
}

/// systemd-networkd, and the client of `NetworkManager`: `DNS=192.0.2.1 192.0.2.2`, or a file of keys with
/// `domain_name_servers=`.
fn of_networkd(text: &str) -> Vec<IpAddr> {
    let values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key.trim(), "DNS" | "domain_name_servers" | "dhcp6_name_servers").then_some(value)
    });
    values.flat_map(addresses).collect()
}

/// dhclient: blocks, of which the last for each interface is in force.
fn of_dhclient(text: &str) -> Vec<IpAddr> {
    let mut newest: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    let (mut interface, mut found) = (String::new(), Vec::new());
    let mut depth = 0_usize;
    for line in text.lines().map(str::trim) {
        if line.ends_with('{') {
            depth += 1;
        } else if line == "}" {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                newest.insert(std::mem::take(&mut interface), std::mem::take(&mut found));
            }
        } else if let Some(name) = line.strip_prefix("interface ") {
            name.trim_end_matches(';').trim_matches('"').clone_into(&mut interface);
        } else if let Some(list) = line
            .strip_prefix("option domain-name-servers ")
            .or_else(|| line.strip_prefix("option dhcp6.name-servers "))
        {
            found.extend(addresses(list));
        }
    }
    newest.into_values().flatten().collect()
}

/// dhcpcd keeps the DHCP message as it came (RFC 2132 §2: code, length, data; 0 pads, 255 ends).
fn of_message(mut options: &[u8]) -> Vec<IpAddr> {
    let mut found = Vec::new();
    while let Some((&code, rest)) = options.split_first() {
        if code == 255 {
            break;
        }
        if code == 0 {
            options = rest;
            continue;
        }
        let Some((&length, rest)) = rest.split_first() else { break };
        let Some((data, rest)) = rest.split_at_checked(usize::from(length)) else { break };
        if code == DOMAIN_SERVERS {
            let servers = data.chunks_exact(4).filter_map(|octets| <[u8; 4]>::try_from(octets).ok());
            found.extend(servers.map(IpAddr::from));
        }
        options = rest;
    }
    found
}

/// The addresses among words; those of a link may have its name behind `%`.
fn addresses(words: &str) -> Vec<IpAddr> {
    let words = words.split(|c: char| c.is_whitespace() || ",;\"".contains(c));
    words.filter_map(|word| word.split('%').next().unwrap_or_default().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(file: &[u8]) -> Vec<String> {
        servers(file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn leases_of_networkd_are_read() {
        let lease = b"# This is private data. Do not parse.\nADDRESS=192.168.1.7\nROUTER=192.168.1.1\nDNS=192.168.1.1 9.9.9.9\nDOMAINNAME=home\n";
        assert_eq!(text(lease), ["192.168.1.1", "9.9.9.9"]);
        assert_eq!(text(b"ADDRESS=192.168.1.7\n"), Vec::<String>::new());
    }

    #[test]
    fn the_last_lease_of_each_interface_counts_for_dhclient() {
        let leases = br#"
lease {
  interface "eth0";
  fixed-address 192.168.1.7;
  option domain-name-servers 8.8.8.8;
}
lease {
  interface "wlan0";
  option domain-name-servers 192.168.2.1;
}
lease {
  interface "eth0";
  option routers 192.168.1.1;
  option domain-name-servers 192.168.1.1,192.168.1.5;
  expire 4 2026/01/01 00:00:00;
}
lease6 {
  interface "eth6";
  ia-na 01:02:03:04 {
    starts 1;
    iaaddr 2001:db8::7 {
      starts 1;
    }
  }
  option dhcp6.name-servers fe80::1,2001:db8::53;
}
"#;
        assert_eq!(text(leases), ["192.168.1.1", "192.168.1.5", "fe80::1", "2001:db8::53", "192.168.2.1"]);
    }

    #[test]
    fn the_message_that_dhcpcd_keeps_is_read() {
        let mut message = vec![2; MAGIC_AT];
        message.extend(MAGIC);
        message.extend([53, 1, 5, 0, 0, 6, 8, 192, 168, 1, 1, 9, 9, 9, 9, 255, 6, 4, 1, 1, 1, 1]);
        assert_eq!(text(&message), ["192.168.1.1", "9.9.9.9"]);
        let options = MAGIC_AT + MAGIC.len();
        assert_eq!(text(&message[..options + 9]), Vec::<String>::new(), "an option that is cut off");
    }

    proptest! {
        #[test]
        fn no_file_is_too_strange(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            servers(&octets);
            of_message(&octets);
        }
    }
}
