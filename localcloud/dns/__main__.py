"""Run the DNS server: `python -m localcloud.dns --home HOME`."""

from localcloud.dns.server import listen
from localcloud.process import main

main("dns", listen)
