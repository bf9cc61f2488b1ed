#!/bin/sh
# google-cloud-firestore 2.34.1 (PyPI), transactions in Python.
#
# `@firestore.transactional` rolls back whatever ends a transaction. When it is BeginTransaction itself that the server
# refuses, there is nothing to roll back, and the rollback's own complaint takes the place of the server's answer: the
# program sees ValueError, which is no Google error at all. Code that tells a missing permission, a missing database or
# an outage by `google.api_core.exceptions` never sees any of them; a read outside of a transaction, refused with the
# same status, raises the right class.
#
# The output that was seen:
#   read:        PERMISSION_DENIED -> PermissionDenied (a Google error: True)
#   transaction: PERMISSION_DENIED -> ValueError (a Google error: False)
#   read:        NOT_FOUND -> NotFound (a Google error: True)
#   transaction: NOT_FOUND -> ValueError (a Google error: False)
#   read:        FAILED_PRECONDITION -> FailedPrecondition (a Google error: True)
#   transaction: FAILED_PRECONDITION -> ValueError (a Google error: False)
#
# Run: sh findings/firestore_failed_begin.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check google-cloud-firestore==2.34.1 grpcio==1.85.1

cat > ask.py <<'PYTHON'
import os
from concurrent import futures

import grpc
from google.api_core.exceptions import GoogleAPIError
from google.cloud import firestore

STATUSES = [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION]


class Refusing(grpc.GenericRpcHandler):
    """A Firestore that refuses every call with one status."""

    status = STATUSES[0]

    def service(self, details):
        def refuse(request, context):
            context.abort(self.status, "refused")

        if details.method.endswith("/BatchGetDocuments"):
            return grpc.unary_stream_rpc_method_handler(refuse)
        return grpc.unary_unary_rpc_method_handler(refuse)


def outcome(ask):
    try:
        ask()
    except Exception as error:
        return f"{type(error).__name__} (a Google error: {isinstance(error, GoogleAPIError)})"
    return "no error"


refusing = Refusing()
server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[refusing])
os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
server.start()
client = firestore.Client(project="acme")
document = client.document("things/one")


@firestore.transactional
def write(transaction):
    transaction.set(document, {"n": 1})


for refusing.status in STATUSES:
    print(f"read:        {refusing.status.name} -> {outcome(lambda: document.get(retry=None))}")
    print(f"transaction: {refusing.status.name} -> {outcome(lambda: write(client.transaction()))}")
server.stop(0)
PYTHON

venv/bin/python ask.py > seen
cat seen

cat > expected <<'TEXT'
read:        PERMISSION_DENIED -> PermissionDenied (a Google error: True)
transaction: PERMISSION_DENIED -> ValueError (a Google error: False)
read:        NOT_FOUND -> NotFound (a Google error: True)
transaction: NOT_FOUND -> ValueError (a Google error: False)
read:        FAILED_PRECONDITION -> FailedPrecondition (a Google error: True)
transaction: FAILED_PRECONDITION -> ValueError (a Google error: False)
TEXT
diff expected seen
