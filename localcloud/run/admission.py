"""Who may call a service: by network (ingress and default URL) and by identity (IAM invoker)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus

from localcloud.run.services import Ingress, Service

PERMISSION = "run.routes.invoke"
NO_PERMISSION = "Your client does not have permission to get this URL from this server."
SIGNATURE_REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"  # what a service sees instead of a checked token's signature


class Via(StrEnum):
    """The way a request came in."""

    INTERNET = "internet"  # at the run.app URL, from anywhere
    BACKBONE = "backbone"  # at the run.app URL, from Google's own services in the same project
    GATEWAY = "gateway"  # through the external load balancer


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A request that never reaches an instance: HTTP status, the sentence of Google's page, `WWW-Authenticate`."""

    def __init__(self, status: HTTPStatus, sentence: str, challenge: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.challenge = challenge


def check_network(service: Service | None, via: Via, path: str) -> Service:
    """Return the service when the request may come in this way; raises Refusal.

    Google answers 404 to a request that comes by a closed way (Cloud Run, "Restrict network ingress" and
    "Troubleshooting"), and to paths that end in z, which it keeps for itself ("Known issues: reserved URL paths").
    """
    if service is None or path.endswith("z") or not _open(service, via):
        raise Refusal(HTTPStatus.NOT_FOUND, "The requested URL was not found on this server.")
    return service


def check_identity(
    service: Service, authorization: str, caller: Callable[[str], str | None], allowed: Callable[[str], bool]
) -> None:
    """Return when the caller may invoke the service; raises Refusal (401 for a bad token, 403 for the wrong caller).

    `caller` tells the IAM member of a valid identity token (None: not valid for this service), `allowed` whether a
    member, or with an empty name anyone, holds the permission.
    """
    if not service.invoker_checked or allowed(""):
        return
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(HTTPStatus.FORBIDDEN, NO_PERMISSION)
    member = caller(token.strip())
    if member is None:
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "Your client does not have permission to the requested URL.",
            'Bearer error="invalid_token" error_description="The access token could not be verified"',
        )
    if not allowed(member):
        denied = f"Permission '{PERMISSION}' denied on resource '{service.resource}' for '{member}'."
        raise Refusal(HTTPStatus.FORBIDDEN, f"{NO_PERMISSION} {denied}")


def without_signature(authorization: str) -> str:
    """Return the Authorization header as a service with an IAM check gets it."""
    head, dot, signature = authorization.rpartition(".")
    return f"{head}.{SIGNATURE_REMOVED}" if dot and signature else authorization


def _open(service: Service, via: Via) -> bool:
    if via is not Via.GATEWAY and not service.default_url:
        return False
    closed = {Ingress.INTERNAL_ONLY: {Via.INTERNET, Via.GATEWAY}, Ingress.INTERNAL_LOAD_BALANCER: {Via.INTERNET}}
    return via not in closed.get(service.ingress, set())
