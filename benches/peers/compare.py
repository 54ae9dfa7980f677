"""Measures Sekisho and the other servers in one run, several times, and tells the medians.

Every server has one core, and the load (dnsperf) and the authoritative stub behind (NSD) another, so what is told is
the server's own processor time for an answer, which another machine's network would not change. Answers count by
response code: one that says SERVFAIL or REFUSED is no answer, and who gives them, or loses queries, has that beside the
figure.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory

from peers.servers import SERVERS, Place, Server
from rig.authority import authority
from rig.dnsperf import Ask, dnsperf
from rig.load import Load
from rig.machine import version
from rig.names import Names, Traffic, write_queries
from rig.program import Program, until
from rig.report import figure, machine_lines, median, save, table
from rig.server import NotReady, started
from rig.session import found, require, session
from rig.wire import ask, free_port

KINDS = {"blocked": "blocked", "hit": "cache hit", "mixed": "98 % hit + 2 % blocked", "miss": "miss"}
REPEATED = 400_000  # queries in a file that is asked again and again
MISSES_A_SECOND = 200_000  # more than one core answers, so that no name comes twice
IDLE_WITHIN = 60.0  # seconds after the rest, at most
WARMING = 60.0  # seconds at most


@dataclass
class Row:
    """What was measured of one server in one run."""

    ready_s: float = 0.0
    #: All memory of the process for each listed name: at the first blocked answer, and after a rest.
    octets_at_ready: float | None = None
    octets_at_rest: float | None = None
    peak_octets: float | None = None
    #: For each kind of query: microseconds of processor time for a good answer.
    cpu_us: dict[str, float] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    failed: str = ""


@dataclass(frozen=True)
class Plan:
    """What all servers have alike."""

    folder: Path
    names: Names
    list: Path
    queries: dict[str, Path]
    warm: Path
    upstream: int
    seconds: float
    rest: float
    cores: str


def main() -> None:
    """Reads the command line and measures."""
    options = _options()
    require({"dnsperf": "dnsperf", "nsd": "nsd", "taskset": "util-linux", "cc": "gcc"})
    programs, skipped = _programs(options)
    with session(options.server_cores, options.load_cores) as folder, authority(folder) as upstream:
        plan = _plan(options, folder, upstream.port)
        heading = _heading(options, plan, programs)
        print("\n".join([*heading, *skipped, ""]), flush=True)
        runs: list[dict[str, Row]] = []
        for number in range(options.runs):
            runs.append({})
            for key, program in programs.items():
                row = runs[-1][key] = measured(SERVERS[key], program, plan)
                if not upstream.runs():
                    sys.exit(f"the authority ended, so nothing after that counts: {upstream.said()}")
                print(f"run {number + 1}: {key}: {_told(row)}", file=sys.stderr, flush=True)
        result = _table(runs, list(programs))
        print(result)
        save(options.json, {"about": heading + skipped, "runs": runs, "table": result.splitlines()})


def measured(server: Server, program: str, plan: Plan) -> Row:
    """Starts a server, and asks it for one kind of names after the other."""
    row = Row()
    with TemporaryDirectory(dir=plan.folder, prefix="server-", ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), free_port(), plan.upstream, plan.names.listed, plan.list, program)
        try:
            _measure(server, place, plan, row)
        except (NotReady, RuntimeError, TimeoutExpired) as error:
            row.failed = str(error)
    return row


def _measure(server: Server, place: Place, plan: Plan, row: Row) -> None:
    command = server.command(place)
    if server.serves:
        ready = started(command, place.folder, plan.cores, place.port, (plan.names.probe(), plan.names.hot[0]))
        row.ready_s = ready.seconds
        running = ready.program
    else:
        running = _loop(command, place, plan.cores)
    with running:
        if server.serves:
            _memory(running, plan, row)
        dnsperf(Ask(plan.warm, place.port, WARMING, once=True), place.folder)
        for kind in KINDS:
            _load(running, kind, place.port, plan, row)


def _loop(command: list[str], place: Place, cores: str) -> Program:
    """The floor sends queries back; that it does is all that there is to wait for."""
    program = Program(command, place.folder, cores)
    for _ in until(5):
        if ask("www.example", place.port):
            return program
    program.end()
    raise NotReady("it sent nothing back")


def _memory(program: Program, plan: Plan, row: Row) -> None:
    row.octets_at_ready = program.memory() / len(plan.names.listed)
    time.sleep(plan.rest)  # what reading the list needed may be given back
    program.wait_until_idle(IDLE_WITHIN)  # some go on with it after the first blocked answer
    row.octets_at_rest = program.memory() / len(plan.names.listed)
    row.peak_octets = program.peak() / len(plan.names.listed)


def _load(program: Program, kind: str, port: int, plan: Plan, row: Row) -> None:
    before = program.cpu_seconds()
    load = dnsperf(Ask(plan.queries[kind], port, plan.seconds, once=kind == "miss"), plan.folder)
    if not program.runs():
        raise NotReady(f"it ended under load: {program.said()}")
    row.loads[kind] = load
    if load.good:
        row.cpu_us[kind] = (program.cpu_seconds() - before) / load.good * 1e6


def _plan(options: argparse.Namespace, folder: Path, upstream: int) -> Plan:
    names = Names(options.list, options.ordinary)
    traffic = Traffic(names)
    wanted = {
        "blocked": traffic.blocked(REPEATED),
        "hit": traffic.hits(REPEATED),
        "mixed": traffic.mixed(REPEATED),
        "miss": traffic.misses(int(options.seconds * MISSES_A_SECOND)),
    }
    queries = {kind: write_queries(folder / f"{kind}.queries", asked) for kind, asked in wanted.items()}
    warm = write_queries(folder / "warm.queries", traffic.warm())
    plain = folder / "list.txt"
    plain.write_text("".join(f"{name}\n" for name in names.listed))
    cores = options.server_cores
    return Plan(folder, names, plain, queries, warm, upstream, options.seconds, options.rest, cores)


def _programs(options: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """The programs that are there, and a line for each that is not."""
    given = {"sekisho": options.sekisho, "hickory": options.hickory}
    there, skipped = {}, []
    for key in options.only or SERVERS:
        server = SERVERS[key]
        program = given.get(key) or found(server.program)
        if program and Path(program).exists():
            there[key] = str(Path(program).resolve())
        else:
            skipped.append(f"- SKIPPED: {key}, since there is no {server.program}")
    return there, skipped


def _heading(options: argparse.Namespace, plan: Plan, programs: dict[str, str]) -> list[str]:
    lines = machine_lines()
    lines += [f"- {key}: {version([program, *SERVERS[key].version])}" for key, program in programs.items()]
    lines += [
        f"- {name}: {version([found(name) or name, flag])}" for name, flag in {"nsd": "-v", "dnsperf": "-h"}.items()
    ]
    listed, ordinary = len(plan.names.listed), len(plan.names.hot)
    times = f"{options.runs} runs of {options.seconds:g} s for each kind, {options.rest:g} s of rest before"
    where = f"servers on core {options.server_cores}, the load and the stub on {options.load_cores}"
    return [*lines, f"- {listed:,} listed names, {ordinary:,} popular ones; {times}; {where}"]


def _told(row: Row) -> str:
    if row.failed:
        return f"FAILED: {row.failed}"
    kinds = [
        f"{kind} {figure(row.cpu_us.get(kind))} us at {load.good_per_second:,.0f}/s{_flaws(load)}"
        for kind, load in row.loads.items()
    ]
    return f"ready {row.ready_s:.2f} s, {figure(row.octets_at_ready, 0)} B/name, {', '.join(kinds)}"


def _flaws(load: Load) -> str:
    flaws = load.flaws()
    return f" ({', '.join(flaws)})" if flaws else ""


def _table(runs: list[dict[str, Row]], keys: list[str]) -> str:
    head = ["", *(f"{title}, µs" for title in KINDS.values()), "B a name when ready", "at rest", "at most", "ready, s"]
    return table(head, [_line(SERVERS[key], [run[key] for run in runs]) for key in keys])


def _line(server: Server, rows: list[Row]) -> list[str]:
    """The medians of one server. Flaws are those of the run that had most."""
    good = [row for row in rows if not row.failed]
    if not good:
        return [server.title, f"failed: {rows[0].failed.splitlines()[-1][:100]}", *[""] * 7]
    cells = [server.title]
    for kind in KINDS:
        value = median(row.cpu_us[kind] for row in good if kind in row.cpu_us)
        worst = max((row.loads[kind] for row in good), key=lambda load: (load.bad + load.lost) / max(load.sent, 1))
        cells.append(figure(value) + _flaws(worst))
    for memory in ("octets_at_ready", "octets_at_rest", "peak_octets"):
        cells.append(figure(median(value for row in good if (value := getattr(row, memory)) is not None), 0))
    cells.append(figure(median(row.ready_s for row in good), 2) if server.serves else "-")
    if len(good) < len(rows):
        cells[0] += f" (failed in {len(rows) - len(good)} of {len(rows)} runs)"
    return cells


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benches/peers", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sekisho", type=Path, help="the program, such as target/release/sekisho")
    parser.add_argument("--list", type=Path, required=True, help="names to block, one on each line")
    parser.add_argument("--ordinary", type=Path, required=True, help="ordinary names, the most popular first")
    parser.add_argument("--hickory", type=Path, help="a hickory-dns that was built with its blocklist store")
    parser.add_argument("--only", type=_keys, help=f"some of {','.join(SERVERS)}")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (3)")
    parser.add_argument("--seconds", type=float, default=5, help="of each kind of load (5)")
    parser.add_argument("--rest", type=float, default=8, help="seconds before memory is looked at again (8)")
    parser.add_argument("--server-cores", default="0", help="for the server (0)")
    parser.add_argument("--load-cores", default="1", help="for the load and the stub (1)")
    parser.add_argument("--json", type=Path, help="where all figures go")
    return parser.parse_args()


def _keys(written: str) -> list[str]:
    keys = written.split(",")
    if unknown := [key for key in keys if key not in SERVERS]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return keys
