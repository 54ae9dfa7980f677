"""What stands for the internet: NSD with a root zone in which every name has the same address, for a day."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.program import Program, until
from rig.session import found
from rig.wire import ask, free_port

ADDRESS = "192.0.2.1"  # of every name
PATIENCE = 10.0
ZONE = f"""\
$ORIGIN .
$TTL 86400
@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 300
@ NS ns.invalid.
ns.invalid. A 127.0.0.1
* A {ADDRESS}
"""


class Authority(Program):
    """The running NSD."""

    port: int


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """Starts it on a port of its own, on the cores of the load."""
    home = folder / "authority"
    home.mkdir()
    port = free_port()
    (home / "root.zone").write_text(ZONE)
    (home / "nsd.conf").write_text(f"""\
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  server-count: 1
  receive-buffer-size: 4194304
  rrl-ratelimit: 0
  zonesdir: "{home}"
  database: ""
  pidfile: "{home}/pid"
  xfrdir: "{home}"
  xfrdfile: "{home}/xfrd"
  zonelistfile: "{home}/zones"
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
""")
    with Authority([found("nsd") or "nsd", "-d", "-c", str(home / "nsd.conf")], home) as server:
        server.port = port
        for _ in until(PATIENCE, 0.05):
            answer = ask("www.example", port)
            if answer and answer.leads_to(ADDRESS):
                break
            if not server.runs():
                sys.exit(f"nsd ended: {server.said()}")
        else:
            sys.exit(f"nsd did not answer within {PATIENCE:.0f} s")
        yield server
