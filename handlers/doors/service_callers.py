"""Who calls a private door: Cloud Tasks, Scheduler or Eventarc, each known by the service account of its OIDC token.

Cloud Run has verified the token and the role before the request gets here, and takes the signature away so that the
token cannot be used again (https://cloud.google.com/run/docs/troubleshooting#signature-removed). What is left to ask is
whose token it was. One that still has its signature was verified by nobody, which means that the check of the invoker
role is switched off: the door stays closed then.
"""

from __future__ import annotations

from dataclasses import dataclass

import jwt

from handlers.doors.routing import Answer, Call, Door
from handlers.failures import Rejected
from handlers.words import Code

REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"


@dataclass(frozen=True)
class Callers:
    """The service accounts, by their e-mail addresses, that may come in."""

    accounts: frozenset[str]

    def only(self, door: Door) -> Door:
        """Return the door for these callers: 403 for everybody else."""

        def behind(call: Call) -> Answer:
            if caller(call.headers.get("authorization", "")) not in self.accounts:
                raise Rejected(403, Code.NOT_YOUR_DOOR, "only the services of this project call this door")
            return door(call)

        return behind


def caller(authorization: str) -> str:
    """Return the e-mail address in a token that Cloud Run has verified; empty when there is none."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip().endswith(f".{REMOVED}"):
        return ""
    try:
        claims = jwt.decode(token.strip(), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else ""
