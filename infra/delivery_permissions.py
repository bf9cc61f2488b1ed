"""What the accounts of a CI may do, permission by permission: one that looks, one that deploys.

Google's viewers and administrators of a service reach further: into documents, files, logs and tasks of customers. So
the permissions are roles of our own, as long as what the program makes asks for them (`tests/infra/
test_delivery_permissions.py` holds both lists against the rehearsal's table of calls, in both directions).
"""

from __future__ import annotations

from collections.abc import Mapping

LOOKED_AT: Mapping[str, str] = {
    "artifactregistry.repositories": "get getIamPolicy",
    "certificatemanager.certmapentries": "get",
    "certificatemanager.certmaps": "get",
    "certificatemanager.certs": "get",
    "certificatemanager.dnsauthorizations": "get",
    "cloudkms.cryptoKeys": "getIamPolicy",
    "cloudscheduler.jobs": "get",
    "cloudtasks.queues": "get getIamPolicy",
    "compute.backendServices": "get",
    "compute.globalAddresses": "get",
    "compute.globalForwardingRules": "get",
    "compute.regionNetworkEndpointGroups": "get",
    "compute.securityPolicies": "get",
    "compute.sslPolicies": "get",
    "compute.targetHttpProxies": "get",
    "compute.targetHttpsProxies": "get",
    "compute.urlMaps": "get",
    "datastore.backupSchedules": "get",
    "datastore.databases": "getMetadata",
    "datastore.schemas": "get",
    "eventarc.triggers": "get",
    "firebase.clients": "get",
    "firebase.projects": "get",
    "firebaseauth.configs": "get",
    "firebasehosting.sites": "get",
    "firebaserules.releases": "get",
    "firebaserules.rulesets": "get",
    "iam.roles": "get",
    "iam.serviceAccounts": "get getIamPolicy",
    "logging.logMetrics": "get",
    "monitoring.alertPolicies": "get",
    "monitoring.dashboards": "get",
    "monitoring.notificationChannels": "get",
    "monitoring.services": "get",
    "monitoring.slos": "get",
    "monitoring.uptimeCheckConfigs": "get",
    "pubsub.topics": "get getIamPolicy",
    "resourcemanager.projects": "get getIamPolicy",
    "run.services": "get getIamPolicy",
    "secretmanager.secrets": "get getIamPolicy",
    "secretmanager.versions": "get",
    "serviceusage.services": "list",
    "storage.buckets": "get getIamPolicy",
}
"""What a refresh asks for."""

LOOKED_AT_BESIDES: Mapping[str, str] = {
    "cloudasset.assets": "searchAllIamPolicies",  # who holds which role: what is in no state, a refresh does not see
    "serviceusage.services": "use",  # calls count against the quota of the launch's project
}

CHANGED: Mapping[str, str] = {
    "artifactregistry.repositories": "create delete downloadArtifacts setIamPolicy update",
    "certificatemanager.certmapentries": "create delete update",
    "certificatemanager.certmaps": "create delete update use",
    "certificatemanager.certs": "create delete update use",
    "certificatemanager.dnsauthorizations": "create delete update use",
    "certificatemanager.operations": "get",
    "cloudkms.cryptoKeys": "setIamPolicy",
    "cloudscheduler.jobs": "create delete update",
    "cloudtasks.queues": "create delete setIamPolicy update",
    "compute.backendServices": "create delete setSecurityPolicy update use",
    "compute.globalAddresses": "create delete setLabels use",
    "compute.globalForwardingRules": "create delete setLabels setTarget update",
    "compute.globalOperations": "get",
    "compute.regionNetworkEndpointGroups": "create delete use",
    "compute.regionOperations": "get",
    "compute.securityPolicies": "create delete update use",
    "compute.sslPolicies": "create delete update use",
    "compute.targetHttpProxies": "create delete setUrlMap update use",
    "compute.targetHttpsProxies": "create delete setCertificateMap setSslPolicy setUrlMap update use",
    "compute.urlMaps": "create delete update use",
    "datastore.backupSchedules": "create delete update",
    "datastore.databases": "create delete update",
    "datastore.operations": "get",
    "datastore.schemas": "create delete update",
    "eventarc.operations": "get",
    "eventarc.triggers": "create delete update",
    "firebase.clients": "create delete update",
    "firebase.projects": "update",
    "firebaseauth.configs": "create update",
    "firebasehosting.sites": "create delete update",
    "firebaserules.releases": "create delete update",
    "firebaserules.rulesets": "create delete",
    "iam.roles": "create delete undelete update",
    "iam.serviceAccounts": "create delete setIamPolicy update",
    "logging.logMetrics": "create delete update",
    "monitoring.alertPolicies": "create delete update",
    "monitoring.dashboards": "create delete update",
    "monitoring.notificationChannels": "create delete update",
    "monitoring.services": "create delete update",
    "monitoring.slos": "create delete update",
    "monitoring.uptimeCheckConfigs": "create delete update",
    "pubsub.topics": "create delete setIamPolicy update",
    "resourcemanager.projects": "setIamPolicy update",
    "run.operations": "get",
    "run.services": "create delete setIamPolicy update",
    "secretmanager.secrets": "create delete setIamPolicy update",
    "secretmanager.versions": "add destroy disable enable",
    "serviceusage.services": "disable enable get",
    "storage.buckets": "create delete setIamPolicy update",
}
"""What the program's resources ask for when they are made, changed and deleted."""

CHANGED_BESIDES: Mapping[str, str] = {
    "cloudbuild.builds": "create get",  # the image
    "secretmanager.versions": "access list",  # whether each secret has a value that can serve and is in its place
}

POOLS = {"look": "roles/iam.workloadIdentityPoolViewer", "change": "roles/iam.workloadIdentityPoolAdmin"}
"""Google's own roles, because the permissions of workload identity pools bear the name of their API."""

BILLING = {"look": "roles/billing.viewer", "change": "roles/billing.costsManager"}
"""On the billing account, which takes Google's own roles alone: the budget lies there and not in the project."""


def listed(*tables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the permissions of tables (kind → verbs) in order, each once: `run.services.get`."""
    found = {f"{kind}.{verb}" for table in tables for kind, verbs in table.items() for verb in verbs.split()}
    return tuple(sorted(found))


PREVIEWING = listed(LOOKED_AT, LOOKED_AT_BESIDES)
DEPLOYING = listed(LOOKED_AT, LOOKED_AT_BESIDES, CHANGED, CHANGED_BESIDES)
