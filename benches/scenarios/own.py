"""Rules of one's own by command: how long until one is in force, with the whole list in force beside it.

A command is started again and again for a name that no rule speaks of. Timed is all of it, from starting the program to the
first answer that is blocked; and, beside it, a request over the server's socket alone.
"""

import argparse
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from rig.report import Verdict
from rig.sekisho import Sekisho
from rig.server import is_blocked
from rig.wire import ask
from scenarios.stage import CannotBeDone, Stage

LIMIT_MS = 50.0
PATIENCE = 5.0  # seconds until a rule must hold


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--rules", type=int, default=200, help="rules that are made (200)")


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    with Sekisho(stage.setting(stage.variants().path), stage.folder / "server") as server:
        stage.rest(server)
        state = stage.folder / "server" / "state"
        program = str(options.sekisho.resolve())
        by_command = [_by_command(server, program, state, at) for at in range(options.rules)]
        by_socket = [_by_socket(server, state, at) for at in range(options.rules)]
        compilations = server.swaps()
    verdict = Verdict("own")
    for what, times in (("by command", by_command), ("over the socket", by_socket)):
        times.sort()
        median, worst = times[len(times) // 2], times[-1]
        print(f"{what}: median {median:.1f} ms, worst {worst:.1f} ms of {len(times)}")
        verdict.goal(f"{what} <= {LIMIT_MS:g} ms", worst <= LIMIT_MS, f"{what} {worst:.1f} ms")
    verdict.goal("no compilation", compilations == 1, f"{compilations} compilations")
    return {"by_command_ms": by_command, "by_socket_ms": by_socket}, verdict


def _by_command(server: Sekisho, program: str, state: Path, at: int) -> float:
    name = f"command-{at}.sekisho-bench.example"
    begun = time.perf_counter()
    subprocess.run([program, "block", name, "--state-dir", str(state)], check=True, capture_output=True)
    return _until_blocked(server, name, begun)


def _by_socket(server: Sekisho, state: Path, at: int) -> float:
    name = f"socket-{at}.sekisho-bench.example"
    begun = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(state / "control.sock"))
        request = {"command": "set-rule", "kind": "block", "rule": name, "seconds": None}
        control.sendall(json.dumps(request).encode() + b"\n")
        control.makefile().readline()
    return _until_blocked(server, name, begun)


def _until_blocked(server: Sekisho, name: str, begun: float) -> float:
    while time.perf_counter() - begun < PATIENCE:
        if is_blocked(ask(name, server.port)):
            return (time.perf_counter() - begun) * 1000
    raise CannotBeDone(f"{name} was not blocked within {PATIENCE:g} s")
