"""A random text as a secret of the stack's state.

Pulumi runs the provider in a process of its own (`python -m pulumi.dynamic`) that imports this module by name, so that
it loads none of the clouds' SDKs: they cost every preview two seconds more.
Every stack's state names it as `infra.key.KeyProvider`. Rename neither: existing stacks could not be destroyed.
"""

from __future__ import annotations

import secrets
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource
from pulumi.dynamic import ResourceProvider as DynamicProvider

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


def new_value() -> str:
    """Return a value that nobody can guess, in letters, digits, - and _."""
    return secrets.token_urlsafe(BYTES)
