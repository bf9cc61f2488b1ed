"""Gathers what the page of `./launch open` shows: from Monitoring, the documents, and the last verification."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar

import httpx

from blueprint import spec, sunsets
from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from checklists.verification_areas import areas
from cli import monitoring
from cli.reachability import ports_of
from cli.results import last_checked, read_findings, read_outputs
from cli.workflow import Workflow
from engine.errors import LaunchError
from engine.home import Home
from handlers.failures import Unavailable
from infra.service_selection import HEALTH, PUBLIC
from localcloud.base.world import World
from localcloud.monitoring.clock import WorldClock
from localcloud.saas import mailbox
from monitors.essential import api_health
from monitors.page.overview import Answer, Checks, Incident, Known, Link, Mail, Overview, overview
from monitors.page.questions import questions

LIFETIME = "dns.dnssec.lifetime"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NEWEST = 6  # mails shown
MOST = 2_000  # tickets counted
T = TypeVar("T")


@dataclass
class Gathered:
    """One look: what could not be asked is remembered instead of raised."""

    home: Home
    flow: Workflow
    client: httpx.Client
    unknown: list[str] = field(default_factory=list)

    def page(self) -> Overview:
        """Return the page as of now."""
        outputs = read_outputs(self.home)
        asked = monitoring.of(self.home, outputs.project, self.client)
        self.unknown.clear()
        known = Known(
            self.home.stack,
            outputs.domain,
            self.home.is_local,
            self._now(),
            self._answers(asked, outputs),
            self._tried("alerts", list[Incident](), asked.incidents),
            self._mails(),
            self._tickets(),
            self._checks(),
            sunsets.table(),
            links(outputs, self.home),
            (),
            _signed_until(read_findings(self.home)),
        )
        return overview(_with(known, tuple(self.unknown)))

    def _answers(self, asked: monitoring.Monitoring, outputs: Outputs) -> Mapping[str, Answer]:
        written = spec.load(self.home.project / f"Pulumi.{self.home.stack}.yaml")
        in_full = written.alerts.watch == "full"
        wanted = questions(PUBLIC, api_health(outputs.api_host, HEALTH), in_full=in_full)
        found: dict[str, Answer] = {}
        for name, question in wanted.items():
            if "measurements" in self.unknown:
                break
            found[name] = self._tried("measurements", {}, partial(asked.value, question.promql))
        return found

    def _tried(self, what: str, otherwise: T, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (httpx.HTTPError, Unavailable, LaunchError, ValueError, KeyError):
            self.unknown.append(what)
            return otherwise

    def _tickets(self) -> Mapping[str, int] | None:
        def ask(client: Any) -> Any:
            return client.collection("tickets").select(["state"]).limit(MOST)

        found: list[Any] | None = self._tried("tickets", None, lambda: self.flow.query(ask))
        return None if found is None else dict(sorted(Counter(each.get("state") for each in found).items()))

    def _checks(self) -> Checks:
        found = {
            area.title: (sum(each.status is Status.PASS for each in area.findings), len(area.findings))
            for area in areas(read_findings(self.home))
        }
        return Checks(found, last_checked(self.home))

    def _mails(self) -> list[Mail] | None:
        if not self.home.is_local:
            return None
        with closing(World(self.home.path / "world.db")) as world:
            newest = world.journal(mailbox.KIND)[-NEWEST:]
        read = [(mailbox.read(str(entry.data["raw"])), entry.at) for entry in reversed(newest)]
        return [Mail(mail.to, mail.subject, datetime.fromtimestamp(at, UTC)) for mail, at in read]

    def _now(self) -> datetime:
        if not self.home.is_local:
            return datetime.now(UTC)
        with closing(World(self.home.path / "world.db")) as world:
            return datetime.fromtimestamp(WorldClock(world)(), UTC)


def _signed_until(findings: Iterable[Finding]) -> date | None:
    """Return the day that the last verification's finding about DNSSEC signatures names, if it found them well."""
    lasting = (one for one in findings if one.id == LIFETIME and one.status is Status.PASS)
    named = (DAY.search(one.observed) for one in lasting)
    return min((date.fromisoformat(found[0]) for found in named if found), default=None)


def links(outputs: Outputs, home: Home) -> list[Link]:
    """Return the pages elsewhere; the consoles of a rehearsal are those of the accounts that it stands for."""
    google = f"https://console.cloud.google.com/{{}}?project={outputs.project}"
    handover = home.path / "HANDOVER.html"
    return [
        *([Link("Handover", "/handover")] if handover.exists() else []),
        Link("Alerts and dashboard", google.format("monitoring/alerting")),
        Link("Logs", google.format("logs/query")),
        Link("Cloud Run", google.format("run")),
        Link("Queues", google.format("cloudtasks")),
        Link("Firestore", google.format("firestore/databases")),
        Link("Cloudflare", f"https://dash.cloudflare.com/?to=/:account/{outputs.domain}"),
        Link("Stripe", "https://dashboard.stripe.com/webhooks"),
    ]


def _with(known: Known, unknown: tuple[str, ...]) -> Known:
    return Known(**{**known.__dict__, "unknown": tuple(dict.fromkeys(unknown))})


def opened(home: Home, client: httpx.Client, flow: Workflow) -> Callable[[], Overview]:
    """Return what gathers a page at each call, for a stack that was brought up."""
    if home.is_local:
        ports_of(home)
    return Gathered(home, flow, client).page
