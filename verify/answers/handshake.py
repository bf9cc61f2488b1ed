"""What a host showed in TLS handshakes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verify.answers.place import Place
from verify.tls.certificate import Certificate
from verify.tls.hello import Version


@dataclass(frozen=True)
class Handshake:
    """What a place showed: protocol version, ALPN protocol and certificate. `error` says why there is nothing.

    `distrust` says why its chain does not lead to a trusted authority, names and dates aside; `dated` that some
    certificate of the chain is not valid yet or any more.
    """

    place: Place
    version: str = ""
    protocol: str = ""
    certificate: Certificate | None = None
    distrust: str = ""
    dated: str = ""
    error: str = ""


class Taken(StrEnum):
    """How a place answered the offer of one version. SILENT is no answer, CLOSED an end without a word."""

    YES = "accepted"
    NO = "refused"
    CLOSED = "closed"
    SILENT = "silent"


@dataclass(frozen=True)
class Offer:
    """The answer to one version; `detail` says more where it was not taken."""

    version: Version
    taken: Taken
    detail: str = ""
