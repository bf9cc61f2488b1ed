"""What Google refuses about where a key lies that encrypts something else: it has to lie where that lies.

Sources: Firestore's CmekConfig (nam5 goes with us, eur3 with europe) and Secret Manager's CustomerManagedEncryption, as
the APIs describe them; https://cloud.google.com/storage/docs/encryption/customer-managed-keys and
https://cloud.google.com/artifact-registry/docs/cmek (a key ring lies in the place of the bucket or repository), and
https://cloud.google.com/run/docs/securing/using-cmek (in the region of the service).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_data import BUCKET, DATABASE, REPOSITORY, SECRET
from localcloud.providers.tables.gcp_run import JOB, SERVICE
from localcloud.providers.values import Value, at, mappings

OF_KEY = re.compile(r"projects/[^/]+/locations/([^/]+)/keyRings/.+")
MULTI_REGIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    DATABASE: {"eur3": ("europe",), "nam5": ("us",)},
    BUCKET: {"eu": ("europe", "eu")},
}
ENCRYPTED = {  # type → the path of its key, the property that says where it lies
    DATABASE: ("cmekConfig.kmsKeyName", "locationId"),
    BUCKET: ("encryption.defaultKmsKeyName", "location"),
    REPOSITORY: ("kmsKeyName", "location"),
    SERVICE: ("template.encryptionKey", "location"),
    JOB: ("template.template.encryptionKey", "location"),
}
BY_KEY = "customerManagedEncryption.kmsKeyName"


def distant_key(case: Case) -> str | None:
    """Refuse a key that lies elsewhere than what it shall encrypt."""
    for path, key, place in _keys(case):
        found = OF_KEY.fullmatch(key) if isinstance(key, str) else None
        if found is None or not isinstance(place, str) or not place:
            continue
        near = MULTI_REGIONS.get(case.traits.token, {}).get(place.lower(), (place.lower(),))
        if found[1] not in near:
            return (
                f"{case.title}: {path} lies in {found[1]}, and what it encrypts in {place} ({REFUSED}). Use a key of "
                f"{' or '.join(near)}."
            )
    return None


def _keys(case: Case) -> Iterator[tuple[str, Value, Value]]:
    """Yield the path of each key, the key, and the place of what it encrypts."""
    if case.traits.token in ENCRYPTED:
        path, place = ENCRYPTED[case.traits.token]
        yield path, at(case.inputs, path), case.inputs.get(place)
    if case.traits.token == SECRET:
        yield f"replication.auto.{BY_KEY}", at(case.inputs, f"replication.auto.{BY_KEY}"), "global"
        for replica in mappings(at(case.inputs, "replication.userManaged.replicas")):
            yield f"replicas.{BY_KEY}", at(replica, BY_KEY), replica.get("location")


RULES: tuple[LaunchRule, ...] = (
    LaunchRule(
        "key-place",
        Stage.CHECK,
        "Firestore, Secret Manager, Storage, Artifact Registry, Cloud Run: CMEK locations",
        distant_key,
    ),
)
