"""Run a command: `python -m cli COMMAND`; `launch` sets up first."""

import gc
import os
import sys

from cli import first_line

first_line.tell(sys.argv[1:])
# Both cost a short command a third of its time: looking for garbage in what has only been loaded, and looking through
# every installed package for plugins of pydantic (which reads the options of the command line), of which we use none.
gc.set_threshold(100_000)
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

from cli.app import create  # noqa: E402 - the line comes first

create(sys.argv[1:])(prog_name="./launch")
