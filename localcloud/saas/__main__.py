"""`python -m localcloud.saas --home HOME`."""

from localcloud.process import main
from localcloud.saas.server import serve

main("saas", serve)
