"""Run a command: `python -m cli COMMAND`; `launch` sets up first."""

import sys

from cli.app import create

create(sys.argv[1:])(prog_name="./launch")
