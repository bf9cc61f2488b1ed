"""What IAM refuses about who is given what: members without address, roles and permissions that do not exist."""

from __future__ import annotations

import difflib
import re
from functools import cache

from localcloud.providers.facts import FOLDER
from localcloud.providers.languages import cel
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.tables.gcp_project import CUSTOM_ROLE
from localcloud.providers.values import Unknown, at

ADDRESS = r"[^@\s:*]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
# https://cloud.google.com/iam/docs/principal-identifiers
FEDERATED = re.compile(
    r"//[a-z.]+/(projects/[^/]+/locations/global/workloadIdentityPools|locations/global/workforcePools)/[^/]+"
    r"(/subject/.+|/group/.+|/attribute\.[^/]+/.+|/namespace/.+|/\*)"
    r"|//[a-z.]+/projects/\d+/.+/(service|type)/.+|//goog/.+|//cloudresourcemanager\.googleapis\.com/.+"
)
POOL = re.compile(r"//iam\.googleapis\.com/projects/([^/]+)/locations/global/workloadIdentityPools/[^/]+/([a-z]+|\*)")
PEOPLE = ("user:", "group:")
WITH_ADDRESS = ("user", "group", "serviceAccount")
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer")
EVERYONE = ("allUsers", "allAuthenticatedUsers")
AS_OF = "2026-08-22"
# https://cloud.google.com/iam/docs/custom-roles-permissions-support, NOT_SUPPORTED or for organizations alone
ORGANIZATION_ONLY = frozenset(
    {"resourcemanager.projects.list", "resourcemanager.organizations.get", "resourcemanager.organizations.getIamPolicy"}
)


def wrong_member(case: Case) -> str | None:
    """Refuse a member without a valid address (reference of Binding.members; IAM answers 400 Invalid member)."""
    member = case.inputs.get("member")
    if not isinstance(member, str) or "role" not in case.inputs:
        return None
    kind, _, rest = member.partition(":")
    if kind in WITH_ADDRESS and not re.fullmatch(ADDRESS, rest) and not rest.endswith("]"):
        example = "NAME@PROJECT.iam.gserviceaccount.com" if kind == "serviceAccount" else "ada@acme.test"
        return (
            f'{case.title}: the member "{member}" has no address after "{kind}:" (IAM answers 400, invalid member). '
            f"Write it in full, such as {kind}:{example}."
        )
    meant = [each for each in EVERYONE if each.lower() == member.lower() and each != member]
    return f"{case.title}: the member is written {meant[0]}, not {member} (IAM answers 400)." if meant else None


def uninvited_owner(case: Case) -> str | None:
    """Refuse an owner of a project without organization, who has to be invited (400, SOLO_MUST_INVITE_OWNERS).

    https://cloud.google.com/resource-manager/reference/rest/v1/projects/setIamPolicy
    """
    member, project = str(case.inputs.get("member")), case.inputs.get("project")
    if case.traits.token != PROJECT_MEMBER or case.inputs.get("role") != "roles/owner" or not member.startswith(PEOPLE):
        return None
    made = [each.outputs for each in case.world.resources(PROJECT)]
    told = [each for urn, each in case.foreseen.items() if f"{PROJECT}::" in urn]
    found = next((each for each in (*made, *told) if each.get("projectId") == project), None)
    if found is None or found.get("orgId") or found.get("folderId"):
        return None
    return (
        f"{case.title}: {project} is in no organization, and there an owner is invited in the console and accepts "
        "(Resource Manager answers 400, SOLO_MUST_INVITE_OWNERS). Give roles/editor, or invite them."
    )


def wrong_principal(case: Case) -> str | None:
    """Refuse domains and federated identities in another form, and everybody on a whole project.

    Sources: the reference of Binding.members; projects.setIamPolicy ("does not support allUsers").
    """
    member = case.inputs.get("member")
    if not isinstance(member, str) or "role" not in case.inputs:
        return None
    kind, _, rest = member.partition(":")
    if kind == "deleted":
        return f"{case.title}: {member} is gone, and the provider refuses members that are. Leave the grant out."
    if kind == "domain" and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", rest):
        return (
            f'{case.title}: "{rest}" is not a domain (IAM answers 400, invalid member). Write it as domain:acme.test.'
        )
    if kind in ("principal", "principalSet") and not FEDERATED.fullmatch(rest):
        return (
            f'{case.title}: "{member}" is not a federated identity (IAM answers 400, invalid member). Write it in '
            f"full, {kind}://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/…"
        )
    pool = POOL.match(rest) if kind in ("principal", "principalSet") else None
    if pool and not pool[1].isdigit():
        return (
            f"{case.title}: {member} names the project {pool[1]} by its id (IAM answers 400, invalid member). Write "
            "its number: pass the pool's .name."
        )
    if pool and pool[2] != "namespace" and (kind == "principal") != (pool[2] == "subject"):
        other = "principal" if kind == "principalSet" else "principalSet"
        return (
            f"{case.title}: /{pool[2]} goes with {other}, not {kind} (IAM answers 400, invalid member). Write "
            f"{other}:{rest}."
        )
    if case.traits.token == PROJECT_MEMBER and member in EVERYONE:
        return (
            f"{case.title}: a project's policy does not take {member} (IAM answers 400). Give it on the one resource "
            "that shall be public, such as a bucket or a service."
        )
    return None


def conditional_grant(case: Case) -> str | None:
    """Refuse conditions where IAM takes none, and ones that do not parse.

    https://cloud.google.com/iam/docs/conditions-overview#limitations
    """
    condition, role, member = (case.inputs.get(name) for name in ("condition", "role", "member"))
    if not isinstance(condition, dict) or not condition or not isinstance(role, str):
        return None
    if role in BASIC_ROLES:
        return f"{case.title}: the basic role {role} takes no condition (IAM answers 400). Give a narrower role."
    if member in EVERYONE:
        return f"{case.title}: a grant to {member} takes no condition (IAM answers 400). Leave one of the two out."
    expression = condition.get("expression")
    if isinstance(expression, str) and expression.strip():
        try:
            cel.read(expression)
        except LanguageError as error:
            return f"{case.title}: its condition is not valid CEL: {error} (IAM answers 400). Correct it: {expression}"
    return None


def unknown_role(case: Case) -> str | None:
    """Refuse a role that Google does not have (400, role is not supported for this resource)."""
    role = case.inputs.get("role")
    if not isinstance(role, str) or not role.startswith("roles/") or "member" not in case.inputs:
        return None
    if role in predefined_roles():
        return None
    return (
        f"{case.title}: Google has no role {role} as of {AS_OF} (IAM answers 400, not supported for this resource)."
        f" {_meant(role, predefined_roles())}"
    )


def unknown_permission(case: Case) -> str | None:
    """Refuse a custom role with a permission that does not exist, or that a project's roles cannot hold (400)."""
    listed = case.inputs.get("permissions")
    if case.traits.token != CUSTOM_ROLE or not isinstance(listed, list):
        return None
    for permission in (each for each in listed if isinstance(each, str)):
        if "*" in permission:
            return f"{case.title}: {permission} is not a permission (IAM answers 400). List permissions one by one."
        if permission in ORGANIZATION_ONLY:
            return (
                f"{case.title}: {permission} can only be in a role of an organization (IAM answers 400). Leave it out."
            )
        if permission not in permissions():
            return (
                f"{case.title}: there is no permission {permission} as of {AS_OF} (IAM answers 400)."
                f" {_meant(permission, permissions())}"
            )
    return None


def missing_role(case: Case) -> str | None:
    """Refuse a custom role of our project that is not there (400, role does not exist in the resource's hierarchy)."""
    role = case.inputs.get("role")
    found = re.fullmatch(r"projects/([^/]+)/roles/.+", role) if isinstance(role, str) else None
    if not found or case.world.resource(PROJECT, f"projects/{found[1]}") is None:
        return None
    if case.world.resource(CUSTOM_ROLE, str(role)) is not None:
        return None
    return f"{case.title} gives {role}, which does not exist (IAM answers 400). Create the IAMCustomRole first."


def wrong_condition(case: Case) -> str | None:
    """Refuse a condition without an expression, which IAM answers with 400."""
    expression = at(case.inputs, "condition.expression")
    if expression is None or isinstance(expression, Unknown) or str(expression).strip():
        return None
    return f"{case.title}: its condition has an empty expression (IAM answers 400). Write one, or drop the condition."


@cache
def predefined_roles() -> frozenset[str]:
    """Return the names of Google's own roles."""
    return frozenset(
        f"roles/{service}" if name == "." else f"roles/{service}.{name}" for service, name in _listed("roles.txt")
    )


@cache
def permissions() -> frozenset[str]:
    """Return the names of all permissions that Google's own roles hold."""
    return frozenset(f"{resource}.{verb}" for resource, verb in _listed("permissions.txt"))


def _listed(name: str) -> list[tuple[str, str]]:
    lines = [line.split() for line in (FOLDER / name).read_text().splitlines() if not line.startswith("#")]
    return [(first, each) for first, *rest in lines for each in rest]


def _meant(name: str, known: frozenset[str]) -> str:
    plainer = {each.lower(): each for each in known if each[:8].lower() == name[:8].lower()}
    close = difflib.get_close_matches(name.lower(), plainer, n=1, cutoff=0.7)
    return f"Did you mean {plainer[close[0]]}?" if close else "Look its name up in Google's list of roles."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("member-address", Stage.CHECK, "IAM API, Binding.members", wrong_member),
    LaunchRule("member-form", Stage.CHECK, "IAM API, Binding.members; projects.setIamPolicy", wrong_principal),
    LaunchRule("grant-condition", Stage.CHECK, "IAM: limitations of conditions", conditional_grant),
    LaunchRule("role-unknown", Stage.CHECK, "IAM: predefined roles", unknown_role),
    LaunchRule("permission-unknown", Stage.CHECK, "IAM: permissions of custom roles", unknown_permission),
    LaunchRule("condition-empty", Stage.CHECK, "IAM API, Expr", wrong_condition),
    LaunchRule("owner-uninvited", Stage.CHECK, "Resource Manager API, projects.setIamPolicy", uninvited_owner),
    LaunchRule("role-missing", Stage.APPLY, "IAM API: role does not exist", missing_role),
)
