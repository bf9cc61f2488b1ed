"""`python -m localcloud.internet --home HOME`."""

from localcloud.base import process
from localcloud.internet.proxy import serve

if __name__ == "__main__":
    process.main("internet", serve)
