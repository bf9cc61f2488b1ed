"""Environment variables of the services that a launch spec adds: which names are free, and what may be a value."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AfterValidator

from blueprint import credential_patterns
from blueprint.field_types import form

ServiceName = Literal["intake", "sync-payments", "sync-crm", "support-ticket", "intents", "support-drafts", "reconcile"]
"""The services, as handlers/service_manifest.py names them."""
MOST = 32_768  # bytes of all names and values of one service, cloud.google.com/run/quotas
RESERVED: Mapping[str, tuple[str, ...]] = {
    # cloud.google.com/run/docs/container-contract#env-vars and .../configuring/services/overview-environment-variables
    "Cloud Run": ("PORT", "K_*", "X_GOOGLE_*", "CLOUD_RUN_*", "FUNCTION_*"),
    # read before our code runs, or by every client in it
    "the runtime": ("PATH", "HOME", "LD_*", "PYTHON*", "SSL_CERT_*", "REQUESTS_CA_*", "GRPC_*", "*_PROXY"),
    # made from other parts of the spec, or by the rehearsal
    "the program": (
        *("ROLE", "REGION", "TASK_*", "EVENT_*", "URL_*", "PROVIDERS", "SUPPORT_*", "DRAFTER", "GRACE_DAYS"),
        *(
            "REMINDER_DAYS",
            "WEB_ORIGINS",
            "PAYMENTS_MODE",
            "PAYMENTS_PLANS",
            "ZENDESK_*",
            "SMTP_*",
            "GOOGLE_*",
            "GCE_*",
            "GCLOUD_*",
            "FIREBASE_*",
            "LAUNCH_*",
        ),
        "*_EMULATOR_HOST",
    ),
}
"""Whose names they are → the names, with * for the rest of one."""


def _free(name: str) -> str:
    for owner, names in RESERVED.items():
        if any(fnmatchcase(name, each) for each in names):
            raise ValueError(f"{name} belongs to {owner}; choose another name, such as APP_{name}")
    if credential_patterns.is_name_of_one(name):
        raise ValueError(f"{name} names a secret; keep it in Secret Manager: ./launch secrets push")
    return name


def _public(text: str) -> str:
    if seen := credential_patterns.found(text):
        raise ValueError(f"this looks like {seen[0]}; keep it in Secret Manager: ./launch secrets push")
    return text


VariableName = Annotated[
    str,
    form(
        r"[A-Z][A-Z0-9_]{0,99}",
        "the name of an environment variable: upper-case letters, digits and _",
    ),
    AfterValidator(_free),
]
VariableValue = Annotated[
    str, form(r"[^\x00]*", "the value of an environment variable, without a zero byte", MOST), AfterValidator(_public)
]


def size(variables: Mapping[str, str]) -> int:
    """Return how many bytes the names and values take."""
    return sum(len(text.encode()) for pair in variables.items() for text in pair)
