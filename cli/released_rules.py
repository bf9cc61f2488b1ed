"""The security rules of an app that has brought its own: they stay in force, so `up` and `verify` question them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from blueprint.finding import Finding, Status
from cli.findings import tell
from cli.terminal import Terminal

RELEASE = "Release/release"
EMULATOR = "CLOUD_ASSET_EMULATOR_HOST"  # of the same server, which answers for Firebase Rules too


def question(project: str, adopted: Mapping[str, str], clients: Mapping[str, str], show: Terminal) -> list[Finding]:
    """Return what a user may do by the released rules and should not; nothing where the stack releases its own.

    `adopted` is the spec's `adopt`, `clients` the environment of the client libraries.
    """
    if RELEASE not in adopted:
        return []
    with show.step("Security rules"):
        found = _judged(project, clients)
    for finding in found:
        if finding.status is not Status.PASS:
            tell(finding, show, only_bad=True)
    return found


def _judged(project: str, clients: Mapping[str, str]) -> list[Finding]:
    from handlers.failures import Unavailable
    from handlers.outside import google_clients
    from verify.judge import security_rules as judge
    from verify.observe import security_rules
    from verify.observe.iam import UnansweredError

    host = clients.get(EMULATOR)
    try:
        if host:
            url = f"http://{host}/firebaserules.googleapis.com"
            text = security_rules.ask(project, lambda: {"Authorization": "Bearer owner"}, url)
        else:
            text = security_rules.ask(project, google_clients.authorization())
    except (UnansweredError, Unavailable) as error:
        return [judge.unknown(project, str(error))]
    return judge.judge(project, text, datetime.now(UTC))
