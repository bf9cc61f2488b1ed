"""Run a command: `python -P -m launch_ready COMMAND`."""

from . import command

command()
