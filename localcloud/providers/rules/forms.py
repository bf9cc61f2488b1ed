"""How Google's APIs want single texts to be written, where the providers' schemas do not say it.

Each row names the reference that states the form; `REST` is the API's own reference of the type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules import documents, timing
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.tables.gcp_data import BUCKET, OBJECT, REPOSITORY, SECRET, SUBSCRIPTION, TOPIC
from localcloud.providers.tables.gcp_monitoring import METRIC
from localcloud.providers.tables.gcp_monitoring import SERVICE as WATCHED
from localcloud.providers.tables.gcp_network import CERTIFICATE, FORWARDING, HTTPS_PROXY
from localcloud.providers.tables.gcp_project import BUDGET, CRYPTO_KEY, KEY_RING
from localcloud.providers.tables.gcp_run import JOB as RUN_JOB
from localcloud.providers.tables.gcp_run import SERVICE
from localcloud.providers.values import leaves

IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity"
ACTING = "gcp:serviceaccount/iAMMember:IAMMember"
BILLS = "gcp:billing/accountIamMember:AccountIamMember"
SLO = "gcp:monitoring/slo:Slo"

KEY = r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+"
KEY_IN_FULL = "a key in full, projects/PROJECT/locations/PLACE/keyRings/RING/cryptoKeys/KEY"
DOMAIN = r"(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}\.?"
CLASSES = r"STANDARD|MULTI_REGIONAL|REGIONAL|NEARLINE|COLDLINE|ARCHIVE|DURABLE_REDUCED_AVAILABILITY"
CLASS = "STANDARD, NEARLINE, COLDLINE or ARCHIVE"
QUANTITY = r"\d+(\.\d+)?([KMGTPE]i|[kKMGTPE]|m)?"


@dataclass(frozen=True)
class Form:
    """The form of the texts at a path: a pattern for the whole text, what to write instead, and who says so."""

    path: str
    pattern: str
    words: str
    source: str


FORMS: Mapping[str, tuple[Form, ...]] = {
    PROJECT: (
        Form("orgId", r"(organizations/)?\d+", "the organization's number", "Resource Manager API, Project.parent"),
        Form("folderId", r"(folders/)?\d+", "the folder's number", "Resource Manager API, Project.parent"),
        Form(
            "billingAccount",
            r"(billingAccounts/)?([0-9A-F]{6}-){2}[0-9A-F]{6}",
            "the billing account's number, such as 012345-6789AB-CDEF01",
            "Cloud Billing API, ProjectBillingInfo",
        ),
        Form(
            "projectId",
            r"(?!.*(google|ssl|undefined|null)).*",
            "an id without google, ssl, undefined and null, which Google keeps",
            "Resource Manager: creating projects, restricted strings",
        ),
    ),
    IDENTITY: (
        Form("service", r"[^/\s]+\.[^/\s]+", "the API in full, such as pubsub.googleapis.com", "Service Usage API"),
    ),
    BILLS: (
        Form(
            "billingAccountId",
            r"(billingAccounts/)?([0-9A-F]{6}-){2}[0-9A-F]{6}",
            "the billing account's number, such as 012345-6789AB-CDEF01",
            "Cloud Billing API, billingAccounts",
        ),
    ),
    SLO: (
        Form("sloId", r"[a-zA-Z0-9_:.-]+", "letters, digits and -_:.", "Monitoring API, serviceLevelObjectives.create"),
    ),
    ACTING: (
        Form(
            "serviceAccountId",
            r"projects/[^/]+/serviceAccounts/[^/]+",
            "the account in full, projects/PROJECT/serviceAccounts/ADDRESS: pass its .name",
            "tpg iam_service_account.go",
        ),
    ),
    CERTIFICATE: (
        Form("managed.domains", DOMAIN, "domains alone, such as api.acme.test", "Certificate Manager API, Certificate"),
    ),
    HTTPS_PROXY: (
        Form(
            "certificateMap",
            r"(//|https://)certificatemanager\.googleapis\.com/.*/certificateMaps/[^/]+",
            "//certificatemanager.googleapis.com/projects/PROJECT/locations/global/certificateMaps/MAP",
            "compute API, TargetHttpsProxy.certificateMap",
        ),
    ),
    FORWARDING: (
        Form(
            "portRange",
            r"(\d+)(-\1)?",
            "one port, such as 443",
            "Cloud Load Balancing: port specifications of Application Load Balancers",
        ),
    ),
    BUCKET: (
        Form("retentionPolicy.retentionPeriod", r"\d+", "whole seconds, such as 2592000", "Cloud Storage API, Bucket"),
        Form("encryption.defaultKmsKeyName", KEY, KEY_IN_FULL, "Cloud Storage API, Bucket.encryption"),
        Form("lifecycleRules.action.storageClass", CLASSES, CLASS, "Cloud Storage: storage classes"),
        Form("lifecycleRules.condition.matchesStorageClasses", CLASSES, CLASS, "Cloud Storage: storage classes"),
    ),
    OBJECT: (
        Form("storageClass", CLASSES, CLASS, "Cloud Storage: storage classes"),
        Form(
            "name",
            r"(?s)(?!\.well-known/acme-challenge/).*",
            "a name that does not begin with .well-known/acme-challenge/",
            "Cloud Storage: object naming",
        ),
    ),
    REPOSITORY: (Form("kmsKeyName", KEY, KEY_IN_FULL, "Artifact Registry API, Repository"),),
    TOPIC: (Form("kmsKeyName", KEY, KEY_IN_FULL, "Pub/Sub API, Topic"),),
    SUBSCRIPTION: (
        Form("messageRetentionDuration", r"\d+(\.\d{1,9})?s", "seconds, such as 604800s", "Pub/Sub API, Subscription"),
        Form("expirationPolicy.ttl", r"|\d+(\.\d{1,9})?s", "seconds, such as 2678400s", "Pub/Sub API, Subscription"),
    ),
    SECRET: (
        Form("versionAliases.*", r"\d+", "the number of a version, such as 1", "Secret Manager API, Secret"),
        Form(
            "versionAliases:keys",
            r"(?!(latest|NEW)$)[A-Za-z][A-Za-z0-9_-]{0,62}",
            "a letter, then letters, digits, - and _, but not latest or NEW",
            "Secret Manager API, Secret.versionAliases",
        ),
    ),
    METRIC: (
        Form("metricDescriptor.metricKind", "DELTA", "DELTA", "Logging API, LogMetric.metricDescriptor"),
        Form(
            "metricDescriptor.labels.key",
            r"[A-Za-z][A-Za-z0-9_]{0,99}",
            "a letter, then letters, digits and _",
            "Monitoring API, LabelDescriptor.key",
        ),
    ),
    WATCHED: (Form("serviceId", r"[a-z0-9-]+", "lower-case letters, digits and -", "Monitoring API, services.create"),),
    BUDGET: (
        Form(
            "budgetFilter.services",
            r"services/[0-9A-F]{4}(-[0-9A-F]{4}){2}",
            "services/ID with the id of the price list, such as services/152E-C115-5142 for Cloud Run",
            "Billing Budget API, Filter.services; Cloud Billing Catalog API, services.list",
        ),
        Form(
            "allUpdatesRule.monitoringNotificationChannels",
            r"projects/[^/]+/notificationChannels/[^/]+",
            "a channel in full, projects/PROJECT/notificationChannels/ID: pass its .id",
            "Billing Budget API, NotificationsRule",
        ),
    ),
    CRYPTO_KEY: (
        Form(
            "keyRing",
            r"(projects/[^/]+/locations/[^/]+/keyRings/[^/]+|[^/]+/[^/]+(/[^/]+)?)",
            "a key ring in full, projects/PROJECT/locations/PLACE/keyRings/RING: pass its .id",
            "tpg kms_utils.go",
        ),
        Form(
            "versionTemplate.protectionLevel",
            "SOFTWARE|HSM|EXTERNAL|EXTERNAL_VPC|HSM_SINGLE_TENANT",
            "SOFTWARE, HSM, EXTERNAL or EXTERNAL_VPC",
            "Cloud KMS API, ProtectionLevel",
        ),
    ),
    KEY_RING: (
        Form(
            "location",
            r"global|us|europe|asia|[a-z]{2}|(nam|eur|asia)\d+(-[a-z0-9]+)*|nam-eur-asia1|[a-z]+-[a-z]+\d+",
            "global or a region",
            "Cloud KMS: locations",
        ),
    ),
    documents.HOSTED: (
        Form("redirectTarget", DOMAIN, "a domain alone, such as acme.test", "Firebase Hosting API, CustomDomain"),
    ),
    timing.JOB: (Form("httpTarget.uri", r".{1,2083}", "at most 2083 characters", "Cloud Scheduler API, HttpTarget"),),
    SERVICE: (
        Form("description", r"(?s).{0,512}", "at most 512 characters", "Cloud Run API v2, Service.description"),
        Form(
            "annotations:keys",
            r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
            "letters, digits, -, _ and ., as Kubernetes does",
            "Cloud Run API v2, Service.annotations",
        ),
        *(
            Form(f"template.{path}", pattern, words, "Cloud Run API v2, Container")
            for path, pattern, words in (
                ("containers.envs.name", r"(?s).{0,32768}", "at most 32768 characters"),
                ("containers.name", r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "lower-case letters, digits and -"),
                ("containers.resources.limits:keys", "cpu|memory|nvidia.com/gpu", "cpu, memory or nvidia.com/gpu"),
                ("volumes.emptyDir.sizeLimit", QUANTITY, "an amount such as 512Mi"),
                (
                    "containers.volumeMounts.mountPath",
                    r"(?!/(dev|proc|sys)(/|$)).*",
                    "a path outside of /dev, /proc and /sys",
                ),
            )
        ),
    ),
    RUN_JOB: (
        Form(
            "template.template.containers.resources.limits:keys",
            "cpu|memory|nvidia.com/gpu",
            "cpu, memory or nvidia.com/gpu",
            "Cloud Run API v2, ResourceRequirements",
        ),
    ),
}


def wrong_form(case: Case) -> str | None:
    """Refuse a text that is not written as its API wants it."""
    return misspelt(case, FORMS)


def misspelt(case: Case, forms: Mapping[str, tuple[Form, ...]]) -> str | None:
    """Return what is wrong with the first text of a case that is not of the form that a table (by type) wants."""
    for form in forms.get(case.traits.token, ()):
        for text in _texts(case, form.path):
            if text and not re.fullmatch(form.pattern, text):  # the provider takes an empty text for none
                told = f'"{text}"' if len(text) <= 60 else f"a text of {len(text)} characters"
                path = form.path.removesuffix(".*").replace(":keys", "")
                return f"{case.title}: {path} has {told} ({REFUSED}). Write {form.words}."
    return None


def _texts(case: Case, path: str) -> list[str]:
    """Return the known texts at a path; `.*` at its end means the values of a map, `:keys` their keys."""
    place, keys, _ = path.partition(":keys")
    found = leaves(case.inputs, place.removesuffix(".*"))
    if keys:
        found = [key for each in found if isinstance(each, dict) for key in each]
    elif path.endswith(".*"):
        found = [value for each in found if isinstance(each, dict) for value in each.values()]
    return [each for each in found if isinstance(each, str)]


RULES: tuple[LaunchRule, ...] = (LaunchRule("text-form", Stage.CHECK, "each API's reference, see FORMS", wrong_form),)
