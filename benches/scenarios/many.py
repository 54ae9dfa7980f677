"""All lists of a folder and the whole list, each a list of its own: what a first start costs, and what a change of one.

Told are seconds, processor time, and the most memory that the process had. Texts that have not changed are not parsed again;
the metric that counts parsing must agree.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rig.program import until
from rig.report import Verdict, mebibytes
from rig.sekisho import Sekisho
from scenarios.stage import CannotBeDone, Stage

WITHIN = 300.0


def options(parser: argparse.ArgumentParser) -> None:
    """Adds this scenario's own."""
    parser.add_argument("--folder", type=Path, required=True, help="lists in any format; .tsv files are left out")


def run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, Any], Verdict]:
    """Runs it."""
    files = sorted(file for file in options.folder.iterdir() if file.is_file() and file.suffix != ".tsv")
    own = stage.folder / "changing.txt"
    own.write_text("changing-0.sekisho-bench.example\n")
    tables = [f'[[list]]\nname = "list-{at}"\npath = "{file.resolve()}"\n' for at, file in enumerate([*files, own])]
    setting = replace(stage.setting(stage.variants().path), more="".join(tables))
    with Sekisho(setting, stage.folder / "server") as server:
        ready, first_peak, first_cpu = server.ready.seconds, server.program.peak(), server.program.cpu_seconds()
        stage.rest(server)
        rest, metrics = server.program.resident(), server.metrics()
        rules, parses = metrics["sekisho_list_rules"], metrics["sekisho_list_parses_total"]
        server.program.forget_peak()
        cpu, swaps, begun = server.program.cpu_seconds(), server.swaps(), time.monotonic()
        own.with_suffix(".new").write_text("changing-1.sekisho-bench.example\n")
        own.with_suffix(".new").rename(own)
        for _ in until(WITHIN, 0.02):
            if server.swaps() > swaps:
                break
        else:
            raise CannotBeDone("the changed list was not in force in time")
        seconds, cpu = time.monotonic() - begun, server.program.cpu_seconds() - cpu
        peak = server.program.peak()
        parsed_again = server.metrics()["sekisho_list_parses_total"] - parses
    print(f"{len(tables) + 1} lists, {rules:,.0f} rules")
    print(
        f"first start: ready after {ready:.2f} s, {first_cpu:.2f} s of processor time, {mebibytes(first_peak)} at most"
    )
    print(f"a list of one name changed: in force after {seconds:.2f} s, {cpu:.2f} s of processor time", end=", ")
    print(f"{mebibytes(peak)} at most, {mebibytes(rest)} at rest; {parsed_again:.0f} texts parsed")
    verdict = Verdict("many")
    verdict.goal("one text parsed", parsed_again == 1, f"{parsed_again:.0f} texts parsed")
    figures = {
        "ready_s": ready,
        "first_cpu_s": first_cpu,
        "first_peak": first_peak,
        "rules": rules,
        "swap_s": seconds,
        "swap_cpu_s": cpu,
        "swap_peak": peak,
        "rest": rest,
    }
    return figures, verdict
