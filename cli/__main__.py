"""Run a command: `python -m cli COMMAND`; `launch` sets up first.

What a command loads is never garbage, so Python's collector does not look for any: not while it is loaded, and not at
the end, where walking it all once more takes half a second. What is compiled to load it is kept, whatever
PYTHONDONTWRITEBYTECODE says, as that of the engine's program is (COMPILED in engine/pulumi.py): to compile 440 modules
each time takes a third of a second.
"""

import atexit
import gc
import os
import sys

from cli import first_line
from infra.loading import collector

sys.dont_write_bytecode = False
first_line.tell(sys.argv[1:])
collector.look_rarely()
atexit.register(gc.freeze)
# It would look through every installed package for plugins of pydantic, which reads the options; none is used here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

from cli import program_ahead  # noqa: E402 - the line comes first

program_ahead.begin(sys.argv[1:], os.environ)

from cli.app import create  # noqa: E402 - and then the program's libraries

create(sys.argv[1:])(prog_name="./launch")
