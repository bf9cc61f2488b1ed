"""`python -m localcloud.control --home HOME`."""

import uvloop

from localcloud.base import process
from localcloud.control.server import serve

if __name__ == "__main__":
    process.main("control", serve, uvloop.new_event_loop)
