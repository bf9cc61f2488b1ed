"""Run the edge: `python -m localcloud.edge --home HOME`."""

import uvloop

from localcloud.base.process import main
from localcloud.edge.server import listen

main("edge", listen, uvloop.new_event_loop)
