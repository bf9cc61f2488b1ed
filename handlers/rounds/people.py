"""Users and accounts: those that changed since the last round, and a seventh of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from handlers.billing.entitlement import Truth
from handlers.outside.firebase_accounts import MOST_LOOKED_UP, Account
from handlers.reconcile import UNOPENED, Observations, parsed, possible, refused_contacts
from handlers.rounds import billing
from handlers.rounds.pages import Outside, Page, Window, in_time, tombstones, users_of
from handlers.sweeps import OVERLAP
from handlers.work import erasures, users
from handlers.work.documents import Found, Query, every
from handlers.work.users import FREE, User

OF_ACCOUNTS = frozenset({"account", "address", "claims"})
OF_USERS = frozenset({"account", "contact", "deleted", "document", "erased", *billing.KINDS})
SIZE = MOST_LOOKED_UP  # events of the inbox, whose users are asked for at once
FEW = 30  # users of whom Stripe may have to be asked one by one
VOUCHED = timedelta(days=8)  # a round over all subscriptions takes seven


def of_events(outside: Outside, window: Window, after: str) -> Page:
    """Look at the users whom an event since the last round was about, and at their accounts."""
    came = (("receivedAt", ">", window.since - OVERLAP), ("receivedAt", "<=", window.until))
    query = Query("inbox", came, "receivedAt", SIZE)
    found, following = in_time(outside.documents, query, after)
    known, odd = users_of(
        outside.documents, (str(each.fields["userId"]) for each in found if each.fields.get("userId"))
    )
    accounts = tuple(outside.accounts.some(list(known)))
    stones = tombstones(outside.documents, known)
    gone = frozenset(known) - {each.id for each in accounts}
    seen = Observations({}, {}, accounts, known, (), {}, odd, _refused(outside, known.values()), stones, gone)
    return Page(len(found), following, seen, OF_ACCOUNTS | {"contact", "document", "erased"})


def new_accounts(outside: Outside, window: Window, after: str) -> Page:
    """Look at the accounts that were made since the last round."""
    offset = int(after or 0)
    found = outside.accounts.newest(offset)
    since = (window.since - timedelta(hours=2)).timestamp()
    new = tuple(each for each in found if each.created >= since)
    is_last = not found or len(new) < len(found)
    return _of_accounts(outside, new, None if is_last else str(offset + len(found)))


def every_account(outside: Outside, window: Window, after: str) -> Page:  # noqa: ARG001 - as all steps
    """Look at all accounts, and at the users they are."""
    found, following = outside.accounts.page(after)
    return _of_accounts(outside, found, following or None)


def _of_accounts(outside: Outside, found: Sequence[Account], following: str | None) -> Page:
    accounts = possible(found)
    known, _ = users_of(outside.documents, (each.id for each in accounts))
    return Page(len(found), following, Observations({}, {}, accounts, known, (), {}), OF_ACCOUNTS)


def every_user(outside: Outside, window: Window, after: str) -> Page:
    """Look at all users: at contacts, at plans that no subscription vouches for, and at accounts that are gone."""
    found = outside.documents.find(Query("users", limit=FEW, after=after))
    known, odd = parsed(found)
    accounts = tuple(outside.accounts.some(list(known)))
    living, stones = {each.id for each in accounts}, tombstones(outside.documents, known)
    truths: dict[str, Truth] = {}
    for user in known.values():
        if _is_to_be_asked(outside, user, window.until):
            truths.update(billing.truth_of(outside, user))
    lost = {each: user.id for user in known.values() if user.id not in living for each in user.customers}
    listed = {each: outside.provider.subscriptions(each) or () for each in lost}
    erased, bought = tombstones(outside.documents, lost), billing.purchases(outside, lost)
    paying = [each for each in lost if listed[each] or bought.get(each)]
    owners = outside.owners.of_all(each for each in paying if erasures.path(each) not in erased)
    moved = {each: owner for each, owner in owners.items() if owner.user_id != lost[each]}
    gone = frozenset(known) - living
    refused = _refused(outside, known.values())
    seen = Observations(listed, moved, accounts, known, (), truths, odd, refused, stones, gone, bought)
    return Page(len(found), found[-1].path if len(found) == FEW else None, seen, OF_USERS)


def unopened_tickets(outside: Outside, window: Window, after: str) -> Page:  # noqa: ARG001 - as all steps
    """Look at the tickets that the helpdesk does not show, all of them each night: there should be none."""
    tickets = tuple(every(outside.documents, UNOPENED))
    return Page(len(tickets), None, Observations({}, {}, (), {}, tickets, {}), frozenset({"ticket"}))


def _is_to_be_asked(outside: Outside, user: User, now: datetime) -> bool:
    """Tell whether Stripe is to be asked about a user by name: for purchases, or as no list has shown what is paid."""
    if not user.customers or (user.billing.plan == FREE and not outside.terms.table.sells_once):
        return False
    marks = (outside.documents.get(users.customer_path(each)) or {} for each in user.customers)
    vouched = any(isinstance(seen := mark.get("listedAt"), datetime) and now - seen < VOUCHED for mark in marks)
    return outside.terms.table.sells_once or not vouched


def _refused(outside: Outside, known: Iterable[User]) -> Mapping[str, Found]:
    """Return the refused contacts, where somebody has none."""
    is_needed = any(user.signed_up and not user.crm_contact_id for user in known)
    return refused_contacts(outside.documents) if is_needed else {}
