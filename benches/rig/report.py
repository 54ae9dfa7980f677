"""Figures as they are shown: tables in Markdown, medians, and one line of verdict against the goals."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig.machine import machine

MEBIBYTE = 1 << 20


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def median(values: Iterable[float]) -> float | None:
    """The median, or nothing of nothing."""
    there = list(values)
    return statistics.median(there) if there else None


def figure(value: float | None, digits: int = 1) -> str:
    """A number for a table; a dash where there is none."""
    return "-" if value is None else f"{value:,.{digits}f}"


def mebibytes(octets: float) -> str:
    """Octets in MiB."""
    return f"{octets / MEBIBYTE:,.1f} MiB"


@dataclass
class Verdict:
    """Whether a measurement met its goals."""

    of: str
    _missed: list[str] = field(default_factory=list)
    _met: int = 0

    def goal(self, wanted: str, met: bool, measured: str) -> None:
        """Notes one: what is wanted, and what was measured."""
        if met:
            self._met += 1
        else:
            self._missed.append(f"{measured} (goal: {wanted})")

    @property
    def met(self) -> bool:
        """Whether no goal was missed."""
        return not self._missed

    def __str__(self) -> str:
        if self.met:
            return f"{self.of}: all {self._met} goals met"
        goals = self._met + len(self._missed)
        return f"{self.of}: {len(self._missed)} of {goals} goals MISSED: {'; '.join(self._missed)}"


def machine_lines() -> list[str]:
    """What the figures were measured on, as a list in Markdown."""
    return [f"- {what}: {value}" for what, value in machine().items()]


def save(path: Path | None, figures: dict[str, Any]) -> None:
    """Writes all figures as JSON, if wanted."""
    if path:
        path.write_text(json.dumps({"machine": machine(), **figures}, indent=1, default=vars) + "\n")
