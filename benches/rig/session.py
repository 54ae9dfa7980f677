"""The frame of every measurement: a folder that goes away, signals that end it in order, and who runs on which core."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rig.program import end_all

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def session(server_cores: str, load_cores: str) -> Iterator[Path]:
    """A folder for what is needed meanwhile.

    This program, and so all that it starts without saying otherwise, runs on `load_cores`. Ctrl-C, SIGTERM and SIGHUP
    end it in order: whatever it started is ended, and the folder is removed.
    """
    for number in SIGNALS:
        signal.signal(number, _leave)
    cores(server_cores)
    os.sched_setaffinity(0, cores(load_cores))
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-", ignore_cleanup_errors=True) as folder:
        try:
            yield Path(folder)
        finally:
            end_all()


def cores(written: str) -> set[int]:
    """The cores that `0,2-3` means. Cores that are not there end the program with a sentence."""
    wanted: set[int] = set()
    try:
        for part in written.split(","):
            first, _, last = part.partition("-")
            wanted |= set(range(int(first), int(last or first) + 1))
    except ValueError:
        sys.exit(f"{written} is no set of cores; write it like 0 or 0,2-3")
    there = os.sched_getaffinity(0)
    if not wanted or not wanted <= there:
        sys.exit(f"there are no cores {written} here; those that may be used are {sorted(there)}")
    return wanted


def require(programs: dict[str, str]) -> None:
    """Ends with a sentence if a program is missing. The values are Debian's packages."""
    missing = {program: package for program, package in programs.items() if not found(program)}
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; on Debian: apt-get install {' '.join(missing.values())}")


def found(program: str) -> str | None:
    """Where a program is. Debian keeps servers where not everybody looks."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")


def _leave(number: int, _frame: FrameType | None) -> None:
    for other in SIGNALS:  # a second one must not keep it from ending what it started
        signal.signal(other, signal.SIG_IGN)
    print(f"ended by {signal.Signals(number).name}", file=sys.stderr)
    sys.exit(128 + number)
