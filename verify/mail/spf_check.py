"""`check_host` of RFC 7208 section 4: whether one client may send one mail."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from verify.answers.dns import Answer, Outcome, Question
from verify.mail.asking import Ask, one
from verify.mail.spf_macros import Mail, asks_for_client_name, expand, is_name, reverse_name
from verify.mail.spf_syntax import Kind, Mechanism, SpfError, SpfRecord, is_spf, parse

LOOKUPS, VOIDS, HOSTS = 10, 2, 10  # section 4.6.4
_COSTLY = frozenset({Kind.INCLUDE, Kind.A, Kind.MX, Kind.PTR, Kind.EXISTS})


class Result(StrEnum):
    """The results, section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_BY_QUALIFIER = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


class _StopError(Exception):
    """The evaluation ends with an error: a temporary one, or one of the record."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result


@dataclass
class _Budget:
    ask: Ask
    lookups: int = 0
    voids: int = 0
    reasons: list[str] = field(default_factory=list)

    def spend(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise _StopError(Result.PERMERROR, f"more than {LOOKUPS} DNS lookups")

    async def get(self, name: str, type_: str, *, void: bool = True) -> Answer:
        answer = await one(self.ask, Question(name, type_))
        if answer.outcome is Outcome.FAILED:
            raise _StopError(Result.TEMPERROR, f"{type_} {name}: {answer.detail}")
        self.count(answer if void else None)
        return answer

    def count(self, answer: Answer | None) -> None:
        if answer is not None and answer.outcome in (Outcome.NODATA, Outcome.NXDOMAIN):
            self.voids += 1
        if self.voids > VOIDS:
            raise _StopError(Result.PERMERROR, f"more than {VOIDS} lookups found nothing")


async def check_host(mail: Mail, ask: Ask) -> tuple[Result, str]:
    """Return the result for a mail, and in a few words by what it was decided."""
    budget = _Budget(ask)
    try:
        return await _check(replace(mail, domain=_plain(mail.domain)), budget), ", ".join(budget.reasons)
    except _StopError as stop:
        return stop.result, str(stop)


async def _check(mail: Mail, budget: _Budget) -> Result:
    if not is_name(mail.domain):
        return Result.NONE
    texts = (await budget.get(mail.domain, "TXT", void=False)).data
    records = [text for text in texts if is_spf(text)]
    if not records:
        return Result.NONE
    if len(records) > 1:
        raise _StopError(Result.PERMERROR, f"{mail.domain} has {len(records)} SPF records")
    try:
        record = parse(records[0])
    except SpfError as error:
        raise _StopError(Result.PERMERROR, f"{mail.domain}: {error}") from error
    return await _evaluate(record, mail, budget)


async def _evaluate(record: SpfRecord, mail: Mail, budget: _Budget) -> Result:
    for mechanism in record.mechanisms:
        if mechanism.kind in _COSTLY:
            budget.spend()
        if await _matches(mechanism, mail, budget):
            budget.reasons.append(f"{mechanism.term} of {mail.domain}")
            return _BY_QUALIFIER[mechanism.qualifier]
    if record.redirect is None:
        return Result.NEUTRAL
    budget.spend()
    result = await _check(replace(mail, domain=await _target(record.redirect, mail, budget)), budget)
    if result is Result.NONE:
        raise _StopError(Result.PERMERROR, f"redirect={record.redirect} leads to no SPF record")  # section 6.1
    return result


async def _matches(mechanism: Mechanism, mail: Mail, budget: _Budget) -> bool:
    if mechanism.kind is Kind.ALL:
        return True
    if mechanism.network is not None:
        return mail.ip in mechanism.network
    target = await _target(mechanism.domain, mail, budget)
    if mechanism.kind is Kind.INCLUDE:
        return await _included(target, mail, budget)
    if mechanism.kind is Kind.EXISTS:
        return bool(is_name(target) and (await budget.get(target, "A")).data)  # always A (section 5.7)
    if mechanism.kind is Kind.PTR:
        return any(_lies_in(name, target) for name in await _client_names(mail, budget))
    hosts = [target] if mechanism.kind is Kind.A else await _mail_hosts(target, budget)
    return await _is_among(mail, hosts, mechanism, budget)


async def _target(spec: str | None, mail: Mail, budget: _Budget) -> str:
    if spec is None:
        return mail.domain
    validated = "unknown"
    if asks_for_client_name(spec):
        names = await _client_names(mail, budget)
        close = [name for name in names if name == mail.domain] or [
            name for name in names if _lies_in(name, mail.domain)
        ]
        validated = next(iter([*close, *names]), "unknown")  # section 7.3
    return _plain(expand(spec, mail, validated))


async def _included(target: str, mail: Mail, budget: _Budget) -> bool:
    """Return whether the included record passes (section 5.2's table); raises when there is none."""
    result = await _check(replace(mail, domain=target), budget)
    if result is Result.NONE:
        raise _StopError(Result.PERMERROR, f"include:{target} leads to no SPF record")
    return result is Result.PASS


async def _mail_hosts(domain: str, budget: _Budget) -> list[str]:
    found = (await budget.get(domain, "MX")).data if is_name(domain) else ()
    hosts = [_plain(line.partition(" ")[2]) for line in found]
    if len(hosts) > HOSTS:
        raise _StopError(Result.PERMERROR, f"{domain} has more than {HOSTS} MX records")
    return [host for host in hosts if host]


async def _is_among(mail: Mail, hosts: Sequence[str], mechanism: Mechanism, budget: _Budget) -> bool:
    type_, prefix = ("A", mechanism.ip4_prefix) if mail.ip.version == 4 else ("AAAA", mechanism.ip6_prefix)
    for host in filter(is_name, hosts):
        for address in (await budget.get(host, type_)).data:
            if mail.ip in ipaddress.ip_network(f"{address}/{prefix}", strict=False):
                return True
    return False


async def _client_names(mail: Mail, budget: _Budget) -> list[str]:
    """Return the names that the client's address has and that lead back to it (section 5.5); errors find nothing."""
    type_ = "A" if mail.ip.version == 4 else "AAAA"
    reverse = await one(budget.ask, Question(reverse_name(str(mail.ip)), "PTR"))
    budget.count(reverse)
    names = [name for name in (_plain(each) for each in reverse.data[:HOSTS]) if is_name(name)]
    confirmed = []
    for name in names:
        answer = await one(budget.ask, Question(name, type_))
        budget.count(answer)
        confirmed += [name] if str(mail.ip) in answer.data else []
    return confirmed


def _lies_in(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
