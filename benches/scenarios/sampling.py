"""Memory and descriptors of a program, looked at again and again beside what else happens."""

import statistics
import threading
import time
from typing import Self

from rig.program import Program


class Samples:
    """Takes them on a thread of its own until its context is left."""

    def __init__(self, program: Program, every: float) -> None:
        """Looks at a program every so many seconds."""
        self._program = program
        self._every = every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        #: Seconds since the start, octets of memory, open files.
        self.taken: list[tuple[float, int, int]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def most(self) -> int:
        """The most memory that was seen."""
        return max((octets for _, octets, _ in self.taken), default=0)

    def thirds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Memory and descriptors: the medians of the first third, and those of the last."""
        third = max(1, len(self.taken) // 3)
        first, last = self.taken[:third], self.taken[-third:]
        return _medians(first), _medians(last)

    def _take(self) -> None:
        begun = time.monotonic()
        while not self._end.wait(self._every):
            sample = (time.monotonic() - begun, self._program.resident(), self._program.descriptors())
            self.taken.append(sample)


def _medians(samples: list[tuple[float, int, int]]) -> tuple[float, float]:
    if not samples:
        return 0.0, 0.0
    return statistics.median(memory for _, memory, _ in samples), statistics.median(files for _, _, files in samples)
