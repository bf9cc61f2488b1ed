"""What the program itself makes, in three variants of its spec, is created in a world, and changes nothing twice."""

from __future__ import annotations

from typing import Any

from localcloud.providers.assessment import assess


def test_all_of_it_passes_the_preview(own: Any, own_clouds: Any) -> None:
    wrong = {}
    for made in own:
        cloud = own_clouds[made.token.partition(":")[0]]
        urn = f"urn:pulumi:test::acme::{made.token}::{made.name}"
        failures = assess(cloud, made.token, urn, made.inputs, {}, b"seed")[1]
        if failures:
            wrong[made.token, made.name] = failures
    assert wrong == {}
    assert len(own) > 60


def test_none_of_it_changes_when_the_program_did_not(own: Any, own_clouds: Any) -> None:
    changes = {
        (made.token, made.name): own_clouds[made.token.partition(":")[0]].difference(
            made.token, made.outputs, made.inputs
        )
        for made in own
    }
    assert {name: found for name, found in changes.items() if found} == {}
