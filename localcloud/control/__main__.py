"""`python -m localcloud.control --home HOME [--requirements PATH]`."""

import uvloop

from localcloud.base import application, process
from localcloud.control.server import serve

if __name__ == "__main__":
    command = process.parser("control")
    application.add_requirements(command)
    given = command.parse_args()
    process.run("control", serve(given.home, requirements=given.requirements), uvloop.new_event_loop)
