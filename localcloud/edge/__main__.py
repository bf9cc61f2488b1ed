"""Run the edge: `python -m localcloud.edge --home HOME`."""

import uvloop

from localcloud.edge.server import listen
from localcloud.process import main

main("edge", listen, uvloop.new_event_loop)
