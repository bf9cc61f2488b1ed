"""The data model as the code shows it: records that are joined by e-mail, records about users that name no user."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from triage.model import FileFacts, Hit, Sure, Write

BY_EMAIL = re.compile(r"(?i)\.doc(ument)?\(\s*['\"]?\$?\{?[^()]{0,60}e?mail[!?.\w]*\}?['\"]?\s*\)")
ABOUT_USERS = re.compile(
    r"(?i)^(orders?|tickets?|support_?(tickets|requests)|subscriptions?|payments?|invoices?|bookings?|purchases?"
    r"|reservations?|appointments?|leads|feedbacks?|transactions)$"
)
USER_ID = re.compile(
    r"(?i)^(u|c|user|owner|customer|author|created_?by|sender|buyer|client|account|member|profile|patient|student"
    r"|driver|rider|firebase|auth)?_?(u?id|ref)$|uid|user_?(ref|id)?$|^(owner|author|customer|buyer|created_?by"
    r"|sender)$"
)
BELOW_USER = re.compile(
    r"(?i)collection\(['\"]?[\w.]*(users?|profiles?|accounts?|customers?|members?)['\"]?\)\.doc(ument)?\("
    r"|\.doc(ument)?\([^()]*(uid|userId|user_id|currentUser)"
)


def schema_hits(facts: Mapping[str, FileFacts]) -> Iterator[tuple[str, Hit]]:
    """Yield (path, hit) for the collections of an app whose records nobody can tell a user's."""
    groups: dict[str, list[tuple[str, Write]]] = defaultdict(list)
    for path, found in facts.items():
        for write in found.writes:
            groups[write.collection].append((path, write))
    for collection, written in sorted(groups.items()):
        by_email = next(((path, write) for path, write in written if BY_EMAIL.search(write.by)), None)
        if by_email:
            path, write = by_email
            yield (
                path,
                Hit(
                    "data.no-user-id",
                    write.line,
                    collection,
                    f"Documents of {collection} are found by e-mail address.",
                    write.by[-100:],
                ),
            )
        elif ABOUT_USERS.match(collection):
            yield from _unowned(collection, written)


def _unowned(collection: str, written: list[tuple[str, Write]]) -> Iterator[tuple[str, Hit]]:
    made = [
        (path, write) for path, write in written if write.method in {"add", "set", "setData", "create"} and write.keys
    ]
    if made and not any(
        BELOW_USER.search(write.by) or any(USER_ID.search(key) for key in write.keys) for _, write in made
    ):
        path, write = made[0]
        keys = ", ".join(write.keys[:8])
        yield (
            path,
            Hit(
                "data.unowned",
                write.line,
                collection,
                f"Records in {collection} carry no user id (only {keys}).",
                "",
                Sure.LIKELY,
            ),
        )
