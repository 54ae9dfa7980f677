"""Lets `python3 benches/peers` start the comparison."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from peers.compare import main

main()
