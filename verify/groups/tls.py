"""TLS at every address of every host: certificate, versions, protocols, HSTS."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from blueprint.finding import Finding
from verify.answers.place import Place
from verify.group import together
from verify.judge import tls
from verify.judge.hsts import judge_hsts, judge_preload
from verify.judge.http3 import judge_http3
from verify.observe.tls import offer, shake_hands
from verify.scene import Scene
from verify.tls.hello import Version

LEAST_VERSION = "1.2"  # where nothing is promised; RFC 8996 and RFC 9325 section 3.1.1


async def addresses(scene: Scene) -> Sequence[Finding]:
    """Return the findings on each address of each host."""
    places = await asyncio.gather(*(scene.places(host) for host in await scene.hosts()))
    return await together(_place(place, scene) for found in places for place in found)


async def _place(place: Place, scene: Scene) -> list[Finding]:
    promised = scene.subject.promised
    least = promised.edge.min_tls_version if promised else LEAST_VERSION
    offered = (scene.aside(offer, place, version, scene.reach) for version in Version)
    shown, offers = await asyncio.gather(scene.aside(shake_hands, place, scene.reach), asyncio.gather(*offered))
    return [
        tls.judge_chain(shown, scene.now),
        tls.judge_names(shown),
        tls.judge_expiry(shown, scene.now),
        tls.judge_key(shown),
        tls.judge_old_versions(place, offers, least),
        tls.judge_new_versions(place, offers, least),
        tls.judge_http2(shown),
    ]


async def first_hops(scene: Scene) -> Sequence[Finding]:
    """Return the findings on what each host's first https answer tells a browser for the next time."""
    return await together(_first_hop(host, scene) for host in await scene.hosts())


async def _first_hop(host: str, scene: Scene) -> list[Finding]:
    promised = scene.subject.promised
    page = await scene.fetch(f"https://{host}/")
    hsts = judge_hsts(host, promised.edge.hsts_max_age if promised else None, page)
    return [hsts, *judge_http3(host, page, promised is not None)]


async def preload(scene: Scene) -> list[Finding]:
    """Return whether the domain would be taken into the preload list, where it asks for that."""
    domain = scene.subject.domain
    others = [host for host in await scene.hosts() if host != domain]
    first, plain, *pages = await asyncio.gather(
        *(
            scene.fetch(url)
            for url in (f"https://{domain}/", f"http://{domain}/", *(f"https://{one}/" for one in others))
        )
    )
    return judge_preload(domain, first, plain, pages)


CHECKS = (addresses, first_hops, preload)
