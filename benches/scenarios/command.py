"""The command line of the scenarios.

Each starts the given Sekisho on this machine, puts it into a situation, and prints figures and one line of verdict.
With --check a missed goal ends it with 1; 3 means that this machine cannot do it.
"""

import argparse
import sys
from pathlib import Path
from subprocess import TimeoutExpired
from types import ModuleType

from rig.authority import authority
from rig.machine import version
from rig.names import Names
from rig.report import machine_lines, save
from rig.server import NotReady
from rig.session import require, session
from scenarios import growth, latency, many, overload, own, small, soak, swap, updates
from scenarios.stage import CannotBeDone, Stage

SCENARIOS: dict[str, ModuleType] = {
    "swap": swap,
    "latency": latency,
    "overload": overload,
    "growth": growth,
    "small": small,
    "soak": soak,
    "own": own,
    "updates": updates,
    "many": many,
}
CANNOT_BE_DONE = 3


def main() -> None:
    """Reads the command line and runs one."""
    options = _options()
    if not options.sekisho.is_file():
        sys.exit(f"{options.sekisho} is not there; build it with cargo build --release")
    require({"dnsperf": "dnsperf", "nsd": "nsd", "taskset": "util-linux", "cc": "gcc"})
    with session(options.server_cores, options.load_cores) as folder, authority(folder) as upstream:
        stage = Stage(options, folder, Names(options.list, options.ordinary), upstream)
        about = [*machine_lines(), f"- sekisho: {version([str(options.sekisho), '--version'])}"]
        where = f"the server on core {options.server_cores}, the load on {options.load_cores}"
        about.append(f"- {len(stage.names.listed):,} listed names; {where}")
        print("\n".join([*about, ""]), flush=True)
        try:
            figures, verdict = SCENARIOS[options.scenario].run(stage, options)
        except CannotBeDone as reason:
            print(f"{options.scenario}: cannot be done here: {reason}", file=sys.stderr)
            sys.exit(CANNOT_BE_DONE)
        except (NotReady, RuntimeError, TimeoutExpired) as error:
            sys.exit(f"{options.scenario}: failed: {error}")
        if not upstream.runs():
            sys.exit(f"the authority ended, so nothing of this counts: {upstream.said()}")
        print(f"\n{verdict}")
        save(options.json, {"about": about, "figures": figures, "verdict": str(verdict), "met": verdict.met})
    if options.check and not verdict.met:
        sys.exit(1)


def _options() -> argparse.Namespace:
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="benches/scenarios", description=__doc__, formatter_class=plain)
    scenarios = parser.add_subparsers(dest="scenario", required=True, metavar="SCENARIO")
    for name, scenario in SCENARIOS.items():
        text = scenario.__doc__ or ""
        one = scenarios.add_parser(name, help=text.splitlines()[0], description=text, formatter_class=plain)
        _common(one)
        scenario.options(one)
    return parser.parse_args()


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sekisho", type=Path, help="the program, such as target/release/sekisho")
    parser.add_argument("--list", type=Path, required=True, help="names to block, one on each line")
    parser.add_argument("--ordinary", type=Path, required=True, help="ordinary names, the most popular first")
    parser.add_argument("--server-cores", default="0", help="for the server (0)")
    parser.add_argument("--load-cores", default="1", help="for the load and what stands for the internet (1)")
    parser.add_argument("--check", action="store_true", help="end with 1 if a goal is missed")
    parser.add_argument("--json", type=Path, help="where all figures go")
