from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from localcloud import iam, rpc
from localcloud.base import ports, tokens

EMAIL = "intake@acme-rehearsal.iam.gserviceaccount.com"


def echo(request: StringValue, call: rpc.Call) -> StringValue:
    if request.value == "denied":
        raise iam.DeniedError(call.member, "a.b.c", "projects/p")
    if request.value == "refused":
        raise rpc.Refused(grpc.StatusCode.FAILED_PRECONDITION, "not now")
    return StringValue(value=f"{call.member}: {request.value}")


def spell(request: StringValue, call: rpc.Call) -> Iterator[StringValue]:
    if not request.value:
        raise rpc.Refused(grpc.StatusCode.INVALID_ARGUMENT, "nothing to spell")
    yield from (StringValue(value=letter) for letter in request.value)


def chat(requests: Iterator[StringValue], call: rpc.Call) -> Iterator[StringValue]:
    yield from (echo(request, call) for request in requests)


SERVICE = rpc.Service(
    "test.Echo",
    (
        rpc.Method("Echo", StringValue, StringValue, echo),
        rpc.Method("Spell", StringValue, StringValue, spell, rpc.Kind.SERVER_STREAM),
        rpc.Method("Chat", StringValue, StringValue, chat, rpc.Kind.BIDI_STREAM),
    ),
)


@pytest.fixture
def channels(tmp_path: Path) -> Iterator[dict[str, grpc.Channel]]:
    chosen = ports.allocate(tmp_path)
    servers = [
        rpc.listen(chosen["tasks"], [SERVICE], rpc.no_authentication, threads=2),
        rpc.listen(chosen["tasks_api"], [SERVICE], rpc.token_authentication(tmp_path), threads=2),
    ]
    channels = {name: grpc.insecure_channel(chosen.address(name)) for name in ("tasks", "tasks_api")}
    yield channels
    for channel in channels.values():
        channel.close()
    for server in servers:
        server.stop(0).wait()


def ask(channel: grpc.Channel, value: str, method: str = "Echo", bearer: str = "") -> str:
    call = channel.unary_unary(
        f"/test.Echo/{method}",
        request_serializer=StringValue.SerializeToString,
        response_deserializer=StringValue.FromString,
    )
    metadata = (("authorization", f"Bearer {bearer}"),) if bearer else ()
    return str(call(StringValue(value=value), timeout=5, metadata=metadata).value)


def refusal(channel: grpc.Channel, value: str, method: str = "Echo", bearer: str = "") -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as error:
        ask(channel, value, method, bearer)
    return error.value.code(), str(error.value.details())


def test_on_the_open_port_everyone_is_the_owner(channels: dict[str, grpc.Channel]) -> None:
    assert ask(channels["tasks"], "hi") == f"{iam.OWNER}: hi"


def test_on_the_api_port_the_token_says_who_calls(channels: dict[str, grpc.Channel], tmp_path: Path) -> None:
    bearer = tokens.access_token(tmp_path, EMAIL, time.time())
    assert ask(channels["tasks_api"], "hi", bearer=bearer) == f"serviceAccount:{EMAIL}: hi"


@pytest.mark.parametrize("bearer", ["", "owner", "ya29.x"])
def test_on_the_api_port_a_stranger_is_unauthenticated(channels: dict[str, grpc.Channel], bearer: str) -> None:
    assert refusal(channels["tasks_api"], "hi", bearer=bearer)[0] is grpc.StatusCode.UNAUTHENTICATED


def test_on_the_api_port_an_old_token_is_unauthenticated(channels: dict[str, grpc.Channel], tmp_path: Path) -> None:
    bearer = tokens.access_token(tmp_path, EMAIL, time.time() - 4000)
    assert refusal(channels["tasks_api"], "hi", bearer=bearer)[0] is grpc.StatusCode.UNAUTHENTICATED


def test_a_refusal_arrives_with_its_code_and_words(channels: dict[str, grpc.Channel]) -> None:
    assert refusal(channels["tasks"], "refused") == (grpc.StatusCode.FAILED_PRECONDITION, "not now")


def test_a_missing_permission_is_named(channels: dict[str, grpc.Channel]) -> None:
    code, words = refusal(channels["tasks"], "denied")
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert all(part in words for part in (iam.OWNER, "a.b.c", "projects/p"))


def test_a_method_that_is_not_there_is_refused_with_a_sentence(channels: dict[str, grpc.Channel]) -> None:
    code, words = refusal(channels["tasks"], "hi", method="Shout")
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert words == "The rehearsal does not do test.Echo/Shout; the real one does."


def test_streams_go_both_ways(channels: dict[str, grpc.Channel]) -> None:
    codec = {
        "request_serializer": StringValue.SerializeToString,
        "response_deserializer": StringValue.FromString,
    }
    letters = channels["tasks"].unary_stream("/test.Echo/Spell", **codec)(StringValue(value="abc"), timeout=5)
    assert [letter.value for letter in letters] == ["a", "b", "c"]
    words = iter([StringValue(value="one"), StringValue(value="refused")])
    answers = iter(channels["tasks"].stream_stream("/test.Echo/Chat", **codec)(words, timeout=5))
    assert next(answers).value == f"{iam.OWNER}: one"
    with pytest.raises(grpc.RpcError) as error:
        next(answers)
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    port = ports.allocate(tmp_path)["build"]
    first = rpc.listen(port, [SERVICE], rpc.no_authentication, threads=1)
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
        rpc.listen(port, [SERVICE], rpc.no_authentication, threads=1)
    first.stop(0).wait()
