"""By which doors a verification reaches what it checks: the public ones, or those that the caller names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Address = tuple[str, int]
ANY = "*"
DNS_PORT = 53


@dataclass(frozen=True)
class Reach:
    """`nameservers` are asked instead of the system's; `addresses` map (host or ANY, public port) to where to connect.

    `parents` are the servers of the zone above, where they cannot be found by asking; `others` are further resolvers,
    asked only whether they say the same. `ca_file` holds the certificates to trust instead of the system's; `timeout`
    is in seconds for each question. `mailer` is the rehearsal's, which can be had to send a message.
    """

    nameservers: tuple[Address, ...] = ()
    parents: tuple[Address, ...] = ()
    others: tuple[Address, ...] = ()
    addresses: Mapping[tuple[str, int], Address] = field(default_factory=dict)
    ca_file: Path | None = None
    mailer: Address | None = None
    timeout: float = 5.0

    def address(self, host: str, port: int) -> Address:
        """Return where to connect for a host and its public port."""
        return self.addresses.get((host, port)) or self.addresses.get((ANY, port)) or (host, port)
