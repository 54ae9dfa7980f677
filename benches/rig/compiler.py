"""Small C programs, compiled where they are needed."""

import subprocess
import sys
from pathlib import Path

from rig.session import require


def compiled(source: Path, folder: Path) -> Path:
    """Compiles a program of one file into `folder`, once."""
    program = folder / source.stem
    if not program.exists():
        require({"cc": "gcc"})
        command = ["cc", "-O2", "-o", str(program), str(source)]
        told = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        if told.returncode:
            sys.exit(f"{source} does not compile: {told.stderr}")
    return program
