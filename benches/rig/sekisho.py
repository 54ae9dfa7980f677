"""Sekisho as it is measured: its command line, and what its metrics say."""

import os
import re
import shutil
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rig.program import until
from rig.server import Ready, is_blocked, started
from rig.wire import ask, free_port

COMPILES_WITHIN = 120.0  # seconds until a changed list must be in force


@dataclass(frozen=True)
class Setting:
    """What differs between measurements."""

    program: Path
    upstream: int
    cores: str
    #: The list; the bundled one where there is none.
    names: Path | None
    #: A listed name and an ordinary one.
    probes: tuple[str, str]
    #: Threads for UDP; 0 is one for each core that it may use.
    workers: int = 0
    #: As the configuration writes it; the profile's where there is none.
    cache: str | None = None
    #: A command that the server's own is put behind, such as one that limits memory.
    within: tuple[str, ...] = ()
    #: More of the configuration, such as lists.
    more: str = ""
    #: Whether nothing is fetched.
    offline: bool = True


class Sekisho:
    """A running Sekisho."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        """Starts it in `folder`, with a state folder in it, and waits until it blocks and resolves."""
        folder.mkdir(exist_ok=True)
        self._metrics = free_port()
        port = free_port()
        self.ready: Ready = started(
            _command(setting, folder, port, self._metrics), folder, setting.cores, port, setting.probes
        )
        self.program = self.ready.program
        self.port = port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()

    def metrics(self) -> dict[str, float]:
        """All metrics; those with labels are added up under their name."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._metrics}/metrics", timeout=10) as page:
            text = page.read().decode()
        sums: dict[str, float] = {}
        for name, value in re.findall(r"^(\w+)(?:\{[^}]*\})? ([-+.\deE]+)$", text, re.MULTILINE):
            sums[name] = sums.get(name, 0.0) + float(value)
        return sums

    def swaps(self) -> int:
        """How often rules were put in force."""
        return int(self.metrics()["sekisho_swaps_total"])


class Variants:
    """Two lists that differ by one name each, so that every exchange of them makes the rules anew."""

    MARKS = ("variant-a.sekisho-bench.example", "variant-b.sekisho-bench.example")

    def __init__(self, listed: Iterable[str], folder: Path) -> None:
        """Writes both, and puts the first in place at `path`."""
        folder.mkdir(exist_ok=True)
        text = "".join(f"{name}\n" for name in listed)
        self._files = [folder / f"variant-{at}" for at in (0, 1)]
        for file, mark in zip(self._files, self.MARKS, strict=True):
            file.write_text(f"{text}{mark}\n")
        self.path = folder / "list.txt"
        self._turn = 0
        shutil.copy(self._files[0], self.path)

    def exchange(self, server: Sekisho) -> bool:
        """Puts the other one in place by renaming, and waits until it is in force. Whether it came to be."""
        before = server.swaps()
        self._turn = 1 - self._turn
        fresh = self.path.with_suffix(".new")
        os.link(self._files[self._turn], fresh)  # at once, so that writing takes no time from the load
        os.replace(fresh, self.path)
        for _ in until(COMPILES_WITHIN, 0.1):
            if server.swaps() > before and is_blocked(ask(self.MARKS[self._turn], server.port)):
                return True
        return False


def _command(setting: Setting, folder: Path, port: int, metrics: int) -> list[str]:
    lines = [f"[listen]\nworkers = {setting.workers}"]
    lines += [f'[cache]\nmemory = "{setting.cache}"'] if setting.cache else []
    configuration = folder / "sekisho.toml"
    configuration.write_text("\n".join([*lines, setting.more]) + "\n")
    command = [*setting.within, str(setting.program.resolve()), "serve", "--config", str(configuration)]
    command += ["--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{setting.upstream}"]
    command += ["--state-dir", str(folder / "state"), "--http", "127.0.0.1:0", "--metrics", f"127.0.0.1:{metrics}"]
    command += ["--offline"] if setting.offline else []
    return command + (["--list", str(setting.names)] if setting.names else [])
