"""The official Firestore client on the rehearsal: create, conflict, server-side increment, query, delete."""

from __future__ import annotations

import sys
import uuid

from google.api_core.exceptions import Conflict
from google.cloud import firestore


def main() -> None:
    client = firestore.Client()
    tries = client.collection("tries")
    document = tries.document(uuid.uuid4().hex)
    document.create({"count": 1, "at": firestore.SERVER_TIMESTAMP})
    try:
        document.create({"count": 2})
    except Conflict:
        sys.stdout.write("created once\n")
    document.update({"count": firestore.Increment(41)})
    counted = tries.where(filter=firestore.FieldFilter("count", "==", 42))
    sys.stdout.write(f"found {[found.get('count') for found in counted.stream() if found.id == document.id]}\n")
    document.delete()
    sys.stdout.write("still there\n" if document.get().exists else "deleted\n")


def show(path: str) -> None:
    sys.stdout.write(f"{firestore.Client().document(path).get().to_dict()}\n")


if __name__ == "__main__":
    show(sys.argv[1]) if sys.argv[1:] else main()
