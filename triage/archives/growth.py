"""Compares a bundle's size by part with the last report's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from triage.model import Hit

TENTH = 0.1
FLOOR = 500_000  # bytes; below that nobody waits


def growth_hits(name: str, parts: Mapping[str, int], before: Mapping[str, int]) -> Iterator[Hit]:
    """Yield a bundle that is more than a tenth larger than before, with the part that grew most."""
    now, then = sum(parts.values()), sum(before.values())
    if then and now - then > max(FLOOR, then * TENTH):
        most = max(parts, key=lambda part: parts[part] - before.get(part, 0))
        grown = parts[most] - before.get(most, 0)
        yield Hit(
            "bundle.size",
            0,
            name,
            f"{now / 1e6:.1f} MB, {then / 1e6:.1f} MB before; {most} grew by {grown / 1e6:.1f} MB.",
        )
