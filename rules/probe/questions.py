"""The questions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rules.probe.answers import Answer, Status
from rules.probe.dates import FAR, PAST, looks_at_clock
from rules.probe.loose import LARGE, first, large, unexpected
from rules.probe.people import ANONYMOUS, OTHERS, OWNER, STRANGER, UNVERIFIED, USER, VICTIM, Person
from rules.probe.search import prove
from rules.probe.solve import Limits
from rules.probe.targets import Target, named, targets
from rules.probe.world import Data, Place, World
from rules.ruleset import Ruleset
from rules.values.kinds import Timestamp, Value

RAISED: dict[str, tuple[Value, Value]] = {
    "plan": ("free", "pro"),
    "role": ("user", "admin"),
    "isAdmin": (False, True),
    "credits": (0, 1_000_000),
}
"""Fields that make their owner more powerful or richer: (what is stored, what the owner would like)."""

SERVER_FIELDS: dict[str, tuple[Value, Value]] = {
    "billing": ({"status": "unpaid"}, {"status": "active"}),
    "stripeCustomerId": ("cus_own", "cus_other"),
    "subscriptionStatus": ("past_due", "active"),
    "emailVerified": (False, True),
}
"""Fields that only a server may write: (what is stored, what is sent)."""

MONEY = (
    "billing",
    "payment",
    "invoice",
    "subscription",
    "customer",
    "checkout",
    "creditcard",
    "debitcard",
    "bankcard",
    "savedcard",
)
_WORDS = {"get": "read", "list": "list", "create": "create", "update": "change", "delete": "delete"}


def questions(ruleset: Ruleset, now: Timestamp) -> list[Answer]:
    """Ask everything of compiled rules, as of a moment. The answers come by path, then by question."""
    answers: list[Answer] = []
    for target in targets(ruleset):
        for ask in (_access, _mine, _loose, _raise, _money):
            answers += ask(ruleset, target, now)
    return answers + list(_dates(ruleset, now))


def questions_at(ruleset: Ruleset, paths: Iterable[str], closed: Iterable[str], now: Timestamp) -> list[Answer]:
    """Ask of paths such as `users/{userId}`, whatever the rules name: who else may read and write there, and what users
    may raise. At the paths of `closed` also whether even their own user may write (`closed.create`, …).
    """
    answers: list[Answer] = []
    for path in paths:
        for ask in (_access, _raise):
            answers += ask(ruleset, named(path), now)
    for path in closed:
        answers += [*_access(ruleset, named(path), now), *_closed(ruleset, named(path), now)]
    return answers


def _closed(ruleset: Ruleset, target: Target, now: Timestamp) -> Iterator[Answer]:
    for method in ("create", "update", "delete"):
        question = f"Can a user {_WORDS[method]} their own document at {target.shown}, which only services write?"
        yield _ask(ruleset, f"closed.{method}", target, question, _world(OWNER, method, target, now))


def _access(ruleset: Ruleset, target: Target, now: Timestamp) -> Iterator[Answer]:
    for person in OTHERS:
        for method, verb in _WORDS.items():
            what = f"documents of {target.shown}" if method == "list" else f"a document at {target.shown}"
            question = f"Can {person.words} {verb} {what} that is not theirs?"
            yield _ask(ruleset, f"{person.id}.{method}", target, question, _world(person, method, target, now))


def _mine(ruleset: Ruleset, target: Target, now: Timestamp) -> Iterator[Answer]:
    """Users whom nobody has checked, writing what is theirs."""
    for person in (ANONYMOUS, UNVERIFIED):
        uid = "" if person.auth is None else person.auth.uid
        own = replace(target, path=tuple(uid if part == VICTIM else part for part in target.path))
        for method in ("create", "update"):
            question = f"Can {person.words} {_WORDS[method]} their own document at {target.shown}?"
            yield _ask(ruleset, f"own.{person.id}.{method}", own, question, _world(person, method, own, now), mine=True)


def _loose(ruleset: Ruleset, target: Target, now: Timestamp) -> Iterator[Answer]:
    """What a user may put into a document of their own beyond what the rules expect."""
    world = _world(OWNER, "create", target, now)
    bases = ((prove(ruleset, world, Limits(stored, frozenset(), {})), stored) for stored in (False, True))
    base, stored = next(((one, stored) for one, stored in bases if one is not None), (None, False))
    for identity, words, change in (
        ("loose.unknown", "a field that no rule names", unexpected),
        ("loose.large", f"{LARGE} bytes", large),
    ):
        question = f"Can a user put {words} into a document of their own at {target.shown}?"
        proof = None if base is None else first(ruleset, base, change)
        status = Status.NO if proof is None else Status.DEPENDS if stored else Status.YES
        yield Answer(identity, target.shown, question, status, proof)


def _world(person: Person, method: str, target: Target, now: Timestamp) -> World:
    path = target.collection if method == "list" else target.path
    sent: Data | None = {"create": {}, "update": {"changed": True}}.get(method)
    stored: Data | None = {} if method in {"get", "update", "delete"} else None
    return World(method, path, person.auth, now, sent, stored)


def _own(world: World) -> frozenset[str]:
    """What stored data would have to hold to be the asker's."""
    if world.auth is None or world.auth.uid == VICTIM:
        return frozenset()
    return frozenset({world.auth.uid, str(world.auth.token.get("email"))})


def _ask(
    ruleset: Ruleset,
    identity: str,
    target: Target,
    question: str,
    world: World,
    pinned: Mapping[Place, Value] | None = None,
    *,
    mine: bool = False,
) -> Answer:
    for stored, status in ((False, Status.YES), (True, Status.DEPENDS)):
        limits = Limits(stored, frozenset() if mine else _own(world), pinned or {})
        proof = prove(ruleset, world, limits)
        if proof is not None:
            narrowed = proof.request.query.where is not None
            return Answer(identity, target.shown, question, Status.DEPENDS if narrowed else status, proof)
    return Answer(identity, target.shown, question, Status.NO)


def _raise(ruleset: Ruleset, target: Target, now: Timestamp) -> Iterator[Answer]:
    if VICTIM not in target.path:
        return
    for prefix, fields, what in (("raise", RAISED, "raise their own"), ("server", SERVER_FIELDS, "write the server's")):
        for name, (before, after) in fields.items():
            question = f"Can a user {what} {name} at {target.shown}?"
            yield _raised(ruleset, f"{prefix}.{name}", target, question, now, name, before, after)


def _raised(
    ruleset: Ruleset,
    identity: str,
    target: Target,
    question: str,
    now: Timestamp,
    name: str,
    before: Value,
    after: Value,
) -> Answer:
    pinned: dict[Place, Value] = {("sent", name): after, ("stored", name): before}
    change = replace(_world(OWNER, "update", target, now), stored={name: before}, sent={name: after})
    create = replace(_world(OWNER, "create", target, now), sent={name: after})
    answers = [_ask(ruleset, identity, target, question, world, pinned) for world in (change, create)]
    return next((one for one in answers if one.status is not Status.NO), answers[0])


def _money(ruleset: Ruleset, target: Target, now: Timestamp) -> Iterator[Answer]:
    if any(word in target.shown.lower().replace("_", "").replace("-", "") for word in MONEY):
        question = f"Can any signed-in user read another's billing at {target.shown}?"
        found = [
            _ask(ruleset, "billing.read", target, question, _world(USER, method, target, now))
            for method in ("get", "list")
        ]
        yield next((one for one in found if one.status is not Status.NO), found[0])


def _dates(ruleset: Ruleset, now: Timestamp) -> Iterator[Answer]:
    for rule in ruleset.rules:
        if looks_at_clock(rule):
            alone = Alone(ruleset, rule.line)
            found = (_dated(alone, target, rule.line, now) for target in targets(alone))
            yield from [answer for answer in found if answer is not None][:1]


def _dated(ruleset: Ruleset, target: Target, line: int, now: Timestamp) -> Answer | None:
    for moment, other, identity, what in (
        (now, FAR, "date.open", "is it open now and closed later?"),
        (PAST, now, "date.expired", "was it open and is it closed now?"),
    ):
        for person in (STRANGER, USER):
            for method in _WORDS:
                world = _world(person, method, target, moment)
                question = f"Line {line} looks at a date: {what}"
                then = _ask(ruleset, identity, target, question, world)
                if then.status is not Status.NO:
                    after = _ask(ruleset, identity, target, question, replace(world, time=other))
                    if after.status is Status.NO:
                        return then
    return None


class Alone(Ruleset):
    """A ruleset of which only the statement of one line counts."""

    def __init__(self, ruleset: Ruleset, line: int) -> None:
        super().__init__(ruleset.source, ruleset.file, ruleset.whole)
        self.__dict__["rules"] = tuple(rule for rule in ruleset.rules if rule.line == line)
