"""The whole tree of an SPF record, as the worst receiver would walk it: a lint, which does not stop at a match."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from verify.answers.dns import Answer, Outcome, Question
from verify.mail.asking import Ask
from verify.mail.spf_check import HOSTS
from verify.mail.spf_gather import Answers, followed, gather, hosts, records, target
from verify.mail.spf_macros import is_name, known
from verify.mail.spf_syntax import Kind, Mechanism, SpfError, SpfRecord, parse

ENOUGH = 60  # lookups at which the walk ends: the verdict is clear
EITHER = ("voids4", "voids6")  # what is looked up twice finds nothing twice


@dataclass(frozen=True)
class SpfTree:
    """What is below a domain's SPF record, counted over all branches (RFC 7208 section 4.6.4).

    `voids4` and `voids6` name the lookups that find nothing for a client by IPv4 and by IPv6. `broken` are includes
    and redirects without one good record, `malformed` records that break the grammar, `anyone` terms that let
    everybody pass, `ignored` terms that no receiver looks at, `hidden` terms whose name depends on the mail,
    `reverse` uses of ptr. `ending` is the qualifier of the `all` that decides at last, None when there is none.
    """

    domain: str
    texts: tuple[str, ...] = ()
    lookups: int = 0
    ending: str | None = None
    visited: tuple[str, ...] = ()
    voids4: tuple[str, ...] = ()
    voids6: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    malformed: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    anyone: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()


async def walk(domain: str, ask: Ask) -> SpfTree:
    """Return the tree below the domain's SPF record; each level's questions are asked at the same time."""
    return measure(domain, await gather(domain, ask))


def measure(domain: str, answers: Answers) -> SpfTree:
    """Return the tree as the answers show it. Several records at the domain itself are all looked at."""
    walker = _Walker(answers)
    answer = walker.answer(domain.lower(), "TXT")
    texts = records(answer) if answer else ()
    for text in texts:
        walker.record(text, _Place((domain.lower(),)))
    notes = {name: tuple(each if name in EITHER else dict.fromkeys(each)) for name, each in walker.notes.items()}
    return SpfTree(domain, texts, walker.lookups, walker.ending, **notes)


def includes(text: str) -> tuple[str, ...]:
    """Return the domains that a record includes, none when it cannot be read."""
    try:
        return tuple(str(each.domain) for each in parse(text).tested if each.kind is Kind.INCLUDE)
    except SpfError:
        return ()


@dataclass(frozen=True)
class _Place:
    """Where the walk is: by which domains it came, whether its `all` is the last word, and whether a pass counts."""

    path: tuple[str, ...]
    decides: bool = True
    passes: bool = True

    @property
    def domain(self) -> str:
        return self.path[-1]

    def included(self, mechanism: Mechanism) -> _Place:
        return replace(self, decides=False, passes=self.passes and mechanism.qualifier == "+")

    def at(self, name: str) -> _Place:
        return replace(self, path=(*self.path, name))


@dataclass
class _Walker:
    answers: Answers
    lookups: int = 0
    ending: str | None = None
    notes: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def record(self, text: str, place: _Place) -> None:
        """Count one record and what is below it."""
        self.notes["visited"].append(place.domain)
        try:
            record = parse(text)
        except SpfError as error:
            self.notes["malformed"].append(f"{place.domain}: {error}")
            return
        self._remark(record, place)
        for mechanism in record.tested:
            self._mechanism(mechanism, place)
        if further := followed(record):
            self.lookups += 1
            self._follow(further, f"redirect={further}", place)

    def _remark(self, record: SpfRecord, place: _Place) -> None:
        behind = [each.term for each in record.mechanisms[len(record.tested) :]]
        if record.redirect and record.all:
            behind.append(f"redirect={record.redirect}")
        self.notes["ignored"] += [f"{term} of {place.domain}" for term in behind]
        if place.passes:
            self.notes["anyone"] += [f"{each.term} of {place.domain}" for each in record.tested if _admits_all(each)]
        if record.all and place.decides:
            self.ending = record.all.qualifier

    def _mechanism(self, mechanism: Mechanism, place: _Place) -> None:
        kind, term = mechanism.kind, f"{mechanism.term} of {place.domain}"
        if kind in (Kind.ALL, Kind.IP4, Kind.IP6):
            return
        self.lookups += 1
        if kind is Kind.PTR:
            self.notes["reverse"].append(term)
        elif kind is Kind.INCLUDE:
            self._follow(str(mechanism.domain), mechanism.term, place.included(mechanism))
        elif (name := target(mechanism, place.domain)) is None:
            self.notes["hidden"].append(term)
        elif kind is Kind.MX:
            self._mail_hosts(name)
        elif kind is Kind.EXISTS:
            self._look(name, "A", *EITHER)  # whatever the client's address is (section 5.7)
        else:
            self._addresses(name)

    def _follow(self, spec: str, term: str, place: _Place) -> None:
        """Go on to the record that an include or a redirect leads to."""
        name = (known(spec, place.domain) or "").lower()
        if not name:
            self.notes["hidden"].append(f"{term} of {place.domain}")
        elif not is_name(name):
            self.notes["broken"].append(f"{term} of {place.domain} leads to no name that can be asked for")
        elif name in place.path:
            self.notes["loops"].append(" → ".join((*place.path, name)))
        elif self.lookups <= ENOUGH and (answer := self._look(name, "TXT", *EITHER)):
            texts = records(answer)
            if len(texts) != 1:
                self.notes["broken"].append(f"{term} of {place.domain} leads to {len(texts)} SPF records")
            for text in texts[:1]:
                self.record(text, place.at(name))

    def _mail_hosts(self, name: str) -> None:
        answer = self._look(name, "MX", *EITHER)
        found = hosts(answer) if answer else ()
        if len(found) > HOSTS:
            self.notes["broken"].append(f"mx of {name} leads to {len(found)} hosts, above {HOSTS}")
        for host in found[:HOSTS]:
            self._addresses(host)

    def _addresses(self, name: str) -> None:
        self._look(name, "A", "voids4")
        self._look(name, "AAAA", "voids6")

    def _look(self, name: str, type_: str, *voids: str) -> Answer | None:
        """Return an answer that says something, noted under `voids` when it says that there is nothing."""
        answer = self.answer(name, type_) if is_name(name) else None
        for kind in voids if answer and not answer.data else ():
            self.notes[kind].append(f"{type_} {name}")
        return answer

    def answer(self, name: str, type_: str) -> Answer | None:
        """Return an answer that says something; one that is missing or failed is noted."""
        answer = self.answers.get(Question(name, type_))
        if answer is not None and answer.outcome is not Outcome.FAILED:
            return answer
        self.notes["unanswered"].append(f"{type_} {name}: {answer.detail if answer else 'not asked'}")
        return None


def _admits_all(mechanism: Mechanism) -> bool:
    """Return whether a term lets every client pass."""
    whole = mechanism.network is not None and mechanism.network.prefixlen == 0
    return mechanism.qualifier == "+" and (mechanism.kind is Kind.ALL or whole)
