"""All pages in their order, and the index of the words that people look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checklists.handover import Handover
from checklists.pages import alerts, breaks, cloudflare, deployment, domains, mail, ownership, request, services
from checklists.pages.blocks import Page


def pages(handover: Handover) -> tuple[Page, ...]:
    """Return the pages that follow the first one and the open items."""
    return (
        ownership.page(handover),
        request.page(handover),
        domains.page(handover),
        mail.page(handover),
        cloudflare.page(handover),
        services.page(handover),
        alerts.page(handover),
        deployment.page(handover),
        breaks.page(handover),
        deployment.backups(handover),
        ownership.offboarding(handover),
    )


def index(pages: Sequence[Page]) -> Mapping[str, Page]:
    """Return the words by alphabet, each with the page that it is explained on."""
    words = {word: page for page in pages for word in page.words}
    return {word: words[word] for word in sorted(words, key=str.lower)}
