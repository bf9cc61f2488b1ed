"""The calls of hubspot-api-client against the CRM: `hubspot_client_calls.py URL_OF_THE_CRM`.

`WORKS` does what HubSpot does; `NOT_DONE` is answered 501 with a sentence.
"""

from __future__ import annotations

import json
import sys
import time

import play
import urllib3
from hubspot import HubSpot
from hubspot.crm import associations, companies, contacts, deals, objects, properties, tickets

URL = sys.argv[1]
ask = urllib3.PoolManager.request


def rehearsed(self, method, url, **options):
    return ask(self, method, url.replace("https://api.hubapi.com", URL), **options)  # the client has one address only


urllib3.PoolManager.request = rehearsed

api = HubSpot(access_token="pat-list-of-calls")
crm = api.crm
basic, batch, search = crm.contacts.basic_api, crm.contacts.batch_api, crm.contacts.search_api
New, Input = contacts.SimplePublicObjectInputForCreate, contacts.SimplePublicObjectInput
count = 0


def made(**values):
    global count
    count += 1
    return basic.create(New(properties={"email": f"list-{count}@acme.test", **values}))


def prop(name, **more):
    kind = {"label": name, "type": "string", "field_type": "text", "group_name": "contactinformation"}
    return properties.PropertyCreate(name=name, **kind, **more)


unique = crm.properties.core_api.create("contacts", prop("list_id", has_unique_value=True))
ada = made(firstname="Ada", list_id="a")


def read(*ids, **more):
    inputs = [contacts.SimplePublicObjectId(id=each) for each in ids]
    wanted = {"properties": ["firstname"], "properties_with_history": [], **more}
    return batch.read(contacts.BatchReadInputSimplePublicObjectId(inputs=inputs, **wanted))


def upserted(*inputs):
    made = [contacts.SimplePublicObjectBatchInputUpsert(id_property="list_id", **each) for each in inputs]
    return batch.upsert(contacts.BatchInputSimplePublicObjectBatchInputUpsert(inputs=made))


def found(operator, value=None, **more):
    wanted = contacts.Filter(property_name="firstname", operator=operator, value=value)
    groups = [contacts.FilterGroup(filters=[wanted])]
    return search.do_search(contacts.PublicObjectSearchRequest(filter_groups=groups, **more))


def paged():
    page = basic.get_page(limit=1)
    return basic.get_page(limit=1, after=page.paging.next.after).results[0].id != page.results[0].id


def conflict():
    try:
        basic.create(New(properties={"email": ada.properties["email"]}))
    except contacts.ApiException as error:
        return error.status == 409 and json.loads(error.body)["category"] == "CONFLICT"
    return False


def missing():
    try:
        basic.get_by_id("987654321")
    except contacts.ApiException as error:
        return error.status == 404 and json.loads(error.body)["category"] == "OBJECT_NOT_FOUND"
    return False


def archived():
    gone = made()
    basic.archive(gone.id)
    basic.archive(gone.id)
    return read(gone.id).num_errors == 1


def lagging(look):
    """Ask until HubSpot's index knows: it is behind."""
    end = time.monotonic() + 30
    while not look() and time.monotonic() < end:
        time.sleep(0.2)
    return look()


def two_pages():
    first, second = found("HAS_PROPERTY", limit=1), found("HAS_PROPERTY", limit=1, after="1")
    return bool(second.results) and first.results[0].id != second.results[0].id


def purged(**by):
    return basic.purge(contacts.PublicGdprDeleteInput(**by)) is None


def companion(kind):
    return kind.SimplePublicObjectInputForCreate(properties={"name": "Acme"}, associations=[])


WORKS = {
    "contacts.basic_api.create": lambda: made(lastname="L").properties["lastname"] == "L",
    "contacts.basic_api.create, of a known address": conflict,
    "contacts.basic_api.get_by_id": lambda: basic.get_by_id(ada.id).id == ada.id,
    "contacts.basic_api.get_by_id, named properties": lambda: (
        basic.get_by_id(ada.id, properties=["list_id"]).properties["list_id"] == "a"
    ),
    "contacts.basic_api.get_by_id, by a unique property": lambda: (
        basic.get_by_id("a", id_property="list_id").id == ada.id
    ),
    "contacts.basic_api.get_by_id, of nobody": missing,
    "contacts.basic_api.update": lambda: (
        basic.update(ada.id, Input(properties={"lastname": "Lovelace"})).properties["lastname"] == "Lovelace"
    ),
    "contacts.basic_api.archive": archived,
    "contacts.basic_api.get_page": lambda: ada.id in [each.id for each in basic.get_page(limit=100).results],
    "contacts.basic_api.get_page, the next": paged,
    "contacts.basic_api.purge": lambda: purged(object_id=made().id),
    "contacts.basic_api.purge, by address": lambda: purged(object_id=made().properties["email"], id_property="email"),
    "contacts.batch_api.read": lambda: read(ada.id).results[0].properties["firstname"] == "Ada",
    "contacts.batch_api.read, some of nobody": lambda: (
        [read(ada.id, "987654321").num_errors, len(read(ada.id, "987654321").results)] == [1, 1]
    ),
    "contacts.batch_api.read, by a unique property": lambda: read("a", id_property="list_id").results[0].id == ada.id,
    "contacts.batch_api.upsert": lambda: upserted({"id": "b", "properties": {"firstname": "Bo"}}).results[0].new,
    "contacts.batch_api.upsert, one in conflict": lambda: (
        upserted(
            {"id": "c", "properties": {"email": ada.properties["email"]}}, {"id": "d", "properties": {}}
        ).num_errors
        == 1
    ),
    "contacts.search_api.do_search": lambda: lagging(
        lambda: ada.id in [each.id for each in found("EQ", "Ada", limit=100).results]
    ),
    "contacts.search_api.do_search, page by page": lambda: lagging(two_pages),
    "contacts.search_api.do_search, named properties": lambda: lagging(
        lambda: [each.properties["list_id"] for each in found("EQ", "Ada", properties=["list_id"]).results] == ["a"]
    ),
    "properties.core_api.create": lambda: crm.properties.core_api.create("contacts", prop("list_other")).name,
    "properties.core_api.get_all": lambda: (
        "list_id" in [each.name for each in crm.properties.core_api.get_all("contacts").results]
    ),
    "properties.core_api.get_by_name": lambda: (
        crm.properties.core_api.get_by_name("contacts", "list_id").has_unique_value is True
    ),
}
NOT_DONE = {
    "contacts.basic_api.create, with associations": lambda: basic.create(
        New(
            properties={"email": "tied@acme.test"},
            associations=[
                contacts.PublicAssociationsForObject(
                    to=contacts.PublicObjectId(id="1"),
                    types=[contacts.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)],
                )
            ],
        )
    ),
    "contacts.basic_api.get_by_id, with associations": lambda: basic.get_by_id(ada.id, associations=["companies"]),
    "contacts.basic_api.get_by_id, with history": lambda: basic.get_by_id(
        ada.id, properties_with_history=["firstname"]
    ),
    "contacts.basic_api.get_by_id, archived": lambda: basic.get_by_id(ada.id, archived=True),
    "contacts.basic_api.get_page, archived": lambda: basic.get_page(archived=True),
    "contacts.basic_api.merge": lambda: basic.merge(
        contacts.PublicMergeInput(primary_object_id=ada.id, object_id_to_merge=ada.id)
    ),
    "contacts.batch_api.create": lambda: batch.create(
        contacts.BatchInputSimplePublicObjectBatchInputForCreate(inputs=[New(properties={}, associations=[])])
    ),
    "contacts.batch_api.update": lambda: batch.update(
        contacts.BatchInputSimplePublicObjectBatchInput(
            inputs=[contacts.SimplePublicObjectBatchInput(id=ada.id, properties={"firstname": "Ada"})]
        )
    ),
    "contacts.batch_api.archive": lambda: batch.archive(
        contacts.BatchInputSimplePublicObjectId(inputs=[contacts.SimplePublicObjectId(id="1")])
    ),
    "contacts.batch_api.read, with history": lambda: read(ada.id, properties_with_history=["firstname"]),
    "contacts.search_api.do_search, sorted": lambda: found("HAS_PROPERTY", sorts=["createdate"]),
    "contacts.search_api.do_search, by words": lambda: found("HAS_PROPERTY", query="ada"),
    "contacts.search_api.do_search, another operator": lambda: found("GT", "5"),
    "properties.core_api.update": lambda: crm.properties.core_api.update(
        "contacts", "list_id", properties.PropertyUpdate(label="Id")
    ),
    "properties.core_api.archive": lambda: crm.properties.core_api.archive("contacts", "list_other"),
    "properties.core_api.get_all, of companies": lambda: crm.properties.core_api.get_all("companies"),
    "properties.batch_api.read": lambda: crm.properties.batch_api.read(
        "contacts",
        properties.BatchReadInputPropertyName(inputs=[properties.PropertyName(name="list_id")], archived=False),
    ),
    "properties.groups_api.get_all": lambda: crm.properties.groups_api.get_all("contacts"),
    "companies.basic_api.create": lambda: crm.companies.basic_api.create(companion(companies)),
    "companies.basic_api.get_page": lambda: crm.companies.basic_api.get_page(),
    "deals.basic_api.create": lambda: crm.deals.basic_api.create(companion(deals)),
    "tickets.basic_api.create": lambda: crm.tickets.basic_api.create(companion(tickets)),
    "objects.basic_api.create, a note": lambda: crm.objects.basic_api.create("notes", companion(objects)),
    "associations.v4.basic_api.create": lambda: crm.associations.v4.basic_api.create(
        "contacts",
        ada.id,
        "companies",
        "1",
        [associations.v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)],
    ),
    "associations.v4.basic_api.get_page": lambda: crm.associations.v4.basic_api.get_page(
        "contacts", ada.id, "companies"
    ),
    "associations.batch_api.read": lambda: crm.associations.batch_api.read(
        "contacts", "companies", associations.BatchInputPublicObjectId(inputs=[associations.PublicObjectId(id=ada.id)])
    ),
    "owners.owners_api.get_page": lambda: crm.owners.owners_api.get_page(),
    "pipelines.pipelines_api.get_all": lambda: crm.pipelines.pipelines_api.get_all("deals"),
    "schemas.core_api.get_all": lambda: crm.schemas.core_api.get_all(),
    "imports.core_api.get_page": lambda: crm.imports.core_api.get_page(),
    "oauth.tokens_api.create": lambda: api.oauth.tokens_api.create(grant_type="refresh_token", refresh_token="x"),
    "settings.users.users_api.get_page": lambda: api.settings.users.users_api.get_page(),
}


def refusal(error):
    return getattr(error, "status", None) or 0, str(getattr(error, "body", None) or error)


if __name__ == "__main__":
    play.play(WORKS, NOT_DONE, refusal)
