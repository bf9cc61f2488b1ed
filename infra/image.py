"""The image as a resource of the stack: built by Cloud Build inside `pulumi up`, without Docker on this machine.

Pulumi runs the provider in a process of its own (`python -m pulumi.dynamic`) that imports this module by name.
Every stack's state names it as `infra.image.ImageProvider`. Rename neither: existing stacks could not be destroyed.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from dataclasses import asdict
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, ConfigureRequest, CreateResult, DiffResult, Resource, UpdateResult
from pulumi.dynamic import ResourceProvider as DynamicProvider

from infra import build_log
from infra.cloudbuild import BuildFailedError, BuildOrder, build, client

STOPPED = threading.Event()  # set when the engine was interrupted; this process is the engine's alone
INPUTS = tuple(BuildOrder.__dataclass_fields__)


class ImageProvider(DynamicProvider):
    """Builds when the source, the target or the builder changed. Deleting does nothing: the repository goes as a whole.

    Refreshing asks nobody, so the drift check looks at the digest that Cloud Run runs.
    """

    serialize_as_secret_always = False  # it is this class's name, nothing more

    def configure(self, _req: ConfigureRequest) -> None:
        """Have failures told in words, and have an interrupt reach the build."""
        host = sys.modules["__main__"]
        servicer = getattr(host, "DynamicResourceProviderServicer", None)
        if servicer:
            servicer.Cancel = _stop  # Pulumi's own answers, and stops nothing
        if hasattr(host, "traceback"):
            host.traceback = _Words()  # type: ignore[attr-defined]  # Pulumi's host shows users the whole traceback

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an order without a source."""
        known = isinstance(news.get("source_hash"), str)
        failures = (
            [] if not known or news["source_hash"] else [CheckFailure("source_hash", "there is no source to build")]
        )
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare what the image was built from with what it should be built from."""
        return DiffResult(changes=any(olds.get(name) != news.get(name) for name in INPUTS))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Build the first image."""
        return CreateResult(props["target"], _built(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Build the next image."""
        return UpdateResult(_built(news))


class Image(Resource, module="launch", name="Image"):
    """An image in Artifact Registry. `image` is its name by digest: `REGION-docker.pkg.dev/…@sha256:…`."""

    image: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, pulumi.Input[str]], opts: pulumi.ResourceOptions) -> None:
        super().__init__(ImageProvider(), name, {**props, "image": None}, opts)


class _Words:
    """Stands in for the module `traceback` in Pulumi's host, which sends `format_exc()` to the user."""

    def format_exc(self) -> str:
        error = sys.exception()
        return str(error) if isinstance(error, BuildFailedError) else traceback.format_exc()


def _built(props: dict[str, Any]) -> dict[str, Any]:
    order = BuildOrder(**{name: props[name] for name in INPUTS})
    builder = client(os.environ, order.project)
    image = build(order, builder, STOPPED.wait, _tell, lambda id_: build_log.tail(order.project, id_, os.environ))
    return {**asdict(order), "image": image}


def _tell(sentence: str) -> None:
    """Say something while it is built: the engine passes on what a provider prints to its standard error."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _stop(_servicer: object, _request: object, _context: object) -> Any:
    """Answer the engine's Cancel, which comes with Ctrl-C: whoever waits for a build gives it up."""
    from google.protobuf.empty_pb2 import Empty

    STOPPED.set()
    return Empty()
