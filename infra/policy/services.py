"""Rules on what runs and what calls it."""

from __future__ import annotations

from typing import Any

from handlers.service_manifest import SERVICE_MANIFESTS
from infra.policy.iam import DEFAULT_ACCOUNT
from infra.policy.rule import Resource, Rule, of

SERVICE = of("gcp:cloudrunv2/Service")
RUNS = SERVICE | of("gcp:cloudrunv2/Job")
PUBLIC = {role.name for role in SERVICE_MANIFESTS.values() if role.public}
# Asked by other services, which Cloud Run does not count as internal; they hold nothing, and IAM decides who comes in.
ANSWERS = {role.name for role in SERVICE_MANIFESTS.values() if role.asked_by}


def _template(resource: Resource) -> Any:
    template = resource.properties.get("template") or {}
    return template.get("template") or template  # a job has one more inside


def _runs_as_default(resource: Resource) -> str | None:
    account = _template(resource).get("serviceAccount")
    if not account:
        return "names no service account and would run as the project's default one"
    return f"runs as the default account {account}" if DEFAULT_ACCOUNT.search(account) else None


def _is_open(resource: Resource) -> str | None:
    if resource.properties.get("invokerIamDisabled") and resource.properties.get("name") not in PUBLIC:
        return f"asks nobody for an identity; only {', '.join(sorted(PUBLIC))} may"
    return None


def _is_reached_from_outside(resource: Resource) -> str | None:
    ingress = resource.properties.get("ingress", "INGRESS_TRAFFIC_ALL")
    private = resource.properties.get("name") not in PUBLIC | ANSWERS
    return "can be reached from the whole internet" if private and ingress != "INGRESS_TRAFFIC_INTERNAL_ONLY" else None


def _runs_a_tag(resource: Resource) -> str | None:
    images = [container["image"] for container in _template(resource)["containers"]]
    return next(
        (f"runs {image}, and a tag can mean another image tomorrow" for image in images if "@sha256:" not in image),
        None,
    )


def _calls_without_identity(resource: Resource) -> str | None:
    target = resource.properties.get("httpTarget") or {}
    if not target:
        return None
    if not str(target.get("uri", "")).startswith("https://"):
        return f"calls {target.get('uri')} in the open"
    return None if target.get("oidcToken") or target.get("oauthToken") else "calls without an identity"


def _cannot_be_told(resource: Resource) -> str | None:
    return None if resource.properties.get("stackdriverLoggingConfig") else "logs no delivery"


SERVICES: tuple[Rule, ...] = (
    Rule(
        "run.own-account",
        "Each service runs as an account of its own",
        "CIS GCP 4.1, cloud.google.com/run/docs/securing/service-identity",
        RUNS,
        _runs_as_default,
        "Set service_account to the account that infra/service_accounts.py makes for it",
    ),
    Rule(
        "run.public-by-list",
        "Only the public door is open to callers without an identity",
        "Checkov CKV_GCP_102",
        SERVICE,
        _is_open,
        "Drop invoker_iam_disabled, or make the service public in handlers/service_manifest.py "
        "if it verifies its callers itself",
    ),
    Rule(
        "run.private-ingress",
        "Private services cannot be reached from the internet",
        "cloud.google.com/run/docs/securing/ingress",
        SERVICE,
        _is_reached_from_outside,
        "Set ingress to INGRESS_TRAFFIC_INTERNAL_ONLY",
    ),
    Rule(
        "run.by-digest",
        "What runs is named by its digest",
        "cloud.google.com/run/docs/deploying#service, SLSA",
        RUNS,
        _runs_a_tag,
        "Deploy the digest that the build returns",
    ),
    Rule(
        "schedule.identified",
        "Scheduled calls carry an identity, by https",
        "cloud.google.com/scheduler/docs/http-target-auth",
        of("gcp:cloudscheduler/Job"),
        _calls_without_identity,
        "Set oidc_token with the caller's service account",
    ),
    Rule(
        "queue.logged",
        "Every delivery of a queue is logged",
        "cloud.google.com/tasks/docs/logging",
        of("gcp:cloudtasks/Queue"),
        _cannot_be_told,
        "Set stackdriver_logging_config",
    ),
)
