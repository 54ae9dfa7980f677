"""Latency at half the load that a server bears, for Sekisho, unbound and dnsdist, each on one core.

98 of 100 queries are for popular names, 2 for listed ones. First the rate is looked for at which at most one query in a
thousand is lost and none gets a bad answer; then queries come at half of it.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from peers.servers import SERVERS, Place
from rig.load import Latencies, Load
from rig.report import Verdict, figure, table
from rig.server import NotReady, started
from rig.session import found
from rig.wire import free_port
from scenarios.bearable import Bearable, bearable
from scenarios.stage import REST, RESTS_WITHIN, CannotBeDone, Stage

COMPARED = ("sekisho", "unbound", "dnsdist")


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--seconds", type=float, default=20, help="at half the load (20)")


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    queries = stage.mixed()
    plain = stage.queries("list", [])
    plain.write_text("".join(f"{name}\n" for name in stage.names.listed))
    figures: dict[str, Any] = {}
    rows = []
    measured: dict[str, Latencies] = {}
    for key in COMPARED:
        program = str(options.sekisho.resolve()) if key == "sekisho" else found(SERVERS[key].program)
        if not program:
            print(f"SKIPPED: {key} is not installed", flush=True)
            continue
        try:
            rate, load = _measure(stage, key, program, (plain, queries), options.seconds)
        except NotReady as reason:
            print(f"SKIPPED: {key}: {reason}", flush=True)
            continue
        figures[key] = {"bearable": rate, "half": load}
        rows.append(_row(SERVERS[key].title, rate, load))
        if load.latencies:
            measured[key] = load.latencies
    if "sekisho" not in measured:
        raise CannotBeDone("Sekisho was not measured")
    print(
        table(["", "bears", "half of it", "p50, ms", "p99, ms", "p99.9, ms", "worst, ms", "generator late, ms"], rows)
    )
    return figures, _verdict(measured)


def _verdict(measured: dict[str, Latencies]) -> Verdict:
    verdict = Verdict("latency")
    own = measured.pop("sekisho")
    for key, other in measured.items():
        for what in ("p50", "p99", "p999"):
            mine, theirs = getattr(own, what), getattr(other, what)
            verdict.goal(f"no more than {key}'s {theirs:.2f} ms", mine <= theirs, f"{what} {mine:.2f} ms")
    return verdict


def _measure(stage: Stage, key: str, program: str, files: tuple[Path, Path], seconds: float) -> tuple[Bearable, Load]:
    """The rate that a server bears, and how it fares at half of it; `files` are the list and the queries."""
    plain, queries = files
    with TemporaryDirectory(dir=stage.folder, ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), free_port(), stage.upstream.port, stage.names.listed, plain, program)
        command = SERVERS[key].command(place)
        ready = started(command, place.folder, stage.cores, place.port, (stage.names.probe(), stage.names.hot[0]))
        with ready.program:
            stage.warm(place.port)
            time.sleep(REST)
            ready.program.wait_until_idle(RESTS_WITHIN)
            rate = bearable(stage.pace, queries, place.port)
            print(f"{key} bears {rate}", flush=True)
            return rate, stage.pace.run(queries, place.port, max(1, rate.rate // 2), seconds)


def _row(title: str, rate: Bearable, load: Load) -> list[str]:
    cells = [title, str(rate), f"{load.sent_per_second:,.0f}/s"]
    if not load.latencies:
        return [*cells, "no answers", "", "", "", ""]
    values = (load.latencies.p50, load.latencies.p99, load.latencies.p999, load.latencies.worst, load.lag_ms)
    cells += [figure(value, 2) for value in values]
    flaws = load.flaws()
    cells[2] += f" ({', '.join(flaws)})" if flaws else ""
    return cells
