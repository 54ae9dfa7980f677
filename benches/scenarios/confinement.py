"""A limit on memory and cores that the kernel holds a program to: by systemd, or by a control group made here."""

import os
import re
from pathlib import Path
from typing import Protocol

from rig.program import Program, until
from rig.report import MEBIBYTE
from rig.session import found
from scenarios.stage import CannotBeDone

MOUNTS = Path("/proc/mounts")


class Confinement(Protocol):
    """What holds one program."""

    #: The command that its own is put behind.
    within: tuple[str, ...]

    def limit(self, program: Program) -> int | None:
        """The octets that the kernel really holds it to."""

    def events(self, program: Program) -> dict[str, int]:
        """What memory.events says; `oom_kill` above all. Nothing where the group has gone with its program."""

    def peak(self, program: Program) -> int | None:
        """The most octets that the group had, page cache and sockets included, where the kernel says so."""

    def end(self) -> None:
        """Removes what was made."""


class Scope:
    """A scope of systemd; the program stays the same process."""

    def __init__(self, mebibytes: int, cores: str) -> None:
        """For one program."""
        properties = (f"MemoryMax={mebibytes}M", "MemorySwapMax=0", f"AllowedCPUs={cores}", "MemoryAccounting=yes")
        user = () if os.geteuid() == 0 else ("--user",)
        options = [option for value in properties for option in ("-p", value)]
        self.within = ("systemd-run", *user, "--scope", "--quiet", "--collect", *options, "--")

    def limit(self, program: Program) -> int | None:
        """See `Confinement`."""
        return _number(_group_of(program), "memory.max")

    def events(self, program: Program) -> dict[str, int]:
        """See `Confinement`."""
        return _events(_group_of(program))

    def peak(self, program: Program) -> int | None:
        """See `Confinement`."""
        return _number(_group_of(program), "memory.peak")

    def end(self) -> None:
        """systemd removes it with its last process."""


class Group:
    """A control group (version 2) made by hand, which needs root."""

    def __init__(self, root: Path, mebibytes: int, cores: str) -> None:
        """Makes it below `root`."""
        self._folder = root / f"sekisho-bench-{os.getpid()}"
        try:
            (root / "cgroup.subtree_control").write_text("+memory +cpuset")
            self._folder.mkdir()
            (self._folder / "memory.max").write_text(str(mebibytes * MEBIBYTE))
            (self._folder / "cpuset.cpus").write_text(cores)
            swap = self._folder / "memory.swap.max"
            if swap.exists():  # not where there is no swap at all
                swap.write_text("0")
        except OSError as error:
            self.end()
            raise CannotBeDone(f"a control group could not be made below {root}: {error}") from error
        self.within: tuple[str, ...] = ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self._folder))

    def limit(self, _program: Program) -> int | None:
        """See `Confinement`."""
        return _number(self._folder, "memory.max")

    def events(self, _program: Program) -> dict[str, int]:
        """See `Confinement`."""
        return _events(self._folder)

    def peak(self, _program: Program) -> int | None:
        """See `Confinement`."""
        return _number(self._folder, "memory.peak")

    def end(self) -> None:
        """Removes the group once its processes are gone."""
        for _ in until(5.0):
            try:
                self._folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                continue


class Refused:
    """What the process may ask for, by `RLIMIT_DATA`: more is refused to it, and then it ends.

    That is all memory that it can write to for itself, whether it does or not, stacks of threads as a whole included; not
    its program, and not what the kernel takes for it.
    """

    def __init__(self, mebibytes: int) -> None:
        """For one program."""
        self.within: tuple[str, ...] = ("prlimit", f"--data={mebibytes * MEBIBYTE}", "--")

    def limit(self, program: Program) -> int | None:
        """See `Confinement`."""
        told = re.search(r"^Max data size +(\d+)", _read(Path(f"/proc/{program.pid}/limits")), re.MULTILINE)
        return int(told[1]) if told else None

    def events(self, _program: Program) -> dict[str, int]:
        """There are none: a process to which memory is refused ends by itself."""
        return {}

    def peak(self, program: Program) -> int | None:
        """The process's own."""
        return program.peak()

    def end(self) -> None:
        """There is nothing to remove."""


class Unconfined:
    """No limit: only the process's own peak can be compared with one afterwards."""

    within: tuple[str, ...] = ()

    def limit(self, _program: Program) -> int | None:
        """There is none."""
        return None

    def events(self, _program: Program) -> dict[str, int]:
        """There are none."""
        return {}

    def peak(self, program: Program) -> int | None:
        """The process's own."""
        return program.peak()

    def end(self) -> None:
        """There is nothing to remove."""


def confine(mebibytes: int, cores: str) -> Confinement:
    """A limit by whatever way this machine has, or the reason why it has none."""
    if found("systemd-run") and Path("/run/systemd/system").is_dir():
        return Scope(mebibytes, cores)
    root = _mounted()
    if not root:
        raise CannotBeDone("systemd does not run, and no control groups of version 2 are mounted")
    controllers = _read(root / "cgroup.controllers").split()
    if missing := {"memory", "cpuset"} - set(controllers):
        raise CannotBeDone(
            f"systemd does not run, and the control groups of version 2 at {root} have no controller for "
            f"{' and '.join(sorted(missing))}. --refused limits what the process may ask for"
        )
    if not os.access(root, os.W_OK):
        raise CannotBeDone(f"systemd does not run, and {root} cannot be written to; be root")
    return Group(root, mebibytes, cores)


def _mounted() -> Path | None:
    mounted = re.search(r"^\S+ (\S+) cgroup2 ", _read(MOUNTS), re.MULTILINE)
    return Path(mounted[1]) if mounted else None


def _group_of(program: Program) -> Path | None:
    path = re.search(r"^0::(/.*)$", _read(Path(f"/proc/{program.pid}/cgroup")), re.MULTILINE)
    root = _mounted()
    return root / path[1].lstrip("/") if path and root else None


def _events(group: Path | None) -> dict[str, int]:
    lines = _read(group / "memory.events").splitlines() if group else []
    return {key: int(value) for key, _, value in (line.partition(" ") for line in lines)}


def _number(group: Path | None, file: str) -> int | None:
    text = _read(group / file).strip() if group else ""
    return int(text) if text.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
