"""What Google refuses for a while after it was told to allow it, in Google's own words.

The providers repeat calls that end with 429, 500, 502 or 503, and none of these (terraform-provider-google,
transport/error_retry_predicates.go; tpgiamresource/iam.go gives up on an unknown account unless the policy was changed
meanwhile). So a program that does not wait fails here as it would in production.
"""

from __future__ import annotations

from localcloud import iam
from localcloud.base import weather
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.gcp import project_of
from localcloud.providers.tables.gcp_project import ACCOUNT
from localcloud.providers.tables.gcp_project import SERVICE as API
from localcloud.providers.tables.gcp_run import TRIGGER

AGENT_ROLE = "roles/eventarc.serviceAgent"
MEMBER = "gcp:projects/iAMMember:IAMMember"


def api_just_enabled(case: Case) -> str | None:
    """Refuse a resource whose API was enabled moments ago (403 SERVICE_DISABLED, terraform-provider-google#8214)."""
    sky, api, project = weather.of(case.world), case.traits.service, project_of(case)
    enabled = case.world.resource(API, f"{project}/{api}") if sky and api else None
    if sky is None or enabled is None or not sky.hides(enabled, case.now):
        return None
    number = iam.project_number(case.world, str(project))
    return (
        f"{case.title}: googleapi: Error 403: {api} has not been used in project {number} before or it is disabled. If "
        "you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry. "
        "(Have the resource depend on a Pause after the projects.Service: infra/pause.py.)"
    )


def account_just_made(case: Case) -> str | None:
    """Refuse a role for a service account that was made moments ago (400, terraform-provider-google#15042)."""
    sky, member = weather.of(case.world), str(case.inputs.get("member", ""))
    if sky is None or not member.startswith("serviceAccount:"):
        return None
    email = member.partition(":")[2]
    accounts = [each for each in case.world.resources(ACCOUNT) if each.outputs.get("email") == email]
    if not any(sky.hides(each, case.now) for each in accounts):
        return None
    return (
        f"{case.title}: Error applying IAM policy: googleapi: Error 400: Service account {email} does not exist. (It "
        "was made moments ago: have the grant depend on a Pause after the serviceaccount.Account: infra/pause.py.)"
    )


def trigger_without_agent(case: Case) -> str | None:
    """Refuse a project's trigger whose Eventarc agent has no role yet, or was given it moments ago (400).

    https://cloud.google.com/eventarc/docs/troubleshooters and pulumi-gcp#1290: no time alone helps, the role does.
    """
    sky, project = weather.of(case.world), str(project_of(case))
    if sky is None or case.traits.token != TRIGGER or case.id:
        return None
    agent = f"serviceAccount:service-{iam.project_number(case.world, project)}@gcp-sa-eventarc.iam.gserviceaccount.com"
    held = (
        each
        for each in case.world.resources(MEMBER)
        if (each.outputs.get("member"), each.outputs.get("role")) == (agent, AGENT_ROLE)
    )
    if any(not sky.hides(each, case.now) for each in held):
        return None
    return (
        f'{case.title}: googleapi: Error 400: Invalid resource state for "": Permission denied while using the '
        "Eventarc Service Agent. If you recently started to use Eventarc, it may take a few minutes before all "
        "necessary permissions are propagated to the Service Agent. Otherwise, verify that it has Eventarc Service "
        f"Agent role. (Make it by a projects.ServiceIdentity, give {agent} {AGENT_ROLE}, and wait with a Pause.)"
    )


RULES = (
    LaunchRule(
        "trigger-without-agent",
        Stage.APPLY,
        "Eventarc troubleshooters; pulumi-gcp#1290, tpg#25294",
        trigger_without_agent,
    ),
    LaunchRule("api-just-enabled", Stage.APPLY, "tpg#8214, Google Provider Common Issues/FAQ", api_just_enabled),
    LaunchRule("account-just-made", Stage.APPLY, "tpg#15042, IamServiceAccountNotFound", account_just_made),
)
