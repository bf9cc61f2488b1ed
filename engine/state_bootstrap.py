"""Sees and makes what keeps a stack's state, before the engine can work: APIs, bucket, ring and key."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from blueprint.state_backend import RING
from engine.errors import USAGE, LaunchError
from engine.google_api import Google, RefusedError
from engine.state_backend import APIS, DAYS, Backend, BackendInventory, BootstrapStep, Bucket

STORAGE, KMS, USAGE_API = "storage", "cloudkms", "serviceusage"
# cloud.google.com/storage/docs/json_api/v1/buckets: former versions stay, roles alone decide, and none opens it to all.
CLOSED: Mapping[str, Any] = {
    "versioning": {"enabled": True},
    "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
}


@dataclass(frozen=True)
class StateBootstrap:
    """What a backend stands on; `now` is when the key begins to age. Every method raises LaunchError."""

    backend: Backend
    google: Google
    now: datetime

    def look(self) -> BackendInventory:
        """Return what is there."""
        enabled = self._enabled()
        has_ring = APIS[1] in enabled and self.google.get(KMS, f"v1/{self.backend.ring}") is not None
        key = self.google.get(KMS, f"v1/{self.backend.key}") if has_ring else None
        if key is not None:
            self._require_usable(key)
        bucket = self._bucket() if APIS[0] in enabled else None
        return BackendInventory(enabled, bucket, has_ring, key is not None)

    def make(self, step: BootstrapStep) -> None:
        """Make what a step asks for; what somebody else has made in the meantime is taken as it is."""
        making = {
            BootstrapStep.APIS: self._enable,
            BootstrapStep.BUCKET: self._make_bucket,
            BootstrapStep.SECURE: self._secure_bucket,
            BootstrapStep.RING: self._make_ring,
            BootstrapStep.KEY: self._make_key,
        }
        making[step]()

    def _enabled(self) -> frozenset[str]:
        own = f"projects/{self.backend.project}/services"
        names = "&".join(f"names={own}/{api}" for api in APIS)
        found = self.google.get(USAGE_API, f"v1/{own}:batchGet?{names}") or {}
        enabled = (each["name"] for each in found.get("services", ()) if each.get("state") == "ENABLED")
        return frozenset(name.rpartition("/")[2] for name in enabled)

    def _enable(self) -> None:
        path = f"v1/projects/{self.backend.project}/services:batchEnable"
        operation = self.google.send("POST", USAGE_API, path, {"serviceIds": list(APIS)}) or {}
        for pause in self.google.pauses:
            if operation.get("done"):
                break
            time.sleep(pause)
            operation = self.google.get(USAGE_API, f"v1/{operation['name']}") or {}
        if error := operation.get("error"):
            raise self.google.refused(error.get("code", 0), error.get("message", ""), str(error))

    def _bucket(self) -> Bucket | None:
        try:
            found = self.google.get(STORAGE, f"storage/v1/b/{self.backend.bucket}")
        except RefusedError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            what = f"The bucket {self.backend.bucket} is not yours to use."
            cure = "If somebody else has the name, write another one under state.bucket: names are the whole world's."
            raise LaunchError(what, error.why, cure, USAGE) from error
        if found is None:
            return None
        access = found.get("iamConfiguration", {})
        is_uniform = access.get("uniformBucketLevelAccess", {}).get("enabled", False)
        is_closed = is_uniform and access.get("publicAccessPrevention") == "enforced"
        return Bucket(found.get("versioning", {}).get("enabled", False), is_closed)

    def _make_bucket(self) -> None:
        wanted = {"name": self.backend.bucket, "location": self.backend.region, **CLOSED}
        self.google.send("POST", STORAGE, f"storage/v1/b?project={self.backend.project}", wanted)

    def _secure_bucket(self) -> None:
        self.google.send("PATCH", STORAGE, f"storage/v1/b/{self.backend.bucket}", CLOSED)

    def _make_ring(self) -> None:
        place = self.backend.ring.rpartition("/")[0]
        self.google.send("POST", KMS, f"v1/{place}?keyRingId={RING}", {})

    def _make_key(self) -> None:
        place, _, id_ = self.backend.key.rpartition("/")
        age = timedelta(days=DAYS)
        wanted = {
            "purpose": "ENCRYPT_DECRYPT",
            "rotationPeriod": f"{age.total_seconds():.0f}s",
            "nextRotationTime": f"{self.now + age:%Y-%m-%dT%H:%M:%SZ}",
        }
        self.google.send("POST", KMS, f"v1/{place}?cryptoKeyId={id_}", wanted)

    def _require_usable(self, key: Mapping[str, Any]) -> None:
        state = key.get("primary", {}).get("state", "missing")
        if key.get("purpose") != "ENCRYPT_DECRYPT" or state != "ENABLED":
            raise LaunchError(
                f"The key {self.backend.key} cannot encrypt the state's secrets.",
                f"Its purpose is {key.get('purpose')}, and its primary version is {state}.",
                "Enable a version of it in the console, under Security, Key Management, and make that the primary one.",
            )
