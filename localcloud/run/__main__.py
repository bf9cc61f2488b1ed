"""`python -m localcloud.run --home HOME`."""

from localcloud import process
from localcloud.run.server import serve

if __name__ == "__main__":
    process.main("run", serve)
