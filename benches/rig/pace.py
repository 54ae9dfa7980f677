"""`pace`, the load generator of this folder: any rate that one core can send, whether the server keeps up or not."""

import json
from pathlib import Path

from rig.compiler import compiled
from rig.load import Latencies, Load
from rig.program import Program

SOURCE = Path(__file__).with_name("pace.c")
SLACK = 30.0  # seconds beyond its time until it is ended
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


class Pace:
    """Knows where the compiled program is."""

    def __init__(self, folder: Path) -> None:
        """Compiles it into `folder`, where its output goes as well."""
        self._folder = folder
        self._program = compiled(SOURCE, folder)
        self._runs = 0
        #: The line of each file at which the next run goes on, so that a miss is not asked for a second time.
        self._next: dict[Path, int] = {}
        self._asked: dict[int, Path] = {}

    def run(self, queries: Path, port: int, rate: int, seconds: float) -> Load:
        """Asks at this rate, for whole seconds."""
        with self.start(queries, port, rate, seconds) as program:
            program.wait(seconds + SLACK)
            return self.result(program)

    def start(self, queries: Path, port: int, rate: int, seconds: float) -> Program:
        """Begins to; `Program.interrupt` has it end and tell."""
        self._runs += 1
        home = self._folder / f"pace-{self._runs}"
        home.mkdir()
        numbers = [str(port), str(rate), str(max(1, round(seconds)))]
        first = str(self._next.get(queries, 0))
        program = Program([str(self._program), *numbers, str(queries), first], home)
        self._asked[program.pid] = queries
        return program

    def result(self, program: Program) -> Load:
        """What it told at its end."""
        try:
            told = json.loads(program.output.read_text())
        except ValueError as error:
            raise RuntimeError(f"pace told nothing: {program.said()}") from error
        queries = self._asked[program.pid]
        self._next[queries] = self._next.get(queries, 0) + told["sent"]
        names = dict(enumerate(RCODES))
        rcodes = {names.get(int(rcode), f"RCODE{rcode}"): count for rcode, count in told["rcodes"].items()}
        latencies = Latencies(*(value / 1000 for value in told["latencies_us"])) if told["latencies_us"] else None
        timeline = [(sent, good) for sent, good in told["timeline"]]
        return Load(told["sent"], told["seconds"], told["lost"], rcodes, latencies, told["lag_us"] / 1000, timeline)
