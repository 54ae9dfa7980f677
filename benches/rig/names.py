"""Names to block, ordinary names, and files of queries made of both: always the same for the same names."""

import hashlib
import itertools
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

SEED = 5
HOT = 20_000  # ordinary names that are asked for again and again
FLATTENING = 10  # the name at rank r is asked for as 1 / (r + this): a few are very popular, none is everything
BLOCKED_SHARE = 0.02  # of the mixed load
LONGEST_LABEL, LONGEST_NAME = 63, 253
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Names:
    """A list of names to block, and ordinary names that it does not block."""

    def __init__(self, listed: Path, ordinary: Path) -> None:
        """Reads both; ordinary names that are listed, or stand below a listed one, are left out."""
        self.listed = _lines(listed)
        blocked = set(self.listed)
        self.ordinary = [name for name in _lines(ordinary) if not _is_below(name, blocked)]
        self.hot = self.ordinary[:HOT]
        if not self.listed or len(self.hot) < 100:
            sys.exit(f"{listed} or {ordinary} has too few names")

    def probe(self) -> str:
        """A listed name by which to see that the list is in force."""
        return self.listed[len(self.listed) // 2]


class Traffic:
    """Names in the order in which they are asked for. Each kind has a random order of its own."""

    def __init__(self, names: Names) -> None:
        """Of these names."""
        self._names = names
        ranks = range(len(names.hot))
        self._weights = list(itertools.accumulate(1 / (rank + FLATTENING) for rank in ranks))

    def blocked(self, count: int) -> list[str]:
        """Listed names, each as likely as any other."""
        return random.Random(SEED).choices(self._names.listed, k=count)

    def hits(self, count: int) -> list[str]:
        """Popular names; after `warm` the cache has them all."""
        return random.Random(SEED + 1).choices(self._names.hot, cum_weights=self._weights, k=count)

    def mixed(self, count: int) -> list[str]:
        """98 of 100 popular, 2 listed."""
        dice = random.Random(SEED + 2)
        blocked = iter(self.blocked(count))
        return [next(blocked) if dice.random() < BLOCKED_SHARE else name for name in self.hits(count)]

    def misses(self, count: int, salt: int = 0) -> list[str]:
        """Names that nobody asked for before, below popular ones; another `salt` gives others."""
        dice = random.Random(SEED + 3 + salt)
        return [f"{dice.getrandbits(48):x}.{name}" for name in dice.choices(self._names.hot, k=count)]

    def warm(self) -> list[str]:
        """Every popular name once."""
        return self._names.hot


def write_queries(path: Path, names: Iterable[str]) -> Path:
    """Writes what dnsperf and `pace` read: a name and a type on each line."""
    with path.open("w") as file:
        file.writelines(f"{name} A\n" for name in names)
    return path


def grown(listed: list[str], count: int) -> Iterator[str]:
    """`count` names made of real ones.

    Fewer are taken evenly from all. For more, three letters and a hyphen are put before the first label, others for
    each name and round. A label of its own would not do: a name below a listed one is no rule of its own.
    """
    if count <= len(listed):
        yield from (listed[at * len(listed) // count] for at in range(count))
        return
    yield from listed
    made = len(listed)
    for round_ in itertools.count(1):
        for name in listed:
            if made == count:
                return
            longer = f"{_letters(name, round_)}-{name}"
            if len(longer) <= LONGEST_NAME and len(longer.partition(".")[0]) <= LONGEST_LABEL:
                made += 1
                yield longer


def _letters(name: str, round_: int) -> str:
    digest = hashlib.blake2b(f"{round_} {name}".encode(), digest_size=3).digest()
    return "".join(LETTERS[octet % len(LETTERS)] for octet in digest)


def _is_below(name: str, listed: set[str]) -> bool:
    labels = name.split(".")
    return any(".".join(labels[at:]) in listed for at in range(len(labels)))


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in map(str.strip, path.read_text().splitlines()) if line and not line.startswith("#")]
    except OSError as error:
        sys.exit(f"{path} cannot be read: {error.strerror}")
