"""What Google refuses until a person has done their part, in Google's own bare words."""

from __future__ import annotations

from localcloud.base import human_steps
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.tables.gcp_project import FIREBASE


def closed_billing(case: Case) -> str | None:
    """Refuse a project on a billing account that is not open, or not the caller's to use."""
    if case.traits.token != PROJECT or not human_steps.is_undone(case.world, human_steps.BILLING):
        return None
    account = case.inputs.get("billingAccount")
    return (
        f'failed pre-requisites: missing permission on "billingAccounts/{account}": billing.resourceAssociations.create'
    )


def unaccepted_terms(case: Case) -> str | None:
    """Refuse to add Firebase before its terms were accepted."""
    if case.traits.token != FIREBASE or not human_steps.is_undone(case.world, human_steps.FIREBASE_TERMS):
        return None
    return "Error creating Project: googleapi: Error 403: The caller does not have permission"


RULES = (
    LaunchRule("billing-closed", Stage.APPLY, "tpg resource_google_project.go, pre-requisites", closed_billing),
    LaunchRule(
        "terms-not-accepted", Stage.APPLY, "Firebase Management API, projects.addFirebase: 403", unaccepted_terms
    ),
)
