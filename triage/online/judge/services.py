"""Logs, by service, for Cloud Functions and Cloud Run alike: not there, silent, refused, failing, denied, repeated."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from triage.model import Hit, Sure
from triage.online.answers import Answers, Row, inside, listed, number, text
from triage.online.judge.records import hit

DENIED = re.compile(r"(?i)permission[_ -]denied|missing or insufficient permissions|\b7 PERMISSION")
SERIOUS = frozenset({"ERROR", "CRITICAL", "ALERT", "EMERGENCY"})
# what Google's front end says when a caller may not invoke: the container never hears of the request
REFUSED = re.compile(r"(?i)not authenticated|not authorized to invoke|The request was not authorized|IAM")
FULL = re.compile(r"(?i)no available instance|Rate exceeded")  # the same for a request that found no container free
# the end of an execution in the first generation of functions, which log no requests
ENDED = re.compile(r"^Function execution took [\d.]+ ?m?s, finished with status(?: code)?: ?'?(?P<state>\w[\w ]*)")
DONE = re.compile(
    r"(?i)\b(done|processed|handled|completed|applied|succeeded|success|fulfilled|created|updated|sent)\b"
)
HOST = re.compile(
    r"^(?:[\w-]+-)?(?P<name>[a-z][\w-]*?)(?:-[a-z0-9]{8,}-\w\w|-\d{6,})?\.(?:[\w.-]*)(?:run\.app|cloudfunctions\.net)$"
)


@dataclass
class Service:
    """What a service's entries of one day come to."""

    requests: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)
    denied: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)


def judge(answers: Answers) -> Iterator[Hit]:
    """Yield what the services' own words and their requests show."""
    if answers.has("run/services", "stripe/webhook_endpoints"):
        yield from _not_there(answers)
    if not answers.has("logging/entries"):
        return
    found = services(answers.of("logging/entries"))
    deployed = {logged_as(row) for name in ("run/services", "functions/functions") for row in answers.of(name)}
    for name in sorted({*found, *deployed}):
        yield from _one(name, found.get(name, Service()))


def logged_as(row: Row) -> str:
    """Return the name under which a service or a function logs.

    A function of the second generation is a Cloud Run service in small letters, which is listed among those too
    (docs.cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions, serviceConfig.service).
    """
    named = text(row, "serviceConfig.service") if row.get("environment") != "GEN_1" else ""
    return (named or str(row.get("name", ""))).rsplit("/", 1)[-1]


def services(entries: Sequence[Row]) -> dict[str, Service]:
    """Return what each service's entries come to, by its name (a function and its Cloud Run service are one)."""
    made: dict[str, Service] = defaultdict(Service)
    for entry in entries:
        labels = inside(entry, "resource.labels")
        name = str(labels.get("service_name") or labels.get("function_name") or "")
        if name:
            _add(made[name], entry)
    return dict(made)


def _add(service: Service, entry: Row) -> None:
    words = _words(entry)
    status = int(number(text(entry, "httpRequest.status")) or 0) or _ended(words)
    event = text(entry, "jsonPayload.eventId") or text(entry, "jsonPayload.event_id") or text(entry, "labels.event_id")
    service.requests += bool(status)
    if (status in {401, 403} and (REFUSED.search(words) or not words)) or (status in {429, 500} and FULL.search(words)):
        service.refused += 1
    if text(entry, "severity") in SERIOUS or status >= 500:
        service.errors.append(words[:120] or f"HTTP {status}")
        service.failed[event] += bool(event)
    elif event and DONE.search(words):
        service.done[event] += 1
    service.denied += bool(DENIED.search(words))


def _ended(words: str) -> int:
    """Return the status with which an execution of a function ended, 0 for entries that are about none."""
    found = ENDED.match(words)
    state = found["state"] if found else ""
    return int(state) if state.isdecimal() else {"": 0, "ok": 200}.get(state, 500)


def _words(entry: Row) -> str:
    return (
        text(entry, "textPayload") or text(entry, "jsonPayload.message") or text(entry, "protoPayload.status.message")
    )


def _one(name: str, service: Service) -> Iterator[Hit]:
    if not service.requests and not service.errors and not service.done and not service.denied:
        yield hit("online.log.silent", name, f"{name} got no request in the last day.", (), Sure.LIKELY)
    if service.refused:
        words = f"{service.refused} requests to {name} were refused before its container saw them."
        yield hit("online.log.refused", name, words)
    if service.denied:
        yield hit("online.log.denied", name, f"{name} was denied {service.denied} times in the last day.")
    plain = [words for words in service.errors if not DENIED.search(words)]
    if plain:
        worst = Counter(plain).most_common(1)[0][0]
        yield hit("online.log.errors", name, f"{name} failed {len(plain)} times in the last day.", [worst])
    retried = sorted(event for event, count in service.failed.items() if count > 1)
    if retried:
        words = f"{name} failed on {len(retried)} events again and again."
        yield hit("online.log.retried", name, words, retried)
    doubled = sorted(event for event, count in service.done.items() if count > 1)
    if doubled:
        yield hit(
            "online.log.duplicate", name, f"{name} did the work of {len(doubled)} events more than once.", doubled
        )


def _not_there(answers: Answers) -> Iterator[Hit]:
    """Yield the endpoints of the payment provider that point at a service of this project which is not deployed."""
    rows = [row for name in ("run/services", "functions/functions") for row in answers.of(name)]
    hosts = {urlsplit(address).hostname for row in rows for address in _addresses(row)}
    names = {str(row.get("name", "")).rsplit("/", 1)[-1].lower() for row in rows}
    for row in answers.of("stripe/webhook_endpoints"):
        url = urlsplit(str(row.get("url", "")))
        host, last = url.hostname or "", url.path.strip("/").split("/")[0].lower()
        if not host.endswith((".run.app", ".cloudfunctions.net")) or host in hosts or (last and last in names):
            continue
        named = HOST.match(host)
        if named is None or named["name"].lower() not in names:
            yield hit("online.log.no-service", host, f"{host} gets payment events, and no such service is deployed.")


def _addresses(row: Row) -> list[str]:
    """Return all addresses of a service or a function: Cloud Run gives each service two, and functions one more."""
    named = [text(row, key) for key in ("uri", "url", "serviceConfig.uri", "httpsTrigger.url")]
    return [*named, *(str(one) for one in listed(row, "urls"))]
