"""dnsperf: an independent client, which either asks as fast as it is answered or at a given rate."""

import re
from dataclasses import dataclass
from pathlib import Path

from rig.load import Latencies, Load
from rig.program import Program
from rig.session import found

SOCKETS = 16
TIMEOUT = 2  # seconds after which a query is lost
#: Queries that wait, when it asks as fast as it is answered: enough that a server always has some, and few enough for
#: the socket buffer of one that leaves it at the system's default.
AT_ONCE = 200
#: At a given rate a server that stands still must not hold the next queries up, or nobody would see how many waited.
AT_ONCE_PACED = 20_000
SLACK = 30.0  # seconds beyond its time until it is ended
ANSWERED = re.compile(r"^> ([A-Z]+\d*) .* (\d+\.\d+)$")


@dataclass(frozen=True)
class Ask:
    """What to ask for, and how."""

    queries: Path
    port: int
    seconds: float
    #: Queries a second; as fast as it is answered where there is none.
    rate: int | None = None
    #: Whether every query is asked once at most; else they are asked again from the start.
    once: bool = False
    #: Whether the latency of every query is to be told. It costs the generator time.
    latencies: bool = False


def dnsperf(ask: Ask, folder: Path) -> Load:
    """Runs it to its end."""
    with start(ask, folder) as program:
        program.wait(ask.seconds + SLACK)
        return result(program)


def start(ask: Ask, folder: Path) -> Program:
    """Starts it; ended by `Program.interrupt` before its time, it tells what it has until then."""
    command = [found("dnsperf") or "dnsperf", "-s", "127.0.0.1", "-p", str(ask.port), "-d", str(ask.queries)]
    command += ["-l", str(ask.seconds), "-c", str(SOCKETS), "-T", "1", "-e", "-t", str(TIMEOUT), "-b", "4096"]
    command += ["-O", "suppress=timeout,congestion", "-W"]
    command += ["-q", str(AT_ONCE_PACED), "-Q", str(ask.rate)] if ask.rate else ["-q", str(AT_ONCE)]
    command += (["-n", "1"] if ask.once else []) + (["-v"] if ask.latencies else [])
    home = folder / f"dnsperf-{ask.queries.stem}"
    home.mkdir(exist_ok=True)
    return Program(command, home)


def result(program: Program) -> Load:
    """What it wrote."""
    seconds, summary = [], []
    with program.output.open(errors="replace") as lines:
        for line in lines:
            answered = ANSWERED.match(line)
            if answered:
                seconds.append(float(answered[2]))
            else:
                summary.append(line)
    text = "".join(summary[-200:])
    # Those that were still waiting when it was interrupted are neither answered nor lost.
    sent = _number(r"Queries sent:\s+(\d+)", text) - _number(r"Queries interrupted:\s+(\d+)", text)
    lasted = _number(r"Run time \(s\):\s+([\d.]+)", text)
    if sent <= 0 or not lasted:
        raise RuntimeError(f"dnsperf told nothing: {program.said()}")
    rcodes = {rcode: int(count) for rcode, count in re.findall(r"([A-Z]+\d*) (\d+) \([\d.]+%\)", text)}
    return Load(int(sent), lasted, int(_number(r"Queries lost:\s+(\d+)", text)), rcodes, Latencies.of(seconds))


def _number(pattern: str, text: str) -> float:
    told = re.search(pattern, text)
    return float(told[1]) if told else 0.0
