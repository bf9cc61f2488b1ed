"""What a refresh does not see: roles that somebody was given by hand, which are in nobody's state."""

from __future__ import annotations

from blueprint import grants
from blueprint.finding import Finding, Status
from cli.findings import tell
from cli.show import Show
from cli.stage import Stage
from handlers import clients
from handlers.failures import Unavailable
from verify.judge import policies as judge
from verify.observe import policies
from verify.observe.policies import UnansweredError

EMULATOR = "CLOUD_ASSET_EMULATOR_HOST"


def strange_grants(stage: Stage) -> list[Finding]:
    """Return who holds which role that the stack does not grant, nothing before its first `up`; raises EngineError."""
    project = stage.spec.google.project
    state, number = stage.pulumi.export(), str(stage.pulumi.outputs().get("project_number"))
    if not state["deployment"].get("resources"):
        return []
    host = stage.clients.get(EMULATOR)
    try:
        if host:
            url, headers = f"http://{host}/cloudasset.googleapis.com", lambda: {"Authorization": "Bearer owner"}
            found = policies.ask(project, headers, url)
        else:
            found = policies.ask(project, clients.authorization())
    except (UnansweredError, Unavailable) as error:
        return [judge.unknown(project, str(error))]
    return judge.judge(grants.promised(project, number, state), found)


def tell_strange_grants(stage: Stage, show: Show) -> list[Finding]:
    """Look who holds a role, and show what is not as it should be."""
    with show.step("Roles"):
        found = strange_grants(stage)
    for finding in found:
        if finding.status is not Status.PASS:
            tell(finding, show, only_bad=True)
    return found
