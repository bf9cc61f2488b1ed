from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import environment
from engine.home import PROJECT, Home, locate
from engine.locate import Engine
from localcloud.base import ports as listening
from localcloud.base.ports import Ports
from localcloud.base.supervisor import attach
from localcloud.base.supervisor.home import StandaloneHome


@pytest.fixture
def ports(home: Home) -> Ports:
    home.path.mkdir(parents=True)
    return listening.allocate(home.path)


@pytest.mark.parametrize(
    "name",
    [
        "GOOGLE_APPLICATION_CREDENTIALS",
        "CLOUDFLARE_API_TOKEN",
        "CLOUDSDK_CONFIG",
        "PULUMI_ACCESS_TOKEN",
        "STRIPE_API_KEY",
    ],
)
def test_a_rehearsal_knows_no_real_account(name: str) -> None:
    assert name not in attach.without_real_accounts({name: "real", "HOME": "/home/ada"})


def test_what_is_no_credential_stays() -> None:
    engine = {"PULUMI_HOME": "/p", "PULUMI_SKIP_CHECKPOINTS": "true"}
    kept = attach.without_real_accounts({"HOME": "/home/ada", **engine, "https_proxy": "http://p:1"})
    assert kept["HOME"] == "/home/ada"
    assert engine.items() <= kept.items()
    assert kept["https_proxy"] == "http://p:1"
    assert "127.0.0.1" in kept["no_proxy"]


def test_the_engine_comes_first_on_path_once(home: Home, ports: Ports) -> None:
    engine = Engine(Path("/cache/bin"), "3.200.0", "cache")
    once = environment.of_engine(home, engine, ports, "/usr/bin:/bin")["PATH"]
    assert once == "/cache/bin:/usr/bin:/bin"
    assert environment.of_engine(home, engine, ports, once)["PATH"] == once


def test_the_engine_is_attached_to_the_local_cloud_and_keeps_its_state_in_the_home(home: Home, ports: Ports) -> None:
    exports = environment.of_engine(home, Engine(Path("/e"), "3.200.0", "cache"), ports, "")
    assert exports["PULUMI_DEBUG_PROVIDERS"] == f"gcp:{ports['gcp']},cloudflare:{ports['cloudflare']}"
    assert exports["PULUMI_BACKEND_URL"] == f"file://{home.path}/state?metadata=skip"
    assert exports["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"


@pytest.mark.parametrize(
    ("state", "at_the_end"),
    [
        (None, True),
        ({"version": 3, "checkpoint": {"latest": {"resources": []}}}, True),
        ({"version": 3, "checkpoint": {"latest": {"manifest": {}, "metadata": {}}}}, True),  # as after a destroy
        ({"version": 3, "checkpoint": {"latest": {"resources": [{"type": "pulumi:pulumi:Stack"}]}}}, False),
        ({"version": 4, "checkpoint": {"of": "a form that is not known"}}, False),
    ],
)
def test_the_state_is_saved_at_the_end_only_while_there_is_nothing_in_it(
    home: Home, state: Mapping[str, Any] | None, at_the_end: bool
) -> None:
    if state:
        file = home.state / ".pulumi" / "stacks" / "launch-ready" / "local.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(state))
    assert environment.of_saving(home) == ({"PULUMI_SKIP_CHECKPOINTS": "true"} if at_the_end else {})


def test_the_supervisor_knows_a_stack_s_files_by_the_same_names(home: Home) -> None:
    alone = StandaloneHome(home.path, home.project)
    assert (alone.backend, alone.logs, alone.pids) == (home.backend, home.logs, home.pids)


def test_the_rehearsal_alone_loads_its_program_fast_and_a_shell_can_say_no(tmp_path: Path) -> None:
    local, rehearsed = Home("local", tmp_path), Home("prod", tmp_path, rehearsed=True)
    assert environment.of_loading(local, {}) == {"LAUNCH_FAST_LOADING": "1"}
    assert environment.of_loading(local, {"LAUNCH_FAST_LOADING": "0"}) == {"LAUNCH_FAST_LOADING": "0"}
    assert environment.of_loading(rehearsed, {}) == environment.of_loading(Home("prod", tmp_path), {}) == {}


def test_every_address_is_a_loopback_listener(home: Home, ports: Ports) -> None:
    told = {
        **environment.of_clients(ports, "acme-rehearsal"),
        **environment.of_listeners(ports, "acme.test", home.path),
    }
    addresses = [value for value in told.values() if ":" in value]
    assert len(addresses) == len(attach.CLIENTS) + len(environment.LISTENERS)
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert told["LAUNCH_DOMAIN"] == "acme.test"


def test_the_home_is_in_the_project_unless_the_environment_says_otherwise() -> None:
    assert locate("local", {}).path == PROJECT / ".launch" / "local"
    assert locate("prod", {"LAUNCH_HOME": "/elsewhere"}).path == Path("/elsewhere/prod")
    assert locate("local", {}).is_local
    assert not locate("prod", {}).is_local
