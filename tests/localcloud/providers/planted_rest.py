"""Resources that the real providers and APIs take, of the types that the other two lists have none of."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.planted import ACCOUNT, GOOD, HERE, ZONE
from tests.localcloud.providers.planted_more import MORE

ADA = {"member": "user:ada@acme.test"}
PLACE = {**HERE, "location": "europe-west1"}
INTAKE = "projects/acme-app/serviceAccounts/intake@acme-app.iam.gserviceaccount.com"
KEY = "projects/acme-app/locations/global/keyRings/a/cryptoKeys/state"
COMPUTE = "https://www.googleapis.com/compute/v1/projects/acme-app/global"

REST: dict[str, tuple[str, dict[str, Any]]] = {
    "project": (
        "gcp:organizations/project:Project",
        {"projectId": "acme-app", "name": "Acme App", "billingAccount": "012345-6789AB-CDEF01", "orgId": "123456789"},
    ),
    "agent": (
        "gcp:projects/serviceIdentity:ServiceIdentity",
        {**HERE, "service": "secretmanager.googleapis.com"},
    ),
    "forward": (
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        {
            **HERE,
            "name": "https",
            "target": f"{COMPUTE}/targetHttpsProxies/launch",
            "portRange": "443",
            "ipProtocol": "TCP",
            "loadBalancingScheme": "EXTERNAL_MANAGED",
        },
    ),
    "watched": ("gcp:monitoring/customService:CustomService", {**HERE, "serviceId": "api", "displayName": "API"}),
    "reads secret": (
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        {**HERE, **ADA, "secretId": "key", "role": "roles/secretmanager.secretAccessor"},
    ),
    "reads bucket": (
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        {**ADA, "bucket": "acme-state", "role": "roles/storage.objectViewer"},
    ),
    "sends tasks": (
        "gcp:cloudtasks/queueIamMember:QueueIamMember",
        {**PLACE, **ADA, "name": "events", "role": "roles/cloudtasks.enqueuer"},
    ),
    "calls service": (
        "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
        {**PLACE, **ADA, "name": "intake", "role": "roles/run.invoker"},
    ),
    "sends messages": (
        "gcp:pubsub/topicIAMMember:TopicIAMMember",
        {**HERE, **ADA, "topic": "events", "role": "roles/pubsub.publisher"},
    ),
    "acts": (
        "gcp:serviceaccount/iAMMember:IAMMember",
        {**ADA, "serviceAccountId": INTAKE, "role": "roles/iam.serviceAccountUser"},
    ),
    "decrypts": (
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        {**ADA, "cryptoKeyId": KEY, "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter"},
    ),
    "sees bills": (
        "gcp:billing/accountIamMember:AccountIamMember",
        {**ADA, "billingAccountId": "012345-6789AB-CDEF01", "role": "roles/billing.viewer"},
    ),
    "pulls images": (
        "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        {**PLACE, **ADA, "repository": "images", "role": "roles/artifactregistry.reader"},
    ),
    "setting": ("cloudflare:index/zoneSetting:ZoneSetting", {**ZONE, "settingId": "ssl", "value": "strict"}),
    "moved": (
        "cloudflare:index/list:List",
        {
            **ACCOUNT,
            "kind": "redirect",
            "name": "moved",
            "items": [{"redirect": {"sourceUrl": "old.acme.test/a", "targetUrl": "https://acme.test/a"}}],
        },
    ),
}
KNOWN = {**GOOD, **MORE, **REST}
