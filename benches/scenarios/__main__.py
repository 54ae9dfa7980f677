"""Lets `python3 benches/scenarios NAME` run one of them."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scenarios.command import main

main()
