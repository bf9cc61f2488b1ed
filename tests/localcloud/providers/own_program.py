"""Runs the program as the engine would, `own_program.py VARIANT SCHEMAS`, and prints what it makes as JSON.

Each resource is created in a world of its own, so that a program which the rehearsal refuses ends with an error.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.mocks import MockMonitor

sys.path.insert(0, str(Path(__file__).parents[3]))

from infra import program
from localcloud.base.world import World
from localcloud.control import secret_versions
from localcloud.providers.answers import TOLD
from localcloud.providers.assessment import assess
from localcloud.providers.cloud import Cloud
from localcloud.providers.codec import SIGNATURE, to_json
from localcloud.providers.packages import PACKAGES
from localcloud.providers.rules.parents import names
from localcloud.providers.server import cloud
from localcloud.providers.values import Archive, leaves

ROOT = Path(__file__).parents[3]
VARIANTS: dict[str, dict[str, Any]] = {
    "shipped": {},
    "worker": {
        "origin": "worker",
        "other_domains": ["acme.example", "acme-shop.example"],
        "moved_pages": [{"source": "acme.test/old", "target": "https://acme.test/new"}],
        "google": {"identity_platform": True, "audit_logs": "full"},
        "cloudflare": {"ddos_sensitivity": "medium"},
        "web": {"site": "acme-site", "host": "acme-site.web.app"},
        "mail": {"mta_sts": "testing", "tls_rpt": "tls@acme.test", "bimi": "https://acme.test/logo.svg"},
        "alerts": {"watch": "full"},
    },
    "paid": {"cloudflare": {"plan": "business", "ddos_sensitivity": "low"}, "services": {"min_instances": 1}},
}


IMAGE = f"us-docker.pkg.dev/cloudrun/container/hello@sha256:{'0' * 64}"  # one that the rehearsal has not to build


@dataclass
class Own(pulumi.runtime.Mocks):
    """Stands in for the engine: has each resource checked and created in a world, under all launch rules."""

    clouds: dict[str, Cloud]
    made: list[dict[str, Any]] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        cloud = self.clouds.get(args.typ.partition(":")[0])
        if cloud is None or args.typ not in cloud.package.traits:
            return f"{args.name}-id", {**args.inputs, "value": "k" * 32, "image": IMAGE}
        urn = f"urn:pulumi:local::launch::{args.typ}::{args.name}"
        inputs, failures = assess(cloud, args.typ, urn, _wire(args.inputs), {}, b"seed")
        if failures:
            raise RuntimeError(f"{urn}: {failures}")
        state = cloud.create(args.typ, urn, inputs)
        again = cloud.read(args.typ, state.id, inputs, state.outputs)
        told_more = args.typ in TOLD  # by its API, which tests/localcloud/providers/test_answers.py is about
        if again is None or (not told_more and (again.outputs, again.inputs) != (state.outputs, inputs)):
            raise RuntimeError(f"{urn}: a refresh reads {again}, not {state}")
        told = {"inputs": to_json(inputs), "outputs": to_json(state.outputs)}
        self.made.append({"token": args.typ, "name": args.name, "id": state.id, **told})
        return state.id, {**state.outputs, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return self.clouds["gcp"].invoke(args.token, dict(args.args))


class Monitor(MockMonitor):
    """Notes what each resource waits for."""

    def __init__(self, mocks: Own) -> None:
        super().__init__(mocks)
        self.waits: dict[tuple[str, str], set[tuple[str, str]]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi calls it so
        """Answer as Pulumi's own does."""
        self.waits[request.type, request.name] = {_kind_and_name(urn) for urn in request.dependencies}
        return super().RegisterResource(request)

    def awaited(self, one: tuple[str, str]) -> set[tuple[str, str]]:
        """Return all that is made before a resource for certain."""
        seen: set[tuple[str, str]] = set()
        ahead = [one]
        while ahead:
            new = self.waits.get(ahead.pop(), set()) - seen
            seen |= new
            ahead += new
        return seen


def _kind_and_name(urn: str) -> tuple[str, str]:
    _, _, kinds, name = urn.split("::", 3)
    return kinds.rpartition("$")[2], name


def unordered(world: World, clouds: dict[str, Cloud], monitor: Monitor) -> list[str]:
    """Return a sentence for each resource that names another one without waiting for it: a race in the real cloud."""
    found = []
    for child in world.resources():
        before = monitor.awaited(_kind_and_name(child.urn))
        for parent in clouds[child.type.partition(":")[0]].package.traits[child.type].parents:
            for value in leaves(dict(child.inputs), parent.path):
                named = [one for kind in parent.kinds for one in world.resources(kind) if value in names(parent, one)]
                if named and not any(_kind_and_name(one.urn) in before for one in named):
                    found.append(f"{child.urn} does not wait for {named[0].urn} ({parent.path})")
    return found


def _wire(value: Any) -> Any:
    """A copy as it reaches a provider: with integers, files by their hash, without secrecy and None."""
    match value:
        case {"value": inner} if SIGNATURE in value:
            return _wire(inner)
        case dict():
            return {key: _wire(child) for key, child in value.items() if child is not None}
        case list():
            return [_wire(child) for child in value]
        case float():
            return int(value) if value.is_integer() else value
        case pulumi.Asset() | pulumi.Archive():
            return Archive({"hash": "1", "path": "firestore"})
        case _:
            return value


def main(variant: str, schemas: Path) -> None:
    """Run the program in one variant of its spec."""
    home = Path(tempfile.mkdtemp())
    world = World(home / "world.db")
    world.define(secret_versions.SCHEMA)
    recorder = Own({package.name: cloud(package, world, home, schemas) for package in PACKAGES})
    spec = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]["launch:spec"]
    for name, choice in VARIANTS[variant].items():
        spec[name] = {**spec[name], **choice} if isinstance(spec.get(name), dict) else choice
    os.environ.update(PULUMI_DEBUG_PROVIDERS="gcp:1,cloudflare:2", CLOUD_BUILD_EMULATOR_HOST="127.0.0.1:3")
    monitor = Monitor(recorder)
    pulumi.runtime.set_mocks(recorder, project="launch-ready", stack="local", preview=False, monitor=monitor)
    pulumi.runtime.set_config("launch:spec", json.dumps(spec))
    pulumi.runtime.test(program.launch)()
    if races := unordered(world, recorder.clouds, monitor):
        raise SystemExit("\n".join(races))
    sys.stdout.write(json.dumps(recorder.made))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
