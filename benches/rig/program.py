"""A program that runs for a measurement: pinned to cores, observed through /proc, and ended whatever happens."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

IDLE = 0.03  # of a second's processor time
GRACE = 5.0  # seconds to end by itself
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

_started: list["Program"] = []


class Program:
    """A running program with all processes that it started. Leaving its context ends them."""

    def __init__(self, command: list[str], folder: Path, cores: str | None = None) -> None:
        """Starts it in `folder`, where its output goes to `output`; `cores` as taskset writes them, such as `0-1`."""
        pinned = ["taskset", "-c", cores, *command] if cores else command
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                pinned,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we end it in order
            )
        self.pid = self._process.pid
        _started.append(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def runs(self) -> bool:
        """Whether the process that was started still runs."""
        return self._process.poll() is None

    def said(self) -> str:
        """The end of what it wrote."""
        return self.output.read_bytes()[-600:].decode(errors="replace").strip()

    def end(self) -> None:
        """Asks it to end, and ends what is left of it and its children."""
        self.resume()
        family = self.family()
        if self.runs():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        for pid in reversed(family):
            if pid != self.pid or self.runs():
                _send(pid, signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        """Stops it and its children where they are: what they are sent is neither answered nor refused."""
        for pid in self.family():
            _send(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        for pid in self.family():
            _send(pid, signal.SIGCONT)

    def wait(self, seconds: float) -> int:
        """Its exit status once it has ended by itself. It is ended, and the error raised, if that takes longer."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            raise

    def interrupt(self) -> None:
        """What Ctrl-C would send."""
        _send(self.pid, signal.SIGINT)

    def family(self) -> list[int]:
        """Its process and all below it."""
        found, unseen = [], [self.pid]
        while unseen:
            pid = unseen.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                unseen += [int(child) for child in _read(children).split()]
        return found

    def cpu_seconds(self) -> float:
        """Processor time so far, of the program and of the kernel on its behalf."""
        ticks = 0
        for pid in self.family():
            fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
            if len(fields) > 12:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def wait_until_idle(self, seconds: float) -> bool:
        """Waits until it does next to nothing for a second, for so many seconds at most. Whether it came to that."""
        for _ in until(seconds, 0.0):
            before = self.cpu_seconds()
            time.sleep(1.0)
            if self.cpu_seconds() - before < IDLE:
                return True
        return False

    def memory(self) -> int:
        """Octets of memory. What processes share counts once. Takes a moment, in which the program may have to wait."""
        return sum(_kibibytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss") for pid in self.family())

    def resident(self) -> int:
        """Octets of memory of its first process: less exact, and nothing has to wait for it."""
        fields = _read(Path(f"/proc/{self.pid}/statm")).split()
        return int(fields[1]) * PAGE if fields else 0

    def peak(self) -> int:
        """The most memory that its first process had, in octets, since the start or since `forget_peak`."""
        return _kibibytes(Path(f"/proc/{self.pid}/status"), "VmHWM")

    def forget_peak(self) -> None:
        """Lets `peak` begin anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def descriptors(self) -> int:
        """Open files and sockets of its first process."""
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return 0


def end_all() -> None:
    """Ends every program that still runs, also one that was interrupted before its context was entered."""
    for program in _started:
        if program.runs():
            program.end()


def until(seconds: float, pause: float = 0.02) -> Iterator[None]:
    """`for _ in until(5):` goes round every `pause` seconds, for five seconds at most."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(pause)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has just ended
        return ""


def _kibibytes(path: Path, key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB", _read(path), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
