"""`python -m localcloud.saas --home HOME`."""

import uvloop

from localcloud.base.process import main
from localcloud.saas.server import serve

main("saas", serve, uvloop.new_event_loop)
