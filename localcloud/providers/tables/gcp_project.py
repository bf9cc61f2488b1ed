"""Rows of the project itself: services, identities, IAM, Firebase, billing and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from localcloud.providers.tables.gcp_common import (
    FROM_PROVIDER,
    POLICIES,
    PREVENTED,
    PROJECT,
    google,
    iam_member,
    labelled,
)
from localcloud.providers.traits import Parent, Traits, between, like, one_of
from localcloud.providers.values import Value

SERVICE = "gcp:projects/service:Service"
CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
ACCOUNT = "gcp:serviceaccount/account:Account"
FIREBASE = "gcp:firebase/project:Project"
SITE = "gcp:firebase/hostingSite:HostingSite"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
POOL_PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
BUDGET = "gcp:billing/budget:Budget"
KEY_RING = "gcp:kms/keyRing:KeyRing"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"

IN_FIREBASE = Parent(
    "project",
    (FIREBASE,),
    ("{project}",),
    cure="create a firebase.Project for this project first, and have this resource depend on it",
)
POOL_ID = like(
    "workloadIdentityPoolId",
    r"(?!gcp-)[a-z0-9-]{4,32}",
    "4 to 32 lower-case letters, digits or hyphens, not beginning with gcp-",
)

ROWS: tuple[Traits, ...] = (
    Traits(
        PROJECT,
        "projects/{projectId}",
        "tpg resourcemanager/resource_google_project.go",
        autonames=("name", "projectId"),
        defaults={"autoCreateNetwork": True, "deletionPolicy": "PREVENT"},
        minted={"number": "{allocatedNumber}"},
        computed=labelled(),
        limits=(
            like(
                "projectId",
                r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
                "6 to 30 lower-case letters, digits or hyphens, starting with a letter and not ending with a hyphen",
            ),
            like("name", r"[A-Za-z0-9'\"! -]{4,30}", "4 to 30 letters, digits, spaces, hyphens, quotes or !"),
            POLICIES,
        ),
        guards=(PREVENTED,),
    ),
    Traits(
        SERVICE,
        "{project}/{service}",
        "tpg resourcemanager/resource_google_project_service.go",
        defaults={"project": FROM_PROVIDER["project"], "disableOnDestroy": False},
        limits=(like("service", r"[a-z0-9-]+(\.[a-z0-9-]+)+", "an API's full name such as run.googleapis.com"),),
        adopts=True,
        remains=lambda outputs: not outputs.get("disableOnDestroy"),
    ),
    Traits(
        "gcp:projects/serviceIdentity:ServiceIdentity",
        "projects/{project}/services/{service}",
        "tpg resourcemanager/resource_project_service_identity.go",
        defaults={"project": FROM_PROVIDER["project"]},
        computed={"email": lambda known: _agent(known), "member": lambda known: f"serviceAccount:{_agent(known)}"},
        adopts=True,
        remains=lambda _outputs: True,
    ),
    iam_member(
        "gcp:projects/iAMMember:IAMMember", "{project}", "resourcemanager/iam_project.go", ("project",), parents=()
    ),
    google(
        CUSTOM_ROLE,
        "projects/{project}/roles/{roleId}",
        "resourcemanager/resource_google_project_iam_custom_role.go; permissions that a custom role may hold: "
        "https://cloud.google.com/iam/docs/custom-roles-permissions-support",
        has_policy=False,
        service="iam.googleapis.com",
        autonames=("roleId",),
        defaults={"stage": "GA"},
        computed={"name": "projects/{project}/roles/{roleId}", "deleted": False},
        limits=(like("roleId", r"[A-Za-z0-9_.]{3,64}", "3 to 64 letters, digits, underscores or periods"),),
    ),
    Traits(
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
        "{project}/audit_config/{service}",
        "tpg tpgiamresource/resource_iam_audit_config.go: it owns the service's entry, and takes over what is there",
        minted={"etag": "{hex32}"},
        limits=(
            one_of("auditLogConfigs.logType", "ADMIN_READ", "DATA_READ", "DATA_WRITE"),
            like("service", r"allServices|[a-z0-9-]+\.googleapis\.com", "allServices, or an API's full name"),
        ),
        adopts=True,
    ),
    Traits(
        ACCOUNT,
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
        "tpg resourcemanager/resource_google_service_account.go",
        service="iam.googleapis.com",
        autonames=("accountId",),
        defaults={"project": FROM_PROVIDER["project"], "disabled": False},
        minted={"uniqueId": "100{serial}"},
        computed={
            "email": "{accountId}@{project}.iam.gserviceaccount.com",
            "member": "serviceAccount:{email}",
            "name": "projects/{project}/serviceAccounts/{email}",
        },
        limits=(
            like("accountId", r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "6 to 30 lower-case letters, digits or hyphens"),
            like("description", r"(?s).{0,256}", "at most 256 characters"),
        ),
    ),
    iam_member(
        "gcp:serviceaccount/iAMMember:IAMMember",
        "{serviceAccountId}",
        "resourcemanager/iam_service_account.go",
        ("serviceAccountId",),
        (Parent("serviceAccountId", (ACCOUNT,), ("{id}", "{name}"), cure="create the account, or pass its .name"),),
        "iam.googleapis.com",
    ),
    google(
        FIREBASE,
        "projects/{project}",
        "firebase/resource_firebase_project.go: creation adopts, deletion only forgets",
        has_policy=False,
        service="firebase.googleapis.com",
        computed={"projectNumber": "{number}", "displayName": "{project}"},
        adopts=True,
        remains=lambda _outputs: True,
    ),
    google(
        "gcp:firebase/androidApp:AndroidApp",
        "projects/{project}/androidApps/{appId}",
        "firebase/resource_firebase_android_app.go",
        service="firebase.googleapis.com",
        unique=("project", "packageName"),
        defaults={"deletionPolicy": "DELETE"},
        minted={
            "appId": lambda known: _app_id(known, "android"),
            "name": "projects/{project}/androidApps/{appId}",
            "etag": "{hex32}",
            "apiKeyId": "{uuid}",
        },
        parents=(IN_FIREBASE,),
        limits=(
            like(
                "packageName",
                r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+",
                "words with a dot between them, such as com.acme.app (the API answers 400)",
            ),
        ),
    ),
    google(
        "gcp:firebase/appleApp:AppleApp",
        "projects/{project}/iosApps/{appId}",
        "firebase/resource_firebase_apple_app.go",
        service="firebase.googleapis.com",
        unique=("project", "bundleId"),
        defaults={"deletionPolicy": "DELETE"},
        minted={
            "appId": lambda known: _app_id(known, "ios"),
            "name": "projects/{project}/iosApps/{appId}",
            "apiKeyId": "{uuid}",
        },
        parents=(IN_FIREBASE,),
        limits=(
            like(
                "bundleId",
                r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*",
                "letters, digits, hyphens and dots, such as com.acme.app (the API answers 400)",
            ),
        ),
    ),
    google(
        "gcp:firebase/webApp:WebApp",
        "projects/{project}/webApps/{appId}",
        "firebase/resource_firebase_web_app.go",
        service="firebase.googleapis.com",
        defaults={"deletionPolicy": "DELETE"},
        minted={
            "appId": lambda known: _app_id(known, "web"),
            "name": "projects/{project}/webApps/{appId}",
            "apiKeyId": "{uuid}",
            "appUrls": ["https://{project}.web.app"],
        },
        parents=(IN_FIREBASE,),
    ),
    google(
        SITE,
        "projects/{project}/sites/{siteId}",
        "firebasehosting/resource_firebase_hosting_site.go",
        service="firebasehosting.googleapis.com",
        defaults={"deletionPolicy": "DELETE"},
        autonames=("siteId",),
        computed={"name": "projects/{project}/sites/{siteId}", "defaultUrl": "https://{siteId}.web.app"},
        limits=(like("siteId", r"[a-z0-9][a-z0-9-]{4,28}[a-z0-9]", "6 to 30 lower-case letters, digits or dashes"),),
        parents=(IN_FIREBASE,),
    ),
    google(
        "gcp:firebase/hostingCustomDomain:HostingCustomDomain",
        "projects/{project}/sites/{siteId}/customDomains/{customDomain}",
        "firebasehosting/resource_firebase_hosting_custom_domain.go",
        service="firebasehosting.googleapis.com",
        unique=("customDomain",),
        defaults={"deletionPolicy": "DELETE"},
        minted={"createTime": "{now}"},
        computed={
            "name": "projects/{project}/sites/{siteId}/customDomains/{customDomain}",
            "updateTime": "{now}",
            "hostState": "HOST_ACTIVE",
            "ownershipState": "OWNERSHIP_ACTIVE",
            "reconciling": False,
        },
        parents=(Parent("siteId", (SITE,), ("{siteId}",), cure="create the HostingSite first"),),
    ),
    google(
        "gcp:identityplatform/config:Config",
        "projects/{project}/config",
        "identityplatform/resource_identity_platform_config.go: cannot be undone, deletion only forgets (tpg#16520)",
        has_policy=False,
        service="identitytoolkit.googleapis.com",
        minted={"client": {"apiKey": "{hex32}", "firebaseSubdomain": "{project}"}},
        computed={"name": "projects/{number}/config"},
        remains=lambda _outputs: True,
    ),
    google(
        POOL,
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}",
        "iambeta/resource_iam_workload_identity_pool.go",
        service="iam.googleapis.com",
        computed={
            "name": "projects/{number}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}",
            "state": "ACTIVE",
        },
        limits=(POOL_ID,),
    ),
    google(
        POOL_PROVIDER,
        "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
        "/providers/{workloadIdentityPoolProviderId}",
        "iambeta/resource_iam_workload_identity_pool_provider.go",
        service="iam.googleapis.com",
        computed={
            "name": "projects/{number}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
            "/providers/{workloadIdentityPoolProviderId}",
            "state": "ACTIVE",
        },
        parents=(Parent("workloadIdentityPoolId", (POOL,), ("{workloadIdentityPoolId}",)),),
        limits=(replace(POOL_ID, path="workloadIdentityPoolProviderId"),),
    ),
    Traits(
        BUDGET,
        "billingAccounts/{billingAccount}/budgets/{name}",
        "tpg billingbudgets/resource_billing_budget.go",
        defaults={"ownershipScope": "OWNERSHIP_SCOPE_UNSPECIFIED"},
        minted={"name": "{uuid}"},
        limits=(
            between("thresholdRules.thresholdPercent", 0, 1e9, "a share, 1.0 for 100 %, not below 0"),
            like("displayName", r".{0,60}", "at most 60 characters"),
            like(
                "billingAccount",
                r"(billingAccounts/)?([0-9A-F]{6}-){2}[0-9A-F]{6}",
                "an id such as 012345-6789AB-CDEF01",
            ),
            like("amount.specifiedAmount.currencyCode", r"[A-Z]{3}", "three capitals such as EUR, or left out"),
            like("allUpdatesRule.pubsubTopic", r"projects/[^/]+/topics/[^/]+", "projects/PROJECT/topics/TOPIC"),
            one_of("allUpdatesRule.schemaVersion", "1.0"),
            like("amount.specifiedAmount.units", r"\d+", "a whole number as a text, with the rest in nanos"),
            like("budgetFilter.projects", r"projects/\d+", "projects/NUMBER, by the project's number"),
            POLICIES,
        ),
        guards=(PREVENTED,),
    ),
    iam_member(
        "gcp:billing/accountIamMember:AccountIamMember",
        "{billingAccountId}",
        "billing/iam_billing_account.go",
        ("billingAccountId",),
        parents=(),
    ),
    iam_member(
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "{cryptoKeyId}",
        "kms/iam_kms_crypto_key.go",
        ("cryptoKeyId",),
        parents=(Parent("cryptoKeyId", (CRYPTO_KEY,), cure="`./launch init` makes it, before the launch"),),
    ),
    google(
        KEY_RING,
        "projects/{project}/locations/{location}/keyRings/{name}",
        "kms/resource_kms_key_ring.go: never deletable, deletion only forgets",
        has_policy=False,
        service="cloudkms.googleapis.com",
        autonames=("name",),
        remains=lambda _outputs: True,
    ),
    Traits(
        CRYPTO_KEY,
        "{keyRing}/cryptoKeys/{name}",
        "tpg kms/resource_kms_crypto_key.go: never deletable, its versions are destroyed",
        autonames=("name",),
        defaults={"purpose": "ENCRYPT_DECRYPT", "destroyScheduledDuration": "2592000s"},
        computed={
            **labelled(),
            "primaries": [{"name": "{keyRing}/cryptoKeys/{name}/cryptoKeyVersions/1", "state": "ENABLED"}],
        },
        parents=(Parent("keyRing", (KEY_RING,)),),
        limits=(POLICIES,),
        guards=(PREVENTED,),
        remains=lambda _outputs: True,
    ),
)


def _agent(known: Mapping[str, Value]) -> str:
    """Return the address of a service's own account (https://cloud.google.com/iam/docs/service-agents)."""
    service = str(known["service"]).removesuffix(".googleapis.com")
    return f"service-{known['number']}@gcp-sa-{service}.iam.gserviceaccount.com"


def _app_id(known: Mapping[str, Value], platform: str) -> str:
    return f"1:{known['number']}:{platform}:{str(known['hex32'])[:22]}"
