"""`python -m localcloud.run --home HOME`."""

import uvloop

from localcloud.base import process
from localcloud.run.server import serve

if __name__ == "__main__":
    process.main("run", serve, uvloop.new_event_loop)
