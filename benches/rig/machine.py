"""What a figure was measured on: without it, the figure says nothing."""

import os
import platform
import re
import subprocess
from pathlib import Path


def machine() -> dict[str, str]:
    """The processor, its cores, how it is clocked, the system, and what else was going on at the start."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    memory = int(_first(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), "0"))
    return {
        "processor": _first(r"model name\s*:\s*(.+)", cpuinfo, platform.processor() or "unknown"),
        "cores": str(os.cpu_count()),
        "governor": _governor(),
        "virtualised": _virtualised(cpuinfo),
        "memory": f"{memory / 1024 / 1024:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "system": _first(r'PRETTY_NAME="(.+)"', _read("/etc/os-release"), "unknown"),
        "load average": f"{os.getloadavg()[0]:.1f} at the start",
    }


def version(command: list[str]) -> str:
    """The first line with a version number that a program says of itself."""
    try:
        said = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = (said.stdout + said.stderr).splitlines()
    numbered = [line.strip() for line in lines if re.search(r"\d+\.\d+", line)]
    # Some put the date and more before the name.
    return re.sub(r"^\w{3} \d+ [\d:]+ ", "", numbered[0])[:80] if numbered else "unknown"


def _governor() -> str:
    return _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or "none to be seen"


def _virtualised(cpuinfo: str) -> str:
    try:
        command = ["systemd-detect-virt", "--vm"]
        said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    if said and said != "none":
        return said
    return "yes" if re.search(r"^flags.*\bhypervisor\b", cpuinfo, re.MULTILINE) else "no"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _first(pattern: str, text: str, otherwise: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else otherwise
