"""A person's things at CRM, helpdesk and Stripe are deleted for good, as those vendors' stand-ins let anybody."""

from __future__ import annotations

import pytest
import requests
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.billing.stripe_api import Stripe
from handlers.failures import NotSent
from handlers.outside.http_client import Refused
from handlers.vendors.hubspot import HubSpot
from handlers.vendors.zendesk_erasure import ZendeskErasure
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.saas.server import serve as serve_vendors

VALUES = {
    "hubspot-token": "pat-1",
    "stripe-api-key": "sk_test_1",
    "zendesk-client-id": "launch",
    "zendesk-client-secret": "secret-of-the-client",
}


class Secrets:
    def values(self, name, max_age=0.0):
        return (VALUES[name],)


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    home = tmp_path_factory.mktemp("vendors")
    ports.allocate(home)
    with on_thread(serve_vendors(home, search_lag=0.0)):
        yield ports.load(home)


class Desk:
    """The helpdesk as the team sees it."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"
        grant = {"grant_type": "client_credentials", "client_id": "team", "client_secret": "secret-of-the-team"}
        made = requests.post(f"{self.url}/oauth/tokens", json={**grant, "scope": "read write"}, timeout=5).json()
        self._headers = {"Authorization": f"Bearer {made['access_token']}"}

    def __call__(self, method, path, json=None):
        return requests.request(method, f"{self.url}/api/v2/{path}", json=json, headers=self._headers, timeout=5)

    def ticket(self, email, external_id="", **more):
        about = {"subject": "Help", "comment": {"body": "It broke"}, "requester": {"name": "Ada", "email": email}}
        return self("POST", "tickets.json", {"ticket": {**about, "external_id": external_id, **more}}).json()["ticket"]


@pytest.fixture
def desk(chosen):
    return Desk(chosen.address("helpdesk"))


@pytest.fixture
def helpdesk(desk):
    return ZendeskErasure(Secrets(), "", desk.url)


@pytest.fixture
def crm(chosen):
    return HubSpot(Secrets(), f"http://{chosen.address('crm')}")


class Books:
    """Stripe as its own client sees it."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    def __call__(self, method, path, **form):
        headers = {"Authorization": "Bearer sk_test_1"}
        return requests.request(method, f"{self.url}/v1/{path}", data=form, headers=headers, timeout=5).json()

    def subscription(self, email):
        customer = self("POST", "customers", email=email)
        price = self("POST", "prices", currency="eur", unit_amount="900", **{"product_data[name]": "Pro"})
        return self("POST", "subscriptions", customer=customer["id"], **{"items[0][price]": price["id"]})


@pytest.fixture
def books(chosen):
    return Books(chosen.address("stripe"))


@pytest.fixture
def stripe(books):
    return Stripe(Secrets(), "test", books.url)


@pytest.fixture
def serving(serve):
    """Answers every request with a status and a body; returns where."""

    def start(status, said):
        async def answer(_):
            return JSONResponse(said, status)

        return serve([Route("/{path:path}", answer, methods=["POST", "DELETE"])])

    return start


def test_every_ticket_of_ours_is_found_follow_ups_too_with_who_asked(desk, helpdesk):
    first = desk.ticket("ada@acme.test", "tkt_1")
    desk("PUT", f"tickets/{first['id']}.json", {"ticket": {"status": "closed"}})
    again = desk.ticket("ada@acme.test", "tkt_1", via_followup_source_id=first["id"])
    desk.ticket("ada@acme.test", "tkt_other")
    found = helpdesk.find("tkt_1")
    assert found == (f"ticket:{first['id']}", f"ticket:{again['id']}", f"user:{first['requester_id']}")
    assert helpdesk.find("tkt_none") == ()


def test_tickets_and_their_requester_are_gone_for_good_and_again_is_no_mistake(desk, helpdesk):
    ticket = desk.ticket("eve@acme.test", "tkt_2")
    for _ in range(2):
        for thing in (f"ticket:{ticket['id']}", f"user:{ticket['requester_id']}"):
            helpdesk.erase(thing)
    assert desk("GET", f"tickets/{ticket['id']}.json").status_code == 404
    assert desk("GET", f"users/{ticket['requester_id']}.json").status_code == 404
    assert desk("DELETE", f"deleted_tickets/{ticket['id']}.json").status_code == 404
    assert desk("DELETE", f"deleted_users/{ticket['requester_id']}.json").status_code == 404


def test_a_ticket_is_read_with_all_that_was_said_in_it(desk, helpdesk):
    ticket = desk.ticket("kim@acme.test", "tkt_9")
    desk("PUT", f"tickets/{ticket['id']}.json", {"ticket": {"comment": {"body": "Which phone?"}}})
    seen = helpdesk.read(f"ticket:{ticket['id']}")
    assert [each["body"] for each in seen["comments"]] == ["It broke", "Which phone?"]
    assert helpdesk.read(f"user:{ticket['requester_id']}")["email"] == "kim@acme.test"
    assert helpdesk.read("ticket:999999") == {}


def test_a_contact_is_read_with_every_property_and_a_customer_with_all_that_was_billed(crm, books, stripe):
    contact = crm.upsert("u7", {"email": "lou@acme.test", "launch_plan": "pro"})
    seen = crm.read(contact)
    assert (seen["email"], seen["launch_plan"], crm.read("999999")) == ("lou@acme.test", "pro", {})
    subscription = books.subscription("lou@acme.test")
    kinds = [each["object"] for each in stripe.everything(subscription["customer"])]
    assert kinds == ["customer", "subscription", "invoice", "charge"]
    assert list(stripe.everything("cus_nobody")) == []


def test_an_erasure_that_died_between_its_two_deletions_is_finished(desk, helpdesk):
    ticket = desk.ticket("half@acme.test", "tkt_half")
    desk("DELETE", f"tickets/{ticket['id']}.json")
    desk("DELETE", f"users/{ticket['requester_id']}.json")
    helpdesk.erase(f"ticket:{ticket['id']}")
    helpdesk.erase(f"user:{ticket['requester_id']}")
    assert desk("DELETE", f"deleted_tickets/{ticket['id']}.json").status_code == 404
    assert desk("DELETE", f"deleted_users/{ticket['requester_id']}.json").status_code == 404


def test_a_requester_of_other_tickets_that_are_open_is_told_without_an_address(desk, helpdesk):
    ticket = desk.ticket("bob@acme.test", "tkt_3")
    desk.ticket("bob@acme.test")
    helpdesk.erase(f"ticket:{ticket['id']}")
    with pytest.raises(Refused, match=r"422 to the deletion of user:\d+: Ada is the requester of 1 tickets"):
        helpdesk.erase(f"user:{ticket['requester_id']}")


def test_somebody_of_the_team_who_asked_for_a_ticket_is_not_deleted(desk, helpdesk):
    ticket = desk.ticket("founder@acme.test", "tkt_4")
    desk("PUT", f"users/{ticket['requester_id']}.json", {"user": {"role": "admin"}})
    helpdesk.erase(f"ticket:{ticket['id']}")
    with pytest.raises(Refused, match="is admin at Zendesk and not an end user"):
        helpdesk.erase(f"user:{ticket['requester_id']}")
    assert desk("GET", f"users/{ticket['requester_id']}.json").status_code == 200


def test_the_contact_is_found_by_the_users_id_and_deleted_for_good(crm):
    contact = crm.upsert("u1", {"email": "ada@acme.test"})
    other = crm.upsert("u2", {"email": "eve@acme.test"})
    assert crm.contact_of("u1") == contact
    for _ in range(2):
        crm.erase(contact)
    assert (crm.contact_of("u1"), crm.contact_of("u2")) == ("", other)


def test_an_id_that_is_not_one_of_a_path_finds_no_contact(crm):
    crm.upsert("u3", {})
    assert [crm.contact_of(odd) for odd in ("no?body=1", "u 3", "nobody")] == ["", "", ""]


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_gdpr_delete_says_what_hubspot_says(serving, status):
    said = {"status": "error", "message": "GDPR is not enabled for ada@acme.test", "category": "FORBIDDEN"}
    with pytest.raises((Refused, NotSent), match=f"{status} FORBIDDEN GDPR is not enabled for …@acme.test"):
        HubSpot(Secrets(), serving(status, said)).erase("101")


def test_a_customer_is_deleted_subscriptions_end_and_invoices_stay(books, stripe):
    subscription = books.subscription("ada@acme.test")
    customer = subscription["customer"]
    for _ in range(2):
        stripe.erase(customer)
    assert books("GET", f"customers/{customer}")["deleted"] is True
    assert books("GET", f"subscriptions/{subscription['id']}")["status"] == "canceled"
    assert len(books("GET", f"invoices?customer={customer}")["data"]) == 1
    assert stripe.customer(customer).email == ""


@pytest.mark.parametrize("user", ["2tGkq1", 'it\'s "me"', "back\\slash", "ada@acme.test OR name:null"])
def test_customers_are_found_by_the_user_whom_their_metadata_name_and_no_other(books, stripe, user):
    def made(**named):
        return books("POST", "customers", **{f"metadata[{name}]": value for name, value in named.items()})["id"]

    ours = {made(user_id=user), made(firebaseUID=user), made(user_id=user, firebaseUID="another")}
    made(user_id="another", firebaseUID=user)
    made(user_id=user.swapcase())
    made()
    assert set(stripe.customers_of(user)) == ours


def test_a_key_that_may_not_write_customers_is_told(serving):
    refusing = Stripe(Secrets(), "test", serving(403, {"error": {"message": "not allowed"}}))
    with pytest.raises(NotSent, match="the key has to be allowed to write customers"):
        refusing.erase("cus_1")
