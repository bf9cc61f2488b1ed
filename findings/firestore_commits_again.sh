#!/bin/sh
# google-cloud-firestore 2.34.1 (PyPI), writes in Python outside of transactions.
#
# A counter that is raised by Increment, the documented way to count without reading, is raised twice when Firestore did it and
# the answer was lost. Commit has no idempotency key, and Google's maintainers called it not idempotent, "for this reason we
# cannot safely retry this in the client library" (googleapis/google-cloud-java#4235); this client sends it again at
# UNAVAILABLE by default, and reports success. A document that create() has made is told to be there already, so code that
# lets one of two callers go on by it lets none. `retry=None` leaves the decision to the caller.
#
# The output that was seen:
#   update, Increment(1):              sent 2 times, count 2, no error
#   update, Increment(1), retry=None:  sent 1 time, count 1, ServiceUnavailable
#   create:                            sent 2 times, count 1, AlreadyExists
#   create, retry=None:                sent 1 time, count 1, ServiceUnavailable
#   a batch with an Increment(1):      sent 2 times, count 2, no error
#
# Run: sh findings/firestore_commits_again.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile google-cloud-firestore==2.34.1 grpcio==1.85.1

cat > ask.py <<'PYTHON'
import os
from concurrent import futures

import grpc
from google.cloud import firestore
from google.cloud.firestore_v1.types import CommitRequest, CommitResponse, WriteResult

sent, counts = [], {}


class Forgetful(grpc.GenericRpcHandler):
    """A Firestore that commits, and whose first answer gets lost."""

    def service(self, details):
        if details.method.endswith("/Commit"):
            return grpc.unary_unary_rpc_method_handler(
                self.commit, CommitRequest.deserialize, CommitResponse.serialize
            )

    def commit(self, request, context):
        sent.append(request)
        for write in request.writes:
            name = write.update.name or write.transform.document
            if write.current_document.exists is False and "exists" in write.current_document and name in counts:
                context.abort(grpc.StatusCode.ALREADY_EXISTS, "it is there")
            transforms = [*write.update_transforms, *write.transform.field_transforms]
            raised = sum(each.increment.integer_value for each in transforms)
            counts[name] = counts.get(name, 0) + (raised or 1)
        if len(sent) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the connection is gone")
        return CommitResponse(write_results=[WriteResult() for _ in request.writes])


def show(what, write):
    sent.clear()
    counts.clear()
    outcome = "no error"
    try:
        write()
    except Exception as error:
        outcome = type(error).__name__
    print(f"{what:<34} sent {len(sent)} time{'s' * (len(sent) > 1)}, count {sum(counts.values())}, {outcome}")


server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Forgetful()])
os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
server.start()
client = firestore.Client(project="acme")
document = client.document("credits/ann")


def batch():
    together = client.batch()
    together.update(document, {"n": firestore.Increment(1)})
    together.commit()


show("update, Increment(1):", lambda: document.update({"n": firestore.Increment(1)}))
show("update, Increment(1), retry=None:", lambda: document.update({"n": firestore.Increment(1)}, retry=None))
show("create:", lambda: document.create({"n": 1}))
show("create, retry=None:", lambda: document.create({"n": 1}, retry=None))
show("a batch with an Increment(1):", batch)
server.stop(0)
PYTHON

venv/bin/python -W ignore ask.py > seen
cat seen

cat > expected <<'TEXT'
update, Increment(1):              sent 2 times, count 2, no error
update, Increment(1), retry=None:  sent 1 time, count 1, ServiceUnavailable
create:                            sent 2 times, count 1, AlreadyExists
create, retry=None:                sent 1 time, count 1, ServiceUnavailable
a batch with an Increment(1):      sent 2 times, count 2, no error
TEXT
if ! diff expected seen; then
    echo "CHANGED: Firestore's client repeats commits otherwise; correct the table in docs/testing.md."
    exit 1
fi
echo "As before: Firestore's client commits again when an answer is lost, and counts twice."
