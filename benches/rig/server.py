"""A name server that is measured: how it is started, and when it is ready."""

import time
from dataclasses import dataclass
from pathlib import Path

from rig.authority import ADDRESS
from rig.program import Program, until
from rig.wire import NOERROR, NXDOMAIN, Answer, ask

PATIENCE = 180.0  # seconds from the start to the first blocked answer


class NotReady(Exception):
    """A server that did not come to do its work. The text says why."""


@dataclass(frozen=True)
class Ready:
    """A server that does its work."""

    program: Program
    port: int
    #: Seconds from its start to the first blocked answer.
    seconds: float


def is_blocked(answer: Answer | None) -> bool:
    """Whether it is an answer, and not the one that everybody else gets."""
    return answer is not None and answer.rcode in (NOERROR, NXDOMAIN) and not answer.leads_to(ADDRESS)


def is_resolved(answer: Answer | None) -> bool:
    """Whether it is the answer of the authority."""
    return answer is not None and answer.rcode == NOERROR and answer.leads_to(ADDRESS)


def wait_until_ready(program: Program, port: int, listed: str, ordinary: str, begun: float) -> Ready:
    """Asks until a listed name is blocked, then looks whether an ordinary one is resolved."""
    for _ in until(PATIENCE, 0.002):
        if is_blocked(ask(listed, port, 0.02)):
            seconds = time.monotonic() - begun
            break
        if not program.runs():
            raise NotReady(f"it ended: {program.said()}")
    else:
        raise NotReady(f"it blocked nothing within {PATIENCE:.0f} s: {program.said()}")
    for _ in until(5.0, 0.05):
        if is_resolved(ask(ordinary, port, 1.0)):
            return Ready(program, port, seconds)
    raise NotReady(f"it resolves no ordinary name: {program.said()}")


def started(command: list[str], folder: Path, cores: str, port: int, probes: tuple[str, str]) -> Ready:
    """Starts a server and waits for it; `probes` are a listed name and an ordinary one. It is ended if it fails."""
    begun = time.monotonic()
    program = Program(command, folder, cores)
    try:
        return wait_until_ready(program, port, *probes, begun)
    except BaseException:
        program.end()
        raise
