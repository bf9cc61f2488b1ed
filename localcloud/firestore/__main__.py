"""`python -m localcloud.firestore --home HOME`."""

import uvloop

from localcloud.base import process
from localcloud.firestore.server import serve

if __name__ == "__main__":
    process.main("firestore", serve, uvloop.new_event_loop)
