"""Clients that nobody here wrote, against the stand-ins.

Each is fetched by its package manager into a folder of the test's own, so these run at full length only.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

ZENPY = """
import json, sys
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User
from zenpy.lib.exception import APIException

class ToRehearsal(HTTPAdapter):
    def send(self, request, **options):
        asked = request.url
        request.url = asked.replace("https://acme.zendesk.com", sys.argv[1])
        answer = super().send(request, **options)
        answer.url = request.url = asked  # by which Zenpy knows what it asked for
        return answer

def client(**credentials):
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", ToRehearsal())
    return Zenpy(subdomain="acme", session=session, disable_cache=True, **credentials)

grant = {"grant_type": "client_credentials", "client_id": "zenpy", "client_secret": "secret-of-the-client"}
token = requests.post(sys.argv[1] + "/oauth/tokens", json={**grant, "scope": "read write"}).json()["access_token"]
zenpy = client(oauth_token=token)
ada = {"name": "Ada", "email": "zenpy@acme.test"}
made = zenpy.tickets.create(Ticket(subject="Help", comment=Comment(body="It broke"), requester=User(**ada))).ticket
made.status, made.comment = "pending", Comment(body="Which phone?", public=True)
zenpy.tickets.update(made)
seen = zenpy.tickets(id=made.id).status
made.status, made.comment = "closed", None
zenpy.tickets.update(made)
follow_up = zenpy.tickets.create(
    Ticket(subject="Again", comment=Comment(body="Again"), via_followup_source_id=made.id, requester=User(**ada))
).ticket
zenpy.tickets.delete(follow_up)
zenpy.tickets.permanently_delete(follow_up)
waiting = zenpy.tickets.create(Ticket(subject="Open", comment=Comment(body="Open"), requester=User(**ada))).ticket
asker = zenpy.users(id=waiting.requester_id)
try:
    zenpy.users.delete(asker)
    refused = "deleted"
except APIException as error:
    refused = str(error)
zenpy.tickets.delete(waiting)
zenpy.users.delete(asker)
zenpy.users.permanently_delete(asker.id)
try:
    client(email="agent@acme.test", token="x").tickets(id=made.id)
    basic = "taken"
except APIException as error:
    basic = str(error)
source = follow_up.via_followup_source_id
print(json.dumps({"seen": seen, "source": source, "made": made.id, "basic": basic, "role": asker.role,
                  "refused": refused}))
"""

HUBSPOT = """
import json, sys
from hubspot import HubSpot
from hubspot.crm.contacts import BatchInputSimplePublicObjectBatchInputUpsert as Batch
from hubspot.crm.contacts import SimplePublicObjectBatchInputUpsert as Upsert
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as New
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.properties import PropertyCreate
import urllib3

# No release of this client has the dated paths yet, and the address of the API is fixed in it.
ask = urllib3.PoolManager.request
def rehearsed(self, method, url, **options):
    url = url.replace("https://api.hubapi.com", sys.argv[1])
    for kind in ("objects", "properties"):
        url = url.replace(f"/crm/v3/{kind}/", f"/crm/{kind}/2026-09/")
    return ask(self, method, url, **options)
urllib3.PoolManager.request = rehearsed

hubspot = HubSpot(access_token="pat-official")
unique = PropertyCreate(
    name="official_id", label="Id", type="string", field_type="text", group_name="contactinformation",
    has_unique_value=True,
)
hubspot.crm.properties.core_api.create("contacts", unique)
contacts = hubspot.crm.contacts
there = contacts.basic_api.create(New(properties={"email": "official@acme.test"}))
batch = Batch(inputs=[Upsert(id="o1", id_property="official_id", properties={"firstname": "Ada"})])
made = contacts.batch_api.upsert(batch)
try:
    contacts.basic_api.create(New(properties={"email": "official@acme.test"}))
    conflict = "taken"
except ApiException as error:
    conflict = {**json.loads(error.body), "status": error.status}
both = Batch(inputs=[
    Upsert(id="o2", id_property="official_id", properties={"email": "official@acme.test"}),
    Upsert(id="o3", id_property="official_id", properties={"firstname": "Eve"}),
])
partly = contacts.batch_api.upsert(both)
print(json.dumps({
    "there": there.id, "new": made.results[0].new, "conflict": conflict, "errors": partly.num_errors,
    "category": partly.errors[0].category, "kind": type(partly).__name__,
}))
"""

# HubSpot's next client, which speaks dated paths (its own are those of 2026-03).
HUBSPOT_DATED = """
import json, sys
import httpx
from hubspot_sdk import APIStatusError, HubSpot

class Latest(httpx.HTTPTransport):
    def handle_request(self, request):
        assert "/2026-03/" in request.url.path, request.url
        request.url = request.url.copy_with(path=request.url.path.replace("/2026-03/", "/2026-09/"))
        return super().handle_request(request)

hubspot = HubSpot(
    access_token="pat-dated", base_url=sys.argv[1], max_retries=0, _strict_response_validation=True,
    http_client=httpx.Client(transport=Latest(), trust_env=False),
)
contacts = hubspot.crm.objects.contacts
hubspot.crm.properties.create(
    "contacts", name="dated_id", label="Id", type="string", field_type="text", group_name="contactinformation",
    has_unique_value=True,
)
wanted = {"id": "d1", "id_property": "dated_id", "properties": {"email": "dated@acme.test", "firstname": "Ada"}}
made = contacts.batch.upsert(inputs=[wanted]).results[0]
seen = contacts.get("d1", id_property="dated_id", properties=["firstname"])
contacts.gdpr_delete(object_id=made.id)
try:
    contacts.get(made.id)
    after = "there"
except APIStatusError as error:
    after = error.status_code
try:
    contacts.gdpr_delete(object_id=made.id)
    again = "there"
except APIStatusError as error:
    again = error.status_code
print(json.dumps({"same": seen.id == made.id, "name": seen.properties["firstname"], "after": after, "again": again}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python of the test's own; returns what installs packages into it and runs a script there."""
    home = tmp_path_factory.mktemp("foreign")
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
    own = home / "bin" / "python"

    def run(package, script, *arguments):
        subprocess.run([own, "-m", "pip", "install", "--quiet", package], check=True, timeout=400)
        done = subprocess.run([own, "-c", script, *arguments], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_zenpy_works_with_the_helpdesk_by_oauth_and_is_refused_with_an_api_token(helpdesk, python):
    seen = python("zenpy", ZENPY, helpdesk.url)
    said = helpdesk("GET", f"/api/v2/tickets/{seen['made']}/comments.json").json()["comments"]
    assert ([each["body"] for each in said], seen["seen"]) == (["It broke", "Which phone?"], "pending")
    assert seen["source"] == seen["made"]
    assert "2027-04-30" in seen["basic"]
    assert (seen["role"], "tickets that are not closed" in seen["refused"]) == ("end-user", True)


def test_hubspots_own_client_reads_the_crms_answers_and_refusals(crm, python):
    seen = python("hubspot-api-client", HUBSPOT, crm.url)
    assert seen["new"] is True
    assert (seen["conflict"]["status"], seen["conflict"]["category"]) == (409, "CONFLICT")
    assert seen["conflict"]["message"] == f"Contact already exists. Existing ID: {seen['there']}"
    assert (seen["errors"], seen["category"]) == (1, "CONFLICT")


def test_a_client_of_hubspots_that_speaks_dated_paths_finds_and_erases_a_contact(crm, python):
    seen = python("hubspot-sdk==0.1.0a9", HUBSPOT_DATED, crm.url)
    assert seen == {"same": True, "name": "Ada", "after": 404, "again": 404}
