"""The vendors that keep something of a user, as `./launch users erase` asks them to delete it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from blueprint import spec
from cli.reachability import ports_of
from cli.user_records import CRM, HELPDESK, STRIPE
from cli.workflow import Workflow
from engine.home import Home
from handlers.billing import stripe_api
from handlers.billing.stripe_api import Stripe
from handlers.outside import google_clients
from handlers.outside.secret_cache import SecretCache
from handlers.service_manifest import ZENDESK
from handlers.vendors import hubspot
from handlers.vendors.hubspot import HubSpot
from handlers.vendors.zendesk_erasure import ZendeskErasure
from handlers.work import users

KEPT = (
    "is deleted, and its subscriptions are canceled; invoices and payments stay at Stripe as long as tax law asks; "
    "then have them redacted: https://docs.stripe.com/privacy/redaction"
)


@dataclass(frozen=True)
class Vendor:
    """One vendor: `find` returns its names of what an id of ours stands for, `erase` deletes one, `done` says so.

    `read` returns all that the vendor has of one, and `of_user` what it knows by a user's id. All raise Unavailable
    when it may work later, Refused when it never will.
    """

    find: Callable[[str], Iterable[str]]
    read: Callable[[str], Iterable[Mapping[str, Any]]]
    erase: Callable[[str], None]
    done: str
    of_user: Callable[[str], Iterable[str]] = lambda _: ()


def of(home: Home, flow: Workflow) -> Mapping[str, Vendor]:
    """Return the vendors of a stack that can be asked, by where; a mailbox as helpdesk is none."""
    wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    secrets = SecretCache(google_clients.secret_manager(flow.environ), flow.outputs.project, time.monotonic)
    known = {
        CRM: of_hubspot(HubSpot(secrets, _address(home, "crm") or hubspot.URL)),
        STRIPE: of_stripe(
            Stripe(secrets, wanted.payments.mode, _address(home, "stripe") or stripe_api.URL),
            lambda customer: str((flow.get(users.customer_path(customer)) or {}).get("userId") or ""),
        ),
    }
    if wanted.support.helpdesk == ZENDESK:
        known[HELPDESK] = of_zendesk(ZendeskErasure(secrets, wanted.support.zendesk or "", _address(home, "helpdesk")))
    return known


def of_hubspot(crm: HubSpot) -> Vendor:
    """Return the CRM: a contact that our record does not name is found by the user's id."""
    return Vendor(
        find=lambda id_: [id_],
        read=lambda id_: filter(None, [crm.read(id_)]),
        erase=crm.erase,
        done="is deleted for good",
        of_user=lambda user: filter(None, [crm.contact_of(user)]),
    )


def of_stripe(stripe: Stripe, linked: Callable[[str], str]) -> Vendor:
    """Return Stripe: what the law keeps is kept, and said.

    A customer that our records do not name is found by its metadata: Stripe's Firebase extension makes one for each
    account. One that is `linked` to another user is theirs, whatever the metadata still say.
    """
    return Vendor(
        find=lambda id_: [id_],
        read=stripe.everything,
        erase=stripe.erase,
        done=KEPT,
        of_user=lambda user: [each for each in stripe.customers_of(user) if linked(each) in ("", user)],
    )


def of_zendesk(helpdesk: ZendeskErasure) -> Vendor:
    """Return the helpdesk at Zendesk: tickets of ours by their own ids, and who asked for them."""
    return Vendor(
        find=lambda id_: [id_] if ":" in id_ else helpdesk.find(id_),
        read=lambda id_: filter(None, [helpdesk.read(id_)]),
        erase=helpdesk.erase,
        done="is deleted for good, with what it says",
    )


def _address(home: Home, port: str) -> str:
    return f"http://{ports_of(home).address(port)}" if home.is_local else ""
