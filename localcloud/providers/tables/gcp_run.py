"""Rows of what runs: Cloud Run services and jobs, task queues, schedules."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.tables.gcp_common import (
    FROM_PROVIDER,
    PROTECTED,
    annotated,
    duration,
    google,
    iam_member,
    labelled,
    short,
)
from localcloud.providers.tables.gcp_project import ACCOUNT
from localcloud.providers.traits import Parent, Traits, between, like, one_of
from localcloud.providers.values import Value

SERVICE = "gcp:cloudrunv2/service:Service"
JOB = "gcp:cloudrunv2/job:Job"
QUEUE = "gcp:cloudtasks/queue:Queue"
TRIGGER = "gcp:eventarc/trigger:Trigger"
READY = {"type": "Ready", "state": "CONDITION_SUCCEEDED"}
AGENT = r"[^@]+@(developer|cloudservices|appspot|gcp-sa-[a-z0-9-]+\.iam|cloudbuild)\.gserviceaccount\.com"
NAME = like("name", r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?", "at most 49 lower-case letters, digits or hyphens")


def _revision(known: Mapping[str, Value]) -> str:
    return f"{known['name']}-{int(_generation(known)):05d}-{str(known['hex32'])[:3]}"


def _generation(known: Mapping[str, Value]) -> str:
    return str(int(known["previous"].get("generation", "0")) + 1)


def _runs_as(path: str) -> Parent:
    return Parent(
        path, (ACCOUNT,), ("{email}", "{name}"), AGENT, "create the serviceaccount.Account, or pass its .email"
    )


def _probes(prefix: str) -> tuple[object, ...]:
    """Return the limits of probes (https://cloud.google.com/run/docs/configuring/healthchecks)."""
    return tuple(
        between(f"{prefix}.{probe}.{name}", low, high)
        for probe in ("startupProbe", "livenessProbe")
        for name, low, high in (
            ("initialDelaySeconds", 0, 240 if probe == "startupProbe" else 3600),
            ("timeoutSeconds", 1, 240 if probe == "startupProbe" else 3600),
            ("periodSeconds", 1, 240 if probe == "startupProbe" else 3600),
            ("failureThreshold", 1, 1_000_000),
        )
    )


ROWS: tuple[Traits, ...] = (
    google(
        SERVICE,
        "projects/{project}/locations/{location}/services/{name}",
        "cloudrunv2/resource_cloud_run_v2_service.go; address: "
        "https://cloud.google.com/run/docs/triggering/https-request#deterministic",
        service="run.googleapis.com",
        autonames=("name",),
        defaults={
            "deletionProtection": True,
            "ingress": "INGRESS_TRAFFIC_ALL",
            "launchStage": "GA",
            "deletionPolicy": "DELETE",
            "defaultUriDisabled": False,
            "invokerIamDisabled": False,
        },
        minted={"uid": "{uuid}", "createTime": "{now}", "creator": "rehearsal@localhost"},
        computed={
            **annotated(),
            "updateTime": "{now}",
            "lastModifier": "rehearsal@localhost",
            "etag": "{hex32}",
            "uri": "https://{name}-{number}.{location}.run.app",
            "urls": ["{uri}"],
            "generation": _generation,
            "observedGeneration": "{generation}",
            "latestCreatedRevision": lambda known: _of_service(known, _revision(known)),
            "latestReadyRevision": "{latestCreatedRevision}",
            "reconciling": False,
            "terminalConditions": [READY],
            "conditions": [{"type": kind, "state": READY["state"]} for kind in ("RoutesReady", "ConfigurationsReady")],
            "trafficStatuses": [
                {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100, "uri": "{uri}", "revision": ""}
            ],
        },
        limits=(
            NAME,
            duration("template.timeout"),
            between("template.maxInstanceRequestConcurrency", 0, 1000),
            between("template.scaling.maxInstanceCount", 1, 5000),
            between("template.scaling.minInstanceCount", 0, 5000),
            between("template.containers.ports.containerPort", 1, 65535),
            *_probes("template.containers"),
        ),
        parents=(_runs_as("template.serviceAccount"),),
        guards=(PROTECTED,),
    ),
    iam_member(
        "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
        lambda known: f"projects/{known['project']}/locations/{known['location']}/services/{short(known['name'])}",
        "cloudrunv2/iam_cloud_run_v2_service.go",
        ("name", "location", "project"),
        (Parent("name", (SERVICE,), ("{name}", "{id}"), cure="create the Service first, or pass its .name"),),
        "run.googleapis.com",
    ),
    google(
        JOB,
        "projects/{project}/locations/{location}/jobs/{name}",
        "cloudrunv2/resource_cloud_run_v2_job.go",
        service="run.googleapis.com",
        autonames=("name",),
        defaults={"deletionProtection": True, "launchStage": "GA", "deletionPolicy": "DELETE"},
        minted={"uid": "{uuid}", "createTime": "{now}", "creator": "rehearsal@localhost"},
        computed={
            **annotated(),
            "updateTime": "{now}",
            "etag": "{hex32}",
            "generation": _generation,
            "observedGeneration": "{generation}",
            "terminalConditions": [READY],
        },
        limits=(
            NAME,
            duration("template.template.timeout"),
            between("template.taskCount", 1, 10_000),
            between("template.template.maxRetries", 0, 10),
        ),
        parents=(_runs_as("template.template.serviceAccount"),),
        guards=(PROTECTED,),
    ),
    google(
        QUEUE,
        "projects/{project}/locations/{location}/queues/{name}",
        "cloudtasks/resource_cloud_tasks_queue.go; limits: https://cloud.google.com/tasks/docs/quotas and the "
        "reference of projects.locations.queues",
        service="cloudtasks.googleapis.com",
        autonames=("name",),
        defaults={
            "desiredState": "RUNNING",
            "rateLimits": {"maxBurstSize": 100, "maxConcurrentDispatches": 1000, "maxDispatchesPerSecond": 500},
            "retryConfig": {
                "maxAttempts": 100,
                "maxBackoff": "3600s",
                "maxDoublings": 16,
                "maxRetryDuration": "0s",
                "minBackoff": "0.100s",
            },
        },
        computed={"state": "{desiredState}"},
        limits=(
            like("name", r"[A-Za-z0-9-]{1,100}", "1 to 100 letters, digits or hyphens"),
            between("retryConfig.maxAttempts", 1, 100, "1 to 100, or -1 for without end", besides=(-1,)),
            between("retryConfig.maxDoublings", 0, 16),
            duration("retryConfig.minBackoff"),
            duration("retryConfig.maxBackoff"),
            duration("retryConfig.maxRetryDuration"),
            between("rateLimits.maxDispatchesPerSecond", 0, 500, "a rate up to 500 a second"),
            between("rateLimits.maxConcurrentDispatches", 1, 5000),
            between("stackdriverLoggingConfig.samplingRatio", 0, 1),
        ),
    ),
    iam_member(
        "gcp:cloudtasks/queueIamMember:QueueIamMember",
        lambda known: f"projects/{known['project']}/locations/{known['location']}/queues/{short(known['name'])}",
        "cloudtasks/iam_cloud_tasks_queue.go",
        ("name", "location", "project"),
        (Parent("name", (QUEUE,), ("{name}", "{id}"), cure="create the Queue first, or pass its .name"),),
        "cloudtasks.googleapis.com",
    ),
    google(
        TRIGGER,
        "projects/{project}/locations/{location}/triggers/{name}",
        "eventarc/resource_eventarc_trigger.go",
        service="eventarc.googleapis.com",
        autonames=("name",),
        defaults={"eventDataContentType": "application/json", "deletionPolicy": "DELETE"},
        minted={"uid": "{uuid}", "createTime": "{now}"},
        computed={**labelled(), "etag": "{hex32}", "updateTime": "{now}", "conditions": {}},
        limits=(
            one_of("matchingCriterias.operator", "match-path-pattern"),
            one_of("eventDataContentType", "application/json", "application/protobuf"),
            like("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "at most 63 lower-case letters, digits or hyphens"),
        ),
        parents=(
            _runs_as("serviceAccount"),
            Parent(
                "destination.cloudRunService.service",
                (SERVICE,),
                ("{name}", "{id}"),
                cure="create the Service first, or pass its .name",
            ),
        ),
    ),
    google(
        "gcp:cloudscheduler/job:Job",
        "projects/{project}/locations/{region}/jobs/{name}",
        "cloudscheduler/resource_cloud_scheduler_job.go",
        service="cloudscheduler.googleapis.com",
        autonames=("name",),
        defaults={
            "timeZone": "Etc/UTC",
            "attemptDeadline": "180s",
            "paused": False,
            "region": FROM_PROVIDER["region"],
        },
        computed={"state": lambda known: "PAUSED" if known.get("paused") else "ENABLED"},
        limits=(
            like("name", r"[A-Za-z0-9_-]{1,500}", "1 to 500 letters, digits, hyphens or underscores"),
            between("retryConfig.maxDoublings", 0, 1_000),
            duration("attemptDeadline"),
            between("retryConfig.retryCount", 0, 5),
            like(
                "schedule",
                r"\S+( \S+){4}|every .+|.+ of .+ \d{2}:\d{2}",
                "a cron line of five fields such as 0 3 * * *",
            ),
        ),
        parents=(_runs_as("httpTarget.oidcToken.serviceAccountEmail"),),
    ),
)


def _of_service(known: Mapping[str, Value], revision: str) -> str:
    return f"projects/{known['project']}/locations/{known['location']}/services/{known['name']}/revisions/{revision}"
