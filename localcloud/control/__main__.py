"""`python -m localcloud.control --home HOME`."""

from localcloud import process
from localcloud.control.server import serve

if __name__ == "__main__":
    process.main("control", serve)
