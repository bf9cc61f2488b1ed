"""The objects of a bucket as Cloud Storage's JSON interface shows them: generations, versions and preconditions.

Held to the official client by test_record_in_a_bucket.py. See docs.cloud.google.com/storage/docs/json_api/v1/objects
and docs.cloud.google.com/storage/docs/request-preconditions.
"""

from __future__ import annotations

import email
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.policy import HTTP
from typing import Any
from urllib.parse import unquote


class StorageError(Exception):
    """An answer that is no success: HTTP status, Google's reason, message."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(message)


@dataclass
class Objects:
    """The objects of all buckets: by bucket and name the versions of each, the oldest first, None where it was deleted.

    `limits` are further answers before the next uploads, such as 429.
    """

    versions: dict[tuple[str, str], list[tuple[int, bytes | None]]] = field(default_factory=dict)
    limits: list[int] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1_700_000_000_000_000))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, bucket: str, name: str, query: Mapping[str, str]) -> dict[str, Any] | bytes:
        """Return an object's metadata, or with alt=media what it holds; raises StorageError."""
        generation, content = self._live(bucket, unquote(name))
        if wanted := query.get("generation"):
            known = dict(self.versions[bucket, unquote(name)])
            generation, content = int(wanted), known.get(int(wanted))
        if content is None:
            raise StorageError(404, "notFound", f"No such object: {bucket}/{unquote(name)}")
        return content if query.get("alt") == "media" else _about(bucket, unquote(name), generation, content)

    def upload(self, bucket: str, query: Mapping[str, str], headers: Any, body: bytes) -> dict[str, Any]:
        """Make a new generation of an object, where its precondition holds; raises StorageError."""
        name, content = query.get("name", ""), body
        if query["uploadType"] == "multipart":
            about, content = _parts(headers["Content-Type"], body)
            name = about["name"]
        with self._lock:
            if self.limits and (code := self.limits.pop(0)):
                raise StorageError(code, "rateLimitExceeded", "The object exceeded the rate limit for mutations.")
            self._hold(bucket, name, query)
            generation = next(self._numbers)
            self.versions.setdefault((bucket, name), []).append((generation, content))
        return _about(bucket, name, generation, content)

    def delete(self, bucket: str, name: str, query: Mapping[str, str]) -> bytes:
        """Delete an object, whose versions stay, or the one version that is named for good; raises StorageError."""
        self.read(bucket, name, query)
        with self._lock:
            self._hold(bucket, unquote(name), query)
            versions = self.versions[bucket, unquote(name)]
            if wanted := query.get("generation"):
                versions.remove((int(wanted), dict(versions)[int(wanted)]))
            else:
                versions.append((next(self._numbers), None))
        return b""

    def _hold(self, bucket: str, name: str, query: Mapping[str, str]) -> None:
        generation, _ = self._live(bucket, name)
        wanted = query.get("ifGenerationMatch")
        if wanted is not None and int(wanted) != generation:
            raise StorageError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")

    def _live(self, bucket: str, name: str) -> tuple[int, bytes | None]:
        generation, content = self.versions.get((bucket, name), [(0, None)])[-1]
        return (0, None) if content is None else (generation, content)


def _about(bucket: str, name: str, generation: int, content: bytes) -> dict[str, Any]:
    return {
        "kind": "storage#object",
        "bucket": bucket,
        "name": name,
        "generation": str(generation),
        "metageneration": "1",
        "size": str(len(content)),
    }


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the metadata and the content of a multipart upload."""
    whole = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
    about, content = whole.iter_parts()
    return json.loads(about.get_payload(decode=True)), content.get_payload(decode=True)
