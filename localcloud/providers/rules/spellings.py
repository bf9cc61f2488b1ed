"""How Google's APIs want lengths of time, names of other resources, and words of a short list to be written.

The descriptions of the APIs (discovery documents) state each, as the row's source names it.
"""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules import timing
from localcloud.providers.rules.firestore import SIGN_IN
from localcloud.providers.rules.forms import KEY, KEY_IN_FULL, Form, misspelt
from localcloud.providers.tables.gcp_data import DATABASE, SECRET, SUBSCRIPTION, TOPIC
from localcloud.providers.tables.gcp_monitoring import ALERT, METRIC
from localcloud.providers.tables.gcp_network import URL_MAP
from localcloud.providers.tables.gcp_project import BUDGET
from localcloud.providers.tables.gcp_run import QUEUE, SERVICE, TRIGGER

CHANNEL = r"projects/[^/]+/notificationChannels/[^/]+"
HOST = r"[^/]{1,255}"
ENCRYPTED = "customerManagedEncryption.kmsKeyName"


def _seconds(source: str, *paths: str) -> tuple[Form, ...]:
    """Return that the texts at some paths are lengths of time, as google.protobuf.Duration is written in JSON."""
    return tuple(Form(path, r"\d+(\.\d{1,9})?s", "seconds, such as 600s", source) for path in paths)


SPELLINGS: Mapping[str, tuple[Form, ...]] = {
    TOPIC: (
        *_seconds("Pub/Sub API, Topic", "messageRetentionDuration"),
        Form(
            "schemaSettings.schema",
            r"projects/[^/]+/schemas/[^/]+|_deleted-schema_",
            "a schema in full, projects/PROJECT/schemas/SCHEMA: pass its .id",
            "Pub/Sub API, SchemaSettings.schema",
        ),
    ),
    SUBSCRIPTION: (
        *_seconds("Pub/Sub API, RetryPolicy", "retryPolicy.minimumBackoff", "retryPolicy.maximumBackoff"),
        Form(
            "bigqueryConfig.table",
            r"[^.\s]+[.:][^.\s]+\.[^.\s]+",
            "a table in full, PROJECT.DATASET.TABLE",
            "Pub/Sub API, BigQueryConfig.table",
        ),
        Form(
            "cloudStorageConfig.bucket",
            r"[^/:\s]+",
            "the bucket's name alone",
            "Pub/Sub API, CloudStorageConfig.bucket",
        ),
        Form(
            "cloudStorageConfig.filenameSuffix",
            r"(?s).*[^/]",
            "a text that does not end in /",
            "Pub/Sub API, CloudStorageConfig.filenameSuffix",
        ),
        Form(
            "pushConfig.attributes.x-goog-version",
            "v1|v1beta1|v1beta2",
            "v1, v1beta1 or v1beta2",
            "Pub/Sub API, PushConfig.attributes",
        ),
    ),
    SECRET: (
        *_seconds("Secret Manager API, Secret.versionDestroyTtl", "versionDestroyTtl"),
        *(
            Form(f"replication.{path}.{ENCRYPTED}", KEY, KEY_IN_FULL, "Secret Manager API, CustomerManagedEncryption")
            for path in ("auto", "userManaged.replicas")
        ),
        Form(
            "annotations:keys",
            r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
            "1 to 63 letters, digits, -, _ and ., a letter or digit first and last",
            "Secret Manager API, Secret.annotations",
        ),
    ),
    DATABASE: (Form("cmekConfig.kmsKeyName", KEY, KEY_IN_FULL, "Firestore API, CmekConfig"),),
    QUEUE: (
        Form(
            "httpTarget.uriOverride.host",
            r"[A-Za-z0-9.-]+",
            "a host alone, such as acme.test",
            "Cloud Tasks API, UriOverride",
        ),
        Form(
            "httpTarget.uriOverride.port",
            r"\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]",
            "a port up to 65535",
            "Cloud Tasks API, UriOverride.port",
        ),
    ),
    timing.JOB: _seconds(
        "Cloud Scheduler API, RetryConfig",
        *(f"retryConfig.{name}" for name in ("maxRetryDuration", "minBackoffDuration", "maxBackoffDuration")),
    ),
    TRIGGER: (
        Form(
            "channel",
            r"projects/[^/]+/locations/[^/]+/channels/[^/]+",
            "a channel in full, projects/PROJECT/locations/PLACE/channels/CHANNEL",
            "Eventarc API, Trigger.channel",
        ),
    ),
    SIGN_IN: (
        *_seconds("Identity Toolkit API, TemporaryQuota", "quota.signUpQuotaConfig.quotaDuration"),
        Form("mfa.enabledProviders", "PHONE_SMS", "PHONE_SMS", "Identity Toolkit API, MultiFactorAuthConfig"),
        Form(
            "blockingFunctions.triggers.eventType",
            "beforeCreate|beforeSignIn|beforeSendEmail|beforeSendSms",
            "beforeCreate or beforeSignIn",
            "Identity Toolkit API, BlockingFunctionsConfig.triggers",
        ),
    ),
    METRIC: (
        Form(
            "bucketName",
            r"projects/[^/]+/locations/[^/]+/buckets/[^/]+",
            "a log bucket in full, projects/PROJECT/locations/PLACE/buckets/BUCKET",
            "Logging API, LogMetric.bucketName",
        ),
        Form(
            "metricDescriptor.valueType",
            "INT64|DISTRIBUTION",
            "INT64 for a counter, or DISTRIBUTION",
            "Logging API, LogMetric.metricDescriptor; Cloud Logging: log-based metrics",
        ),
    ),
    ALERT: (
        *_seconds("Monitoring API, NotificationRateLimit", "alertStrategy.notificationRateLimit.period"),
        *_seconds(
            "Monitoring API, Aggregation.alignmentPeriod",
            *(
                f"conditions.{kind}.alignmentPeriod"
                for kind in (
                    "conditionThreshold.aggregations",
                    "conditionThreshold.denominatorAggregations",
                    "conditionAbsent.aggregations",
                )
            ),
        ),
        Form(
            "alertStrategy.notificationChannelStrategies.notificationChannelNames",
            CHANNEL,
            "a channel in full, projects/PROJECT/notificationChannels/ID: pass its .name",
            "Monitoring API, NotificationChannelStrategy",
        ),
    ),
    BUDGET: (
        Form(
            "budgetFilter.subaccounts", r"billingAccounts/[^/]+", "billingAccounts/NUMBER", "Billing Budget API, Filter"
        ),
        Form(
            "budgetFilter.resourceAncestors",
            r"(folders|organizations)/[^/]+",
            "folders/NUMBER or organizations/NUMBER",
            "Billing Budget API, Filter",
        ),
    ),
    SERVICE: (
        Form(
            "template.volumes.name",
            r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
            "lower-case letters, digits and -",
            "Knative serving, k8s_validation.go: a volume's name is a DNS label",
        ),
        Form("template.volumes.gcs.bucket", r"[^/:]+", "the bucket's name alone", "Cloud Run API v2, GCSVolumeSource"),
        Form(
            "template.volumes.secret.items.path",
            r"(?!/).*",
            "a path relative to where the volume is mounted, without / at its beginning",
            "Cloud Run API v2, VersionToPath",
        ),
        Form("template.encryptionKey", KEY, KEY_IN_FULL, "Cloud Run API v2, RevisionTemplate.encryptionKey"),
    ),
    URL_MAP: tuple(
        Form(f"{path}.hostRedirect", HOST, "a host alone, such as acme.test", "compute API, HttpRedirectAction")
        for path in (
            "defaultUrlRedirect",
            "pathMatchers.defaultUrlRedirect",
            "pathMatchers.pathRules.urlRedirect",
            "pathMatchers.routeRules.urlRedirect",
        )
    ),
}


def wrong_spelling(case: Case) -> str | None:
    """Refuse a length of time, a resource's name or a word that is not written as its API wants it."""
    return misspelt(case, SPELLINGS)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("text-spelling", Stage.CHECK, "descriptions of the APIs, see SPELLINGS", wrong_spelling),
)
