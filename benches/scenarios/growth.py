"""What grows with the list, with the cache and with the workers, and how.

Lists of 0.1 to 20 million names, caches of ten thousand and a million answers, and one and two workers: seconds until
ready, octets for a name, processor time for a blocked and for a cached answer. Longer lists are made of the real names,
with letters put before the first label, the same each time.
"""

import argparse
import random
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rig.dnsperf import Ask, dnsperf
from rig.load import Load
from rig.names import SEED, grown
from rig.report import Verdict, figure, table
from rig.sekisho import Sekisho
from rig.server import NotReady
from scenarios.stage import REPEATED, Stage

ASKED = 200_000  # different listed names that are asked for
LOOKUP_GROWS = 3.0  # times that a blocked answer may cost with the longest list, against the shortest
OCTETS_GROW = 1.25  # times that a name may take with the longest list, against the benchmark's
OF_INTEREST = 1_000_000  # lists from here on say what a name takes; with shorter ones it is the program itself
HITS_GROW = 2.0  # times that a cached answer may cost with the largest cache
BIG_CACHE = "2GiB"
FILLS_WITHIN = 240.0


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--names", type=_numbers, default="100000,1000000,5000000,20000000", help="lengths of lists")
    parser.add_argument("--answers", type=_numbers, default="10000,1000000", help="answers in the cache")
    parser.add_argument("--workers", type=_numbers, default="1,2", help="threads for UDP")
    parser.add_argument("--workers-cores", default="0-1", help="for the server when it has several workers (0-1)")
    parser.add_argument("--seconds", type=float, default=3, help="of each load (3)")


@dataclass
class Grown:
    """What was measured at one size."""

    what: str
    ready_s: float
    octets_at_rest: int
    octets_at_most: int
    rule_octets: float
    blocked_us: float
    hit_us: float
    blocked: Load
    hit: Load
    answers: float = 0.0
    #: Memory for each answer that came into the cache, as the process grew and as the cache counts it.
    octets_an_answer: float = 0.0
    counted_an_answer: float = 0.0


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    verdict = Verdict("growth")
    by_names = _with_lists(stage, options, verdict)
    head = [
        "names",
        "ready, s",
        "MiB at rest",
        "MiB at most",
        "B a name",
        "of it rules, B",
        "blocked, µs",
        "cache hit, µs",
    ]
    print(table(head, [_list_row(count, one) for count, one in by_names.items()]), end="\n\n", flush=True)
    by_answers = {count: _with_cache(stage, count, options.seconds) for count in options.answers}
    print(
        table(
            ["cached answers", "cache hit, µs", "B an answer", "as the cache counts", "hits a second"],
            [
                [
                    f"{one.answers:,.0f}",
                    figure(one.hit_us),
                    figure(one.octets_an_answer, 0),
                    figure(one.counted_an_answer, 0),
                    f"{one.hit.good_per_second:,.0f}",
                ]
                for one in by_answers.values()
            ],
        ),
        end="\n\n",
        flush=True,
    )
    by_workers = {count: _with_workers(stage, count, options) for count in options.workers}
    print(
        table(
            ["workers", "blocked, µs", "cache hit, µs", "hits a second", "MiB at rest"],
            [
                [
                    str(count),
                    figure(one.blocked_us),
                    figure(one.hit_us),
                    f"{one.hit.good_per_second:,.0f}",
                    figure(one.octets_at_rest / 2**20),
                ]
                for count, one in by_workers.items()
            ],
        )
    )
    _judge(by_names, by_answers, verdict)
    return {"names": by_names, "answers": by_answers, "workers": by_workers}, verdict


def _judge(by_names: dict[int, Grown], by_answers: dict[int, Grown], verdict: Verdict) -> None:
    if len(by_names) > 1:
        shortest, longest = by_names[min(by_names)], by_names[max(by_names)]
        times = longest.blocked_us / shortest.blocked_us if shortest.blocked_us else 0.0
        verdict.goal(
            f"blocked <= {LOOKUP_GROWS:g} times",
            times <= LOOKUP_GROWS,
            f"blocked answers cost {times:.1f} times as much with the longest list",
        )
    long = sorted(count for count in by_names if count >= OF_INTEREST)
    if len(long) > 1:
        first, last = (by_names[count].rule_octets / count for count in (long[0], long[-1]))
        verdict.goal(
            f"octets a name <= {OCTETS_GROW} times",
            last <= first * OCTETS_GROW,
            f"a name grows from {first:.1f} to {last:.1f} octets",
        )
    if len(by_answers) > 1:
        few, many = by_answers[min(by_answers)], by_answers[max(by_answers)]
        times = many.hit_us / few.hit_us if few.hit_us else 0.0
        verdict.goal(
            f"hits <= {HITS_GROW:g} times",
            times <= HITS_GROW,
            f"hits cost {times:.1f} times as much in the largest cache",
        )
    for count, one in by_answers.items():
        verdict.goal(
            "as many cached as asked for",
            one.answers >= count * 0.99,
            f"{one.answers:,.0f} of {count:,} answers were cached",
        )


def _with_lists(stage: Stage, options: argparse.Namespace, verdict: Verdict) -> dict[int, Grown]:
    measured = {}
    for count in options.names:
        with TemporaryDirectory(dir=stage.folder, ignore_cleanup_errors=True) as folder:
            try:
                measured[count] = _with_list(stage, count, Path(folder), options.seconds)
            except NotReady as reason:
                print(f"{count:,} names: {reason}", flush=True)
            verdict.goal("ready with every list", count in measured, f"not ready with {count:,} names")
    return measured


def _with_list(stage: Stage, count: int, folder: Path, seconds: float) -> Grown:
    path = folder / "list.txt"
    every = max(1, count // ASKED)
    asked: list[str] = []
    with path.open("w") as file:
        for number, name in enumerate(grown(stage.names.listed, count)):
            file.write(f"{name}\n")
            if number % every == 0:
                asked.append(name)
    random.Random(SEED).shuffle(asked)
    setting = stage.setting(path, (asked[0], stage.names.hot[0]))
    with Sekisho(setting, folder / "server") as server:
        stage.warm(server.port)
        stage.rest(server)
        hits = stage.queries("hits", stage.traffic.hits(REPEATED))
        return _measure(stage, server, f"{count:,} names", (stage.queries("asked", asked), hits), seconds)


def _with_cache(stage: Stage, count: int, seconds: float) -> Grown:
    names = stage.traffic.misses(count, salt=3)
    with TemporaryDirectory(dir=stage.folder, ignore_cleanup_errors=True) as folder:
        variants = stage.variants()
        setting = replace(stage.setting(variants.path), cache=BIG_CACHE)
        with Sekisho(setting, Path(folder) / "server") as server:
            stage.rest(server)
            before = server.program.memory()
            stage.once(stage.queries("fill", names), server.port, FILLS_WITHIN)
            stage.rest(server)
            metrics, grew = server.metrics(), server.program.memory() - before
            hits = stage.queries("hits", random.Random(SEED).choices(names, k=REPEATED))
            blocked = stage.queries("blocked", stage.traffic.blocked(REPEATED))
            one = _measure(stage, server, f"{count:,} answers", (blocked, hits), seconds)
    one.answers = metrics["sekisho_cache_entries"]
    one.octets_an_answer = grew / max(one.answers, 1)
    one.counted_an_answer = metrics["sekisho_cache_bytes"] / max(one.answers, 1)
    return one


def _with_workers(stage: Stage, workers: int, options: argparse.Namespace) -> Grown:
    with TemporaryDirectory(dir=stage.folder, ignore_cleanup_errors=True) as folder:
        variants = stage.variants()
        cores = stage.cores if workers == 1 else options.workers_cores
        setting = replace(stage.setting(variants.path), workers=workers, cores=cores)
        with Sekisho(setting, Path(folder) / "server") as server:
            stage.warm(server.port)
            stage.rest(server)
            hits = stage.queries("hits", stage.traffic.hits(REPEATED))
            blocked = stage.queries("blocked", stage.traffic.blocked(REPEATED))
            return _measure(stage, server, f"{workers} workers", (blocked, hits), options.seconds)


def _measure(stage: Stage, server: Sekisho, what: str, queries: tuple[Path, Path], seconds: float) -> Grown:
    """Blocked answers and hits, after the memory was looked at."""
    octets, peak, rules = server.program.memory(), server.program.peak(), server.metrics()["sekisho_rule_bytes"]
    (blocked_us, blocked), (hit_us, hit) = (_cost(stage, server, path, seconds) for path in queries)
    return Grown(what, server.ready.seconds, octets, peak, rules, blocked_us, hit_us, blocked, hit)


def _cost(stage: Stage, server: Sekisho, queries: Path, seconds: float) -> tuple[float, Load]:
    """Microseconds of processor time for a good answer."""
    before = server.program.cpu_seconds()
    load = dnsperf(Ask(queries, server.port, seconds), stage.folder)
    return (server.program.cpu_seconds() - before) / max(load.good, 1) * 1e6, load


def _list_row(count: int, one: Grown) -> list[str]:
    memory = [figure(octets / 2**20) for octets in (one.octets_at_rest, one.octets_at_most)]
    a_name = [figure(one.octets_at_rest / count), figure(one.rule_octets / count)]
    return [f"{count:,}", figure(one.ready_s, 2), *memory, *a_name, figure(one.blocked_us), figure(one.hit_us)]


def _numbers(written: str) -> list[int]:
    return [int(number) for number in written.split(",")]
