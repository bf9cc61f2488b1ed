from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from localcloud.base import ports
from localcloud.base.world import World
from localcloud.control import secret_versions
from localcloud.providers.assessment import assess
from localcloud.providers.cloud import Cloud
from localcloud.providers.codec import decode, encode, from_json
from localcloud.providers.packages import PACKAGES
from localcloud.providers.server import cloud, serve

PROJECT = "acme-app"
APIS = (
    *("run", "cloudtasks", "secretmanager", "firestore", "firebaserules", "storage", "artifactregistry", "iam"),
    *("compute", "certificatemanager", "monitoring", "logging", "firebase"),
)


@dataclass(frozen=True)
class Made:
    """A resource as the provider answered it."""

    token: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """What a Diff answered: path → kind, and the paths that replace."""

    kinds: dict[str, str]
    replaces: list[str]
    delete_first: bool


class Attached:
    """Speaks to one provider server as the engine does, which connects once for each provider of a program."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])
        self.stub = ResourceProviderStub(self.channel)  # type: ignore[no-untyped-call]  # generated

    def check(
        self, token: str, name: str, inputs: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the checked inputs, and path → reason of what is wrong."""
        request = provider_pb2.CheckRequest(
            urn=urn(token, name), news=encode(inputs), olds=encode(olds or {}), randomSeed=b"seed"
        )
        answer = self.stub.Check(request)
        return decode(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def up(self, token: str, name: str, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> Made:
        """Check the inputs, which must be right, and create the resource."""
        checked, failures = self.check(token, name, {**(inputs or {}), **more})
        assert not failures, failures
        answer = self.stub.Create(provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(checked)))
        return Made(token, name, answer.id, checked, decode(answer.properties))

    def preview(self, token: str, name: str, /, **inputs: Any) -> dict[str, Any]:
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(inputs), preview=True)
        return decode(self.stub.Create(request).properties)

    def diff(self, made: Made, ignore: tuple[str, ...] = (), /, **changed: Any) -> Difference:
        answer = self.stub.Diff(
            provider_pb2.DiffRequest(
                id=made.id,
                urn=urn(made.token, made.name),
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(_without_none({**made.inputs, **changed})),
                ignoreChanges=ignore,
            )
        )
        kinds = {path: provider_pb2.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}
        return Difference(kinds, list(answer.replaces), answer.deleteBeforeReplace)

    def change(self, made: Made, ignore: tuple[str, ...] = (), /, **changed: Any) -> Made:
        checked, failures = self.check(made.token, made.name, _without_none({**made.inputs, **changed}), made.inputs)
        assert not failures, failures
        request = provider_pb2.UpdateRequest(
            id=made.id,
            urn=urn(made.token, made.name),
            olds=encode(made.outputs),
            old_inputs=encode(made.inputs),
            news=encode(checked),
            ignoreChanges=ignore,
        )
        return Made(made.token, made.name, made.id, checked, decode(self.stub.Update(request).properties))

    def read(self, made: Made) -> Made | None:
        """Return the resource as a refresh would see it."""
        return self.look_up(made.token, made.name, made.id, made.inputs, made.outputs)

    def look_up(
        self,
        token: str,
        name: str,
        id_: str,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> Made | None:
        """Return the resource as an import would see it."""
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                id=id_, urn=urn(token, name), inputs=encode(inputs or {}), properties=encode(outputs or {})
            )
        )
        return Made(token, name, answer.id, decode(answer.inputs), decode(answer.properties)) if answer.id else None

    def delete(self, made: Made) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(id=made.id, urn=urn(made.token, made.name), properties=encode(made.outputs))
        )

    def refusal(self, token: str, name: str, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> str:
        """Return the sentence with which the creation is refused, at the check or later."""
        checked, failures = self.check(token, name, {**(inputs or {}), **more})
        if failures:
            return "; ".join(failures.values())
        with pytest.raises(grpc.RpcError) as refused:
            self.stub.Create(provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(checked)))
        return str(refused.value.details())  # type: ignore[attr-defined]  # a grpc.Call too


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::acme::launch:infra:Part${token}::{name}"


def _without_none(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value is not None}


@dataclass(frozen=True)
class Clouds:
    """Both providers, attached, and the world they fill."""

    gcp: Attached
    cloudflare: Attached
    home: Path
    world: World

    def project(self, *apis: str) -> Made:
        """Create the project `acme-app` with billing and these APIs, all of the launch's unless named."""
        made = self.gcp.up(
            "gcp:organizations/project:Project",
            "project",
            projectId=PROJECT,
            name=PROJECT,
            billingAccount="012345-6789AB-CDEF01",
            deletionPolicy="DELETE",
        )
        for api in apis or APIS:
            self.gcp.up("gcp:projects/service:Service", api, project=PROJECT, service=f"{api}.googleapis.com")
        return made

    def zone(self, name: str = "acme.test") -> str:
        """Create a zone and return its id."""
        return self.cloudflare.up("cloudflare:index/zone:Zone", name, name=name, account={"id": "a" * 32}).id

    def edit(self, made: Made, side: str, /, **values: Any) -> None:
        """Change the resource's row behind the engine's back."""
        row = self.world.connection.execute(f"SELECT {side} FROM resources WHERE id = ?", (made.id,)).fetchone()
        text = json.dumps({**json.loads(row[0]), **values})
        self.world.connection.execute(f"UPDATE resources SET {side} = ? WHERE id = ?", (text, made.id))


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests of all workers share, with the schemas of both SDKs as they are when the tests begin.

    A server that misses one has a process of its own load the SDK, which takes longer than most tests.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent / "schemas" if os.environ.get("PYTEST_XDIST_WORKER") else base / "schemas"
    shared.mkdir(exist_ok=True)
    read = shared / "read"
    with read.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not read.stat().st_size:
            world = World(tmp_path_factory.mktemp("read") / "world.db")
            for package in PACKAGES:
                known = cloud(package, world, base, shared).schemas
                assert all(known[token] for token in (f"pulumi:providers:{package.name}", *package.traits))
            world.close()
            file.write("all")
    return shared


@pytest.fixture
def clouds(tmp_path: Path, schemas: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouds]:
    home = tmp_path / "home"
    monkeypatch.chdir(tmp_path)
    numbers = ports.allocate(home)
    with serve(home, schemas):
        gcp, cloudflare = Attached(numbers.address("gcp")), Attached(numbers.address("cloudflare"))
        world = World(home / "world.db")
        yield Clouds(gcp, cloudflare, home, world)
        world.close()
        gcp.channel.close()
        cloudflare.channel.close()


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory, schemas: Path) -> Iterator[Callable[[str, dict[str, Any]], str]]:
    """Does what a preview does with a resource, and returns what is wrong with it."""
    home = tmp_path_factory.mktemp("mistakes")
    world = World(home / "world.db")
    world.define(secret_versions.SCHEMA)
    clouds = {package.name: cloud(package, world, home, schemas) for package in PACKAGES}

    def wrong(token: str, inputs: dict[str, Any]) -> str:
        urn = f"urn:pulumi:test::acme::{token}::it"
        _, failures = assess(clouds[token.partition(":")[0]], token, urn, inputs, {}, b"seed")
        return "; ".join(f"{failure.path} {failure.reason}" for failure in failures)

    yield wrong
    world.close()


ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def own_clouds(tmp_path_factory: pytest.TempPathFactory, schemas: Path) -> Iterator[dict[str, Cloud]]:
    """The clouds of both packages, in a world that stays empty."""
    home = tmp_path_factory.mktemp("own")
    world = World(home / "world.db")
    world.define(secret_versions.SCHEMA)
    yield {package.name: cloud(package, world, home, schemas) for package in PACKAGES}
    world.close()


@pytest.fixture(scope="session", params=["shipped", "worker", "paid"])
def own(request: pytest.FixtureRequest, own_clouds: dict[str, Cloud], schemas: Path) -> list[Made]:
    """The resources that the program makes of the shipped spec, and of two others.

    It runs in a process of its own, which for speed loads only a part of the SDKs.
    """
    script = Path(__file__).parent / "own_program.py"
    done = subprocess.run(
        [sys.executable, str(script), request.param, str(schemas)],
        cwd=ROOT,
        env={**os.environ, "LAUNCH_FAST_LOADING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [
        Made(each["token"], each["name"], each["id"], from_json(each["inputs"]), from_json(each["outputs"]))
        for each in json.loads(done.stdout)
    ]
