"""`python -m localcloud.firestore --home HOME`."""

from localcloud import process
from localcloud.firestore.server import serve

if __name__ == "__main__":
    process.main("firestore", serve)
