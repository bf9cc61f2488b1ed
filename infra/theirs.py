"""What the program leaves to others: properties that a founder sets in a console, or had set before the launch.

Google's and Cloudflare's providers take away what a program leaves out, unless the property is computed too: a PATCH's
update mask names it, with nothing in it (terraform-plugin-sdk, `helper/schema`; the schemas of the providers). The
engine's `ignoreChanges` keeps such a property out of the mask. `tests/infra/test_theirs.py` holds both tables against
the providers' schemas.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

Properties = tuple[str, ...]

CONSOLE: Mapping[str, Properties] = {
    # Google Sign-In, App Check and dynamic links read the fingerprints, which Play's console shows after an upload.
    "firebase/AndroidApp": ("sha1Hashes", "sha256Hashes"),
    "firebase/AppleApp": ("appStoreId", "teamId"),
    "identityplatform/Config": ("autodeleteAnonymousUsers", "blockingFunctions", "quota"),
    "index/DnsRecord": ("comment", "privateRouting"),
    "index/BotManagement": ("isRobotsTxtManaged",),
    # Answered by the API with all three ways to send, empty or not (terraform-provider-cloudflare#7342).
    "index/NotificationPolicy": (
        *("alertInterval", "description", "filters"),
        *("mechanisms.pagerduties", "mechanisms.webhooks"),
    ),
    "organizations/Project": ("folderId", "orgId", "tags"),
}
"""By type: what people set in a console, on resources that the program makes as well as on adopted ones."""

KEPT: Mapping[str, Properties] = {
    # Google's provider deletes the release of other rules and makes it again (terraform-provider-google#25823).
    "firebaserules/Release": ("rulesetName",),
    # Chosen for ever when a secret is made: regions of the founder's, or keys of his own, without which nothing opens.
    "secretmanager/Secret": ("replication",),
    # Rules made in the dashboard are in an entry point named `default`; another name would be another ruleset.
    "index/Ruleset": ("name",),
    "firebase/AndroidApp": ("displayName",),
    "firebase/AppleApp": ("displayName",),
    "firebase/WebApp": ("displayName",),
}
"""By type: what stays as it is on an adopted resource, even where the program says something."""

BEFORE: Mapping[str, Properties] = {
    "compute/BackendService": (
        *("affinityCookieTtlSec", "circuitBreakers", "compressionMode", "connectionDrainingTimeoutSec"),
        *("consistentHash", "customMetrics", "customRequestHeaders", "customResponseHeaders", "description"),
        *("dynamicForwarding", "edgeSecurityPolicy", "enableCdn", "externalManagedMigrationState"),
        *("externalManagedMigrationTestingPercentage", "healthChecks", "ipAddressSelectionPolicy"),
        *("localityLbPolicies", "localityLbPolicy", "maxStreamDuration", "networkPassThroughLbTrafficPolicy"),
        *("outlierDetection", "params", "securitySettings", "serviceLbPolicy", "strongSessionAffinityCookie"),
        *("tlsSettings", "logConfig.optionalFields", "logConfig.requestHeaders", "logConfig.responseHeaders"),
    ),
    "storage/Bucket": (
        *("autoclass", "cors", "customPlacementConfig", "defaultEventBasedHold", "enableObjectRetention", "encryption"),
        *("hierarchicalNamespace", "ipFilter", "labels", "lifecycleRules", "logging", "requesterPays"),
        *("retentionPolicy", "storageClass"),
    ),
    # What stops the spending listens to the topic.
    "billing/Budget": ("ownershipScope", "allUpdatesRule.enableProjectLevelRecipients", "allUpdatesRule.pubsubTopic"),
    "certificatemanager/Certificate": ("description", "labels", "location", "scope"),
    "certificatemanager/CertificateMap": ("description", "labels"),
    "certificatemanager/CertificateMapEntry": ("description", "labels"),
    "monitoring/CustomService": ("telemetry", "userLabels"),
    "firestore/Database": ("cmekConfig", "tags"),
    "certificatemanager/DnsAuthorization": ("description", "labels", "location"),
    "compute/GlobalAddress": ("addressType", "description", "ipVersion", "labels", "network", "purpose"),
    "compute/GlobalForwardingRule": (
        *("allowPscGlobalAccess", "description", "externalManagedBackendBucketMigrationState"),
        *("externalManagedBackendBucketMigrationTestingPercentage", "ipVersion", "labels", "metadataFilters"),
        *("noAutomateDnsZone", "sourceIpRanges"),
    ),
    "firebase/HostingSite": ("appId",),
    "projects/IAMCustomRole": ("description", "stage"),
    "firestore/Index": ("apiScope", "multikey"),
    "cloudscheduler/Job": ("description", "httpTarget.headers"),
    "logging/Metric": ("bucketName", "bucketOptions", "metricDescriptor.displayName"),
    "monitoring/AlertPolicy": (
        *("userLabels", "alertStrategy.notificationChannelStrategies", "alertStrategy.notificationPrompts"),
        *("documentation.links", "documentation.subject"),
    ),
    "monitoring/NotificationChannel": ("description", "sensitiveLabels", "userLabels"),
    "cloudtasks/Queue": ("appEngineRoutingOverride", "httpTarget"),
    "compute/RegionNetworkEndpointGroup": ("description", "subnetwork"),
    "artifactregistry/Repository": (
        *("description", "dockerConfig", "kmsKeyName", "labels", "mavenConfig", "mode", "remoteRepositoryConfig"),
        "virtualRepositoryConfig",
    ),
    "compute/SSLPolicy": ("customFeatures", "description", "postQuantumKeyExchange"),
    "secretmanager/Secret": ("annotations", "labels", "tags", "ttl", "versionAliases"),
    "compute/SecurityPolicy": ("adaptiveProtectionConfig", "labels", "recaptchaOptionsConfig"),
    "cloudrunv2/Service": (
        *("annotations", "binaryAuthorization", "buildConfig", "client", "clientVersion", "customAudiences"),
        *("description", "labels", "multiRegionSettings", "tags"),
        *("template.annotations", "template.encryptionKey", "template.executionEnvironment"),
        *("template.gpuZonalRedundancyDisabled", "template.labels", "template.nodeSelector", "template.serviceMesh"),
        *("template.sessionAffinity", "template.vpcAccess"),
    ),
    "monitoring/Slo": ("userLabels",),
    "compute/TargetHttpProxy": ("description", "httpKeepAliveTimeoutSec"),
    "compute/TargetHttpsProxy": ("description", "httpKeepAliveTimeoutSec", "quicOverride", "serverTlsPolicy"),
    "pubsub/Topic": (
        *("ingestionDataSourceSettings", "kmsKeyName", "labels", "messageRetentionDuration", "messageTransforms"),
        *("schemaSettings", "tags"),
    ),
    "eventarc/Trigger": ("channel", "labels", "retryPolicy"),
    "compute/URLMap": ("defaultCustomErrorResponsePolicy", "defaultRouteAction", "description", "headerAction"),
    "monitoring/UptimeCheckConfig": (
        *("contentMatchers", "logCheckFailures", "resourceGroup", "selectedRegions", "userLabels"),
        *("httpCheck.authInfo", "httpCheck.maskHeaders", "httpCheck.pingConfig"),
        "httpCheck.serviceAgentAuthentication",
    ),
    "index/WorkersScript": ("assets", "keepAssets", "keepBindings", "logpush"),
    "iam/WorkloadIdentityPool": ("attestationRules", "description", "displayName", "inlineTrustConfig"),
    "iam/WorkloadIdentityPoolProvider": ("description", "displayName"),
    "index/ZoneDnssec": ("dnssecMultiSigner", "dnssecPresigned", "dnssecUseNsec3"),
    "serviceaccount/Account": ("description",),
}
"""By type: what an adopted resource may have had before and the program has nothing to say about.

Items of a list (rules, containers, conditions) are the program's as a whole: by its position alone, no path could say
which item of before is meant.
"""


def ignored(type_: str, given: Collection[str], *, adopted: bool) -> list[str]:
    """Return the properties of a resource that its provider must leave alone, as the engine names them (camelCase).

    `type_` is its type's token, `given` what the program sets (in either spelling): what it sets counts, except for
    what is `KEPT` of an adopted resource. A part (`logConfig.optionalFields`) is left alone in a block that is given:
    where the block is missing, the engine refuses the path (3.200, `processIgnoreChanges` in step_generator.go).
    """
    kind, said = short(type_), {_camel(name) for name in given}
    possible = (*CONSOLE.get(kind, ()), *(BEFORE.get(kind, ()) if adopted else ()))
    left = [name for name in possible if (name.partition(".")[0] in said) is ("." in name)]
    return [*left, *(KEPT.get(kind, ()) if adopted else ())]


def short(type_: str) -> str:
    """Return how the tables name a type: `firebase/AndroidApp` for `gcp:firebase/androidApp:AndroidApp`."""
    _, _, path = type_.partition(":")
    return f"{path.partition('/')[0]}/{path.rpartition(':')[2]}"


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda part: part.group(1).upper(), name)
