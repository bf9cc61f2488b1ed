"""`python -m localcloud.edge --home HOME`."""

from localcloud import process
from localcloud.edge.server import serve

if __name__ == "__main__":
    process.main("edge", serve)
