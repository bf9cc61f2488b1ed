"""`python -m tools.wheel OUT`: writes the wheel into the folder OUT and prints its path."""

import sys
from pathlib import Path

from tools.wheel.build import build

print(build(Path(__file__).resolve().parents[2], Path(sys.argv[1])))
