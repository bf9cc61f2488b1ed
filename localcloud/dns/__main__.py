"""Run the DNS server: `python -m localcloud.dns --home HOME`."""

from localcloud.base.process import main
from localcloud.dns.server import listen

main("dns", listen)
