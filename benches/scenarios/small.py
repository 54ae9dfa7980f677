"""A small machine: one core and 128 MiB, kept to by the kernel.

With the whole list Sekisho must start, answer, and take over a changed list under load, and nothing may be killed for
want of memory. Then the bundled list, with a full cache, under ever smaller limits, until it does not go on.

Without systemd and without control groups of version 2 this cannot be done, and it ends with 3. --refused has the kernel
refuse the process what it asks for beyond the limit, which ends it. --unconfined sets no limit, and compares the peak of the
process with one. Both say nothing of the kernel's memory for it.
"""

import argparse
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rig.load import LOSS, Load
from rig.report import MEBIBYTE, Verdict, mebibytes
from rig.sekisho import Sekisho, Setting, Variants
from rig.server import NotReady
from scenarios.confinement import Confinement, Refused, Unconfined, confine
from scenarios.stage import CannotBeDone, Stage

LIMIT = 128  # MiB
BUNDLED = Path(__file__).resolve().parents[2] / "lists" / "starter.txt"
SWAPS_WITHIN = 90  # seconds of load, in which the swap must come about


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--rate", type=int, default=2_000, help="queries a second (2000)")
    parser.add_argument("--seconds", type=float, default=5, help="of load at each smaller limit (5)")
    parser.add_argument(
        "--limits", type=_numbers, default="96,64,48,40,32,24,16,12,8", help="MiB, for the bundled list"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--refused", action="store_true", help="limit what the process may ask for, by RLIMIT_DATA")
    how.add_argument("--unconfined", action="store_true", help="set no limit, and compare the process's peak with it")


@dataclass
class Lived:
    """How it went under one limit."""

    limit: int
    reason: str = ""
    swapped: bool = False
    load: Load | None = None
    peak: int | None = None
    #: Memory of the process itself, at its highest.
    process_peak: int = 0

    @property
    def well(self) -> bool:
        """Whether it started, went on, and answered everything."""
        return not self.reason


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    verdict = Verdict("small" + _without_groups(options))
    variants = stage.variants()
    whole = _live(stage, stage.setting(variants.path), LIMIT, options, variants)
    _tell("the whole list", whole)
    verdict.goal(f"goes on with {LIMIT} MiB", whole.well, f"with {LIMIT} MiB: {whole.reason}")
    verdict.goal("the list swapped", whole.swapped, "the list was not swapped")
    smallest, homes = None, []
    probes = (_bundled_name(), stage.names.hot[0])
    for limit in sorted(options.limits, reverse=True):
        home = _live(stage, stage.setting(None, probes), limit, options, None)
        homes.append(home)
        _tell("the bundled list", home)
        if not home.well:
            break
        smallest = limit
    verdict.goal("a home goes on with less", smallest is not None, "the bundled list did not go on with any limit")
    least = f"{smallest} MiB" if smallest else "none of those tried"
    print(f"smallest limit for the bundled list and a full cache: {least}")
    return {"whole": whole, "homes": homes, "smallest": smallest}, verdict


def _without_groups(options: argparse.Namespace) -> str:
    if options.refused:
        return " (what the process may ask for)"
    return " (unconfined: the process's own peak alone)" if options.unconfined else ""


def _holds(limit: int, stage: Stage, options: argparse.Namespace) -> Confinement:
    if options.refused:
        return Refused(limit)
    return Unconfined() if options.unconfined else confine(limit, stage.cores)


def _live(stage: Stage, setting: Setting, limit: int, options: argparse.Namespace, variants: Variants | None) -> Lived:
    """Starts a Sekisho under a limit and has it work."""
    lived = Lived(limit)
    holds = _holds(limit, stage, options)
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(dir=stage.folder, ignore_cleanup_errors=True))
        stack.callback(holds.end)
        try:
            with Sekisho(replace(setting, within=holds.within), Path(folder) / "server") as server:
                if not options.unconfined and holds.limit(server.program) != limit * MEBIBYTE:
                    raise CannotBeDone("the kernel holds it to no such limit, although it was asked to")
                _work(stage, server, options, variants, lived)
                _look(server, holds, lived)
        except (NotReady, RuntimeError, OSError) as error:
            lived.reason = str(error) or type(error).__name__
    if options.unconfined and lived.process_peak > limit * MEBIBYTE:
        lived.reason = lived.reason or f"it took {mebibytes(lived.process_peak)}"
    return lived


def _work(stage: Stage, server: Sekisho, options: argparse.Namespace, variants: Variants | None, lived: Lived) -> None:
    """A full cache, a load, and a changed list meanwhile if there is one."""
    stage.fill(server)
    queries = stage.mixed() if variants else stage.queries("hits", stage.traffic.hits(100_000))
    seconds = SWAPS_WITHIN if variants else options.seconds
    with stage.pace.start(queries, server.port, options.rate, seconds) as generator:
        if variants:
            lived.swapped = variants.exchange(server)
            generator.interrupt()
        generator.wait(seconds + 30)
        load = lived.load = stage.pace.result(generator)
    if load.lost + load.bad > load.sent * LOSS:
        lived.reason = f"{load.lost} of {load.sent:,} lost, {load.bad} bad answers"


def _look(server: Sekisho, holds: Confinement, lived: Lived) -> None:
    """What memory it took, and whether anything was killed for want of it."""
    lived.process_peak, lived.peak = server.program.peak(), holds.peak(server.program)
    kills = holds.events(server.program).get("oom_kill", 0)
    if kills:
        lived.reason = "something was killed for want of memory"
    elif not server.program.runs():
        lived.reason = f"it ended: {server.program.said()}"


def _tell(what: str, lived: Lived) -> None:
    peaks = [f"the process at most {mebibytes(lived.process_peak)}"] if lived.process_peak else []
    peaks += [f"the group {mebibytes(lived.peak)}"] if lived.peak else []
    load = f", {lived.load.sent:,} queries, lost {lived.load.lost}; {lived.load.latencies}" if lived.load else ""
    print(f"{what}, {lived.limit} MiB: {lived.reason or 'goes on'}; {', '.join(peaks)}{load}", flush=True)


def _bundled_name() -> str:
    lines = (line.partition("#")[0].strip() for line in BUNDLED.read_text().splitlines())
    return next(line for line in lines if line)


def _numbers(written: str) -> list[int]:
    return [int(number) for number in written.split(",")]
