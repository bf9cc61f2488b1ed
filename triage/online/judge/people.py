"""Accounts of users against their records, and CRM contacts against both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from triage.model import Hit, Sure
from triage.online.answers import Answers, Row, inside, plain_email, text
from triage.online.judge.records import USERS, hit, is_free, plan_of, users

ID = re.compile(r"(?i)^(firebase_?)?(user_?id|uid)$|^(app|external)_?user_?id$")


def judge(answers: Answers) -> Iterator[Hit]:
    """Yield what does not agree between accounts, records and contacts."""
    records = users(answers)
    accounts = {str(row.get("localId")): row for row in answers.of("auth/users")}
    sampled = any(row.get("sampled") and row.get("collection") in USERS for row in answers.of("firestore/documents"))
    if records is not None and answers.has("auth/users") and not sampled:
        yield from _records(accounts, records)
    contacts = answers.of("hubspot/contacts")
    yield from _doubled(contacts)
    if answers.has("auth/users", "hubspot/contacts"):
        yield from _without_contact(accounts, contacts)
    if records is not None:
        yield from _stale(contacts, accounts, records)


def _records(accounts: Mapping[str, Row], records: Mapping[str, Mapping[str, Any]]) -> Iterator[Hit]:
    active = [uid for uid, row in accounts.items() if not row.get("disabled")]
    lacking = sorted(uid for uid in active if uid not in records)
    orphans = sorted(uid for uid in records if uid not in accounts)
    if lacking:
        words = f"{len(lacking)} of {len(active)} accounts that can sign in have no user record."
        yield hit("online.user.no-record", "Firebase Auth", words, lacking)
    if orphans:
        words = f"{len(orphans)} user records belong to no account."
        yield hit("online.user.orphan", "user records", words, orphans, Sure.LIKELY)


def _email(contact: Row) -> str:
    return plain_email(text(contact, "properties.email"))


def _uid(contact: Row) -> str:
    properties = inside(contact, "properties")
    return next((str(value) for key, value in properties.items() if value and ID.search(key)), "")


def _doubled(contacts: Sequence[Row]) -> Iterator[Hit]:
    for what, name in ((_uid, "user id"), (_email, "e-mail address")):
        groups: dict[str, list[str]] = defaultdict(list)
        for contact in contacts:
            if key := what(contact):
                groups[key].append(str(contact.get("id", "")))
        doubled = ["+".join(found) for found in groups.values() if len(set(found)) > 1]
        if doubled:
            words = f"{len(doubled)} people have more than one contact with the same {name}."
            yield hit("online.crm.duplicate", name, words, doubled)
            return


def _without_contact(accounts: Mapping[str, Row], contacts: Sequence[Row]) -> Iterator[Hit]:
    known = {_email(one) for one in contacts} | {_uid(one) for one in contacts}
    lacking = [
        uid
        for uid, row in accounts.items()
        if not row.get("disabled") and row.get("email") and not {uid, plain_email(str(row["email"]))} & known
    ]
    if lacking:
        words = f"{len(lacking)} of {len(accounts)} users have no contact in the CRM."
        yield hit("online.crm.missing", "HubSpot contacts", words, sorted(lacking))


def _stale(
    contacts: Sequence[Row], accounts: Mapping[str, Row], records: Mapping[str, Mapping[str, Any]]
) -> Iterator[Hit]:
    """Yield the contacts whose plan is not that of the user record."""
    by_email = {plain_email(str(row["email"])): uid for uid, row in accounts.items() if row.get("email")}
    by_email |= {plain_email(str(one["email"])): uid for uid, one in records.items() if one.get("email")}
    stale = []
    for contact in contacts:
        uid = _uid(contact) or by_email.get(_email(contact), "")
        said, real = plan_of(inside(contact, "properties")), plan_of(records.get(uid, {}))
        if said is None or real is None or said.lower() == real.lower():
            continue
        if "paid" in {said, real} and is_free(said) == is_free(real):
            continue
        stale.append(f"{contact.get('id', '')} ({said}, really {real})")
    if stale:
        yield hit(
            "online.crm.stale", "HubSpot contacts", f"{len(stale)} contacts carry a plan that is not the user's.", stale
        )
