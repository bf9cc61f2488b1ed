#!/bin/sh
# google-cloud-tasks 2.26.0, google-cloud-firestore 2.34.1 and google-cloud-monitoring 2.32.0 (PyPI), times in Python.
#
# A datetime without a zone is UTC for one of Google's clients and local time for the next. Firestore's takes it as UTC, as
# protobuf itself does. Clients whose messages are of proto-plus, such as Cloud Tasks', take it as the time of the machine,
# so one value is stored as 09:00 UTC and has its task run at 08:00 UTC when the program runs in Berlin. Monitoring's own
# Query falls for it: it asks for "the last five minutes" by a UTC time without a zone, which its message reads as local
# time: in Berlin it asks for five minutes of an hour ago, and west of Greenwich for minutes that have yet to come. In
# containers, whose zone is UTC, all of this is invisible.
#
# The output that was seen:
#   UTC       Firestore 09:00   Tasks 09:00   Monitoring's last minutes end 0 min ago
#   Berlin    Firestore 09:00   Tasks 08:00   Monitoring's last minutes end 60 min ago
#   New York  Firestore 09:00   Tasks 14:00   Monitoring's last minutes end -300 min ago
#   Kolkata   Firestore 09:00   Tasks 03:30   Monitoring's last minutes end 330 min ago
#   Berlin, with a zone: Firestore 09:00   Tasks 09:00
#
# Run: sh findings/google_clients_naive_times.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile google-cloud-tasks==2.26.0 \
    google-cloud-firestore==2.34.1 google-cloud-monitoring==2.32.0 proto-plus==1.29.0

cat > ask.py <<'PYTHON'
import os
import time
from datetime import datetime, timezone

from google.cloud.firestore_v1._helpers import encode_value
from google.cloud.monitoring_v3 import query
from google.cloud.tasks_v2 import Task

ZONES = {"UTC": "UTC0", "Berlin": "CET-1", "New York": "EST5", "Kolkata": "IST-5:30"}  # each as in December
WHEN = datetime(2026, 12, 1, 9, 0)
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=timezone.utc)
query._UTCNOW = lambda: NOW.replace(tzinfo=None)  # what datetime.utcnow() gives, which Query calls


def stored(when):
    return f"{encode_value(when).timestamp_value:%H:%M}"


def runs(when):
    return f"{Task(schedule_time=when).schedule_time:%H:%M}"


def late():
    asked = query.Query(None, "acme", "run.googleapis.com/request_count", minutes=5)
    end = asked._build_query_params()["interval"].end_time
    return int((NOW - end).total_seconds() // 60)


def at(zone):
    os.environ["TZ"] = ZONES[zone]
    time.tzset()


for zone in ZONES:
    at(zone)
    print(f"{zone:<9} Firestore {stored(WHEN)}   Tasks {runs(WHEN)}   Monitoring's last minutes end {late()} min ago")

at("Berlin")
aware = WHEN.replace(tzinfo=timezone.utc)
print(f"Berlin, with a zone: Firestore {stored(aware)}   Tasks {runs(aware)}")
PYTHON

venv/bin/python -W ignore ask.py > seen
cat seen

cat > expected <<'TEXT'
UTC       Firestore 09:00   Tasks 09:00   Monitoring's last minutes end 0 min ago
Berlin    Firestore 09:00   Tasks 08:00   Monitoring's last minutes end 60 min ago
New York  Firestore 09:00   Tasks 14:00   Monitoring's last minutes end -300 min ago
Kolkata   Firestore 09:00   Tasks 03:30   Monitoring's last minutes end 330 min ago
Berlin, with a zone: Firestore 09:00   Tasks 09:00
TEXT
if ! diff expected seen; then
    echo "CHANGED: Google's clients read a datetime without a zone otherwise; correct docs/traps.md."
    exit 1
fi
echo "As before: a datetime without a zone is UTC for Firestore, and local time for Cloud Tasks and Monitoring."
