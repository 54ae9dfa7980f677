"""The servers that are compared: how each is configured to block a list and to forward the rest.

Each has one thread for queries, a cache large enough for the popular names, no validation and no query log.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rig.compiler import compiled

FLOOR = Path(__file__).with_name("floor.c")


@dataclass(frozen=True)
class Place:
    """Where a server is to run, and what it is to block."""

    folder: Path
    port: int
    upstream: int
    names: list[str]
    #: The same as a file.
    list: Path
    #: The program's own path, where it is known.
    program: str


@dataclass(frozen=True)
class Server:
    """One of those that are compared."""

    title: str
    program: str
    #: Writes the configuration and gives the command.
    command: Callable[[Place], list[str]]
    version: list[str] = field(default_factory=lambda: ["--version"])
    #: Whether it blocks and resolves; the floor does neither.
    serves: bool = True


def unbound_local_zones(place: Place) -> list[str]:
    """unbound with a local zone for each name."""
    zones = "".join(f'  local-zone: "{name}." always_nxdomain\n' for name in place.names)
    return _unbound(place, "iterator", zones)


def unbound_policy_zone(place: Place) -> list[str]:
    """unbound with a response policy zone."""
    zone = f'rpz:\n  name: "{POLICY}"\n  zonefile: "{_policy_zone(place)}"\n'
    return _unbound(place, "respip iterator", zone)


def _unbound(place: Place, modules: str, rules: str) -> list[str]:
    file = place.folder / "unbound.conf"
    file.write_text(f"""\
server:
  interface: 127.0.0.1@{place.port}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "{place.folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  num-threads: 1
  so-reuseport: yes
  so-rcvbuf: 4m
  outgoing-range: 8192
  num-queries-per-thread: 4096
  msg-cache-size: 64m
  rrset-cache-size: 128m
  do-not-query-localhost: no
  module-config: "{modules}"
{rules}forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{place.upstream}
remote-control:
  control-enable: no
""")
    return [place.program, "-d", "-c", str(file)]


def powerdns(place: Place) -> list[str]:
    """PowerDNS Recursor with a response policy zone."""
    lua = place.folder / "policy.lua"
    lua.write_text(f'rpzFile("{_policy_zone(place)}", {{policyName = "list"}})\n')
    (place.folder / "recursor.conf").write_text(f"""\
local-address=127.0.0.1:{place.port}
forward-zones-recurse=.=127.0.0.1:{place.upstream}
dont-query=
lua-config-file={lua}
config-dir={place.folder}
socket-dir={place.folder}
write-pid=no
daemon=no
dnssec=off
threads=1
pdns-distributes-queries=no
quiet=yes
loglevel=3
security-poll-suffix=
""")
    return [place.program, f"--config-dir={place.folder}"]


def dnsdist(place: Place) -> list[str]:
    """dnsdist with a node of names and their parents, and a cache of packets."""
    file = place.folder / "dnsdist.conf"
    file.write_text(f"""\
setLocal("127.0.0.1:{place.port}", {{reusePort = true}})
setSecurityPollSuffix("")
setUDPSocketBufferSizes(4194304, 4194304)
newServer({{address = "127.0.0.1:{place.upstream}"}}):setUp()
getPool(""):setCache(newPacketCache(1000000))
local listed = newSuffixMatchNode()
for name in io.lines("{place.list}") do
  listed:add(newDNSName(name))
end
addAction(SuffixMatchNodeRule(listed), SpoofAction({{"0.0.0.0"}}))
""")
    return [place.program, "--supervised", "--disable-syslog", "-C", str(file)]


def knot(place: Place) -> list[str]:
    """Knot Resolver with a response policy zone."""
    file = place.folder / "kresd.conf"
    file.write_text(f"""\
net.listen("127.0.0.1", {place.port}, {{ kind = "dns" }})
cache.size = 256 * MB
trust_anchors.remove(".")
modules = {{ "policy" }}
policy.add(policy.rpz(policy.DENY, "{_policy_zone(place)}", false))
policy.add(policy.all(policy.STUB("127.0.0.1@{place.upstream}")))
""")
    return [place.program, "-n", "-c", str(file), str(place.folder)]


def bind(place: Place) -> list[str]:
    """BIND with a response policy zone."""
    file = place.folder / "named.conf"
    file.write_text(f"""\
options {{
    directory "{place.folder}";
    listen-on port {place.port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile "{place.folder}/session.key";
    recursion yes;
    recursive-clients 10000;
    forward only;
    forwarders {{ 127.0.0.1 port {place.upstream}; }};
    dnssec-validation no;
    max-cache-size 256m;
    response-policy {{ zone "{POLICY}"; }} qname-wait-recurse no;
}};
zone "{POLICY}" {{ type primary; file "{_policy_zone(place)}"; }};
controls {{ }};
""")
    return [place.program, "-g", "-n", "1", "-c", str(file)]


def dnsmasq(place: Place) -> list[str]:
    """dnsmasq with an address for each name."""
    file = place.folder / "dnsmasq.conf"
    head = f"""\
keep-in-foreground
port={place.port}
listen-address=127.0.0.1
bind-interfaces
user=
pid-file
no-hosts
no-resolv
server=127.0.0.1#{place.upstream}
cache-size=100000
dns-forward-max=10000
"""
    file.write_text(head + "".join(f"address=/{name}/0.0.0.0\n" for name in place.names))
    return [place.program, f"--conf-file={file}"]


def hickory(place: Place) -> list[str]:
    """hickory-dns with its blocklist store."""
    (place.folder / "list.txt").write_text("".join(f"{name}\n*.{name}\n" for name in place.names))
    file = place.folder / "named.toml"
    file.write_text(f"""\
listen_addrs_ipv4 = ["127.0.0.1"]
listen_port = {place.port}
directory = "{place.folder}"

[[zones]]
zone = "."
zone_type = "External"

[[zones.stores]]
type = "blocklist"
lists = ["list.txt"]
wildcard_match = true
min_wildcard_depth = 1
sinkhole_ipv4 = "0.0.0.0"
ttl = 60

[[zones.stores]]
type = "forward"
options = {{ cache_size = 1000000 }}

[[zones.stores.name_servers]]
ip = "127.0.0.1"
trust_negative_responses = true
connections = [{{ port = {place.upstream}, protocol = {{ type = "udp" }} }}]
""")
    return [place.program, "-q", "-c", str(file), "--workers", "1", "--disable-prometheus"]


def sekisho(place: Place) -> list[str]:
    """Sekisho with its defaults."""
    return [
        *(place.program, "serve", "--listen", f"127.0.0.1:{place.port}", "--list", str(place.list)),
        *("--upstream", f"127.0.0.1:{place.upstream}", "--state-dir", str(place.folder / "state")),
        *("--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0"),
    ]


def floor(place: Place) -> list[str]:
    """The loop that does nothing, compiled."""
    return [str(compiled(FLOOR, place.folder)), str(place.port)]


#: The name of the zone; short, since names of the list and it must fit into 255 octets together.
POLICY = "rpz"
ROOM = 253 - len(f"*..{POLICY}")


def _policy_zone(place: Place) -> Path:
    """The list as a response policy zone: each name and all below it do not exist.

    A name that is too long for one is left out.
    """
    file = place.folder / "policy.zone"
    with file.open("w") as zone:
        zone.write(f"$ORIGIN {POLICY}.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS localhost.\n")
        zone.writelines(f"{name} CNAME .\n*.{name} CNAME .\n" for name in place.names if len(name) <= ROOM)
    return file


SERVERS = {
    "sekisho": Server("**Sekisho**", "sekisho", sekisho),
    "unbound": Server("unbound, `local-zone`", "unbound", unbound_local_zones, ["-V"]),
    "unbound-rpz": Server("unbound, RPZ", "unbound", unbound_policy_zone, ["-V"]),
    "powerdns": Server("PowerDNS Recursor, RPZ", "pdns_recursor", powerdns),
    "dnsdist": Server("dnsdist, suffix match and packet cache", "dnsdist", dnsdist),
    "knot": Server("Knot Resolver, RPZ", "kresd", knot),
    "bind": Server("BIND, RPZ", "named", bind, ["-v"]),
    "dnsmasq": Server("dnsmasq", "dnsmasq", dnsmasq),
    "hickory": Server("hickory-dns, blocklist store", "hickory-dns", hickory),
    "floor": Server("a `recvmmsg`/`sendmmsg` loop that does nothing (`floor.c`)", "cc", floor, serves=False),
}
