"""Run a command: `python -m cli COMMAND`; `launch` sets up first."""

import sys

from cli import first_line

first_line.tell(sys.argv[1:])

from cli.app import create  # noqa: E402 - the line comes first

create(sys.argv[1:])(prog_name="./launch")
