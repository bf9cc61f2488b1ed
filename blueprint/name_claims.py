"""Which parts of a launch spec want a name of the zone, and whether it can be all of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from blueprint.part import Problem
from blueprint.suggestion import did_you_mean, joined

if TYPE_CHECKING:
    from blueprint.spec import Spec


class Claim(NamedTuple):
    """One part's wish for a name: its place in the spec. One that is not `alone` can stand beside texts and mail."""

    place: str
    alone: bool = True


def hosts(spec: Spec) -> Iterator[Problem]:
    """Tell of names that two parts would serve, or serve and redirect, and of redirects outside of the zone."""
    policy_host = [] if spec.mail.mta_sts == "none" else [f"mta-sts.{spec.domain}"]
    served = (*spec.web_hosts, spec.api_host, *policy_host)
    twice = sorted({host for host in served if served.count(host) > 1})
    if twice:
        yield Problem(
            "", f"{', '.join(twice)} is named twice by api, web.names and mta_sts; give each its own subdomain"
        )
    sources = [redirect.source for redirect in spec.redirects]
    for source in dict.fromkeys(sources):
        place = f"redirects.{sources.index(source)}"
        if source in served:
            yield Problem(place, f"{source} is served and redirected at once; drop it from redirects or from web.names")
        elif source != spec.domain and not source.endswith(f".{spec.domain}"):
            yield Problem(
                place, f"redirect source {source} lies outside {spec.domain}; only names of this zone can redirect"
            )
        elif "." in (label := _below(source, spec.domain)):
            guess = f"{label.replace('.', '-')}.{spec.domain}"
            yield Problem(
                place,
                f"redirect source {source} lies more than one level below {spec.domain}, which is as far as "
                f"Cloudflare's certificate reaches: browsers would refuse it{did_you_mean(guess)}",
            )
        if sources.count(source) > 1:
            yield Problem(place, f"{source} is redirected twice; keep one entry of redirects for it")


def _below(host: str, domain: str) -> str:
    """Return the labels of a host in front of the domain.

    Universal SSL covers one: https://developers.cloudflare.com/ssl/edge-certificates/universal-ssl/limitations/.
    """
    return host.removesuffix(f".{domain}") if host != domain else ""


def beside_mail(spec: Spec) -> Iterator[Problem]:
    """Tell of names that mail needs and that something else has, too (RFC 1034 section 3.6.2: a CNAME stands alone)."""
    claims = _claims(spec)
    for host, wanted in claims.items():
        of_mail = [claim for claim in wanted if claim.place.startswith("mail.")]
        if len(wanted) > 1 and of_mail and any(claim.alone for claim in wanted):
            claimants = list(dict.fromkeys(claim.place for claim in wanted))
            named = joined(claimants) if len(claimants) > 1 else f"{claimants[0]} twice"
            place = of_mail[-1].place if of_mail[-1].place.startswith("mail.bounces") else ""
            yield Problem(
                place, f"{host} is claimed by {named}; one name cannot be both, so give one another subdomain"
            )


def _claims(spec: Spec) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for host, claim in (*_of_the_web(spec), *_of_mail(spec)):
        found.setdefault(host, []).append(claim)
    return found


def _of_the_web(spec: Spec) -> Iterator[tuple[str, Claim]]:
    for name in spec.web.names:
        yield f"{name}.{spec.domain}", Claim("web.names")
    yield spec.api_host, Claim("api")
    for redirect in spec.redirects:
        yield redirect.source, Claim("redirects")


def _of_mail(spec: Spec) -> Iterator[tuple[str, Claim]]:
    if spec.mail.mta_sts != "none":
        yield f"mta-sts.{spec.domain}", Claim("mail.mta_sts")
    for name, provider in zip(spec.mail.providers, spec.mail.known, strict=True):
        place = f"mail.{'provider' if name == spec.mail.provider else 'senders'} {name}"
        for label in provider.aliases:
            yield f"{label}.{spec.domain}", Claim(place)
        if provider.return_path:
            yield f"{provider.return_path}.{spec.domain}", Claim(place, alone=False)
    for label in spec.mail.bounces:
        yield f"{label}.{spec.domain}", Claim(f"mail.bounces.{label}")
