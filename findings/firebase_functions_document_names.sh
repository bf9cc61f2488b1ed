#!/bin/sh
# firebase-functions 0.6.0 on functions-framework 3.10.2 (PyPI), Firestore triggers in Python.
#
# Eventarc sends a document's path in the headers ce-document and ce-subject as raw UTF-8, where the HTTP binding of CloudEvents
# has percent signs (firebase/firebase-functions#1459 and functions-framework-nodejs#780 show it). WSGI hands headers over in
# latin-1, and neither the framework nor the library turns them back. So a function gets the right content with a reference to
# another document: event.params and event.data.reference name one that does not exist. `set` on it makes a second document,
# `update` ends in NotFound. The right name is in the event's body, which is not passed on, and can be had back by hand.
#
# The output that was seen, with the headers that Eventarc sends:
#   Mars: params Mars, reference Mars, by hand Mars
#   Helv\xe9tios: params Helv\xc3\xa9tios, reference Helv\xc3\xa9tios, by hand Helv\xe9tios
#   \u4e2d\u9910: params \xe4\xb8\xad\xe9\xa4\x90, reference \xe4\xb8\xad\xe9\xa4\x90, by hand \u4e2d\u9910
#
# Run: sh findings/firebase_functions_document_names.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile firebase-functions==0.6.0 functions-framework==3.10.2

cat > function.py <<'PYTHON'
from firebase_functions import firestore_fn


@firestore_fn.on_document_created(document="planets/{name}")
def created(event):
    with open("told", "w", encoding="utf-8") as told:
        print(event.params["name"], event.data.reference.id, sep="|", file=told)
PYTHON

cat > ask.py <<'PYTHON'
import os
from pathlib import Path

os.environ |= {"GOOGLE_CLOUD_PROJECT": "acme", "FIRESTORE_EMULATOR_HOST": "127.0.0.1:9"}

import functions_framework
from google.events.cloud.firestore import Document, DocumentEventData

DATABASE = "projects/acme/databases/(default)"
app = functions_framework.create_app("created", "function.py", "cloudevent")


def headers(name):
    """What Eventarc sends for a new document; a WSGI server reads the bytes of headers as latin-1 (PEP 3333)."""
    told = {
        "ce-id": "1",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.firestore.document.v1.created",
        "ce-source": f"//firestore.googleapis.com/{DATABASE}",
        "ce-subject": f"documents/planets/{name}",
        "ce-document": f"planets/{name}",
        "ce-time": "2026-11-30T07:00:00.000000Z",
        "ce-project": "acme",
        "ce-database": "(default)",
        "ce-namespace": "(default)",
        "ce-location": "eur3",
        "ce-authtype": "unknown",
        "ce-authid": "unknown",
        "Content-Type": "application/protobuf",
    }
    return {key: value.encode().decode("latin-1") for key, value in told.items()}


def plain(text):
    return ascii(text)[1:-1]


for name in ("Mars", "Helv\u00e9tios", "\u4e2d\u9910"):
    document = Document(name=f"{DATABASE}/documents/planets/{name}")
    body = DocumentEventData.serialize(DocumentEventData(value=document))
    answer = app.test_client().post("/", headers=headers(name), data=body)
    assert answer.status_code == 200, answer.data
    parameter, reference = Path("told").read_text(encoding="utf-8").strip().split("|")
    back = reference.encode("latin-1").decode()
    print(f"{plain(name)}: params {plain(parameter)}, reference {plain(reference)}, by hand {plain(back)}")
PYTHON

venv/bin/python -W ignore ask.py > seen
cat seen

cat > expected <<'TEXT'
Mars: params Mars, reference Mars, by hand Mars
Helv\xe9tios: params Helv\xc3\xa9tios, reference Helv\xc3\xa9tios, by hand Helv\xe9tios
\u4e2d\u9910: params \xe4\xb8\xad\xe9\xa4\x90, reference \xe4\xb8\xad\xe9\xa4\x90, by hand \u4e2d\u9910
TEXT
if ! diff expected seen; then
    echo "CHANGED: firebase-functions reads documents' names otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: a Firestore trigger in Python refers to another document when the name is not ASCII."
