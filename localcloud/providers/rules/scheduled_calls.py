"""What Cloud Scheduler refuses about the call that a job makes (reference of projects.locations.jobs, HttpTarget)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.timing import JOB
from localcloud.providers.values import Properties

METHODS = ("POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
WITH_BODY = ("POST", "PUT", "PATCH")


def wrong_call(case: Case) -> str | None:
    """Refuse an address without scheme, a method that there is not, a body that goes nowhere, and two identities."""
    target = case.inputs.get("httpTarget")
    if case.traits.token != JOB or not isinstance(target, dict):
        return None
    return case.told(_call(target))


def _call(target: Properties) -> Iterator[str]:
    uri, method, body = target.get("uri"), target.get("httpMethod", "POST"), target.get("body")
    if isinstance(uri, str) and not re.match(r"https?://[^/\s]", uri):
        yield f"httpTarget.uri {uri} does not begin with http:// or https:// ({REFUSED}). Write the address in full."
    if isinstance(method, str) and method not in METHODS:
        yield f"httpTarget.httpMethod {method} is not a method ({REFUSED}). Use one of {', '.join(METHODS)}."
    elif isinstance(method, str) and body and method not in WITH_BODY:
        yield f"httpTarget has a body, which {method} does not send ({REFUSED}). Use POST, or leave the body out."
    if isinstance(body, str) and not _is_base64(body):
        yield "httpTarget.body is not base64, which the provider refuses. Encode it (base64encode in the program)."
    if target.get("oidcToken") and target.get("oauthToken"):
        yield f"httpTarget has oidcToken and oauthToken ({REFUSED}). Keep the first for Cloud Run."


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


RULES: tuple[LaunchRule, ...] = (LaunchRule("cron-call", Stage.CHECK, "Cloud Scheduler API, HttpTarget", wrong_call),)
