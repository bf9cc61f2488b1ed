#!/bin/sh
# zenpy 2.0.57 (PyPI), the client for Zendesk.
#
# Reading one object by its id asks Zendesk the first time alone. Whatever a call brings is kept by the client, and the
# next read of it is answered from there, without a request and without a look at a validator: a ticket for 30 seconds; a
# user, a group or an organization for as long as the process lives. So a worker that asks whether a user is suspended,
# verified or of the team decides by what was so when it first met them. A list of the same users does ask, and with it
# the memory is renewed. `disable_cache=True` keeps nothing.
#
# The output that was seen:
#   by id:                                    suspended=False, 1 request
#   suspended at Zendesk; by id again:        suspended=False, 0 requests
#   in the list:                              suspended=True, 1 request
#   by id after the list:                     suspended=True, 0 requests
#   with disable_cache, by id:                suspended=True, 1 request
#   not suspended any more; by id again:      suspended=False, 1 request
#
# Run: sh findings/zenpy_remembers_users.sh   (needs python3 and a package index; fails when this changes)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check zenpy==2.0.57 requests==2.34.2

cat > ask.py <<'PYTHON'
import http.server
import json
import threading

import requests
from zenpy import Zenpy

HELPDESK = "https://acme.zendesk.com"
user = {"id": 7, "name": "Ann", "suspended": False, "url": f"{HELPDESK}/api/v2/users/7.json"}
asked = []


class Helpdesk(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        answer = {"user": user} if "/7.json" in self.path else {"users": [user], "count": 1, "meta": {"has_more": False}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Here(requests.adapters.HTTPAdapter):
    """Takes what is meant for Zendesk to the server here, and lets the client believe that Zendesk answered."""

    def send(self, request, **options):
        meant = request.url
        request.url = meant.replace(HELPDESK, f"http://127.0.0.1:{server.server_port}")
        answer = super().send(request, **options)
        answer.url = request.url = meant
        return answer


def client(**options):
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Here())
    return Zenpy(subdomain="acme", email="bob@acme.test", token="token", session=session, **options)


def show(what, read):
    asked.clear()
    found = read()
    print(f"{what:<41} suspended={found.suspended}, {len(asked)} request{'s' * (len(asked) != 1)}")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Helpdesk)
threading.Thread(target=server.serve_forever, daemon=True).start()

helpdesk = client()
show("by id:", lambda: helpdesk.users(id=7))
user["suspended"] = True
show("suspended at Zendesk; by id again:", lambda: helpdesk.users(id=7))
show("in the list:", lambda: list(helpdesk.users())[0])
show("by id after the list:", lambda: helpdesk.users(id=7))
forgetful = client(disable_cache=True)
show("with disable_cache, by id:", lambda: forgetful.users(id=7))
user["suspended"] = False
show("not suspended any more; by id again:", lambda: forgetful.users(id=7))
PYTHON

venv/bin/python ask.py > seen
cat seen

cat > expected <<'TEXT'
by id:                                    suspended=False, 1 request
suspended at Zendesk; by id again:        suspended=False, 0 requests
in the list:                              suspended=True, 1 request
by id after the list:                     suspended=True, 0 requests
with disable_cache, by id:                suspended=True, 1 request
not suspended any more; by id again:      suspended=False, 1 request
TEXT
if ! diff expected seen; then
    echo "CHANGED: zenpy keeps users otherwise; correct the table in docs/testing.md."
    exit 1
fi
echo "As before: zenpy answers the second read of a user from memory, for as long as the process lives."
