#!/usr/bin/env python3
"""Counts the instructions of one query, by kind, and compares them with what is written down.

    python3 benches/instructions.py            counts, and fails where something became dearer
    python3 benches/instructions.py --write    writes down what was counted

Counts are the same on a busy machine as on a quiet one, but not with another compiler or for another processor: both are
written down beside them, and a comparison with others is only shown. Needs Valgrind, and the runner that the crate gungraun
names (`cargo install gungraun-runner` in its version).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "instructions.json"
# What the compiler places elsewhere moves a count by a few instructions.
TOLERATED = 0.02


def count() -> dict[str, int]:
    """Instructions by kind of query."""
    target = json.loads(output("cargo", "metadata", "--no-deps", "--format-version=1"))["target_directory"]
    home = Path(target) / "gungraun" / "instructions"
    environment = {**os.environ, "GUNGRAUN_HOME": str(home)}
    command = ["cargo", "bench", "--bench", "instructions", "--", "--save-summary=json"]
    subprocess.run(command, cwd=HERE.parent, env=environment, check=True, stdout=sys.stderr)
    counts = {}
    for path in sorted(home.rglob("summary.json")):
        summary = json.loads(path.read_text())
        counts[summary["id"]] = instructions(summary)
    if not counts:
        sys.exit(f"no counts were written below {home}: was the version of gungraun changed?")
    return counts


def instructions(summary: dict) -> int:
    """The instructions in what the runner wrote of one bench."""
    for profile in summary["profiles"]:
        counted = profile["data"]["total"]["metrics"].get("Ir")
        if counted is not None:
            return counted["values"]["new"]
    sys.exit(f"{summary['id']} has no instructions in its summary")


def output(*command: str) -> str:
    return subprocess.run(command, cwd=HERE.parent, check=True, capture_output=True, text=True).stdout


def compare(now: dict[str, int], before: dict[str, int]) -> bool:
    """Prints both; whether nothing became dearer."""
    fine = True
    for kind in sorted(now.keys() | before.keys()):
        old, new = before.get(kind), now.get(kind)
        if old is None or new is None:
            print(f"{kind:16} {old or '-':>8} -> {new or '-':>8}  only in one: write it down with --write")
            fine = False
            continue
        dearer = new > old * (1 + TOLERATED)
        fine &= not dearer
        print(f"{kind:16} {old:8} -> {new:8}  {new / old - 1:+.1%}{'  DEARER' if dearer else ''}")
    return fine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write down what is counted")
    arguments = parser.parse_args()
    made_by = {"compiler": output("rustc", "--version").strip(), "machine": platform.machine()}
    counts = count()
    if arguments.write:
        BASELINE.write_text(json.dumps({**made_by, "instructions": counts}, indent=2) + "\n")
        print(f"written: {BASELINE.name}")
        return
    baseline = json.loads(BASELINE.read_text())
    fine = compare(counts, baseline.pop("instructions"))
    if baseline != made_by:
        print(f"counted with {made_by}, written down with {baseline}: no verdict")
    elif not fine:
        sys.exit("a query became dearer by more than 2 %")


if __name__ == "__main__":
    main()
