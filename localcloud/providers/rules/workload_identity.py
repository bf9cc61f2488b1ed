"""What IAM refuses about identities from elsewhere (workload identity federation).

Source: https://cloud.google.com/iam/docs/workload-identity-federation#mapping and the reference of
projects.locations.workloadIdentityPools.providers.
"""

from __future__ import annotations

import difflib
import re

from localcloud.providers.languages import cel
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.values import Unknown, at

PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
TARGETS = r"google\.(subject|groups|display_name|profile_photo|posix_username)|attribute\.[a-z0-9_]{1,100}"
KNOWN = ("assertion", "google", "attribute")
CLAIMS = re.compile(rf"\b({'|'.join(KNOWN)})\b")
SHARED = (
    "https://token.actions.githubusercontent.com",
    "https://gitlab.com",
    "https://app.terraform.io",
)
MOST_ATTRIBUTES = 50  # beside those of Google: IAM API, WorkloadIdentityPoolProvider.attributeMapping
REFUSED = "IAM answers 400 INVALID_ARGUMENT"


def wrong_mapping(case: Case) -> str | None:
    """Refuse a mapping that names no subject, or attributes in another way than IAM does."""
    mapping = case.inputs.get("attributeMapping")
    if case.traits.token != PROVIDER or not (isinstance(mapping, dict) or mapping is None):
        return None
    if "google.subject" not in (mapping or {}) and not case.inputs.get("aws"):
        return (
            f"{case.title}: attributeMapping has no google.subject, by which IAM knows who comes ({REFUSED}). Add "
            '"google.subject": "assertion.sub".'
        )
    own = [target for target in mapping or {} if target.startswith("attribute.")]
    if len(own) > MOST_ATTRIBUTES:
        return (
            f"{case.title}: attributeMapping has {len(own)} attributes of its own ({REFUSED}). Keep {MOST_ATTRIBUTES}."
        )
    for target, expression in (mapping or {}).items():
        if not re.fullmatch(TARGETS, target):
            meant = f"attribute.{target.removeprefix('attribute.').lower()}"
            return f"{case.title}: attributeMapping names {target} ({REFUSED}). Write it {meant}."
        wrong = _wrong(expression)
        if wrong:
            return (
                f"{case.title}: attributeMapping.{target} is not valid CEL: {wrong} ({REFUSED}). Correct: {expression}"
            )
    return None


def wrong_condition(case: Case) -> str | None:
    """Refuse a condition that is not valid CEL."""
    condition = case.inputs.get("attributeCondition")
    wrong = _wrong(condition) if case.traits.token == PROVIDER else None
    return (
        f"{case.title}: attributeCondition is not a valid condition: {wrong} ({REFUSED}). Correct it: {condition}"
        if wrong
        else None
    )


def open_to_all(case: Case) -> str | None:
    """Refuse an issuer that all its customers share without a condition on who comes.

    https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions; the refusal is
    in chainguard-dev/terraform-infra-common#672.
    """
    issuer, condition = at(case.inputs, "oidc.issuerUri"), case.inputs.get("attributeCondition")
    if case.traits.token != PROVIDER or not isinstance(issuer, str) or issuer.rstrip("/") not in SHARED:
        return None
    if isinstance(condition, Unknown) or CLAIMS.search(condition or ""):
        return None
    return (
        f"{case.title}: everybody at {issuer} could come in: attributeCondition does not name one of the provider's "
        f"claims ({REFUSED}). Set it, such as assertion.repository_id == '123' with your repository's number."
    )


def wrong_issuer(case: Case) -> str | None:
    """Refuse an issuer that is not reached by https."""
    issuer = at(case.inputs, "oidc.issuerUri")
    if case.traits.token != PROVIDER or not isinstance(issuer, str) or re.fullmatch(r"https://[^\s?#]+", issuer):
        return None
    return (
        f"{case.title}: oidc.issuerUri {issuer} is not an https address ({REFUSED}). Write the issuer's https address."
    )


def _wrong(expression: object) -> str | None:
    if not isinstance(expression, str):
        return None
    try:
        strange = [name for name in cel.roots(expression) if name not in KNOWN]
    except LanguageError as error:
        return str(error)
    if not strange:
        return None
    close = difflib.get_close_matches(strange[0], KNOWN, n=1, cutoff=0.5)
    return f"there is no {strange[0]} here; {f'did you mean {close[0]}?' if close else 'begin with assertion.'}"


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("identity-mapping", Stage.CHECK, "Workload identity federation: mappings", wrong_mapping),
    LaunchRule("identity-condition", Stage.CHECK, "Workload identity federation: conditions", wrong_condition),
    LaunchRule("identity-open", Stage.CHECK, "Workload identity federation with pipelines: conditions", open_to_all),
    LaunchRule("identity-issuer", Stage.CHECK, "IAM API, Oidc.issuerUri", wrong_issuer),
)
