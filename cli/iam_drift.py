"""What a refresh does not see: roles that somebody was given by hand, which are in nobody's state."""

from __future__ import annotations

from blueprint import iam_grants
from blueprint.finding import Finding, Status
from cli.findings import tell
from cli.prepared_stack import PreparedStack
from cli.terminal import Terminal
from handlers.failures import Unavailable
from handlers.outside import google_clients
from verify.judge import iam as judge
from verify.observe import iam
from verify.observe.iam import UnansweredError

EMULATOR = "CLOUD_ASSET_EMULATOR_HOST"


def strange_grants(stage: PreparedStack) -> list[Finding]:
    """Return who holds which role that the stack does not grant, nothing before its first `up`; raises EngineError."""
    project = stage.spec.google.project
    state, number = stage.pulumi.export(), str(stage.pulumi.outputs().get("project_number"))
    if not state["deployment"].get("resources"):
        return []
    host = stage.clients.get(EMULATOR)
    try:
        if host:
            url, headers = f"http://{host}/cloudasset.googleapis.com", lambda: {"Authorization": "Bearer owner"}
            found = iam.ask(project, headers, url)
        else:
            found = iam.ask(project, google_clients.authorization())
    except (UnansweredError, Unavailable) as error:
        return [judge.unknown(project, str(error))]
    return judge.judge(iam_grants.promised(project, number, state), found)


def tell_strange_grants(stage: PreparedStack, show: Terminal) -> list[Finding]:
    """Look who holds a role, and show what is not as it should be."""
    with show.step("Roles"):
        found = strange_grants(stage)
    for finding in found:
        if finding.status is not Status.PASS:
            tell(finding, show, only_bad=True)
    return found
