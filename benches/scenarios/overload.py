"""More queries than the server can answer, and an upstream that is dead.

One core is faster at answering than another is at asking, so busy loops share the server's core and leave it a part of
the processor. The rate is looked for that it bears then, for the mixed load and for misses; then twice as many come.
Last, the upstream stands still while misses flood in, and popular and listed names are asked for beside them.
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.load import LOSS, Load
from rig.program import Program, until
from rig.report import Verdict, mebibytes
from rig.sekisho import Sekisho
from rig.server import is_resolved
from rig.wire import ask
from scenarios.bearable import bearable
from scenarios.stage import CannotBeDone, Stage

KEPT = 0.8  # of the rate that it bears is still answered at twice of it
TWICE = 1.8  # times the rate must really have been sent, or it is no overload
MEMORY, SLACK = 1.1, 16 << 20  # flat is at most this many times what it was, and this many octets
RECOVERS = 20.0  # seconds until a miss is answered again
BESIDE = 0.25  # of the rate that it bears: what is asked beside the flood
MOST_BESIDE = 20_000  # queries a second beside it
MISSES = 1_000_000  # names that nobody asked for; after them the first ones have long left the cache


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--seconds", type=float, default=10, help="of each load (10)")
    parser.add_argument("--hogs", type=int, default=3, help="busy loops on the server's core (3)")
    parser.add_argument("--flood", type=int, default=20_000, help="misses a second while the upstream is dead (20000)")


@dataclass(frozen=True)
class Trial:
    """What the parts of this scenario share."""

    stage: Stage
    server: Sekisho
    seconds: float
    verdict: Verdict


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    variants = stage.variants()
    mixed = stage.mixed()
    misses = stage.queries("misses", stage.traffic.misses(MISSES))
    with Sekisho(stage.setting(variants.path), stage.folder / "server") as server:
        trial = Trial(stage, server, options.seconds, Verdict("overload"))
        fetched = stage.fill(server)
        stage.rest(server)
        before = server.program.resident()
        server.program.forget_peak()
        with _hogs(options.hogs, stage):
            figures = {what: _twice(trial, what, asked) for what, asked in (("mixed", mixed), ("misses", misses))}
        rate = max(1, min(round(figures["mixed"]["bearable"].rate * BESIDE), MOST_BESIDE))
        figures["dead"] = _dead(trial, mixed, rate, options.flood)
        peak = server.program.peak()
    print(f"memory: {mebibytes(before)} before, with the cache full; at most {mebibytes(peak)}")
    flat = peak <= before * MEMORY + SLACK
    grew = f"memory went from {mebibytes(before)} to {mebibytes(peak)}"
    trial.verdict.goal(f"memory <= {MEMORY} times and {mebibytes(SLACK)}", flat, grew)
    return {**figures, "fetched_anew": fetched, "memory_before": before, "memory_peak": peak}, trial.verdict


def _twice(trial: Trial, what: str, queries: Path) -> dict[str, Any]:
    """Looks for the rate, and asks at it and at twice of it."""
    pace, port = trial.stage.pace, trial.server.port
    rate = bearable(pace, queries, port)
    if not rate.rate:
        raise CannotBeDone(f"no rate of {what} is borne")
    calm = pace.run(queries, port, rate.rate, trial.seconds)
    much = pace.run(queries, port, rate.rate * 2, trial.seconds)
    print(f"{what}: bears {rate}; at that {_told(calm)}")
    print(f"{what}: at twice that {_told(much)}", flush=True)
    kept = much.good_per_second / rate.rate
    times = much.sent_per_second / rate.rate
    trial.verdict.goal("twice the rate sent", times >= TWICE, f"{what}: only {times:.2f} times the rate could be sent")
    fell = f"{what}: answers at {kept:.0%} of that rate, at {times:.2f} times of it"
    trial.verdict.goal(f"{KEPT:.0%} of the answers go on", kept >= KEPT, fell)
    return {"bearable": rate, "calm": calm, "twice": much, "kept": kept}


def _dead(trial: Trial, mixed: Path, rate: int, flood: int) -> dict[str, Any]:
    """The upstream stands still, misses come all the same, and others want what needs no upstream."""
    stage, port, verdict = trial.stage, trial.server.port, trial.verdict
    fresh = stage.queries("flood", stage.traffic.misses(MISSES, salt=2))
    stage.warm(port)
    with ExitStack() as stack:
        stage.upstream.pause()
        stack.callback(stage.upstream.resume)
        flooding = stack.enter_context(stage.pace.start(fresh, port, flood, trial.seconds + 2))
        beside = stage.pace.run(mixed, port, rate, trial.seconds)
        flooding.wait(60)
        flooded = stage.pace.result(flooding)
    print(f"upstream dead, misses: {_told(flooded)}")
    print(f"upstream dead, popular and listed names beside them: {_told(beside)}")
    fails = (beside.lost + beside.bad) / max(beside.sent, 1)
    failed = f"{fails:.2%} of blocked and cached names failed"
    verdict.goal("blocked and cached names go on without upstream", fails <= LOSS, failed)
    back = any(is_resolved(ask(f"back-{number}.example", port, 2.0)) for number, _ in enumerate(until(RECOVERS, 0.2)))
    late = "no miss was answered after the upstream had come back"
    verdict.goal(f"misses again within {RECOVERS:.0f} s", back, late)
    return {"flood": flooded, "beside": beside}


@contextmanager
def _hogs(count: int, stage: Stage) -> Iterator[None]:
    """Busy loops on the server's cores."""
    with ExitStack() as stack:
        for number in range(count):
            home = stage.folder / f"hog-{number}"
            home.mkdir()
            stack.enter_context(Program(["sh", "-c", "while :; do :; done"], home, stage.cores))
        yield


def _told(load: Load) -> str:
    flaws = f" ({', '.join(load.flaws())})" if load.flaws() else ""
    return f"{load.sent_per_second:,.0f}/s sent, {load.good_per_second:,.0f}/s answered{flaws}; {load.latencies}"
