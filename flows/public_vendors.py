"""The vendors of a staging stack, by their public APIs alone: Stripe in test mode, and accounts made for tests.

What a buyer does in a browser is done with Stripe's test cards (docs.stripe.com/testing), what a bank does not at all.
Everything that is made names the run, and is taken away at the end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, NoReturn
from urllib.parse import quote

import httpx

from flows import mailbox
from flows.edge import Edge
from flows.mailbox import Places
from flows.mailbox_account import MailboxError
from flows.stage import Stage
from flows.vendors import Vendors, body_of, root
from handlers.outside import google_clients
from handlers.senders import stripe_signatures
from handlers.service_manifest import (
    HUBSPOT_TOKEN,
    RESEND_KEY,
    STRIPE_SIGNING_SECRET,
    ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET,
)
from handlers.vendors import hubspot

GOOD, DECLINED = "pm_card_visa", "pm_card_chargeCustomerFail"
TEST_KEYS = ("sk_test_", "rk_test_")
FIREBASE = "https://firebase.googleapis.com/v1beta1"
KEY_VARIABLE = "LAUNCH_FIREBASE_API_KEY"
BACK_DOORS = ("/_rehearsal", "/test_helpers/")
LISTED_EVERY = 1.0  # seconds between two looks at the sent mails; Resend takes few requests a second
SETTLED = 5.0  # seconds in which the events of what was taken away arrive


class LiveKeyError(OSError):
    """Stripe's key of the stack is of live mode, where payments are real."""


class PublicVendors(Vendors):
    """Asks the vendors as their customers do; raises httpx.HTTPError when one does not answer or refuses."""

    def __init__(self, client: httpx.Client, stage: Stage, stripe_key: str, door: Edge) -> None:
        if stage.rehearsal is None:
            raise ValueError("a stage without vendors cannot be played")
        if not stripe_key.startswith(TEST_KEYS):
            raise LiveKeyError(
                "stripe-api-key is not of Stripe's test mode; push the key of the test account that staging is for"
            )
        client.event_hooks["request"] = [_refuse_back_doors]
        super().__init__(client, stage.rehearsal, stripe_key)
        self._stage, self._door = stage, door
        self._customers: list[str] = []
        self._users: list[str] = []
        self._made_contacts: list[str] = []
        self._key = ""
        self._mail: list[dict[str, Any]] = []
        self._mail_texts: dict[str, str] = {}
        self._looked = 0.0
        self._lock = Lock()
        self._begun = self._places()

    # Stripe

    def subscribe(self, user_id: str, plan: str) -> str:
        """See Vendors; by a customer who names the user, for only a browser completes a checkout."""
        return self.subscribe_customer(plan, user_id=user_id)[0]

    def subscribe_again(self, customer: str, plan: str) -> dict[str, Any]:
        """See Vendors."""
        self._remember(customer)
        card = self._card(GOOD, customer)
        wanted = {"customer": customer, "items[0][price]": self._price(plan), "default_payment_method": card}
        made = self._stripe("subscriptions", wanted)
        return self._event_about("customer.subscription.created", made["id"])

    def subscribe_customer(self, plan: str, **metadata: str) -> tuple[str, str]:
        """See Vendors."""
        named = {f"metadata[{name}]": value for name, value in metadata.items()}
        customer = self._stripe("customers", {**named, "metadata[synthetic]": self._stage.run})["id"]
        event = self.subscribe_again(customer, plan)
        return str(customer), str(event["data"]["object"]["id"])

    def change_price(self, subscription: str, first: str, second: str) -> None:
        """See Vendors; the item that is there gets the first price."""
        there = self._stripe_get(f"subscriptions/{subscription}")["items"]["data"][0]["id"]
        prices = {"items[0][price]": self._price(first), "items[1][price]": self._price(second)}
        self._stripe(f"subscriptions/{subscription}", {"items[0][id]": there, **prices})

    @property
    def can_be_the_bank(self) -> bool:
        """See Vendors: the bank does that hours or days later, whatever card it was."""
        return False

    def fail_payment(self, subscription: str) -> None:
        """See Vendors: begin a new period with a card that is declined."""
        customer = self._stripe_get(f"subscriptions/{subscription}")["customer"]
        now = {"billing_cycle_anchor": "now", "proration_behavior": "none"}
        self._stripe(f"subscriptions/{subscription}", {"default_payment_method": self._card(DECLINED, customer), **now})

    def recover_payment(self, subscription: str) -> None:
        """See Vendors: pay the open invoice with another card."""
        found = self._stripe_get(f"subscriptions/{subscription}")
        card = self._card(GOOD, found["customer"])
        self._stripe(f"subscriptions/{subscription}", {"default_payment_method": card})
        self._stripe(f"invoices/{found['latest_invoice']}/pay", {"payment_method": card})

    def resend(self, event_id: str) -> None:
        """See Vendors: the same event once more, signed as Stripe signs it."""
        self._deliver(self._stripe_get(f"events/{event_id}"))

    def tell_of_other_mode(self, user_id: str, customer: str) -> str:
        """See Vendors."""
        thing = {"client_reference_id": user_id, "customer": customer, "payment_status": "paid", "mode": "subscription"}
        id_ = f"evt_othermode{self._stage.run}"
        made = {"object": "checkout.session", **thing}
        self._deliver({"id": id_, "type": "checkout.session.completed", "livemode": True, "data": {"object": made}})
        return id_

    def _deliver(self, event: Mapping[str, Any]) -> None:
        body, now = json.dumps(event).encode(), int(time.time())
        header = stripe_signatures.header(body, self._stage.secret(STRIPE_SIGNING_SECRET), now)
        self._door.post("/webhooks/stripe", body, {"Stripe-Signature": header})

    def _card(self, name: str, customer: str) -> str:
        return str(self._stripe(f"payment_methods/{name}/attach", {"customer": customer})["id"])

    def _event_about(self, type_: str, id_: str) -> dict[str, Any]:
        """Return the event of a thing, which Stripe lists a moment after the thing is made."""
        for _ in range(20):
            found = next((each for each in self.events(type_) if each["data"]["object"].get("id") == id_), None)
            if found:
                return found
            time.sleep(0.5)
        raise httpx.ReadTimeout(f"Stripe lists no event {type_} of {id_}")

    def _stripe_get(self, path: str) -> dict[str, Any]:
        return self._asked_of_stripe("GET", path)

    def _remember(self, customer: str) -> None:
        if customer not in self._customers:
            self._customers.append(customer)

    # Firebase Authentication

    def sign_up(self, email: str, *, is_verified: bool = True) -> tuple[str, str]:
        """See Vendors."""
        user_id, token = super().sign_up(email, is_verified=is_verified)
        self._users.append(user_id)
        return user_id, token

    def _admin(self) -> dict[str, str]:
        if self._stage.environ.get(google_clients.AUTHENTICATION):
            return super()._admin()
        return dict(google_clients.authorization()())

    def _api_key(self) -> str:
        environ = self._stage.environ
        if environ.get(google_clients.AUTHENTICATION):
            return super()._api_key()
        if not self._key:
            self._key = environ.get(KEY_VARIABLE) or self._key_of_the_web_app()
        return self._key

    def _key_of_the_web_app(self) -> str:
        apps = f"{FIREBASE}/projects/{self._stage.project}/webApps"
        found = body_of(self._client.get(apps, headers=self._admin())).get("apps") or []
        if not found:
            raise OSError(f"the project has no web app; set {KEY_VARIABLE} to the API key of one of its apps")
        return str(body_of(self._client.get(f"{apps}/{found[0]['appId']}/config", headers=self._admin()))["apiKey"])

    # CRM and helpdesk, with the keys that the stack itself has

    def make_contact(self, email: str) -> str:
        """See Vendors."""
        made = super().make_contact(email)
        self._made_contacts.append(made)
        return made

    def contacts_of(self, email: str) -> list[str]:
        """See Vendors; HubSpot has one contact of an address at most."""
        url = f"{root(self._at.crm)}{hubspot.CONTACTS}/{quote(email)}"
        answer = self._client.get(url, params={"idProperty": "email"}, headers=self._owner(self._at.crm))
        return [str(body_of(answer)["id"])] if answer.status_code != 404 else []

    def _owner(self, address: str) -> dict[str, str]:
        if address not in self._keys:
            self._keys[address] = self._stage.secret(HUBSPOT_TOKEN if address == self._at.crm else RESEND_KEY)
        return {"Authorization": f"Bearer {self._keys[address]}"}

    def _issued(self, _address: str) -> dict[str, str]:
        client, secret = (self._stage.secret(name) for name in (ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET))
        return {"client_id": client, "client_secret": secret}

    # Mail, as the mailer's log has it

    def mails(self, about: str) -> list[dict[str, Any]]:
        """See Vendors; of the mails that the stack sent since the play began."""
        with self._lock:
            if time.monotonic() - self._looked > LISTED_EVERY:
                self._list_mails()
                self._looked = time.monotonic()
            return [mail for mail in self._mail if about in mail["subject"] or about in mail["text"]]

    def _list_mails(self) -> None:
        at = f"{root(self._at.mailer)}/emails"
        listed = body_of(self._client.get(at, params={"limit": "100"}, headers=self._owner(self._at.mailer)))["data"]
        for each in listed:
            if each["id"] not in self._mail_texts:
                whole = body_of(self._client.get(f"{at}/{each['id']}", headers=self._owner(self._at.mailer)))
                self._mail_texts[each["id"]] = str(whole.get("text") or "")
        self._mail = [
            {"id": each["id"], "to": each["to"], "subject": each["subject"], "text": self._mail_texts[each["id"]]}
            for each in reversed(listed)
        ]

    # What only a rehearsal can do

    def denials(self) -> dict[str, int]:
        """See Vendors; nobody else's log can be read."""
        return {}

    def failing(self, target: str, kind: str, *match: str) -> NoReturn:
        """Refuse: a vendor does not fail on demand."""
        raise OSError(f"{target} cannot be had fail ({kind}) on a staging stack: {' '.join(match)}")

    # The end

    def clean_up(self) -> None:
        """Take away the customers, contacts, tickets, accounts, records and mails of this run; raises nothing."""
        for customer in self._customers:
            with suppress(httpx.HTTPError):
                self._asked_of_stripe("DELETE", f"customers/{customer}")
        time.sleep(SETTLED if self._customers else 0)
        with suppress(Exception):
            self._clear_tickets()
        for user_id in self._users:
            with suppress(Exception):
                self._clear_user(user_id)
        for contact in self._made_contacts:
            self._delete(f"{root(self._at.crm)}{hubspot.CONTACTS}/{contact}", self._owner(self._at.crm))
        with suppress(MailboxError):
            self._clear_mailbox()

    def _places(self) -> Places:
        """Return where the mails of this run begin in the test mailbox; nowhere without one, or when it is not open."""
        if self._stage.mailbox is None:
            return {}
        try:
            with mailbox.opened(self._stage.mailbox) as box:
                return box.places()
        except MailboxError:
            return {}  # the criterion that needs it says what is wrong

    def _clear_mailbox(self) -> None:
        """Take the mails of this run away, which are those that name it."""
        if self._begun and self._stage.mailbox:
            with mailbox.opened(self._stage.mailbox) as box:
                box.remove([mail for mail in box.arrived(self._begun) if mail.names(self._stage.run)])

    def _clear_user(self, user_id: str) -> None:
        for contact in self.contacts(user_id):
            self._delete(f"{root(self._at.crm)}{hubspot.CONTACTS}/{contact}", self._owner(self._at.crm))
        documents = self._stage.documents()
        try:
            documents.recursive_delete(documents.document(f"users/{user_id}"))
        finally:
            documents.close()
        google_clients.accounts(self._stage.project, self._stage.environ).delete(user_id)

    def _clear_tickets(self) -> None:
        from google.cloud.firestore_v1.base_query import FieldFilter  # takes long, and few commands need it

        documents = self._stage.documents()
        try:
            for user_id in self._users:
                for ticket in documents.collection("tickets").where(filter=FieldFilter("userId", "==", user_id)).get():
                    known = str((ticket.to_dict() or {}).get("helpdeskId") or "")
                    if known.isdigit() and not self._stage.works_by_mail:
                        self.delete_at_helpdesk(known)
                    documents.recursive_delete(ticket.reference)
        finally:
            documents.close()

    def _delete(self, url: str, headers: Mapping[str, str]) -> None:
        with suppress(httpx.HTTPError):
            self._client.delete(url, headers=headers)


def _refuse_back_doors(request: httpx.Request) -> None:
    if any(door in request.url.path for door in BACK_DOORS):
        raise RuntimeError(f"{request.url} is a door of the rehearsal's alone")
