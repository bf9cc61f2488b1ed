"""What Google's APIs ask of whoever deploys: permission by permission, for each call that the provider makes of a type.

Sources: the page "IAM permissions" of each API's documentation; the names are those of Google's own roles
(`localcloud/providers/facts/permissions.txt`). Creating and changing ends with reading, and a long-running operation is
asked for until it is done (terraform-provider-google, `resource_*.go` and `*_operation.go`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROJECT, BILLING, BUCKET = "project", "billing", "bucket"


@dataclass(frozen=True)
class Calls:
    """The permissions by what is done with a resource, and on what they are asked: the project unless `on` says so.

    `acts_as` are paths of properties that name a service account which the caller hands over
    (`iam.serviceAccounts.actAs` on that account). Nobody needs to read a secret's value: the provider only logs that
    it could not (`resource_secret_manager_secret_version.go`).
    """

    read: tuple[str, ...]
    create: tuple[str, ...]
    update: tuple[str, ...]
    delete: tuple[str, ...]
    on: str = PROJECT
    acts_as: tuple[str, ...] = ()


def kept(kind: str, *during: str, on: str = PROJECT, acts_as: tuple[str, ...] = ()) -> Calls:
    """Return the calls of a resource with the usual four permissions; `during` are asked while it is changed."""
    get, create, update, delete = (f"{kind}.{verb}" for verb in ("get", "create", "update", "delete"))
    return Calls((get,), (create, get, *during), (update, get, *during), (delete, *during), on, acts_as)


def granted(kind: str, on: str = PROJECT) -> Calls:
    """Return the calls of one member of a policy, which is read, changed and written as a whole."""
    get = f"{kind}.getIamPolicy"
    both = (get, f"{kind}.setIamPolicy")
    return Calls((get,), both, both, both, on)


def used(kind: str, *more: str) -> Calls:
    """Return the calls of a resource of Compute Engine, which others point to (`use`)."""
    return kept(f"compute.{kind}", "compute.globalOperations.get", *more)


_POLICY = granted("resourcemanager.projects")
_SITES = ("firebasehosting.sites.get", "firebasehosting.sites.update")
_POOL, _PROVIDER = (f"iam.googleapis.com/workloadIdentity{kind}" for kind in ("Pools", "PoolProviders"))
_RUN = ("run.operations.get", "artifactregistry.repositories.downloadArtifacts")
_TLS = "certificatemanager"
_ENABLE = ("serviceusage.services.enable", "serviceusage.services.get")

CALLS: Mapping[str, Calls] = {
    "gcp:organizations/project:Project": kept("resourcemanager.projects"),
    "gcp:projects/service:Service": Calls(
        ("serviceusage.services.list",),
        (*_ENABLE, "serviceusage.services.list"),
        ("serviceusage.services.list",),
        ("serviceusage.services.disable", "serviceusage.services.get"),
    ),
    "gcp:projects/serviceIdentity:ServiceIdentity": Calls((), _ENABLE, (), ()),
    "gcp:projects/iAMMember:IAMMember": _POLICY,
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": _POLICY,
    "gcp:projects/iAMCustomRole:IAMCustomRole": Calls(
        ("iam.roles.get",),
        ("iam.roles.get", "iam.roles.create", "iam.roles.undelete"),
        ("iam.roles.get", "iam.roles.update"),
        ("iam.roles.delete",),
    ),
    "gcp:serviceaccount/account:Account": kept("iam.serviceAccounts"),
    "gcp:serviceaccount/iAMMember:IAMMember": granted("iam.serviceAccounts"),
    "gcp:firebase/project:Project": Calls(
        ("firebase.projects.get",), ("firebase.projects.update", "firebase.projects.get"), (), ()
    ),
    "gcp:firebase/androidApp:AndroidApp": kept("firebase.clients"),
    "gcp:firebase/appleApp:AppleApp": kept("firebase.clients"),
    "gcp:firebase/webApp:WebApp": kept("firebase.clients"),
    "gcp:firebase/hostingSite:HostingSite": kept("firebasehosting.sites"),
    "gcp:firebase/hostingCustomDomain:HostingCustomDomain": Calls(_SITES[:1], _SITES, _SITES, _SITES),
    "gcp:identityplatform/config:Config": Calls(
        ("firebaseauth.configs.get",),
        ("firebaseauth.configs.create", "firebaseauth.configs.get", "firebaseauth.configs.update"),
        ("firebaseauth.configs.get", "firebaseauth.configs.update"),
        (),
    ),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": kept(_POOL),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": kept(_PROVIDER),
    "gcp:billing/budget:Budget": kept("billing.budgets", on=BILLING),
    "gcp:billing/accountIamMember:AccountIamMember": granted("billing.accounts", BILLING),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": granted("cloudkms.cryptoKeys"),
    "gcp:secretmanager/secret:Secret": kept("secretmanager.secrets"),
    "gcp:secretmanager/secretVersion:SecretVersion": Calls(
        ("secretmanager.versions.get",),
        ("secretmanager.versions.add", "secretmanager.versions.get"),
        ("secretmanager.versions.enable", "secretmanager.versions.disable", "secretmanager.versions.get"),
        ("secretmanager.versions.destroy", "secretmanager.versions.get"),
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": granted("secretmanager.secrets"),
    "gcp:firestore/database:Database": Calls(
        ("datastore.databases.getMetadata",),
        ("datastore.databases.create", "datastore.databases.getMetadata", "datastore.operations.get"),
        ("datastore.databases.update", "datastore.databases.getMetadata", "datastore.operations.get"),
        ("datastore.databases.delete", "datastore.operations.get"),
    ),
    "gcp:firestore/index:Index": kept("datastore.schemas", "datastore.operations.get"),
    "gcp:firestore/field:Field": Calls(
        ("datastore.schemas.get",),
        *((("datastore.schemas.update", "datastore.schemas.get", "datastore.operations.get"),) * 3),
    ),
    "gcp:firestore/backupSchedule:BackupSchedule": kept("datastore.backupSchedules"),
    "gcp:firebaserules/ruleset:Ruleset": Calls(
        ("firebaserules.rulesets.get",),
        ("firebaserules.rulesets.create", "firebaserules.rulesets.get"),
        (),
        ("firebaserules.rulesets.delete",),
    ),
    "gcp:firebaserules/release:Release": kept("firebaserules.releases"),
    "gcp:storage/bucket:Bucket": kept("storage.buckets"),
    "gcp:storage/bucketObject:BucketObject": Calls(
        ("storage.objects.get",),
        ("storage.objects.create", "storage.objects.get"),
        ("storage.objects.create", "storage.objects.delete", "storage.objects.get"),
        ("storage.objects.delete",),
        BUCKET,
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": granted("storage.buckets", BUCKET),
    "gcp:artifactregistry/repository:Repository": kept("artifactregistry.repositories"),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": granted("artifactregistry.repositories"),
    "gcp:pubsub/topic:Topic": kept("pubsub.topics"),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": granted("pubsub.topics"),
    "gcp:cloudrunv2/service:Service": kept("run.services", *_RUN, acts_as=("template.serviceAccount",)),
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": granted("run.services"),
    "gcp:cloudtasks/queue:Queue": kept("cloudtasks.queues"),
    "gcp:cloudtasks/queueIamMember:QueueIamMember": granted("cloudtasks.queues"),
    "gcp:eventarc/trigger:Trigger": kept("eventarc.triggers", "eventarc.operations.get", acts_as=("serviceAccount",)),
    "gcp:cloudscheduler/job:Job": kept(
        "cloudscheduler.jobs",
        acts_as=("httpTarget.oidcToken.serviceAccountEmail", "httpTarget.oauthToken.serviceAccountEmail"),
    ),
    "gcp:compute/securityPolicy:SecurityPolicy": used("securityPolicies"),
    "gcp:compute/globalAddress:GlobalAddress": Calls(
        ("compute.globalAddresses.get",),
        ("compute.globalAddresses.create", "compute.globalAddresses.get", "compute.globalOperations.get"),
        ("compute.globalAddresses.setLabels", "compute.globalAddresses.get", "compute.globalOperations.get"),
        ("compute.globalAddresses.delete", "compute.globalOperations.get"),
    ),
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": Calls(
        ("compute.regionNetworkEndpointGroups.get",),
        (
            *("compute.regionNetworkEndpointGroups.create", "compute.regionNetworkEndpointGroups.get"),
            "compute.regionOperations.get",
        ),
        (),
        ("compute.regionNetworkEndpointGroups.delete", "compute.regionOperations.get"),
    ),
    "gcp:compute/backendService:BackendService": used(
        "backendServices",
        *("compute.backendServices.setSecurityPolicy", "compute.regionNetworkEndpointGroups.use"),
        "compute.securityPolicies.use",
    ),
    "gcp:compute/uRLMap:URLMap": used("urlMaps", "compute.backendServices.use"),
    "gcp:compute/targetHttpProxy:TargetHttpProxy": used(
        "targetHttpProxies", "compute.targetHttpProxies.setUrlMap", "compute.urlMaps.use"
    ),
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": used(
        "targetHttpsProxies",
        *("compute.targetHttpsProxies.setCertificateMap", "compute.targetHttpsProxies.setSslPolicy"),
        *("compute.targetHttpsProxies.setUrlMap", "compute.urlMaps.use", "compute.sslPolicies.use"),
        "certificatemanager.certmaps.use",
    ),
    "gcp:compute/sSLPolicy:SSLPolicy": used("sslPolicies"),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": used(
        "globalForwardingRules",
        *("compute.globalForwardingRules.setTarget", "compute.globalForwardingRules.setLabels"),
        *("compute.globalAddresses.use", "compute.targetHttpProxies.use", "compute.targetHttpsProxies.use"),
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": kept(
        f"{_TLS}.dnsauthorizations", f"{_TLS}.operations.get"
    ),
    "gcp:certificatemanager/certificate:Certificate": kept(
        f"{_TLS}.certs", f"{_TLS}.operations.get", f"{_TLS}.dnsauthorizations.use"
    ),
    "gcp:certificatemanager/certificateMap:CertificateMap": kept(f"{_TLS}.certmaps", f"{_TLS}.operations.get"),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": kept(
        f"{_TLS}.certmapentries", f"{_TLS}.operations.get", f"{_TLS}.certs.use"
    ),
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": kept("monitoring.uptimeCheckConfigs"),
    "gcp:monitoring/notificationChannel:NotificationChannel": kept("monitoring.notificationChannels"),
    "gcp:monitoring/alertPolicy:AlertPolicy": kept("monitoring.alertPolicies"),
    "gcp:logging/metric:Metric": kept("logging.logMetrics"),
    "gcp:monitoring/customService:CustomService": kept("monitoring.services"),
    "gcp:monitoring/slo:Slo": kept("monitoring.slos"),
    "gcp:monitoring/dashboard:Dashboard": kept("monitoring.dashboards"),
}
