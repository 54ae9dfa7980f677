"""What every scenario needs: a Sekisho with a list, queries of each kind, and the load."""

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from rig.authority import Authority
from rig.dnsperf import Ask, dnsperf
from rig.load import Load
from rig.names import Names, Traffic, write_queries
from rig.pace import Pace
from rig.report import mebibytes
from rig.sekisho import Sekisho, Setting, Variants

REST = 8.0  # seconds after which memory that the start needed is back
RESTS_WITHIN = 60.0  # further seconds at most
REPEATED = 400_000  # queries in a file that is asked again and again
#: Replies that certainly fill the cache of a home, so that memory does not grow further for want of having been used.
FILLING = 200_000
FILLS_WITHIN = 60.0
WARMS_WITHIN = 30.0


class CannotBeDone(Exception):
    """This machine lacks something. The text says what."""


class Stage:
    """What stands ready before a scenario begins."""

    def __init__(self, options: argparse.Namespace, folder: Path, names: Names, upstream: Authority) -> None:
        """With the common options; everything that is written goes to `folder`."""
        self.folder = folder
        self.names = names
        self.traffic = Traffic(names)
        self.upstream = upstream
        self.pace = Pace(folder)
        self.cores: str = options.server_cores
        self._program: Path = options.sekisho

    def setting(self, names: Path | None, probes: tuple[str, str] | None = None) -> Setting:
        """A Sekisho with this list, and else at its defaults."""
        return Setting(
            self._program, self.upstream.port, self.cores, names, probes or (self.names.probe(), self.names.hot[0])
        )

    def variants(self) -> Variants:
        """The list, to be exchanged."""
        return Variants(self.names.listed, self.folder / "lists")

    def queries(self, kind: str, names: Iterable[str]) -> Path:
        """A file of queries under a name of its own."""
        return write_queries(self.folder / f"{kind}.queries", names)

    def mixed(self) -> Path:
        """98 of 100 popular, 2 listed."""
        return self.queries("mixed", self.traffic.mixed(REPEATED))

    def warm(self, port: int) -> None:
        """Has every popular name in the cache."""
        self.once(self.queries("warm", self.traffic.warm()), port, WARMS_WITHIN)

    def fill(self, server: Sekisho) -> int:
        """Has the cache full, and the popular names in it.

        They are asked for twice, so that they are known as popular, and then come many names that are asked for once.
        Told, and given back, is how many of the popular ones had to be fetched again after that.
        """
        for _ in range(2):
            self.warm(server.port)
        others = self.once(self.queries("fill", self.traffic.misses(FILLING, salt=1)), server.port, FILLS_WITHIN).sent
        before = server.metrics()["sekisho_cache_misses_total"]
        self.warm(server.port)
        metrics = server.metrics()
        fetched = round(metrics["sekisho_cache_misses_total"] - before)
        print(f"cache: {metrics['sekisho_cache_entries']:,.0f} replies, {mebibytes(metrics['sekisho_cache_bytes'])}")
        print(f"{fetched:,} of {len(self.names.hot):,} popular names fetched anew after {others:,} others", flush=True)
        return fetched

    def once(self, queries: Path, port: int, seconds: float) -> Load:
        """Asks for each name once, as fast as it is answered, for so many seconds at most."""
        return dnsperf(Ask(queries, port, seconds, once=True), self.folder)

    @staticmethod
    def rest(server: Sekisho) -> None:
        """Waits until what the start left to do is done, and freed memory is back."""
        time.sleep(REST)
        if not server.program.wait_until_idle(RESTS_WITHIN):
            print(f"it still works {RESTS_WITHIN:.0f} s after its start, which is in the figures", flush=True)
