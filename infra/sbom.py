"""The bill of materials of the image, as CycloneDX 1.6: its base, and every package with the hashes that it may have.

It is made of the locked requirements alone, so the same lock gives the same text, and it travels inside the image.
Format: https://cyclonedx.org/docs/1.6/json/, package URLs: https://github.com/package-url/purl-spec.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

NAME = "sbom.cdx.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\\n]+))?", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
BASE = re.compile(r"^FROM\s+(\S+?)(?::([^@\s]+))?@sha256:([0-9a-f]{64})", re.MULTILINE)


def bill(requirements: str, dockerfile: str) -> str:
    """Return the bill of an image; raises ValueError when its base is not pinned or a package has no hash."""
    base = BASE.search(dockerfile)
    if base is None:
        raise ValueError("the Dockerfile's FROM names no digest; write it as NAME:TAG@sha256:…, so that it never moves")
    found = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    return json.dumps({**found, "components": [_container(base), *_packages(requirements)]}, indent=1, sort_keys=True)


def _container(base: re.Match[str]) -> dict[str, Any]:
    name, tag, digest = base.groups()
    return {
        "type": "container",
        "name": name,
        "version": tag or "",
        "purl": f"pkg:docker/{name}@sha256%3A{digest}",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _packages(requirements: str) -> Iterator[dict[str, Any]]:
    starts = [*PINNED.finditer(requirements)]
    ends = [*(match.start() for match in starts[1:]), len(requirements)]
    for match, end in zip(starts, ends, strict=True):
        name, version, where = match.groups()
        hashes = HASH.findall(requirements, match.end(), end)
        if not hashes:
            raise ValueError(f"{name} {version} has no hash in the requirements; lock them with --generate-hashes")
        only = [{"name": "environment", "value": where.strip()}] if where else []
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{re.sub('[-_.]+', '-', name).lower()}@{version}",
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": f"pkg:pypi/{name}@{version}",
                    "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
                }
            ],
            **({"properties": only} if only else {}),
        }
