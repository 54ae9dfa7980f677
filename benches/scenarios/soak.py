"""Ten minutes of everything: steady load, a new list every half minute, an upstream that stands still for one.

Popular and listed names must be answered all the time; names that nobody asked for may fail only while the upstream
stands still, and a moment after. Memory and descriptors must stay where they are.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from rig.load import Load
from rig.report import Verdict, mebibytes
from rig.sekisho import Sekisho, Variants
from scenarios.sampling import Samples
from scenarios.stage import CannotBeDone, Stage

BEGINS = 0.4  # of the time: then the upstream stops
MARGIN = 15  # seconds around it in which a miss may fail: deadlines, and the time until the upstream is tried again
MEMORY_GROWS, FILES_GROW = 1.1, 1.1  # times, from the first third to the last
FILES_SLACK = 16


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--seconds", type=int, default=600, help="in all (600)")
    parser.add_argument("--rate", type=int, default=20_000, help="popular and listed names a second (20000)")
    parser.add_argument("--misses", type=int, default=200, help="names a second that nobody asked for (200)")
    parser.add_argument("--every", type=float, default=30, help="seconds between exchanges of the list (30)")
    parser.add_argument("--dead", type=float, default=60, help="seconds for which the upstream stands still (60)")


@dataclass
class Course:
    """What was done, in seconds since the load began."""

    stopped: float = 0.0
    resumed: float = 0.0
    swaps: int = 0


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    variants = stage.variants()
    mixed = stage.mixed()
    misses = stage.queries("misses", stage.traffic.misses(options.misses * (options.seconds + 60)))
    with Sekisho(stage.setting(variants.path), stage.folder / "server") as server, ExitStack() as stack:
        fetched = stage.fill(server)
        stage.rest(server)
        before = server.swaps()
        steady = stack.enter_context(stage.pace.start(mixed, server.port, options.rate, options.seconds))
        missing = stack.enter_context(stage.pace.start(misses, server.port, options.misses, options.seconds))
        samples = stack.enter_context(Samples(server.program, 1.0))
        course = _course(stage, server, variants, options)
        for generator in (steady, missing):
            generator.wait(options.seconds + 60)
        compiled = server.swaps() - before
        hits, fresh = stage.pace.result(steady), stage.pace.result(missing)
    (memory, files), (memory_after, files_after) = samples.thirds()
    beyond = _beyond(fresh, course)
    _tell("popular and listed names", hits)
    _tell("names that nobody asked for", fresh)
    excused = sum(sent - good for sent, good in fresh.timeline) - beyond
    print(f"upstream still from second {course.stopped:.0f} to {course.resumed:.0f}: {excused} misses failed")
    print(f"{beyond} misses failed at other times")
    print(f"{course.swaps} exchanges, {compiled} compilations")
    print(f"memory: {mebibytes(memory)} in the first third, {mebibytes(memory_after)} in the last")
    print(f"memory at most, swaps included: {mebibytes(samples.most())}")
    print(f"descriptors: {files:.0f} in the first third, {files_after:.0f} in the last")
    verdict = Verdict("soak")
    verdict.goal(
        "none of the popular and listed lost",
        hits.lost == 0,
        f"{hits.lost} of {hits.sent:,} popular and listed names lost",
    )
    verdict.goal("no bad answers for them", hits.bad == 0, f"{hits.bad} bad answers for popular and listed names")
    verdict.goal(
        "misses fail only without upstream", beyond == 0, f"{beyond} misses failed while the upstream was there"
    )
    verdict.goal("every exchange compiled", compiled == course.swaps, f"{compiled} compilations of {course.swaps}")
    verdict.goal(
        f"memory <= {MEMORY_GROWS} times",
        memory_after <= memory * MEMORY_GROWS,
        f"memory grew {memory_after / max(memory, 1):.2f} times",
    )
    flat = files_after <= files * FILES_GROW + FILES_SLACK
    verdict.goal("descriptors flat", flat, f"descriptors went from {files:.0f} to {files_after:.0f}")
    figures = {
        "fetched_anew": fetched,
        "steady": hits,
        "misses": fresh,
        "course": course,
        "compilations": compiled,
        "samples": samples.taken,
    }
    return figures, verdict


def _course(stage: Stage, server: Sekisho, variants: Variants, options: argparse.Namespace) -> Course:
    """Exchanges the list when its time has come, and stops and resumes the upstream."""
    course, begun = Course(), time.monotonic()
    stops = options.seconds * BEGINS

    def stop() -> None:
        stage.upstream.pause()
        course.stopped = time.monotonic() - begun

    def resume() -> None:
        stage.upstream.resume()
        course.resumed = time.monotonic() - begun

    def swap() -> None:
        if not variants.exchange(server):
            raise CannotBeDone("a changed list was not in force within two minutes")
        course.swaps += 1

    events: list[tuple[float, Callable[[], None]]] = [(stops, stop), (stops + options.dead, resume)]
    events += [(number * options.every, swap) for number in range(1, int((options.seconds - 5) // options.every) + 1)]
    try:
        for at, event in sorted(events, key=lambda one: one[0]):
            time.sleep(max(0.0, begun + at - time.monotonic()))
            event()
    finally:
        stage.upstream.resume()
    return course


def _beyond(load: Load, course: Course) -> int:
    """Queries that failed in seconds for which the upstream is no excuse."""
    excused = range(int(course.stopped) - MARGIN, int(course.resumed) + MARGIN + 1)
    return sum(sent - good for second, (sent, good) in enumerate(load.timeline) if second not in excused)


def _tell(what: str, load: Load) -> None:
    flaws = f" ({', '.join(load.flaws())})" if load.flaws() else ""
    print(f"{what}: {load.sent:,} at {load.sent_per_second:,.0f}/s, lost {load.lost}{flaws}; {load.latencies}")
