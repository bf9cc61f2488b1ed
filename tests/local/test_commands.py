"""Plain Pulumi and the commands around `up`, on a stack that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.world import Resource, World

pytestmark = pytest.mark.stack

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
DMARC = "_dmarc.acme.test"
BOUNCES = "send.acme.test"
SIGNED = "google._domainkey.acme.test"
GRANT = "gcp:projects/iAMMember:IAMMember"
BY_HAND = '"v=DMARC1; p=none"'
CLOUDS = ("gcp:", "cloudflare:")
MALLORY = "user:mallory@evil.example"
BY_MALLORY = {"project": "acme-rehearsal", "role": "roles/editor", "member": MALLORY}
INTRUDER = Resource(GRANT, "made-at-the-console", "", BY_MALLORY, BY_MALLORY)


@contextmanager
def opened(home: Path) -> Iterator[World]:
    world = World(home / "world.db")
    yield world
    world.close()


def record(world: World, name: str) -> Resource:
    texts = (found for found in world.resources(RECORD) if found.inputs["type"] == "TXT")
    return next(found for found in texts if found.inputs["name"] == name)


def results(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("status", 0),
        ("logs", 0),
        ("logs dns", 0),
        ("verify", 0),
        ("checklist", 1),  # what only a person can do is still open
        ("doctor", 0),
        ("preview --expect-no-changes", 0),
        ("secrets list", 0),
        ("env", 0),
    ],
)
def test_results_are_json_lines_and_the_exit_code_says_how_it_stands(launch: Any, command: str, code: int) -> None:
    done = launch.run(*command.split(), "--json")
    assert done.returncode == code, done.stdout + done.stderr
    assert all(isinstance(line, dict) for line in results(done.stdout))
    assert done.stdout


def test_plain_pulumi_brings_up_and_gives_the_outputs(launch: Any) -> None:
    done = launch.shell("pulumi up --yes --stack local --non-interactive && pulumi stack output --json")
    assert done.returncode == 0, done.stdout + done.stderr
    before, _, outputs = done.stdout.partition("\n{\n")
    assert "unchanged" in before
    assert json.loads("{" + outputs)["domain"] == "acme.test"


def test_what_was_changed_by_hand_is_found_and_put_back(launch: Any) -> None:
    with opened(launch.home) as world:
        made = record(world, DMARC)
        changed = {"content": BY_HAND}
        world.put(replace(made, inputs={**made.inputs, **changed}, outputs={**made.outputs, **changed}))

    done = launch.run("verify", "--json")
    assert done.returncode == 1
    found = {finding["id"]: finding for finding in results(done.stdout) if finding["status"] == "fail"}
    assert found.keys() == {"dns.record.exact", "mail.dmarc.policy"}
    assert found["dns.record.exact"]["subject"] == f"TXT {DMARC}"
    assert found["dns.record.exact"]["observed"] == "v=DMARC1; p=none"
    assert "./launch up --refresh" in found["dns.record.exact"]["fix"]

    with opened(launch.home) as world:
        bounces, signed = record(world, BOUNCES), record(world, SIGNED)
        grant = next(one for one in world.resources(GRANT) if "intake" in one.inputs["member"])
        later = {"ttl": 600}
        world.put(replace(signed, inputs={**signed.inputs, **later}, outputs={**signed.outputs, **later}))
        for gone in (bounces, grant):
            world.remove(gone.type, gone.id)
        world.put(INTRUDER)
    previewed = launch.run("preview", "--refresh", "--json")
    planned = results(previewed.stdout)
    assert previewed.returncode == 1
    (strange,) = [line for line in planned if line.get("status") == "fail"]
    assert (strange["id"], strange["subject"]) == ("iam.grants", MALLORY)
    assert "gcloud projects remove-iam-policy-binding acme-rehearsal" in strange["fix"]
    assert {(step["op"], step["resource"]) for step in planned if "op" in step} == {
        ("update", f"dns record txt-{DMARC}"),
        ("update", f"dns record txt-{SIGNED}"),
        ("create", f"dns record txt-{BOUNCES}"),
        ("create", f"iammember {grant.urn.rpartition('::')[2]}"),
    }

    with opened(launch.home) as world:
        world.remove(INTRUDER.type, INTRUDER.id)
    said = launch.well("up", "--refresh")
    assert "2 created" in said
    assert "2 updated" in said
    launch.well("verify")
    with opened(launch.home) as world:
        assert record(world, DMARC).inputs == made.inputs
        assert record(world, SIGNED).inputs == signed.inputs


def test_after_plain_pulumi_destroy_nothing_is_left_and_up_makes_all_of_it_again(launch: Any) -> None:
    done = launch.shell("pulumi destroy --yes --stack local --non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr
    with opened(launch.home) as world:
        assert [found.urn for found in world.resources() if found.type.startswith(CLOUDS)] == []
    assert launch.run("verify").returncode != 0
    said = launch.well("up")
    assert "created" in said
    assert "Google never gives a project id out a second time" in said
