from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.proto import source_pb2

from blueprint.spec import Spec, load
from infra.loading.flush import ROUNDS
from infra.loading.host import TRACE
from infra.project import BASICS, Project, ProjectConfig

ROOT = Path(__file__).parents[2]
NUMBER = "100000000001"
COMPUTED: dict[str, dict[str, Any]] = {
    "gcp:organizations/project:Project": {"number": NUMBER},
    "gcp:compute/globalAddress:GlobalAddress": {"address": "203.0.113.7"},
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": {
        "dnsResourceRecords": [
            {"name": "_acme-challenge_x.api.acme.test.", "type": "CNAME", "data": "x.authorize.goog."}
        ]
    },
    "gcp:projects/serviceIdentity:ServiceIdentity": {
        "member": f"serviceAccount:service-{NUMBER}@gcp-sa-x.iam.gserviceaccount.com"
    },
    "gcp:firebaserules/ruleset:Ruleset": {"name": "11111111-2222-4333-8444-555555555555"},
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": {"name": "projects/acme/uptimeCheckConfigs/api-health"},
    "cloudflare:index/zone:Zone": {"nameServers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"]},
    "cloudflare:index/zoneDnssec:ZoneDnssec": {"ds": "acme.test. 3600 IN DS 2371 13 2 ABCD"},
    "pulumi-python:dynamic/launch:Key": {"value": "the-key-of-the-edge"},
    "pulumi-python:dynamic/launch:Image": {"image": "registry/handlers@sha256:" + "0" * 64},
}


@dataclass(frozen=True)
class Made:
    """One resource that a program asked for; keys of inputs are as the program wrote them."""

    type: str
    name: str
    inputs: dict[str, Any]


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Stands in for the engine, at Pulumi's own door for tests."""

    made: list[Made] = field(default_factory=list)
    imported: dict[str, str] = field(default_factory=dict)
    by_provider: dict[str, list[Made]] = field(default_factory=dict)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = _whole(args.inputs)
        self.made.append(Made(args.typ, args.name, inputs))
        provider = "::".join(args.provider.split("::")[3:4])  # URN::ID, whose fourth part is the name
        self.by_provider.setdefault(provider, []).append(self.made[-1])
        if args.resource_id:
            self.imported[args.name] = args.resource_id
        return f"{args.name}-id", {"name": args.name, **inputs, **_computed(args.typ, inputs)}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        if args.token != "gcp:organizations/getProject:getProject":
            raise NotImplementedError(args.token)
        return {"number": NUMBER}

    def of(self, suffix: str) -> list[Made]:
        """All resources whose type ends like this."""
        return [made for made in self.made if made.type.endswith(suffix)]

    def one(self, suffix: str, name: str | None = None) -> Made:
        """The only resource of that type (and name)."""
        found = [made for made in self.of(suffix) if name in (None, made.name)]
        assert len(found) == 1, [made.name for made in found]
        return found[0]

    @property
    def clouds(self) -> list[Made]:
        """What is made in a cloud: neither components nor providers."""
        return [made for made in self.made if not made.type.startswith(("launch:", "pulumi:"))]


def _computed(type_: str, inputs: dict[str, Any]) -> dict[str, Any]:
    if type_.endswith("iAMCustomRole:IAMCustomRole"):
        return {"name": f"projects/{inputs['project']}/roles/{inputs['roleId']}"}
    if not type_.endswith("account:Account"):
        return COMPUTED.get(type_, {})
    email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
    return {"email": email, "name": f"projects/{inputs['project']}/serviceAccounts/{email}"}


def _whole(value: Any) -> Any:
    """A copy in which whole numbers are integers again: on the wire, all numbers are floats."""
    if isinstance(value, dict):
        return {key: _whole(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_whole(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


Provision = Callable[[Callable[[], Any]], Recorder]


@pytest.fixture(scope="session")
def room_loop() -> asyncio.AbstractEventLoop:
    """One event loop for all tests: Pulumi's threads keep loops of their own as long as it is open."""
    return asyncio.new_event_loop()


@pytest.fixture(autouse=True)
def loop(room_loop: asyncio.AbstractEventLoop) -> None:
    """Make it the current one, which Pulumi takes: tests of other rooms that use `asyncio.run` leave none behind."""
    asyncio.set_event_loop(room_loop)


@pytest.fixture
def provision(monkeypatch: pytest.MonkeyPatch) -> Provision:
    """Runs a piece of a program and returns what it asked for.

    As in a rehearsal (infra/loading/host.py), the SDK tells of no resource where in the program it was made: through
    pytest's own frames that took a fifth of the time.
    """
    monkeypatch.setattr(pulumi.runtime.resource, TRACE, source_pb2.StackTrace)

    def run(program: Callable[[], Any], stack: str = "local") -> Recorder:
        recorder = Recorder()
        pulumi.runtime.set_mocks(recorder, project="launch-ready", stack=stack, preview=False)

        ends: list[SystemExit] = []

        async def whole() -> None:
            try:
                declared = program()
                if isawaitable(declared):
                    await declared
                await _registered()
            except SystemExit as end:  # the loops that Pulumi's own helper nests do not survive it
                ends.append(end)

        pulumi.runtime.test(whole)()
        for end in ends:
            raise end
        return recorder

    return run


async def _registered() -> None:
    """Let what was declared be registered, before the SDK waits for all outputs anew after each that arrives."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


@pytest.fixture
def seen() -> dict[str, Any]:
    """A place for values that outputs had in the end; see `keep`."""
    return {}


@pytest.fixture
def keep(seen: dict[str, Any]) -> Callable[[str, pulumi.Output[Any]], None]:
    """Remembers what an output comes to."""

    def remember(name: str, output: pulumi.Output[Any]) -> None:
        output.apply(lambda value: seen.__setitem__(name, value))

    return remember


@pytest.fixture
def project() -> Callable[..., Project]:
    """Makes a project with the given APIs, for components that stand in one."""

    def make(*apis: str) -> Project:
        return Project("project", ProjectConfig("acme-rehearsal", (*BASICS, *apis), "012345-6789AB-CDEF01"))

    return make


@pytest.fixture
def spec() -> Spec:
    return load(ROOT / "Pulumi.local.yaml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder with handlers, rules, indexes and runbooks."""
    for name in ("handlers", "firestore", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "infra").mkdir()
    shutil.copy(ROOT / "infra" / "Dockerfile", tmp_path / "infra" / "Dockerfile")
    (tmp_path / "handlers" / "app.py").touch()
    return tmp_path


@pytest.fixture
def full(spec: Spec) -> Spec:
    """The rehearsal's spec with everything that a founder can ask for."""
    google = spec.google.model_copy(update={"armor": True, "identity_platform": True, "budget": 50})
    parts: dict[str, Any] = {
        "google": google,
        "web": spec.web.model_copy(update={"site": "acme-site", "host": "acme-site.web.app"}),
        "mail": spec.mail.model_copy(update={"mta_sts": "testing"}),
        "alerts": spec.alerts.model_copy(update={"watch": "full"}),
        "other_domains": ("acme.example",),
    }
    return spec.model_copy(update=parts)
