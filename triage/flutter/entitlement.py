"""Fields that say what a user has paid for or may do, written by the app itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from triage.flutter.firestore import ClientWrite, modelled
from triage.model import Hit, Sure
from triage.syntax.source import Source

# say it by themselves, wherever they stand
PLAIN = re.compile(
    r"(?i)^_?(is_?(premium|pro|paid|admin|subscribed|vip|superuser|moderator|pro_?user|premium_?user"
    r"|paid_?user)(user|member)?|has_?(premium|pro|paid|subscription|active_?subscription)|premium(_?(until|expiry"
    r"|expires?|member|user))?"
    r"|subscription(_?(status|plan|tier|type|level|end|ends?_?at|expiry|active|expires?_?at))?|entitlements?"
    r"|(stripe_?)?subscription_?status|user_?role|is_?super_?admin|is_?staff|custom_?claims|plan_?(type|tier|status)"
    r"|paid_?until|pro_?until|membership(_?(type|level|status))?)$"
)
# say it in a document about a user or an account
IN_ACCOUNTS = re.compile(
    r"(?i)^(plan|role|roles|admin|credits?|coins?|tokens?_?balance|balance|wallet(_?balance)?|tier|paid|permissions?"
    r"|quota|pro|vip|has_?access|points?_?balance)$"
)
IN_PAYMENTS = re.compile(
    r"(?i)^(paid|is_?paid|payment_?status|amount_?paid|payment_?(done|completed|verified|success\w*)|refunded)$"
)
ACCOUNTS = re.compile(
    r"(?i)user|profile|account|member|customer|subscri|entitle|wallet|compan|organi[sz]ation|team|tenant|workspace"
    r"|driver|seller|vendor|staff|people|person"
)
PAYMENTS = re.compile(r"(?i)order|invoice|payment|booking|subscri|purchase|transaction|checkout|bill|deposit")
# the first, powerless value, which a new account has to be given by somebody
POWERLESS = re.compile(
    r"(?i)^(0|0\.0|false|null|''|\"\"|['\"](user|free|none|basic|member|customer|unpaid|pending|inactive|guest|trial"
    r"|student|client|buyer|not_?paid|cod|cash[\w ]*)['\"]|FieldValue\.delete\(\))$"
)


def entitlement_hits(source: Source, written: list[ClientWrite]) -> Iterator[Hit]:
    """Yield the writes of authority or paid state, one finding a write."""
    for write in written:
        fields = [
            (key, pair)
            for key, pair in (*write.fields, *modelled(source, write))
            if _is_authority(key, write.collection) and not _powerless(source, pair)
        ]
        if not fields or any(key == "content" for key, _ in write.fields):  # a chat message has a role too
            continue
        names = ", ".join(key for key, _ in fields)
        where = f"in {write.collection}" if write.collection else "in Firestore"
        plain = any(PLAIN.search(key) for key, _ in fields)
        yield Hit(
            "client.entitlement.write",
            source.line(fields[0][1].start_byte),
            names,
            f"The app itself writes {names} {where}.",
            source.text(fields[0][1])[:120],
            Sure.CERTAIN if plain else Sure.LIKELY,
        )


def _is_authority(key: str, collection: str) -> bool:
    return bool(
        PLAIN.search(key)
        or (IN_ACCOUNTS.search(key) and ACCOUNTS.search(collection))
        or (IN_PAYMENTS.search(key) and PAYMENTS.search(collection))
    )


def _powerless(source: Source, pair: Node) -> bool:
    value = source.text(pair).partition(":")[2].strip()
    member = re.fullmatch(r"[A-Z]\w*\.(\w+)", value)  # Role.member, as a model's argument says it
    if pair.type == "named_argument" and member:
        value = repr(member[1])
    return POWERLESS.search(value) is not None
