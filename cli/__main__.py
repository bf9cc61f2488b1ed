"""Run a command: `python -m cli COMMAND`; `launch` sets up first."""

import gc
import sys

from cli import first_line

first_line.tell(sys.argv[1:])
gc.set_threshold(100_000)  # what a command loads stays: looking for garbage in it costs a fifth of a short one

from cli.app import create  # noqa: E402 - the line comes first

create(sys.argv[1:])(prog_name="./launch")
