"""Months of real changes of a list, published one after the other and fetched, while queries come at a steady rate.

The list is served on this machine. After each change the number of rules must be what the data says, the names that were
added must be blocked, and those that were removed must not be.
"""

import argparse
import http.server
import json
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rig.program import until
from rig.report import Verdict, mebibytes
from rig.sekisho import Sekisho
from rig.server import is_blocked
from rig.wire import ask
from scenarios.stage import CannotBeDone, Stage

LONGEST = 1800  # seconds for all changes
HOLDS_WITHIN = 20.0  # seconds until a change must hold
LOOKED_AT = 20  # names of each change, added and removed


@dataclass
class Step:
    """One change."""

    count: int
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--base", type=Path, required=True, help="the list before the first change")
    parser.add_argument("--deltas", type=Path, required=True, help="changes: '# … n=COUNT …', then +name and -name")
    parser.add_argument("--rate", type=int, default=5_000, help="queries a second (5000)")


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    names = {line for line in options.base.read_text().split("\n") if line and not line.startswith("#")}
    steps = _steps(options.deltas)
    publisher = _Publisher()
    publisher.publish(names)
    queries = stage.queries("popular", stage.traffic.warm())
    probe = min(names - {name for step in steps for name in step.removed})
    lists = f'[[list]]\nname = "feed"\nurl = "http://127.0.0.1:{publisher.port}/"\nplain_http = true\n'
    setting = replace(
        stage.setting(None, (probe, stage.names.hot[0])), more=lists + 'guard = "off"\nmatch = "exact"\n', offline=False
    )
    took, wrong = [], []
    with Sekisho(setting, stage.folder / "server") as server:
        stage.warm(server.port)
        before, cpu = server.program.resident(), server.program.cpu_seconds()
        server.program.forget_peak()
        loading = stage.pace.start(queries, server.port, options.rate, LONGEST)
        with loading as generator:
            for number, step in enumerate(steps):
                names |= set(step.added)
                names -= set(step.removed)
                publisher.publish(names)
                begun = time.monotonic()
                _update(options.sekisho, stage.folder / "server" / "state", step.count)
                took.append(time.monotonic() - begun)
                wrong += [f"step {number}: {name}" for name in _wrong(server, step)]
            generator.interrupt()
            generator.wait(60)
            load = stage.pace.result(generator)
        peak, cpu = server.program.peak(), server.program.cpu_seconds() - cpu
    print(f"{len(steps)} changes; {max(took):.2f} s at most from publishing to the rules in force")
    print(f"{load.sent:,} queries at {load.sent_per_second:,.0f}/s, lost {load.lost}; {load.latencies}")
    print(
        f"memory: {mebibytes(before)} before, {mebibytes(peak)} at most; {cpu:.1f} s of processor time, queries included"
    )
    verdict = Verdict("updates")
    verdict.goal("none lost", load.lost == 0, f"{load.lost} lost")
    verdict.goal("no bad answers", load.bad == 0, f"{load.bad} bad answers")
    verdict.goal("rules exact after each change", not wrong, "; ".join(wrong[:5]))
    return {"took_s": took, "load": load, "memory_before": before, "memory_peak": peak, "cpu_s": cpu}, verdict


def _update(program: Path, state: Path, count: int) -> None:
    """Has the list fetched, and waits until so many rules are in force."""
    command = [str(program.resolve()), "lists", "--state-dir", str(state)]
    subprocess.run([*command[:2], "update", *command[2:]], check=True, capture_output=True)
    for _ in until(HOLDS_WITHIN, 0.05):
        told = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True).stdout)
        if told["lists"][0]["rules"] == count:
            return
    raise CannotBeDone(f"there are {told['lists'][0]['rules']} rules, and should be {count}")


def _wrong(server: Sekisho, step: Step) -> list[str]:
    """Names that are not as they should be, after a moment."""
    added, removed = step.added[:LOOKED_AT], step.removed[:LOOKED_AT]
    wrong: list[str] = []
    for _ in until(HOLDS_WITHIN, 0.05):
        wrong = [name for name in added if not is_blocked(ask(name, server.port))]
        wrong += [name for name in removed if is_blocked(ask(name, server.port))]
        if not wrong:
            break
    return wrong


def _steps(path: Path) -> list[Step]:
    steps: list[Step] = []
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            count = next(word[2:] for word in line.split() if word.startswith("n="))
            steps.append(Step(int(count)))
        elif line:
            (steps[-1].added if line[0] == "+" else steps[-1].removed).append(line[1:])
    return steps


class _Publisher:
    """Serves the list."""

    def __init__(self) -> None:
        self.text = b""
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Gives what is published now."""

            def do_GET(self) -> None:
                """Any path is the list."""
                self.send_response(200)
                self.send_header("Content-Length", str(len(outer.text)))
                self.end_headers()
                self.wfile.write(outer.text)

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def publish(self, names: set[str]) -> None:
        """Has these names as the list from now on."""
        self.text = "".join(f"{name}\n" for name in sorted(names)).encode()
