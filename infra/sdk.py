"""The providers' SDKs, imported with Python's garbage collector at rest.

`pulumi_cloudflare` defines some ten thousand classes on import. Nothing of that is garbage, yet the collector walks all
of it again and again: without it the import takes 0.75 s instead of 1.2 s, in every preview and update.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


with _collector_at_rest():
    import pulumi_cloudflare as cloudflare
    import pulumi_gcp as gcp

__all__ = ["cloudflare", "gcp"]
