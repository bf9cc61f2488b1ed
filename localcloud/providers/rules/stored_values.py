"""What is refused about values and places that are kept: objects, domain-named buckets, secrets, repositories.

Sources: https://cloud.google.com/storage/docs/objects#naming, https://cloud.google.com/storage/docs/domain-name-verification,
https://cloud.google.com/secret-manager/quotas, https://cloud.google.com/artifact-registry/docs/repositories/repo-locations.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from blueprint.places import REGIONS
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.whereabouts import near
from localcloud.providers.tables.gcp_data import BUCKET, OBJECT, REPOSITORY, SECRET, VERSION
from localcloud.providers.values import Value, every

LONGEST_NAME = 1_024  # bytes in UTF-8
LONGEST_PAYLOAD = 65_536  # bytes
CONTINENTS = ("us", "europe", "asia")


def wrong_object(case: Case) -> str | None:
    """Refuse objects without a name, and names that Cloud Storage does not take."""
    name = case.inputs.get("name")
    if case.traits.token != OBJECT or not isinstance(name, str):
        return None
    if name and name not in (".", "..") and len(name.encode()) <= LONGEST_NAME and not {*"\r\n"} & {*name}:
        return None
    return (
        f"{case.title}: {name[:40]!r} is not a name for an object (Cloud Storage answers 400). Use 1 to {LONGEST_NAME} "
        "bytes without line breaks."
    )


def domain_named(case: Case) -> str | None:
    """Refuse a bucket that is named like a domain, which only its verified owner may make (403)."""
    name = case.inputs.get("name")
    if case.traits.token != BUCKET or not isinstance(name, str) or "." not in name:
        return None
    return (
        f'{case.title}: "{name}" is a domain\'s name, and Cloud Storage makes such a bucket only for an account that '
        f"has proven in Search Console that the domain is its own (403). Use {name.replace('.', '-')}."
    )


def wrong_payload(case: Case) -> str | None:
    """Refuse a secret's value that is empty or larger than 64 KiB; the value itself is not told."""
    for name in ("secretData", "secretDataWo") if case.traits.token == VERSION else ():
        value = case.inputs.get(name)
        if isinstance(value, str) and not 0 < len(value.encode()) <= LONGEST_PAYLOAD:
            size = "is empty" if not value else f"has {len(value.encode())} bytes"
            return f"{case.title}: {name} {size} (Secret Manager answers 400). Give it 1 to {LONGEST_PAYLOAD} bytes."
    return None


def wrong_encoding(case: Case) -> str | None:
    """Refuse a value that is said to be base64 and is not; the value itself is not told."""
    value = case.inputs.get("secretData")
    if case.traits.token != VERSION or case.inputs.get("isSecretDataBase64") is not True or not isinstance(value, str):
        return None
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return (
            f"{case.title}: secretData is not base64, which the provider refuses. Encode it, or leave "
            "isSecretDataBase64 out."
        )
    return None


def unknown_place(case: Case) -> str | None:
    """Refuse a repository, or a copy of a secret, in a place that Google Cloud does not have."""
    return case.told(problem for name, place in _places(case) for problem in _place(name, place))


def _places(case: Case) -> Iterator[tuple[str, Value]]:
    if case.traits.token == REPOSITORY and str(case.inputs.get("location")).lower() not in CONTINENTS:
        yield "location", case.inputs.get("location")
    for place in every(case.inputs, "replication.userManaged.replicas.location") if case.traits.token == SECRET else ():
        yield "replication.userManaged.replicas.location", place


def _place(name: str, place: Value) -> Iterator[str]:
    if isinstance(place, str) and place and place.lower() not in REGIONS:
        yield f"{name} is {place}, and there is no such place ({REFUSED}). Use {', '.join(near(place))}."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("object-name", Stage.CHECK, "Cloud Storage: object names", wrong_object),
    LaunchRule("bucket-domain", Stage.CHECK, "Cloud Storage: domain-named buckets", domain_named),
    LaunchRule("secret-payload", Stage.CHECK, "Secret Manager quotas: payload", wrong_payload),
    LaunchRule("secret-encoding", Stage.CHECK, "tpg resource_secret_manager_secret_version", wrong_encoding),
    LaunchRule("kept-place", Stage.CHECK, "Artifact Registry and Secret Manager: locations", unknown_place),
)
