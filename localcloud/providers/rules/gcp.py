"""What Google refuses at a launch, beyond a single property's value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.control.secret_versions import SecretVersionState
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules import (
    alert_references,
    alerting,
    alternatives,
    armor_actions,
    armor_limits,
    balancer_parts,
    bucket_parts,
    cloud_armor,
    cloud_run,
    cloud_run_parts,
    condition_names,
    counting,
    dashboard_widgets,
    deleted_names,
    deliveries,
    documents,
    edges,
    event_filters,
    event_places,
    firestore,
    forms,
    granted_roles,
    grants,
    identities,
    key_places,
    load_balancing,
    log_metrics,
    messaging,
    moments,
    monitoring,
    neighbours,
    quotas,
    retention,
    run_bounds,
    run_mounts,
    run_sidecars,
    run_values,
    scheduled_calls,
    sizes,
    spellings,
    stored_values,
    storing,
    timing,
    watched_parts,
    watched_series,
    watching,
    whereabouts,
    workload_identity,
)
from localcloud.providers.rules.parents import unknown_parent
from localcloud.providers.tables.gcp_common import PROJECT, short
from localcloud.providers.tables.gcp_data import DATABASE, REPOSITORY, SECRET
from localcloud.providers.tables.gcp_monitoring import ALERT, UPTIME
from localcloud.providers.tables.gcp_network import BACKEND, ENDPOINTS, HTTPS_PROXY
from localcloud.providers.tables.gcp_project import ACCOUNT
from localcloud.providers.tables.gcp_project import SERVICE as API
from localcloud.providers.tables.gcp_run import JOB, SERVICE, TRIGGER
from localcloud.providers.values import Properties, Unknown, Value, at, every, is_unknown, leaves

PAID_APIS = frozenset(
    f"{name}.googleapis.com" for name in ("artifactregistry", "cloudbuild", "compute", "run", "secretmanager")
)
RESERVED = re.compile(r"PORT|K_SERVICE|K_REVISION|K_CONFIGURATION|X_GOOGLE_.*")
LEAST_LOCATIONS = 3
WAIT = 30  # seconds, the default of a backend service
LOCATIONS = {"USA": 3}  # places of a region that has more than one (Monitoring API, UptimeCheckRegion)
WATCHED = ("monitoredResource", "resourceGroup", "syntheticMonitor")


def watches_one_thing(case: Case) -> str | None:
    """Refuse an uptime check that watches nothing, or several things (reference of projects.uptimeCheckConfigs)."""
    given = [name for name in WATCHED if case.inputs.get(name) is not None]
    if case.traits.token != UPTIME or len(given) == 1:
        return None
    found = f"sets {' and '.join(given)}" if given else "sets none of them"
    return f"{case.title} needs exactly one of {', '.join(WATCHED)}, and {found}. Keep the one that is meant."


def reserved_variable(case: Case) -> str | None:
    """Refuse environment variables that Cloud Run keeps for itself.

    https://cloud.google.com/run/docs/container-contract, and
    https://cloud.google.com/run/docs/configuring/services/overview-environment-variables for the prefix X_GOOGLE_.
    """
    if case.traits.token != SERVICE:
        return None
    names = {str(name) for name in every(case.inputs, "template.containers.envs.name")}
    taken = sorted(name for name in names if RESERVED.fullmatch(name))
    if not taken:
        return None
    return f"{case.title} sets {', '.join(taken)}, which Cloud Run keeps for itself and refuses. Take another name."


def proxy_without_certificate(case: Case) -> str | None:
    """Refuse an https proxy that has nothing to show."""
    sources = ("certificateMap", "certificateManagerCertificates", "sslCertificates", "serverTlsPolicy")
    if case.traits.token != HTTPS_PROXY or any(case.inputs.get(name) for name in sources):
        return None
    return f"{case.title} has no certificate, which Google refuses. Set certificateMap or sslCertificates."


def few_regions(case: Case) -> str | None:
    """Refuse an uptime check from fewer than three places (reference of projects.uptimeCheckConfigs)."""
    regions = case.inputs.get("selectedRegions") or []
    if case.traits.token != UPTIME or isinstance(regions, Unknown) or is_unknown(regions) or not regions:
        return None
    count = sum(LOCATIONS.get(str(region), 1) for region in {*regions})
    if count >= LEAST_LOCATIONS:
        return None
    places = "1 location" if count == 1 else f"{count} locations"
    return f"{case.title} selects {places}; Google wants three or more. Add some, or leave it out for all."


def trigger_away_from_its_database(case: Case) -> str | None:
    """Refuse a Firestore trigger without the filters it needs, or in another place than its database.

    https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-firestore
    """
    criteria = case.inputs.get("matchingCriterias") or []
    if case.traits.token != TRIGGER or isinstance(criteria, Unknown) or is_unknown(case.inputs):
        return None
    filters = {str(each["attribute"]): str(each["value"]) for each in criteria}
    if "type" not in filters:
        return f"{case.title} does not say which type of events it is for. Add a criterion with the attribute type."
    if not filters["type"].startswith("google.cloud.firestore."):
        return None
    name = filters.get("database")
    found = next((each for each in case.world.resources(DATABASE) if each.outputs.get("name") == name), None)
    if name is None or found is None:
        return f'{case.title} is for the Firestore database "{name}", which does not exist. Create the Database first.'
    here, there = case.inputs.get("location"), found.outputs.get("locationId")
    if here != there:
        return (
            f"{case.title} lies in {here}, but its database in {there}: Eventarc takes a trigger in the place of its "
            "database only. Set its location to that."
        )
    return None


def mixed_promql(case: Case) -> str | None:
    """Refuse a PromQL condition beside others (https://cloud.google.com/monitoring/promql/promql-in-alerting)."""
    conditions = case.inputs.get("conditions") or []
    if case.traits.token != ALERT or isinstance(conditions, Unknown) or len(conditions) < 2:
        return None
    if not every(case.inputs, "conditions.conditionPrometheusQueryLanguage"):
        return None
    return f"{case.title} has {len(conditions)} conditions; with PromQL a policy holds one. Make a policy for each."


def no_project(case: Case) -> str | None:
    """Refuse a resource that is in no project, or in one that does not exist."""
    if "project" not in case.traits.defaults and case.traits.token != API:
        return None
    wanted = case.inputs.get("project")
    if not wanted:
        return f"{case.title} is in no project. Set its project, or `pulumi config set gcp:project PROJECT`."
    if _project(case.world, wanted) is None:
        return (
            f'{case.title} is to lie in project "{wanted}", which does not exist here (the real API answers 403 or '
            "404). Create the organizations.Project first and have this depend on it, or correct the project id."
        )
    return None


def nowhere(case: Case) -> str | None:
    """Refuse a resource whose place is neither set nor known from the provider."""
    for name in ("location", "region"):
        if name in case.traits.defaults and not case.inputs.get(name):
            return f"{case.title} has no {name}. Set it, or `pulumi config set gcp:region REGION`."
    return None


def api_disabled(case: Case) -> str | None:
    """Refuse a resource whose API is not switched on in its project (403 SERVICE_DISABLED)."""
    api = case.traits.service
    project = project_of(case)
    if not api or project is None or _is_enabled(case.world, project, api):
        return None
    return (
        f"{case.title} needs the API {api}, which is not enabled in project {project} (the real cloud answers 403 "
        f"SERVICE_DISABLED). Add projects.Service(service={api!r}) and have this resource depend on it: an API has to "
        "be on before the first thing is made with it."
    )


def no_billing(case: Case) -> str | None:
    """Refuse to switch on a paid API in a project without a billing account."""
    api = case.inputs.get("service")
    project = _project(case.world, case.inputs.get("project")) if case.traits.token == API else None
    if api not in PAID_APIS or project is None or project.outputs.get("billingAccount"):
        return None
    return (
        f"{case.title}: {api} costs money, and project {project.outputs['projectId']} has no billing account (the real "
        "cloud answers that billing must be enabled). Set billingAccount on the organizations.Project."
    )


def unknown_account(case: Case) -> str | None:
    """Refuse a role for a service account of our project that does not exist."""
    kind, _, email = str(case.inputs.get("member", "")).partition(":")
    owner = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    if kind != "serviceAccount" or _project(case.world, owner) is None:
        return None
    if any(account.outputs.get("email") == email for account in case.world.resources(ACCOUNT)):
        return None
    return (
        f"{case.title} gives {case.inputs.get('role')} to {email}, but there is no such service account (the real "
        "cloud answers 400). Create the serviceaccount.Account first, or pass its .member."
    )


def unreadable_secret(case: Case) -> str | None:
    """Refuse a Cloud Run revision whose environment names a secret that it cannot read (tpg#13786)."""
    for reference in _secret_references(case):
        sentence = _unreadable(case, reference)
        if sentence:
            return sentence
    return None


def _unreadable(case: Case, reference: Properties) -> str | None:
    name, wanted = str(reference.get("secret")), str(reference.get("version") or "latest")
    project = name.split("/")[1] if name.startswith("projects/") else str(case.inputs["project"])
    secret = case.world.resource(SECRET, f"projects/{iam.project_id(case.world, project)}/secrets/{short(name)}")
    about = f"{case.title} names secret {short(name)} in its environment"
    if secret is None:
        return f"{about}, but there is no such secret in project {project}. Create the secretmanager.Secret first."
    if not _has_version(case.world, secret, wanted):
        return (
            f"{about}, but version {wanted} of it has no value yet, so the revision could not start. Give it one with "
            f"`./launch secrets push {short(name)}`, or read the secret at run time instead."
        )
    account = _account(case)
    if iam.allows(case.world, f"serviceAccount:{account}", "secretmanager.versions.access", secret.id):
        return None
    return (
        f"{about}, but {account} may not read it, so the revision could not start. Give it "
        "roles/secretmanager.secretAccessor with a SecretIamMember and have the service depend on that."
    )


def missing_image(case: Case) -> str | None:
    """Refuse a Cloud Run revision whose image is not in our repository."""
    if case.traits.token not in (SERVICE, JOB):
        return None
    path = "template.containers.image" if case.traits.token == SERVICE else "template.template.containers.image"
    for image in every(case.inputs, path):
        found = re.fullmatch(
            r"([a-z0-9-]+)-docker\.pkg\.dev/([^/]+)/([^/]+)/[^@]+(?:@sha256:([0-9a-f]{64}))?", str(image)
        )
        if not found or _project(case.world, found[2]) is None:
            continue
        repository = f"projects/{found[2]}/locations/{found[1]}/repositories/{found[3]}"
        built = found[4] is None or (case.home / "images" / found[4]).is_dir()
        if case.world.resource(REPOSITORY, repository) is None or not built:
            return (
                f"{case.title} is to run {image}, which is not in the repository (the real cloud answers that the "
                "image is not found). Build and push it first, and deploy it by the digest that the build returns."
            )
    return None


def serverless_backend(case: Case) -> str | None:
    """Refuse settings that a backend of Cloud Run cannot have.

    https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts#restrictions
    """
    wrong = [name for name in ("timeoutSec", "healthChecks", "portName") if case.inputs.get(name)]
    if case.inputs.get("timeoutSec") == WAIT:
        wrong.remove("timeoutSec")  # what Compute Engine takes when none is set
    if case.traits.token != BACKEND or not wrong:
        return None
    groups = {short(group) for group in every(case.inputs, "backends.group")}
    for endpoints in case.world.resources(ENDPOINTS):
        if endpoints.outputs.get("name") in groups and endpoints.outputs.get("networkEndpointType") == "SERVERLESS":
            return f"{case.title} leads to Cloud Run, where {' and '.join(wrong)} cannot be set. Leave it out."
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("watches-one-thing", Stage.CHECK, "monitoring API, uptimeCheckConfigs", watches_one_thing),
    LaunchRule("reserved-variable", Stage.CHECK, "Cloud Run container contract", reserved_variable),
    LaunchRule("proxy-without-certificate", Stage.CHECK, "compute API, targetHttpsProxies", proxy_without_certificate),
    LaunchRule("few-regions", Stage.CHECK, "monitoring API, uptimeCheckConfigs", few_regions),
    LaunchRule("mixed-promql", Stage.CHECK, "FACTS: one PromQL condition a policy", mixed_promql),
    LaunchRule("project-missing", Stage.APPLY, "Resource Manager API", no_project),
    LaunchRule("place-missing", Stage.APPLY, "tpg, provider fallbacks", nowhere),
    LaunchRule("service-disabled", Stage.APPLY, "Service Usage: SERVICE_DISABLED; tpg#8214", api_disabled),
    LaunchRule("billing-missing", Stage.APPLY, "Service Usage: billing must be enabled", no_billing),
    LaunchRule("parent-missing", Stage.APPLY, "each API's 404", unknown_parent),
    LaunchRule("account-missing", Stage.APPLY, "IAM API: service account does not exist", unknown_account),
    LaunchRule("secret-unreadable", Stage.APPLY, "tpg#13786", unreadable_secret),
    LaunchRule("image-missing", Stage.APPLY, "Cloud Run API: image not found", missing_image),
    LaunchRule("serverless-backend", Stage.APPLY, "serverless NEG restrictions", serverless_backend),
    LaunchRule(
        "trigger-place", Stage.APPLY, "Eventarc API: location of Firestore triggers", trigger_away_from_its_database
    ),
    *deleted_names.RULES,
    *quotas.RULES,
    *log_metrics.RULES,
    *retention.RULES,
    *cloud_armor.RULES,
    *firestore.RULES,
    *workload_identity.RULES,
    *grants.RULES,
    *cloud_run.RULES,
    *timing.RULES,
    *monitoring.RULES,
    *alerting.RULES,
    *cloud_run_parts.RULES,
    *messaging.RULES,
    *scheduled_calls.RULES,
    *sizes.RULES,
    *storing.RULES,
    *whereabouts.RULES,
    *run_values.RULES,
    *alert_references.RULES,
    *stored_values.RULES,
    *run_bounds.RULES,
    *deliveries.RULES,
    *identities.RULES,
    *documents.RULES,
    *edges.RULES,
    *counting.RULES,
    *forms.RULES,
    *alternatives.RULES,
    *granted_roles.RULES,
    *load_balancing.RULES,
    *armor_limits.RULES,
    *watching.RULES,
    *run_sidecars.RULES,
    *spellings.RULES,
    *run_mounts.RULES,
    *moments.RULES,
    *event_places.RULES,
    *condition_names.RULES,
    *watched_parts.RULES,
    *watched_series.RULES,
    *dashboard_widgets.RULES,
    *neighbours.RULES,
    *armor_actions.RULES,
    *balancer_parts.RULES,
    *bucket_parts.RULES,
    *event_filters.RULES,
    *key_places.RULES,
)


def _project(world: World, name: Value) -> Resource | None:
    return world.resource(PROJECT, f"projects/{name}") if isinstance(name, str) else None


def project_of(case: Case) -> str | None:
    """Return the project whose APIs count: the resource's own, else that of the parent it names."""
    own = case.inputs.get("project")
    if isinstance(own, str) and own:
        return own
    parents = (found for parent in case.traits.parents for found in _named(case, parent.path, parent.kinds))
    return next((str(found.outputs["project"]) for found in parents if found.outputs.get("project")), None)


def _named(case: Case, path: str, kinds: tuple[str, ...]) -> Iterator[Resource]:
    wanted = {short(value) for value in leaves(case.inputs, path)}
    for kind in kinds:
        yield from (found for found in case.world.resources(kind) if short(found.id) in wanted)


def _is_enabled(world: World, project: str, api: str) -> bool:
    return world.resource(API, f"{project}/{api}") is not None


def _secret_references(case: Case) -> list[Properties]:
    prefix = {SERVICE: "template", JOB: "template.template"}.get(case.traits.token)
    if prefix is None:
        return []
    found = every(case.inputs, f"{prefix}.containers.envs.valueSource.secretKeyRef")
    return [reference for reference in found if isinstance(reference, dict)]


def _account(case: Case) -> str:
    prefix = "template" if case.traits.token == SERVICE else "template.template"
    default = f"{iam.project_number(case.world, str(case.inputs['project']))}-compute@developer.gserviceaccount.com"
    return str(short(at(case.inputs, f"{prefix}.serviceAccount")) or default)


def _has_version(world: World, secret: Resource, wanted: str) -> bool:
    """Tell whether the secret has the version, enabled; `latest` is the newest one, whatever its state."""
    rows = world.connection.execute(
        "SELECT number, state FROM secret_versions WHERE secret = ? AND born = ? ORDER BY number DESC",
        (secret.id, secret.created),
    ).fetchall()
    chosen = rows[:1] if wanted == "latest" else [row for row in rows if str(row["number"]) == wanted]
    return any(row["state"] == SecretVersionState.ENABLED for row in chosen)
