"""Asks accounts over HTTPS, read-only, with the user's own credentials, which are never kept."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from triage.online.answers import RefusedError, Row, inside, is_derived, listed, number, text
from triage.online.questions import Question

HOSTS: Mapping[str, str] = {
    "auth": "https://identitytoolkit.googleapis.com",
    "stripe": "https://api.stripe.com",
    "hubspot": "https://api.hubapi.com",
    "run": "https://run.googleapis.com",
    "functions": "https://cloudfunctions.googleapis.com",
    "logging": "https://logging.googleapis.com",
    "iam": "https://iam.googleapis.com",
    "monitoring": "https://monitoring.googleapis.com",
    "remoteconfig": "https://firebaseremoteconfig.googleapis.com",
}
POLICIES = "https://cloudresourcemanager.googleapis.com"  # the IAM policy of a project is its resource manager's
PAGES = 30  # of one question: enough for a sample of some thousand rows
TRIES = 3
Parameter = str | list[str]
Headers = Callable[[str], Mapping[str, str]]
Documents = Callable[[], list[Row]]


class Live:
    """A source that asks the vendors.

    `bases` replace vendors' addresses by service (tests, the rehearsal); `headers` gives the credentials of a service
    and raises RefusedError when the user has none; `fill` are the words that paths and parameters hold in braces.
    """

    def __init__(
        self,
        client: httpx.Client,
        bases: Mapping[str, str],
        headers: Headers,
        fill: Mapping[str, str],
        documents: Documents,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._bases, self._headers = client, bases, headers
        self._fill, self._documents, self._pause = fill, documents, pause

    def ask(self, question: Question, each: Sequence[Row]) -> list[Row]:
        """Return all rows of a question; raises RefusedError when the vendor or the network says no."""
        if question.id == "firestore/documents":
            return self._documents()
        if question.id == "monitoring/crossings":
            return [row for policy in each for row in self._crossings(question, policy)]
        if question.each[0]:
            names = [text(row, question.each[1]) for row in each]
            return [row for name in names for row in self._pages(question, {"each": quote(name, safe="/@")})]
        return list(self._pages(question, {}))

    def _crossings(self, question: Question, policy: Row) -> Iterator[Row]:
        """Yield the series that a policy's threshold conditions watch, each with the condition's name."""
        for condition in listed(policy, "conditions"):
            threshold = inside(condition, "conditionThreshold")
            if not threshold.get("filter") or is_derived(threshold):
                continue
            asked: dict[str, Parameter] = {
                "filter": str(threshold["filter"]),
                "interval.startTime": self._fill["day_ago"],
                "interval.endTime": self._fill["now"],
            }
            kinds = ("aggregation", "secondaryAggregation")  # …/rest/v3/projects.timeSeries/list
            for kind, one in zip(kinds, listed(threshold, "aggregations"), strict=False):
                asked |= {f"{kind}.{name}": value for name, value in one.items()} if isinstance(one, dict) else {}
            for row in self._pages(question, {}, asked):
                yield {"condition": text(condition, "name"), **row}

    def _pages(
        self, question: Question, fill: Mapping[str, str], more: Mapping[str, Parameter] | None = None
    ) -> Iterator[Row]:
        cursor = ""
        for _ in range(PAGES):
            answer = self._answer(question, {**self._fill, **fill}, more or {}, cursor)
            rows = listed(answer, question.rows) if question.rows else [answer]
            yield from (row for row in rows if isinstance(row, dict))
            cursor = _next(question, answer, rows)
            if not cursor:
                return

    def _answer(self, question: Question, fill: Mapping[str, str], more: Mapping[str, Parameter], cursor: str) -> Row:
        missing = [word for word in re.findall(r"\{(\w+)\}", question.path) if not fill.get(word)]
        if missing:
            raise RefusedError(f"the {missing[0]} is not known; name it with --{missing[0]}")
        parameters: dict[str, Parameter] = {name: _filled(value, fill) for name, value in question.parameters.items()}
        parameters |= more
        body = None if question.body is None else json.loads(_filled_json(question.body, fill))
        if cursor and body is not None:
            body[question.cursor] = cursor
        elif cursor:
            parameters[question.cursor] = cursor
        return self._sent(question, _filled(question.path, fill), parameters, body)

    def _sent(self, question: Question, path: str, parameters: Mapping[str, Parameter], body: object) -> Row:
        address = self._base(question)
        for attempt in range(TRIES):
            try:
                answer = self._client.request(
                    "GET" if body is None else "POST",  # these POSTs only read: entries:list and getIamPolicy
                    address + path,
                    params=parameters,
                    json=body,
                    headers=dict(self._headers(question.service)),
                )
            except httpx.HTTPError as error:
                raise RefusedError(f"{urlsplit(address).netloc} cannot be reached: {error}") from error
            if answer.status_code not in {429, 500, 502, 503} or attempt == TRIES - 1:
                break
            # RFC 9110 section 10.2.3: seconds, or a day, for which the usual pause will do
            self._pause(min(max(number(answer.headers.get("retry-after")) or 2.0**attempt, 0.0), 20.0))
        return _read(answer)

    def _base(self, question: Question) -> str:
        base = self._bases.get(question.service) or HOSTS.get(question.service, "")
        if question.id == "iam/policy" and "iam" not in self._bases:
            base = POLICIES
        if not base:
            raise RefusedError(f"the address of {question.service} is not known")
        return base.rstrip("/")


def _read(answer: httpx.Response) -> Row:
    try:
        plain: Any = answer.json()
    except ValueError:
        plain = None
    if not answer.is_success:
        said = _said(plain)[:160] if isinstance(plain, dict) else ""
        raise RefusedError(f"{answer.url.host} answered {answer.status_code}{f': {said}' if said else ''}")
    if not isinstance(plain, dict):
        raise RefusedError(f"{answer.url.host} answered something that is no JSON object")
    return plain


def _said(plain: Row) -> str:
    """Return a vendor's own words for a refusal, in each of the forms in which they come.

    Google and Stripe: `error.message`. HubSpot: `message`. Zendesk: `error` as a word with a `description`, or as an
    object with `title` and `message` (developer.zendesk.com/api-reference/introduction/requests).
    """
    error = plain.get("error")
    words = [error] if isinstance(error, str) else [text(plain, "error.title"), text(plain, "error.message")]
    words += [text(plain, "description"), text(plain, "message")]
    return ": ".join(word for word in words if word)


def _next(question: Question, answer: Row, rows: Sequence[Any]) -> str:
    if inside(answer, "meta").get("has_more") is False:  # Zendesk: the last page has a cursor too
        return ""
    if question.next:
        return text(answer, question.next)
    last = rows[-1] if rows else {}
    return str(last.get("id", "")) if question.cursor and answer.get("has_more") and isinstance(last, dict) else ""


def _filled(value: str, fill: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: fill.get(match[1], match[0]), value)


def _filled_json(body: Mapping[str, object], fill: Mapping[str, str]) -> str:
    escaped = {name: json.dumps(value)[1:-1] for name, value in fill.items()}
    return re.sub(r"\{(\w+)\}", lambda match: escaped.get(match[1], match[0]), json.dumps(body))


def times(now: datetime) -> dict[str, str]:
    """Return the words for times that questions hold in braces."""
    return {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}", "day_ago": f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}
