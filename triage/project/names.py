"""Follows vendors' addresses through names across files: a constant in one, a call in another, a wrapper in a third."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from triage.model import FileFacts, Hit, Name, Sure
from triage.vendors import direct_hit


def followed(facts: Mapping[str, FileFacts]) -> Iterator[tuple[str, Hit]]:
    """Yield (path, hit) for each file that calls a vendor by a name that is defined in it or elsewhere."""
    hosts = _resolved(facts)
    if not hosts:
        return
    for path, found in facts.items():
        told: set[str] = set()
        for used in sorted(found.used, key=lambda used: used.line):
            host, defined = _host(used, path, hosts)
            if host and host not in told and not _is_told(found, host):
                told.add(host)
                sure = Sure.CERTAIN if used.host else Sure.LIKELY
                yield path, direct_hit(host, used.line, f"{used.name}, defined in {defined}", sure)


def _is_told(found: FileFacts, host: str) -> bool:
    return any(host.strip(".") in one.observed for one in found.hits if one.check.endswith(".direct"))


def _host(used: Name, path: str, hosts: Mapping[str, dict[str, str]]) -> tuple[str, str]:
    """Return the host behind a name as it is used in a file, and the file that defines it."""
    last = used.name.split(".")[-1]
    for defined, host in hosts.get(last, {}).items():
        scope = defined.partition("|")[2]
        here = defined.partition("|")[0] == path
        qualified = used.name.split(".")[-2] if "." in used.name else ""
        distinct = len(hosts[last]) == 1 and len(last) >= 8
        if (
            (here and qualified in {"", "this", "widget", scope})
            or (scope and qualified == scope)
            or (not scope and not qualified)
            or (distinct and qualified)
        ):
            return host, defined.partition("|")[0]
    return "", ""


def _resolved(facts: Mapping[str, FileFacts]) -> dict[str, dict[str, str]]:
    """Return, for each name that leads to a vendor, where it is defined (path|scope) and to which host it leads."""
    hosts: dict[str, dict[str, str]] = defaultdict(dict)
    for path, found in facts.items():
        for name in found.names:
            if name.host:
                scope, _, last = name.name.rpartition(".")
                hosts[last][f"{path}|{scope}"] = name.host
    for _ in range(3):
        if not _widened(facts, hosts):
            break
    return hosts


def _widened(facts: Mapping[str, FileFacts], hosts: dict[str, dict[str, str]]) -> bool:
    """Add the names that are made from names already known; return whether there were any."""
    added = False
    for path, found in facts.items():
        for name in found.names:
            scope, _, last = name.name.rpartition(".")
            place = f"{path}|{scope}"
            if name.host or place in hosts.get(last, {}):
                continue
            host = next((host for refer in name.refers if (host := _host(Name(refer, 0), path, hosts)[0])), "")
            if host:
                hosts[last][place] = host
                added = True
    return added
