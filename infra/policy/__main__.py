"""Serves the pack to the engine: `pulumi up --policy-pack infra/policy`; see pack.py."""

import os
import sys
from pathlib import Path

# The engine puts this folder first, where a module could hide one of Python's own; the project's root belongs there.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from infra.policy.pack import serve  # noqa: E402 - found only by the line above

serve(os.environ)
