"""One address of a host."""

from __future__ import annotations

from dataclasses import dataclass

from verify.reach import Address


@dataclass(frozen=True)
class Place:
    """One address of a host. `public` is what the DNS says, `address` where to connect to reach it."""

    host: str
    public: str
    address: Address

    @property
    def label(self) -> str:
        """The host with the address at which it was looked at."""
        return f"{self.host} at {self.public}"
