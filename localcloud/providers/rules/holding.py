"""What the clouds refuse to delete while something else names it by a text.

`parents.in_use` covers what a table's rows name as their parents; this module covers the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from localcloud.base.world import Resource, World
from localcloud.providers.tables.cloudflare_zone import RULESET
from localcloud.providers.tables.gcp_common import short
from localcloud.providers.tables.gcp_monitoring import ALERT
from localcloud.providers.values import every


def called_channel(world: World, channel: Resource) -> str | None:
    """Refuse to delete a channel that an alert policy notifies (API: 400, still being referenced, tpg#10337)."""
    names = {channel.id, channel.outputs.get("name")}
    users = (one for one in world.resources(ALERT) if names & {*(one.outputs.get("notificationChannels") or ())})
    return _held_by("AlertPolicy", next(users, None), "notificationChannels")


def watched_metric(world: World, metric: Resource) -> str | None:
    """Refuse to delete a log metric that an alert policy counts (API: 400, pulumi-google-native#848)."""
    name = str(metric.outputs.get("name"))
    written = (
        f"logging.googleapis.com/user/{name}",
        f"logging_googleapis_com:user_{re.sub(r'[^A-Za-z0-9]', '_', name)}",
    )
    ends = re.compile("|".join(rf"{re.escape(text)}(?![\w-])" for text in written))
    users = (one for one in world.resources(ALERT) if ends.search(_conditions(one)))
    return _held_by("AlertPolicy", next(users, None), "conditions")


def watched_check(world: World, check: Resource) -> str | None:
    """Refuse to delete an uptime check whose id an alert policy's condition names (API: 400, tpg#10176)."""
    named = short(check.outputs.get("name") or check.id)
    users = (one for one in world.resources(ALERT) if named and re.search(rf"check_id\W+{named}\b", _conditions(one)))
    return _held_by("AlertPolicy", next(users, None), "conditions")


def played_list(world: World, kept: Resource) -> str | None:
    """Refuse to delete a list that a rule uses (Cloudflare API code 10031, filters.api.ip_list_in_use)."""
    name, account = kept.outputs.get("name"), kept.outputs.get("accountId")
    users = (one for one in world.resources(RULESET) if one.outputs.get("accountId") in (None, account))
    return _held_by("Ruleset", next((one for one in users if str(name) in {*_lists(one)}), None), "rules")


def _held_by(label: str, user: Resource | None, where: str) -> str | None:
    if user is None:
        return None
    return f'it is still used by {label} "{user.urn.rpartition("::")[2]}" ({where}); change or delete that first'


def _conditions(alert: Resource) -> str:
    return json.dumps(alert.outputs.get("conditions"), default=str).replace('\\"', '"')


def _lists(ruleset: Resource) -> Iterator[str]:
    """Yield the lists that a ruleset's rules name: as the source of redirects, and in expressions, as `$name`."""
    outputs = dict(ruleset.outputs)
    yield from (str(name) for name in every(outputs, "rules.actionParameters.fromList.name"))
    for expression in every(outputs, "rules.expression"):
        yield from re.findall(r"\$(\w+)", str(expression))
