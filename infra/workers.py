"""Workers: a script for a domain, and the routes by which Cloudflare hands it requests."""

from __future__ import annotations

import pulumi

from infra.loading.sdk import cloudflare
from infra.redirects import word

COMPATIBLE_WITH = "2026-01-01"  # the day whose Workers runtime the scripts were written for


def script(
    name: str, use: str, domain: str, account: str, content: pulumi.Input[str], parent: pulumi.Resource
) -> cloudflare.WorkersScript:
    """Make the script of a `use` for a domain; an account has one of each such name."""
    return cloudflare.WorkersScript(
        name,
        account_id=account,
        script_name=f"{use}-{word(domain).replace('_', '-')}",
        main_module="worker.mjs",
        content=content,
        compatibility_date=COMPATIBLE_WITH,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def route(
    name: str, host: str, made: cloudflare.WorkersScript, zone_id: pulumi.Input[str], parent: pulumi.Resource
) -> None:
    """Hand every request for a host of the zone to a script."""
    cloudflare.WorkersRoute(
        name,
        zone_id=zone_id,
        pattern=f"{host}/*",
        script=made.script_name,
        opts=pulumi.ResourceOptions(parent=parent),
    )
