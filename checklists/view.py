"""Everything that the two forms of the handover show, worked out beforehand; templates only write it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from blueprint.finding import Finding
from blueprint.mail_providers import NOBODY
from blueprint.suggestion import joined
from checklists import costs
from checklists.costs import Cost
from checklists.handover import Handover
from checklists.items import Level
from checklists.lines import Line
from checklists.pages import book
from checklists.pages.blocks import Page
from checklists.pages.dates import Ending, endings
from checklists.pictures.states import legend, states
from checklists.pictures.svg import Picture
from checklists.pictures.timeline import timeline
from checklists.verification_areas import Area

SHORT = 5  # lines for each owner on the first page


def counted(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class View:
    """A handover with its pages and pictures."""

    handover: Handover

    @property
    def flag(self) -> str:
        """What to add to a command so that it means this stack."""
        return self.handover.flag

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The pages after the first one and the open items."""
        return book.pages(self.handover)

    @property
    def index(self) -> Mapping[str, Page]:
        """The words that people look for, each with its page."""
        return book.index(self.pages)

    def number(self, page: Page) -> int:
        """Return the number by which the index on paper refers to a page, from 1 on."""
        return self.pages.index(page) + 1

    @property
    def launched(self) -> str:
        """What was launched, in two sentences."""
        outputs = self.handover.outputs
        hosts = joined(outputs.web_hosts)
        way = "a load balancer" if outputs.gateway_address else "a Worker"
        return (
            f"The web app at {hosts}, and its API at {outputs.api_host} behind Cloudflare and {way}: "
            f"{len(outputs.services)} services in Google Cloud project `{outputs.project}`, {outputs.region}. Mail by "
            f"{joined(self._mailers) or 'nobody'}; {counted(len(outputs.redirects), 'redirect')}; "
            f"{counted(len(outputs.alerts), 'alert')} to {outputs.on_call or 'nobody'}."
        )

    @property
    def _mailers(self) -> Sequence[str]:
        """Who handles the domain's mail, by the providers' own names."""
        outputs = self.handover.outputs
        return [outputs.mailer(name) for name in outputs.mail.providers if name != NOBODY]

    @property
    def musts(self) -> tuple[Line, ...]:
        """What keeps the launch from being ready."""
        return self.handover.unready(Level.MUST)

    @property
    def verdict(self) -> str:
        """Whether the launch is ready, in a sentence."""
        open_ = len(self.musts)
        if not open_:
            return "Ready: every required item is done, waived or does not apply."
        return f"Not ready: {open_} required {'item is' if open_ == 1 else 'items are'} open."

    @property
    def sections(self) -> Sequence[tuple[str, Sequence[Line], Markup]]:
        """The sections with their lines and the picture of their states."""
        return [(name, lines, states(name, lines)) for name, lines in self.handover.sections.items()]

    @property
    def legend(self) -> Mapping[Markup, str]:
        """The marks of that picture, each with what it means."""
        return legend()

    @cached_property
    def endings(self) -> tuple[Ending, ...]:
        """What ends, the nearest first."""
        return endings(self.handover)

    @property
    def timeline(self) -> Picture:
        """The picture of it."""
        return timeline([one.on for one in self.endings], self.handover.made_at.date())

    @property
    def costs(self) -> tuple[Cost, ...]:
        """The parts of the monthly bill that cost something."""
        return tuple(one for one in costs.monthly(self.handover.spec) if one.dollars) if self.handover.spec else ()

    @property
    def total(self) -> float:
        """The monthly bill in US dollars, before traffic and tax."""
        return sum(one.dollars for one in self.costs)

    @property
    def also_seen(self) -> tuple[tuple[Area, tuple[Finding, ...]], ...]:
        """Each area that was verified, with those findings that no item shows, so that every proof stands once."""
        shown = {id(finding) for line in self.handover.lines for finding in line.findings}
        return tuple(
            (area, tuple(one for one in area.findings if id(one) not in shown)) for area in self.handover.verified
        )
