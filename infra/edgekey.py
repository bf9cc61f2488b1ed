"""The secret header by which the public service knows that a request came through the edge.

Its value is the one secret that has to be a resource's input, because Cloudflare's rule must hold it: it is made here,
encrypted in the stack's state, and never written into a file. The service reads it from Secret Manager like any other.
"""

from __future__ import annotations

import secrets
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource
from pulumi.dynamic import ResourceProvider as DynamicProvider

from handlers.roles import EDGE_KEY
from infra.sdk import gcp

BYTES = 32  # of randomness


class KeyProvider(DynamicProvider):
    """Makes a random value once for each generation."""

    serialize_as_secret_always = False  # it is this class's name, nothing more

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Have a new generation made beside the old one."""
        is_new = olds.get("generation") != news.get("generation")
        return DiffResult(changes=is_new, replaces=["generation"] if is_new else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Draw the value."""
        generation = int(props["generation"])
        return CreateResult(f"generation-{generation}", {"generation": generation, "value": new_value()})


class Key(Resource, module="launch", name="Key"):
    """A random text that is a secret of the stack's state. Raising `generation` replaces it."""

    value: pulumi.Output[str]

    def __init__(self, name: str, generation: int, opts: pulumi.ResourceOptions) -> None:
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        options = pulumi.ResourceOptions.merge(opts, hidden)
        super().__init__(KeyProvider(), name, {"generation": generation, "value": None}, options)


class EdgeKey(pulumi.ComponentResource):
    """Makes the header's value and stores it as a version of its secret, where the public service reads it.

    A new generation is stored before the rule sends it (`stored`), and the version before stays enabled (`ABANDON`):
    the service takes the two newest, so no request is refused while the edge changes over.
    """

    value: pulumi.Output[str]
    stored: pulumi.Resource

    def __init__(
        self,
        name: str,
        generation: int,
        secret: gcp.secretmanager.Secret,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:EdgeKey", name, {}, opts)
        self.value = Key(EDGE_KEY, generation, pulumi.ResourceOptions(parent=self)).value
        self.stored = gcp.secretmanager.SecretVersion(
            EDGE_KEY,
            secret=secret.id,
            secret_data=self.value,
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def new_value() -> str:
    """Return a value that nobody can guess, in letters, digits, - and _."""
    return secrets.token_urlsafe(BYTES)
