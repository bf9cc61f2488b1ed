"""Run the edge: `python -m localcloud.edge --home HOME`."""

from localcloud.edge.server import listen
from localcloud.process import main

main("edge", listen)
