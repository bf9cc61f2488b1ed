"""How a request travels: from a name that somebody types to the vendor that hears of it."""

from __future__ import annotations

from blueprint.mail_providers import NOBODY
from checklists.handover import Handover
from checklists.pages.blocks import Drawing, Page, Table
from checklists.pictures.flow import Group, flow


def page(handover: Handover) -> Page:
    """Return the page with the picture of the way, and what happens at each station."""
    outputs = handover.outputs
    hosts = (*outputs.web_hosts, outputs.api_host, *(one.source for one in outputs.redirects))
    services = tuple((service.name, service.public) for service in outputs.services)
    queues = tuple((f"queue {queue.rpartition('/')[2]}", False) for queue in outputs.queues)
    groups = (
        Group("Domains", tuple((host, True) for host in hosts)),
        Group("Cloudflare", tuple((name, False) for name in _edge(handover))),
        Group("Services", services),
        Group("Data", (("Firestore", False), ("Secret Manager", False), *queues)),
        Group("Vendors", tuple((name, True) for name in vendors(handover))),
    )
    web = next((one.content for one in outputs.records if one.name == outputs.domain and one.type == "CNAME"), "")
    rows = (
        ("The way in", _way_in(handover)),
        ("Web app", f"{', '.join(outputs.web_hosts)} → Cloudflare (TLS, cache, headers) → {web or 'the web host'}"),
        ("Payments", f"Stripe → {outputs.api_host}/webhooks/stripe → inbox in Firestore → queue → plan of the user"),
        ("Sign-up and support", f"app → {outputs.api_host}/v1/… or Firestore → inbox → queue → CRM or helpdesk"),
        (
            "What goes wrong",
            f"is tried again from its queue; what was given up is in `./launch events list{handover.flag}`",
        ),
    )
    lead = "Nothing that was accepted is lost, and nothing is done twice. Strangers reach only what has a blue frame."
    return Page(
        "request",
        "How a request travels",
        lead,
        (Drawing(flow(groups)), Table("The paths in words", ("what", "path"), rows)),
        ("request path", "architecture"),
    )


def vendors(handover: Handover) -> tuple[str, ...]:
    """Return the vendors that the services ask."""
    if handover.spec is None:
        return ("Stripe", "HubSpot")
    support = handover.spec.support
    helpdesk = "Zendesk" if support.helpdesk == "zendesk" else "the helpdesk's mailbox"
    mailer = "Resend" if support.mailer == "resend" else "SMTP server"
    mailboxes = [handover.outputs.mailer(name) for name in handover.spec.mail.providers if name != NOBODY]
    return tuple(dict.fromkeys(("Stripe", "HubSpot", helpdesk, mailer, *mailboxes)))


def _way_in(handover: Handover) -> str:
    outputs = handover.outputs
    entry = f"load balancer {outputs.gateway_address}" if outputs.gateway_address else "Worker"
    public = " and ".join(service.name for service in outputs.services if service.public)
    return f"{outputs.api_host} → Cloudflare → {entry} → {public}; nobody gets around Cloudflare without the edge key"


def _edge(handover: Handover) -> tuple[str, ...]:
    outputs = handover.outputs
    return (
        "DNS, DNSSEC",
        f"TLS {outputs.edge.min_tls_version} or later",
        "DDoS protection",
        "firewall",
        "rate limits",
        "redirects",
        "cache",
        "edge key",
        "load balancer" if outputs.gateway_address else "Worker to run.app",
    )
