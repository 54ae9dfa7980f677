"""What load generators tell: how many queries were answered, how, and how fast."""

from dataclasses import dataclass, field

GOOD = ("NOERROR", "NXDOMAIN")  # other response codes say that the server did not do its work
LOSS = 0.001  # a larger share of lost queries is told beside a figure


@dataclass
class Load:
    """The end of one load."""

    sent: int
    seconds: float
    lost: int
    rcodes: dict[str, int]
    latencies: "Latencies | None" = None
    #: The longest that the generator itself was late, in milliseconds, where it knows.
    lag_ms: float = 0.0
    #: For each second of sending: queries, good answers.
    timeline: list[tuple[int, int]] = field(default_factory=list)

    @property
    def good(self) -> int:
        """Answers that help a client."""
        return sum(count for rcode, count in self.rcodes.items() if rcode in GOOD)

    @property
    def bad(self) -> int:
        """Answers that do not: SERVFAIL, REFUSED and so on."""
        return sum(self.rcodes.values()) - self.good

    @property
    def good_per_second(self) -> float:
        """Answers that help, for each second of the load."""
        return self.good / self.seconds if self.seconds else 0.0

    @property
    def sent_per_second(self) -> float:
        """How many queries were sent in a second."""
        return self.sent / self.seconds if self.seconds else 0.0

    def flaws(self) -> list[str]:
        """What keeps it from counting as served: bad response codes, and losses worth mentioning."""
        total = max(self.sent, 1)
        bad = [f"{rcode} {percent(count / total)}" for rcode, count in sorted(self.rcodes.items()) if rcode not in GOOD]
        return bad + ([f"lost {percent(self.lost / total)}"] if self.lost > total * LOSS else [])


@dataclass(frozen=True)
class Latencies:
    """In milliseconds, of the queries that were answered."""

    p50: float
    p99: float
    p999: float
    worst: float

    @staticmethod
    def of(seconds: list[float]) -> "Latencies | None":
        """Sorts them. None of none."""
        if not seconds:
            return None
        seconds.sort()
        at = [seconds[int((len(seconds) - 1) * share)] * 1000 for share in (0.5, 0.99, 0.999, 1)]
        return Latencies(*at)

    def __str__(self) -> str:
        return f"p50 {self.p50:.2f}, p99 {self.p99:.2f}, p99.9 {self.p999:.2f}, worst {self.worst:.2f} ms"


def percent(share: float) -> str:
    """With as many digits as it needs to be seen."""
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}" if share >= 0.001 else f"{share:.4%}"
