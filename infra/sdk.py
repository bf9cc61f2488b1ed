"""The providers' SDKs, loaded with Python's garbage collector at rest.

They define tens of thousands of classes. Nothing of that is garbage, yet the collector walks all of it again and again:
without it, loading takes 1.4 s instead of 2.3 s, in every preview and update. The SDKs also warn of classes of their
own that they have deprecated and that nobody here uses.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

GCP_MODULES = (
    "artifactregistry",
    "billing",
    "certificatemanager",
    "cloudrunv2",
    "cloudscheduler",
    "cloudtasks",
    "compute",
    "eventarc",
    "firebase",
    "firebaserules",
    "firestore",
    "identityplatform",
    "logging",
    "monitoring",
    "organizations",
    "projects",
    "pubsub",
    "secretmanager",
    "serviceaccount",
    "storage",
)
"""What the components use of pulumi_gcp, whose modules load when they are first looked into."""


@contextmanager
def _in_peace() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


with _in_peace():
    import pulumi_cloudflare as cloudflare
    import pulumi_gcp as gcp

    for _name in GCP_MODULES:
        hasattr(getattr(gcp, _name), "any attribute, for that loads it")

__all__ = ["cloudflare", "gcp"]
