"""The dynamic providers' names lie in every stack's state: Pulumi's host imports them to delete or replace."""

from __future__ import annotations

import base64
import pickle

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from infra.image import ImageProvider
from infra.key import KeyProvider
from infra.pause import PauseProvider

STORED = {
    "gASVIAAAAAAAAACMCWluZnJhLmtleZSMC0tleVByb3ZpZGVylJOUKYGULg==": KeyProvider,
    "gASVJAAAAAAAAACMC2luZnJhLnBhdXNllIwNUGF1c2VQcm92aWRlcpSTlCmBlC4=": PauseProvider,
    "gASVJAAAAAAAAACMC2luZnJhLmltYWdllIwNSW1hZ2VQcm92aWRlcpSTlCmBlC4=": ImageProvider,
}
"""The output `__provider` as stacks made before have it → the class that must still be found by it."""


@pytest.mark.parametrize(("stored", "provider"), STORED.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_the_state_of_an_older_stack_still_finds_its_provider(stored: str, provider: type[ResourceProvider]) -> None:
    assert type(pickle.loads(base64.b64decode(stored))) is provider


@pytest.mark.parametrize(("stored", "provider"), STORED.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_a_provider_is_stored_as_before_so_that_no_stack_sees_a_change(
    stored: str, provider: type[ResourceProvider]
) -> None:
    assert serialize_provider(provider()) == stored
