"""How many queries a second a server bears: the highest rate at which it loses none worth mentioning."""

import time
from dataclasses import dataclass
from pathlib import Path

from rig.load import LOSS, Load
from rig.pace import Pace

LOWEST = 2_000
PROBE = 2.0  # seconds at each rate
CLOSE = 1.06  # the highest that was borne and the lowest that was not are then as near as such figures are true
SENT = 0.97  # of a rate; below that it is the generator that did not bear it
CALM = 0.3  # seconds between two, in which queues empty


@dataclass(frozen=True)
class Bearable:
    """What was found."""

    rate: int
    #: Whether the server would have borne more than the generator can send.
    at_least: bool

    def __str__(self) -> str:
        return f"{'at least ' if self.at_least else ''}{self.rate:,}/s"


def bearable(pace: Pace, queries: Path, port: int) -> Bearable:
    """Doubles the rate until it is too much, then halves the distance."""
    borne, refused, at_least = 0, 0, False
    rate = LOWEST
    while not refused or refused > borne * CLOSE:
        loads = [_probe(pace, queries, port, rate)]
        if not _is_borne(loads[0]):  # something else may have happened just then
            loads.append(_probe(pace, queries, port, rate))
        if any(_is_borne(load) and _is_sent(load, rate) for load in loads):
            borne = rate
        else:
            refused = rate
            at_least = any(_is_borne(load) for load in loads)
            if rate <= 100:
                break
        if refused:
            rate = (borne + refused) // 2
        else:
            rate *= 2
    return Bearable(borne, at_least)


def _probe(pace: Pace, queries: Path, port: int, rate: int) -> Load:
    time.sleep(CALM)
    return pace.run(queries, port, rate, PROBE)


def _is_borne(load: Load) -> bool:
    return load.lost <= load.sent * LOSS and load.bad == 0


def _is_sent(load: Load, rate: int) -> bool:
    return load.sent_per_second >= rate * SENT
