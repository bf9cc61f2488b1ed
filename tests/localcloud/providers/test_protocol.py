from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from localcloud.base import ports
from localcloud.providers import introspect
from localcloud.providers.codec import decode, encode
from localcloud.providers.server import serve

ROOT = Path(__file__).parents[3]
QUEUE = "gcp:cloudtasks/queue:Queue"


def configure(attached: Any, **settings: str) -> None:
    attached.stub.Configure(provider_pb2.ConfigureRequest(args=encode(settings)))


def test_a_provider_introduces_itself(clouds: Any) -> None:
    stub = clouds.gcp.stub
    assert stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
    assert stub.GetPluginInfo(Empty()).version == introspect.version("gcp")
    assert stub.Configure(provider_pb2.ConfigureRequest()).supportsPreview
    stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    stub.Cancel(Empty())


def test_the_schema_has_what_an_import_needs(clouds: Any) -> None:
    schema = json.loads(clouds.gcp.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    queue = schema["resources"][QUEUE]
    assert schema["name"] == "gcp"
    assert queue["requiredInputs"] == ["location"]
    nested = queue["inputProperties"]["retryConfig"]["$ref"].removeprefix("#/types/")
    assert schema["types"][nested]["properties"]["maxAttempts"] == {"type": "integer"}
    assert schema["resources"]["gcp:storage/bucketObject:BucketObject"]["inputProperties"]["source"]["oneOf"]


def test_settings_are_checked_and_a_resource_takes_them_over(clouds: Any) -> None:
    answer = clouds.gcp.stub.CheckConfig(provider_pb2.CheckRequest(news=encode({"projet": "x", "version": "1"})))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("projet", "there is no property projet here; did you mean project?")
    ]
    clouds.project()
    configure(clouds.gcp, project="acme-app", region="europe-west1")
    assert clouds.gcp.up(QUEUE, "events", name="events", location="europe-west1").outputs["project"] == "acme-app"
    repository = clouds.gcp.up("gcp:artifactregistry/repository:Repository", "r", repositoryId="r", format="DOCKER")
    assert repository.id == "projects/acme-app/locations/europe-west1/repositories/r"


def test_a_setting_that_instances_disagree_on_has_to_be_named(clouds: Any) -> None:
    clouds.project()
    configure(clouds.gcp, project="acme-app")
    configure(clouds.gcp, project="other-app")
    assert "is in no project" in clouds.gcp.refusal(QUEUE, "events", name="events", location="europe-west1")


def test_a_region_that_is_nowhere_is_asked_for(clouds: Any) -> None:
    clouds.project()
    wanted = {"project": "acme-app", "repositoryId": "r", "format": "DOCKER"}
    assert "has no location" in clouds.gcp.refusal("gcp:artifactregistry/repository:Repository", "r", wanted)


def test_changed_settings_are_told(clouds: Any) -> None:
    request = provider_pb2.DiffRequest(old_inputs=encode({"project": "a"}), news=encode({"project": "b"}))
    assert list(clouds.gcp.stub.DiffConfig(request).diffs) == ["project"]


def test_the_project_can_be_asked_for(clouds: Any) -> None:
    clouds.project()
    request = provider_pb2.InvokeRequest(
        tok="gcp:organizations/getProject:getProject", args=encode({"projectId": "acme-app"})
    )
    assert decode(getattr(clouds.gcp.stub.Invoke(request), "return"))["number"] == "100000000001"
    request.args.CopyFrom(encode({"projectId": "nothing"}))
    with pytest.raises(grpc.RpcError, match='There is no project "nothing"'):
        clouds.gcp.stub.Invoke(request)
    with pytest.raises(grpc.RpcError, match="does not do the function gcp:x:y"):
        clouds.gcp.stub.Invoke(provider_pb2.InvokeRequest(tok="gcp:x:y"))


def test_what_is_not_done_is_refused_with_a_sentence(clouds: Any) -> None:
    stub = clouds.gcp.stub
    for call, request in (
        (stub.Call, provider_pb2.CallRequest(tok="t")),
        (stub.Construct, provider_pb2.ConstructRequest(type="t")),
        (stub.Parameterize, provider_pb2.ParameterizeRequest()),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call(request)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED  # type: ignore[attr-defined]  # a grpc.Call too


def test_a_mistake_of_ours_reaches_the_engine_as_a_sentence(clouds: Any) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        clouds.gcp.stub.Check(provider_pb2.CheckRequest(urn="no urn"))
    details = str(failed.value.details())  # type: ignore[attr-defined]  # a grpc.Call too
    assert "not a fault of your program" in details
    assert "Traceback" not in details


def test_two_cannot_listen_on_one_port(clouds: Any) -> None:
    with pytest.raises(OSError, match="is another process using it"), serve(clouds.home):
        pass


WORST_MOMENT = """
import os, runpy, signal, sys, threading
make_lock = threading._allocate_lock  # Condition.wait makes one, while it holds its own

def told_at_the_worst_moment():
    if sys._getframe(3).f_code.co_name == "main":  # which called Event.wait, which called Condition.wait
        os.kill(os.getpid(), signal.SIGTERM)
    return make_lock()

threading._allocate_lock = told_at_the_worst_moment
sys.argv = ["providers", "--home", sys.argv[1]]
runpy.run_module("localcloud.providers", run_name="__main__", alter_sys=True)
"""


def test_told_to_end_while_it_is_about_to_wait_for_that_it_ends_all_the_same(tmp_path: Path) -> None:
    ports.allocate(tmp_path)
    done = subprocess.run([sys.executable, "-c", WORST_MOMENT, tmp_path], cwd=ROOT, timeout=30, check=False)
    assert done.returncode == 0


def test_the_process_serves_and_ends_when_told(tmp_path: Path) -> None:
    numbers = ports.allocate(tmp_path)
    command = [sys.executable, "-m", "localcloud.providers", "--home", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            for port in numbers.of("providers"):
                wait_for(port)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0
    assert not errors


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((ports.LOOPBACK, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
