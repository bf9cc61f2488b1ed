"""The vendors' side of the rehearsal: what the founder's accounts would show, and what a buyer would do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
import jwt

from flows.stage import Rehearsal
from handlers.service_manifest import HUBSPOT_TOKEN, RESEND_KEY, ZENDESK_CLIENT_SECRET
from handlers.vendors import hubspot

TIMEOUT = 10.0  # seconds
DENIED = (401, 403)
API_KEY = "rehearsal"  # Firebase's web API key is public and names the project; any will do here


class Vendors:
    """Asks the stand-ins; raises httpx.HTTPError when one does not answer or refuses."""

    def __init__(self, client: httpx.Client, at: Rehearsal, stripe_key: str) -> None:
        self._client = client
        self._at = at
        self._stripe_key = stripe_key
        self._helpdesk_token = ""
        self._keys: dict[str, str] = {}

    # Stripe

    def subscribe(self, user_id: str, plan: str) -> str:
        """Have a new customer buy a plan for a user by a checkout, and return the customer's id."""
        price = self._price(plan)
        session = self._stripe(
            "checkout/sessions",
            {
                "mode": "subscription",
                "client_reference_id": user_id,
                "line_items[0][price]": price,
                "metadata[synthetic]": "launch-flow",
            },
        )
        done = self._stripe(f"test_helpers/checkout/sessions/{session['id']}/complete", {})
        return str(done["customer"])

    def subscribe_directly(self, user_id: str, plan: str) -> dict[str, Any]:
        """Give a new customer, whose metadata names the user, a subscription; return the event that tells of it."""
        customer = self._stripe("customers", {"metadata[user_id]": user_id, "metadata[synthetic]": "launch-flow"})
        return self.subscribe_again(customer["id"], plan)

    def subscribe_again(self, customer: str, plan: str) -> dict[str, Any]:
        """Give a customer one more subscription; return the event that tells of it."""
        made = self._stripe("subscriptions", {"customer": customer, "items[0][price]": self._price(plan)})
        return next(each for each in self.events("customer.subscription.created") if _is_about(each, made["id"]))

    def subscribe_customer(self, plan: str, **metadata: str) -> tuple[str, str]:
        """Give a new customer with this metadata a subscription; return the ids of customer and subscription."""
        named = {f"metadata[{name}]": value for name, value in metadata.items()}
        customer = self._stripe("customers", {**named, "metadata[synthetic]": "launch-flow"})
        made = self._stripe("subscriptions", {"customer": customer["id"], "items[0][price]": self._price(plan)})
        return customer["id"], made["id"]

    def change_price(self, subscription: str, first: str, second: str) -> None:
        """Change what a subscription is for as Stripe's portal does, which leaves its metadata as they are."""
        there = self._asked_of_stripe("GET", f"subscriptions/{subscription}")["items"]["data"][0]["id"]
        prices = {"items[0][price]": self._price(first), "items[1][price]": self._price(second)}
        self._stripe(f"subscriptions/{subscription}", {"items[0][id]": there, **prices})

    def refund(self, customer: str) -> str:
        """Give a customer's latest payment back in full, and return the refund's id."""
        charge = self._stripe_list("charges", {"customer": customer})[0]
        return str(self._stripe("refunds", {"charge": charge["id"]})["id"])

    def fail_refund(self, refund: str) -> None:
        """Have the bank refuse a refund after it was made."""
        self._stripe(f"test_helpers/refunds/{refund}/fail", {})

    def dispute(self, customer: str) -> str:
        """Have a buyer dispute a customer's latest payment, and return the dispute's id."""
        charge = self._stripe_list("charges", {"customer": customer})[0]
        return str(self._stripe(f"test_helpers/charges/{charge['id']}/dispute", {})["id"])

    def close_dispute(self, dispute: str, status: str) -> None:
        """Have the bank decide a dispute, `won` or `lost`, also one that it decided before."""
        self._stripe(f"test_helpers/disputes/{dispute}/close", {"status": status})

    def tell_of_other_mode(self, user_id: str, customer: str) -> str:
        """Have Stripe deliver a paid checkout of live mode, signed as every event; return the event's id."""
        thing = {"client_reference_id": user_id, "customer": customer, "payment_status": "paid", "mode": "subscription"}
        said = {f"data[object][{name}]": value for name, value in thing.items()}
        event = {"type": "checkout.session.completed", "livemode": "true", **said}
        return str(self._stripe("test_helpers/events", event)["id"])

    def fail_payment(self, subscription: str) -> None:
        """Decline the card of a subscription."""
        self._stripe(f"test_helpers/subscriptions/{subscription}/fail_payment", {})

    def recover_payment(self, subscription: str) -> None:
        """Charge the subscription's card with success."""
        self._stripe(f"test_helpers/subscriptions/{subscription}/recover", {})

    def cancel(self, subscription: str) -> None:
        """End a subscription at once."""
        self._asked_of_stripe("DELETE", f"subscriptions/{subscription}")

    def resend(self, event_id: str) -> None:
        """Have Stripe deliver an event once more."""
        self._stripe(f"test_helpers/events/{event_id}/resend", {})

    def events(self, type_: str) -> list[dict[str, Any]]:
        """Return the newest events of a type."""
        found: list[dict[str, Any]] = self._stripe_list("events", {"type": type_, "limit": "100"})
        return found

    def endpoints(self) -> list[str]:
        """Return the URLs that Stripe delivers events to."""
        return [each["url"] for each in self._stripe_list("webhook_endpoints", {"limit": "100"})]

    def _price(self, plan: str) -> str:
        known = self._stripe_list("prices", {"lookup_keys[0]": plan})
        if known:
            return str(known[0]["id"])
        wanted = {"currency": "eur", "unit_amount": "900", "lookup_key": plan, "product_data[name]": "Synthetic"}
        return str(self._stripe("prices", {**wanted, "recurring[interval]": "month"})["id"])

    def _stripe(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        return self._asked_of_stripe("POST", path, data=dict(form))

    def _stripe_list(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._asked_of_stripe("GET", path, params=dict(query))["data"]
        return found

    def _asked_of_stripe(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        url, headers = f"{root(self._at.stripe)}/v1/{path}", {"Authorization": f"Bearer {self._stripe_key}"}
        return body_of(self._client.request(method, url, headers=headers, **more))

    # Firebase Authentication

    def sign_up(self, email: str, *, is_verified: bool = True) -> tuple[str, str]:
        """Make an account as the app does, and return the user's id and ID token.

        With `is_verified` the user has followed the link of the mail that verifies the address.
        """
        url = f"{root(self._at.identity)}/identitytoolkit.googleapis.com/v1/accounts:signUp"
        wanted = {"email": email, "password": "synthetic-flow", "returnSecureToken": True}
        made = body_of(self._client.post(url, params={"key": self._api_key()}, json=wanted))
        return str(made["localId"]), self._verified(made) if is_verified else str(made["idToken"])

    def _admin(self) -> dict[str, str]:
        """Return the headers of an administrator of Firebase Authentication."""
        return {"Authorization": "Bearer owner"}

    def _api_key(self) -> str:
        """Return the public key by which an app names its project."""
        return API_KEY

    @property
    def can_be_the_bank(self) -> bool:
        """Whether a bank can be played, which refuses a refund after it was made and decides disputes."""
        return True

    def clean_up(self) -> None:
        """Take away what was made; in a rehearsal it stays, for whoever looks at it."""

    def _verified(self, made: Mapping[str, Any]) -> str:
        """Verify the address of a new account, and return the token that says so, as the app gets it by a refresh."""
        project = jwt.decode(made["idToken"], options={"verify_signature": False})["aud"]
        base = root(self._at.identity)
        change = {"localId": made["localId"], "emailVerified": True}
        update = f"{base}/identitytoolkit.googleapis.com/v1/projects/{project}/accounts:update"
        body_of(self._client.post(update, json=change, headers=self._admin()))
        form = {"grant_type": "refresh_token", "refresh_token": made["refreshToken"]}
        fresh = self._client.post(
            f"{base}/securetoken.googleapis.com/v1/token", params={"key": self._api_key()}, data=form
        )
        return str(body_of(fresh)["id_token"])

    def sign_in(self, email: str) -> str:
        """Sign in to an account that `sign_up` made, and return a new ID token."""
        url = f"{root(self._at.identity)}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
        wanted = {"email": email, "password": "synthetic-flow", "returnSecureToken": True}
        return str(body_of(self._client.post(url, params={"key": self._api_key()}, json=wanted))["idToken"])

    def verify_email(self, project: str, user_id: str) -> None:
        """Have an account's address verified, as by the link in Firebase's mail."""
        url = f"{root(self._at.identity)}/identitytoolkit.googleapis.com/v1/projects/{project}/accounts:update"
        owner = self._admin()
        body_of(self._client.post(url, headers=owner, json={"localId": user_id, "emailVerified": True}))

    # What reached the others

    def make_contact(self, email: str) -> str:
        """Make a contact in the CRM, as somebody of the team does, and return its id."""
        url = f"{root(self._at.crm)}{hubspot.CONTACTS}"
        owner = self._owner(self._at.crm)
        return str(body_of(self._client.post(url, headers=owner, json={"properties": {"email": email}}))["id"])

    def denials(self) -> dict[str, int]:
        """Return for each stand-in how many requests it has ever answered with 401 or 403, by the secret for it."""
        at = {HUBSPOT_TOKEN: self._at.crm, ZENDESK_CLIENT_SECRET: self._at.helpdesk, RESEND_KEY: self._at.mailer}
        return {name: self._denied(address) for name, address in at.items()}

    def _denied(self, address: str) -> int:
        return len(self._requests(address, status=",".join(map(str, DENIED))))

    def _requests(self, address: str, **wanted: str) -> list[dict[str, Any]]:
        """Return the requests that reached a stand-in: those `about` a text, or those answered by a `status`."""
        found: list[dict[str, Any]] = body_of(self._client.get(f"{root(address)}/_rehearsal/requests", params=wanted))[
            "requests"
        ]
        return found

    def _owner(self, address: str) -> dict[str, str]:
        """Return the headers by which a founder's own key asks a stand-in, whatever the services' key is worth."""
        if address not in self._keys:
            self._keys[address] = self._issued(address)["key"]
        return {"Authorization": f"Bearer {self._keys[address]}"}

    def _issued(self, address: str) -> dict[str, str]:
        return dict(body_of(self._client.post(f"{root(address)}/_rehearsal/keys", json={"ours": True})))

    def upserts(self, user_id: str) -> list[dict[str, Any]]:
        """Return the CRM's accepted upserts of a user's contact, oldest first."""
        return self._accepted(self._at.crm, hubspot.UPSERT, user_id)

    def contacts(self, user_id: str) -> list[str]:
        """Return the CRM's ids of the user's contacts."""
        url = f"{root(self._at.crm)}{hubspot.CONTACTS}/{user_id}?idProperty=launch_user_id"
        answer = self._client.get(url, headers=self._owner(self._at.crm))
        return [str(answer.json()["id"])] if answer.status_code == 200 else []

    def contacts_of(self, email: str) -> list[str]:
        """Return the CRM's ids of all contacts with an address, however they came to be."""
        return [str(each["id"]) for each in self._all_contacts() if each["properties"].get("email") == email]

    def addresses_in_crm(self) -> list[str]:
        """Return the address of every contact that has one."""
        return [each["properties"]["email"] for each in self._all_contacts() if each["properties"].get("email")]

    def _all_contacts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query = {"limit": "100", "properties": "email"}
        while True:
            url = f"{root(self._at.crm)}{hubspot.CONTACTS}"
            page = body_of(self._client.get(url, params=query, headers=self._owner(self._at.crm)))
            found += page["results"]
            if "paging" not in page:
                return found
            query["after"] = page["paging"]["next"]["after"]

    # The helpdesk, as an agent sees it

    def all_helpdesk_tickets(self) -> list[dict[str, Any]]:
        """Return every ticket of the helpdesk."""
        found: list[dict[str, Any]] = []
        for page in itertools.count(1):
            answer = self._helpdesk("GET", f"tickets.json?page={page}")
            found += answer["tickets"]
            if not answer["next_page"]:
                break
        return found

    def helpdesk_tickets(self, ticket_id: str) -> list[dict[str, Any]]:
        """Return the helpdesk's tickets for one of ours."""
        found: list[dict[str, Any]] = self._helpdesk("GET", f"tickets.json?external_id={ticket_id}")["tickets"]
        return found

    def act_at_helpdesk(self, helpdesk_id: str, status: str, text: str) -> None:
        """Give a ticket a status and, where there is a text, a public reply, as an agent does."""
        said = {"comment": {"body": text, "public": True}} if text else {}
        self._helpdesk("PUT", f"tickets/{helpdesk_id}.json", {"ticket": {"status": status, **said}})

    def delete_at_helpdesk(self, helpdesk_id: str) -> None:
        """Delete a ticket, as an agent does."""
        self._helpdesk("DELETE", f"tickets/{helpdesk_id}.json")

    def suspend_at_helpdesk(self, email: str) -> None:
        """Suspend an end user, as an agent does with one who sends spam."""
        for user in self._helpdesk("GET", f"users/search.json?query={quote(email)}")["users"]:
            self._helpdesk("PUT", f"users/{user['id']}.json", {"user": {"suspended": True}})

    def comments(self, helpdesk_id: str, *, by_user: bool) -> list[str]:
        """Return what the user, or the team, said in a ticket at the helpdesk."""
        requester = self._helpdesk("GET", f"tickets/{helpdesk_id}.json")["ticket"]["requester_id"]
        found = self._helpdesk("GET", f"tickets/{helpdesk_id}/comments.json")["comments"]
        return [str(each["body"]) for each in found if (each["author_id"] == requester) is by_user]

    def _helpdesk(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if not self._helpdesk_token:
            client = self._issued(self._at.helpdesk)
            wanted = {"grant_type": "client_credentials", **client, "scope": "read write", "expires_in": 172_800}
            made = self._client.post(f"{root(self._at.helpdesk)}/oauth/tokens", json=wanted)
            self._helpdesk_token = str(body_of(made)["access_token"])
        headers = {"Authorization": f"Bearer {self._helpdesk_token}"}
        url = f"{root(self._at.helpdesk)}/api/v2/{path}"
        return body_of(self._client.request(method, url, json=body, headers=headers))

    def helpdesk_deliveries(self, ticket_id: str) -> list[str]:
        """Return what became of the webhooks about a ticket: what each tells, its state, and how an attempt ended."""
        url = f"{root(self._at.helpdesk)}/_rehearsal/deliveries"
        found = body_of(self._client.get(url, params={"about": ticket_id}))["deliveries"]
        return ["{type}: {state}, {outcome} at attempt {attempts}".format(**each) for each in found]

    def heard(self, about: str) -> int:
        """Return how many requests to Stripe and the CRM named something."""
        return sum(
            about in f"{each['path']}?{each['query']} {each['body']}"
            for at in (self._at.stripe, self._at.crm)
            for each in self._requests(at, about=about)
        )

    def mails(self, about: str) -> list[dict[str, Any]]:
        """Return the mails that arrived, for anybody, and name something: each with `id`, `to`, `subject`, `text`."""
        answer = self._client.get(f"{root(self._at.mailer)}/_rehearsal/mail", params={"about": about})
        found: list[dict[str, Any]] = body_of(answer)["mails"]
        return found

    # What goes wrong at them

    @contextmanager
    def failing(self, target: str, kind: str, *match: str) -> Iterator[Callable[[], int]]:
        """Have calls of a stand-in that hold all of `match` fail while the block runs; see docs/testing.md.

        Gives a function that returns how many calls have met the fault.
        """
        door = f"{root(self._at.crm)}/_rehearsal/faults"
        number = body_of(self._client.post(door, json={"target": target, "kind": kind, "match": list(match)}))["id"]

        def met() -> int:
            faults = body_of(self._client.get(door))["faults"]
            return sum(each["met"] for each in faults if each["id"] == number)

        try:
            yield met
        finally:
            self._client.delete(door, params={"id": number})

    def _accepted(self, address: str, path: str, about: str) -> list[dict[str, Any]]:
        accepted = [
            each
            for each in self._requests(address, about=about)
            if each["path"] == path and 200 <= each["status"] < 300 and about in each["body"]
        ]
        # A repetition under a key that the vendor knows gets the first answer again, and nothing happens.
        once = {each["headers"].get("idempotency-key") or each["seq"]: each["body"] for each in accepted}
        return [json.loads(body) for body in once.values()]


def root(address: str) -> str:
    """Return where to ask: HOST:PORT of a stand-in, a vendor's own https address, or for nothing Google's own names."""
    return address if "://" in address else f"http://{address}" if address else "https:/"


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer; raises httpx.HTTPStatusError for a refusal, with what it said."""
    if answer.is_error:
        message = f"{answer.request.method} {answer.url} answered {answer.status_code}: {answer.text[:300]}"
        raise httpx.HTTPStatusError(message, request=answer.request, response=answer)
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


def _is_about(event: Mapping[str, Any], id_: str) -> bool:
    return bool(event["data"]["object"].get("id") == id_)


def denied_since(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    """Return in a sentence which secrets their vendors have denied since then; nothing when they denied none."""
    more = {name: now[name] - before.get(name, 0) for name in now if now[name] > before.get(name, 0)}
    told = (f"{name}, {count} times" for name, count in more.items())
    return f"; the vendor denied {' and '.join(told)}: it is not a key that it issued" if more else ""
