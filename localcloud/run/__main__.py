"""`python -m localcloud.run --home HOME [--requirements PATH] [--application MODULE:ATTRIBUTE]`."""

import uvloop

from localcloud.base import application, process
from localcloud.base.application import Application
from localcloud.run.server import serve

if __name__ == "__main__":
    command = process.parser("run")
    application.add_requirements(command)
    application.add_application(command)
    given = command.parse_args()
    process.run("run", serve(given.home, Application(given.requirements, given.application)), uvloop.new_event_loop)
