"""The calls of hubspot-sdk, HubSpot's next client, against the CRM: `hubspot_sdk_calls.py URL_OF_THE_CRM`.

It reads each answer strictly. `WORKS` does what HubSpot does; `NOT_DONE` is answered 501 with a sentence.
"""

from __future__ import annotations

import sys
import time

import httpx
import play
from hubspot_sdk import APIStatusError, HubSpot


class Latest(httpx.HTTPTransport):
    """Has the client, whose dated paths are those of 2026-03, ask for those of 2026-09."""

    def handle_request(self, request):
        request.url = request.url.copy_with(path=request.url.path.replace("/2026-03/", "/2026-09/"))
        return super().handle_request(request)


api = HubSpot(
    access_token="pat-list-of-calls", base_url=sys.argv[1], max_retries=0, _strict_response_validation=True,
    http_client=httpx.Client(transport=Latest(), trust_env=False, timeout=30),
)  # fmt: skip
contacts, properties = api.crm.objects.contacts, api.crm.properties
KIND = {"label": "Id", "type": "string", "field_type": "text", "group_name": "contactinformation"}
count = 0


def made(**values):
    global count
    count += 1
    return contacts.create(associations=[], properties={"email": f"sdk-{count}@acme.test", **values})


properties.create("contacts", name="sdk_id", has_unique_value=True, **KIND)
ada = made(firstname="Adasdk", sdk_id="a")


def status(act):
    try:
        act()
    except APIStatusError as error:
        return error.status_code
    return 200


def archived():
    gone = made()
    contacts.delete(gone.id)
    return status(lambda: contacts.get(gone.id)) == 404


def erased():
    gone = made()
    contacts.gdpr_delete(object_id=gone.id)
    return [status(lambda: contacts.get(gone.id)), status(lambda: contacts.gdpr_delete(object_id=gone.id))] == [404] * 2


def upserted(*inputs):
    return contacts.batch.upsert(inputs=[{"id_property": "sdk_id", **each} for each in inputs])


def read(*ids, **more):
    wanted = {"properties": ["firstname"], "properties_with_history": [], **more}
    return contacts.batch.get(inputs=[{"id": each} for each in ids], **wanted)


def searched(**more):
    named = {"property_name": "firstname", "operator": "EQ", "value": "Adasdk"}
    wanted = {"filter_groups": [{"filters": [named]}], "after": "0", "limit": 10, "properties": ["sdk_id"], "sorts": []}
    return contacts.search(**{**wanted, **more}).results


def found():
    end = time.monotonic() + 30
    while not (results := searched()) and time.monotonic() < end:  # HubSpot's index is behind
        time.sleep(0.2)
    return [each.properties["sdk_id"] for each in results] == ["a"]


WORKS = {
    "contacts.create": lambda: made(lastname="L").properties["lastname"] == "L",
    "contacts.create, of a known address": lambda: status(lambda: made(email=ada.properties["email"])) == 409,
    "contacts.get": lambda: contacts.get(ada.id, properties=["sdk_id", "email"]).properties["sdk_id"] == "a",
    "contacts.get, by a unique property": lambda: contacts.get("a", id_property="sdk_id").id == ada.id,
    "contacts.update": lambda: contacts.update(ada.id, properties={"lastname": "L"}).properties["lastname"] == "L",
    "contacts.list": lambda: ada.id in [each.id for each in contacts.list(limit=2)],
    "contacts.delete": archived,
    "contacts.gdpr_delete": erased,
    "contacts.batch.get": lambda: read(ada.id).results[0].properties["firstname"] == "Adasdk",
    "contacts.batch.get, some of nobody": lambda: len(read(ada.id, "987654321").results) == 1,
    "contacts.batch.upsert": lambda: upserted({"id": "b", "properties": {"firstname": "Bo"}}).results[0].new,
    "contacts.batch.upsert, one in conflict": lambda: (
        len(
            upserted(
                {"id": "c", "properties": {"email": ada.properties["email"]}}, {"id": "d", "properties": {}}
            ).results
        )
        == 1
    ),
    "contacts.search": found,
    "properties.create": lambda: properties.create("contacts", name="sdk_other", **KIND).name == "sdk_other",
    "properties.list": lambda: "sdk_id" in [each.name for each in properties.list("contacts").results],
    "properties.get": lambda: properties.get("sdk_id", object_type="contacts").has_unique_value is True,
}
NOT_DONE = {
    "contacts.get, with associations": lambda: contacts.get(ada.id, associations=["companies"]),
    "contacts.get, with history": lambda: contacts.get(ada.id, properties_with_history=["firstname"]),
    "contacts.list, archived": lambda: list(contacts.list(archived=True)),
    "contacts.merge": lambda: contacts.merge(primary_object_id=ada.id, object_id_to_merge="1"),
    "contacts.search, sorted": lambda: searched(sorts=["createdate"]),
    "contacts.search, by words": lambda: searched(query="ada"),
    "contacts.batch.create": lambda: contacts.batch.create(inputs=[{"associations": [], "properties": {}}]),
    "contacts.batch.update": lambda: contacts.batch.update(inputs=[{"id": ada.id, "properties": {}}]),
    "contacts.batch.delete": lambda: contacts.batch.delete(inputs=[{"id": "1"}]),
    "properties.update": lambda: properties.update("sdk_id", object_type="contacts", label="Number"),
    "properties.delete": lambda: properties.delete("sdk_other", object_type="contacts"),
    "properties.groups.list": lambda: properties.groups.list("contacts"),
    "companies.create": lambda: api.crm.objects.companies.create(associations=[], properties={"name": "Acme"}),
    "deals.list": lambda: list(api.crm.objects.deals.list()),
    "notes.list": lambda: list(api.crm.objects.notes.list()),
    "owners.list": lambda: list(api.crm.owners.list()),
    "pipelines.list": lambda: api.crm.pipelines.list("deals"),
}


def refusal(error):
    if isinstance(error, APIStatusError):
        return error.status_code, str(error.body)
    return 0, str(error)


if __name__ == "__main__":
    play.play(WORKS, NOT_DONE, refusal)
