"""New lists under load: the whole list is exchanged again and again while queries come at a steady rate.

Each time the file differs from the one before by one name, so that all rules are compiled anew; the metric that counts
compilations is compared with the exchanges, and the new name is asked for. The latency of every query counts. How late
the generator was itself is told beside it: dnsperf's two threads would stand in each other's way on one core.

Two comparisons come first, without an exchange: the load alone, and beside a program of the priority of the thread that
compiles that does nothing but keep the server's core busy. What is late there is the machine's and the scheduler's doing.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from rig.load import Load
from rig.program import Program
from rig.report import Verdict, mebibytes
from rig.sekisho import Sekisho, Variants
from scenarios.sampling import Samples
from scenarios.stage import CannotBeDone, Stage

P999_MS, WORST_MS, MEMORY = 5.0, 20.0, 1.3
RATE_KEPT = 0.99  # of the rate that was wanted; else the load was another one
LONGEST = 1800  # seconds for all exchanges
SETTLING = 3.0  # seconds before the first and after the last, in which late answers come
NICENESS = 10  # of the bystander: that of the thread which compiles


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--rate", type=int, default=20_000, help="queries a second (20000)")
    parser.add_argument("--swaps", type=int, default=10, help="exchanges of the list (10)")
    parser.add_argument("--empty-cache", action="store_true", help="with the popular names alone in the cache")
    parser.add_argument("--quiet", type=float, default=5, help="seconds of the same load before, for comparison (5)")
    parser.add_argument("--busy", type=float, default=30, help="seconds of it beside a busy program, as well (30)")


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    queries = stage.mixed()
    variants = stage.variants()
    with Sekisho(stage.setting(variants.path), stage.folder / "server") as server:
        if options.empty_cache:
            stage.warm(server.port)
        else:
            stage.fill(server)
        stage.rest(server)
        quiet = stage.pace.run(queries, server.port, options.rate, options.quiet)
        _tell("without an exchange", quiet)
        with _busy(stage.cores, stage.folder):
            busy = stage.pace.run(queries, server.port, options.rate, options.busy)
        _tell("without one, beside a program that only keeps the core busy", busy)
        before, compiled = server.program.resident(), server.swaps()
        server.program.forget_peak()
        loading = stage.pace.start(queries, server.port, options.rate, LONGEST)
        with loading as generator, Samples(server.program, 0.02) as samples:
            took = _exchange(server, variants, options.swaps, generator)
            generator.interrupt()
            generator.wait(60)
            load = stage.pace.result(generator)
        compiled = server.swaps() - compiled
        peak = server.program.peak()
    figures: dict[str, Any] = {
        "quiet": quiet,
        "busy": busy,
        "load": load,
        "compilations": compiled,
        "swap_s": took,
        "memory_before": before,
        "memory_sampled": samples.most(),
        "memory_peak": peak,
    }
    print(f"{options.swaps} exchanges, {compiled} compilations, {max(took):.2f} s at most until the new rules held")
    _tell(f"during them, {load.sent_per_second:,.0f}/s", load)
    sampled = mebibytes(samples.most())
    print(f"memory: {mebibytes(before)} before, at most {sampled} as sampled, {mebibytes(peak)} as the kernel counts")
    verdict = Verdict("swap")
    kept = load.sent_per_second / options.rate
    verdict.goal(f"{RATE_KEPT:.0%} of the rate sent", kept >= RATE_KEPT, f"{kept:.1%} of the rate were sent")
    verdict.goal("every exchange compiled", compiled == options.swaps, f"{compiled} compilations")
    verdict.goal("none lost", load.lost == 0, f"{load.lost} lost")
    verdict.goal("no bad answers", load.bad == 0, f"{', '.join(load.flaws())}, {load.bad} bad answers")
    if load.latencies:
        p999, worst = load.latencies.p999, load.latencies.worst
        verdict.goal(f"p99.9 <= {P999_MS:g} ms", p999 <= P999_MS, f"p99.9 {p999:.1f} ms")
        verdict.goal(f"worst <= {WORST_MS:g} ms", worst <= WORST_MS, f"worst {worst:.1f} ms")
    verdict.goal(f"memory <= {MEMORY} times", peak <= MEMORY * before, f"memory {peak / before:.2f} times")
    return figures, verdict


def _tell(when: str, load: Load) -> None:
    """How a load fared."""
    print(f"{when}: lost {load.lost} of {load.sent:,}; {load.latencies}", end="; ")
    print(f"the generator late by {load.lag_ms:.2f} ms at most", flush=True)


def _busy(cores: str, folder: Path) -> Program:
    """A program that computes without end, as compiling would, and gives way to others as compiling does."""
    home = folder / "bystander"
    home.mkdir()
    return Program(["nice", "-n", str(NICENESS), sys.executable, "-c", "while True: pass"], home, cores)


def _exchange(server: Sekisho, variants: Variants, count: int, generator: Program) -> list[float]:
    """The seconds that each took."""
    took = []
    time.sleep(SETTLING)
    for _ in range(count):
        begun = time.monotonic()
        if not variants.exchange(server):
            raise CannotBeDone("a changed list was not in force within two minutes")
        took.append(time.monotonic() - begun)
        if not generator.runs():
            raise CannotBeDone(f"the generator ended: {generator.said()}")
    time.sleep(SETTLING)
    return took
