from __future__ import annotations

import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import google_crc32c
import pytest
from google.api_core import exceptions
from hypothesis import given
from hypothesis import strategies as st

from handlers.outside.secret_cache import SecretCache
from localcloud.control.secret_versions import SecretVersionState
from localcloud.control.secretmanager import states_of
from localcloud.control.times import seconds, timestamp
from localcloud.rpc import Refused

P = "acme-rehearsal"
NUMBERED = "projects/100000000001/secrets/stripe-api-key"


def values(client: Any, secret: str, wanted: str = "state:ENABLED") -> list[bytes]:
    versions = client.list_secret_versions(request={"parent": secret, "filter": wanted})
    return [client.access_secret_version(name=version.name).payload.data for version in versions]


def test_a_secret_exists_once_the_engine_made_it(cloud: Any) -> None:
    client = cloud.secrets()
    with pytest.raises(exceptions.NotFound, match="not found"):
        client.add_secret_version(parent=f"projects/{P}/secrets/stripe-api-key", payload={"data": b"x"})
    secret = cloud.secret("stripe-api-key")
    assert client.add_secret_version(parent=secret, payload={"data": b"x"}).name == f"{NUMBERED}/versions/1"
    assert client.get_secret(name=secret).name == NUMBERED
    assert [found.name for found in client.list_secrets(parent=f"projects/{P}")] == [NUMBERED]


def test_versions_are_numbered_and_latest_is_the_last(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    for value in (b"one", b"two", b"\x00\xff" * 100):
        client.add_secret_version(parent=secret, payload={"data": value})
    assert client.access_secret_version(name=f"{secret}/versions/1").payload.data == b"one"
    latest = client.access_secret_version(name=f"{secret}/versions/latest")
    assert latest.name == f"{NUMBERED}/versions/3"
    assert latest.payload.data == b"\x00\xff" * 100
    assert latest.payload.data_crc32c == google_crc32c.value(latest.payload.data)
    assert values(client, secret) == [b"\x00\xff" * 100, b"two", b"one"]


def test_a_disabled_version_is_refused_until_it_is_enabled(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    version = client.add_secret_version(parent=secret, payload={"data": b"one"}).name
    assert client.disable_secret_version(name=version).state.name == "DISABLED"
    for name in (version, f"{secret}/versions/latest"):
        with pytest.raises(exceptions.FailedPrecondition, match="is in DISABLED state"):
            client.access_secret_version(name=name)
    assert values(client, secret) == []
    client.enable_secret_version(name=version)
    assert values(client, secret) == [b"one"]


def test_a_destroyed_version_is_gone_for_good(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    version = client.add_secret_version(parent=secret, payload={"data": b"top-secret-value"}).name
    destroyed = client.destroy_secret_version(name=version)
    assert destroyed.state.name == "DESTROYED"
    assert destroyed.destroy_time is not None
    for refused in (client.access_secret_version, client.enable_secret_version, client.destroy_secret_version):
        with pytest.raises(exceptions.FailedPrecondition, match="is in DESTROYED state"):
            refused(name=version)
    payloads = cloud.world.connection.execute("SELECT payload FROM secret_versions").fetchall()
    assert [row["payload"] for row in payloads] == [None]


def test_a_destruction_that_is_delayed_can_be_taken_back_until_then(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key", versionDestroyTtl="86400s")
    version = client.add_secret_version(parent=secret, payload={"data": b"kept"}).name
    planned = client.destroy_secret_version(name=version)
    assert planned.state.name == "DISABLED"
    assert 86_000 < planned.scheduled_destroy_time.timestamp() - time.time() < 86_401
    with pytest.raises(exceptions.FailedPrecondition, match="is in DISABLED state"):
        client.access_secret_version(name=version)
    assert not client.enable_secret_version(name=version).scheduled_destroy_time
    assert values(client, secret) == [b"kept"]


def test_a_delayed_destruction_happens_when_its_time_has_come(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key", versionDestroyTtl="86400s")
    version = client.add_secret_version(parent=secret, payload={"data": b"gone"}).name
    client.destroy_secret_version(name=version)
    cloud.world.connection.execute("UPDATE secret_version_ends SET due = due - 90000")
    assert client.get_secret_version(name=version).state.name == "DESTROYED"
    with pytest.raises(exceptions.FailedPrecondition, match="is in DESTROYED state"):
        client.enable_secret_version(name=version)


@pytest.mark.parametrize("further", [{"ttl": {"seconds": 3600}}, {"version_aliases": {"a": 1}}])
def test_what_a_secret_would_not_keep_is_refused(cloud: Any, further: dict[str, Any]) -> None:
    wanted = {"replication": {"automatic": {}}, **further}
    with pytest.raises(exceptions.MethodNotImplemented, match="rehearsal creates secrets without"):
        cloud.secrets().create_secret(parent=f"projects/{P}", secret_id="own", secret=wanted)


def test_a_secret_is_named_as_secrets_are(cloud: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=r"own\.key"):
        cloud.secrets().create_secret(
            parent=f"projects/{P}", secret_id="own.key", secret={"replication": {"automatic": {}}}
        )


def test_a_checksum_is_verified(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    with pytest.raises(exceptions.InvalidArgument, match="crc32c"):
        client.add_secret_version(parent=secret, payload={"data": b"one", "data_crc32c": 1})
    good = {"data": b"one", "data_crc32c": google_crc32c.value(b"one")}
    assert client.add_secret_version(parent=secret, payload=good).client_specified_payload_checksum


@pytest.mark.parametrize("value", [b"", b"x" * (64 * 1024 + 1)])
def test_a_value_of_the_wrong_size_is_refused(cloud: Any, value: bytes) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.secrets().add_secret_version(parent=cloud.secret("stripe-api-key"), payload={"data": value})


def test_an_etag_guards_against_a_change_in_between(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    version = client.add_secret_version(parent=secret, payload={"data": b"one"})
    client.disable_secret_version(request={"name": version.name, "etag": version.etag})
    with pytest.raises(exceptions.FailedPrecondition, match="etag"):
        client.enable_secret_version(request={"name": version.name, "etag": version.etag})


def test_versions_come_in_pages(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    for number in range(5):
        client.add_secret_version(parent=secret, payload={"data": str(number).encode()})
    pages = client.list_secret_versions(request={"parent": secret, "page_size": 2}).pages
    assert [[v.name[-1] for v in page.versions] for page in pages] == [["5", "4"], ["3", "2"], ["1"]]
    with pytest.raises(exceptions.InvalidArgument, match="page token"):
        next(iter(client.list_secret_versions(request={"parent": secret, "page_token": "99"})))


def test_a_secret_made_again_starts_without_versions(cloud: Any) -> None:
    client, secret = cloud.secrets(), cloud.secret("stripe-api-key")
    client.add_secret_version(parent=secret, payload={"data": b"old"})
    cloud.world.remove("gcp:secretmanager/secret:Secret", secret)
    cloud.secret("stripe-api-key")
    with pytest.raises(exceptions.NotFound):
        client.access_secret_version(name=f"{secret}/versions/latest")
    assert client.add_secret_version(parent=secret, payload={"data": b"new"}).name.endswith("/versions/1")
    assert cloud.world.connection.execute("SELECT COUNT(*) FROM secret_versions").fetchone()[0] == 1


def test_a_client_may_create_and_delete_secrets_of_its_own(cloud: Any) -> None:
    client = cloud.secrets()
    new = {"parent": f"projects/{P}", "secret_id": "own", "secret": {"replication": {"automatic": {}}}}
    secret = client.create_secret(request=new)
    with pytest.raises(exceptions.AlreadyExists):
        client.create_secret(request=new)
    client.add_secret_version(parent=secret.name, payload={"data": b"one"})
    client.delete_secret(name=secret.name)
    with pytest.raises(exceptions.NotFound):
        client.get_secret(name=secret.name)


def test_versions_survive_a_restart(run: Any) -> None:
    with run() as cloud:
        cloud.secrets().add_secret_version(parent=cloud.secret("stripe-api-key"), payload={"data": b"kept"})
    with run() as cloud:
        name = f"projects/{P}/secrets/stripe-api-key/versions/latest"
        assert cloud.secrets().access_secret_version(name=name).payload.data == b"kept"


def test_on_the_api_port_only_an_accessor_reads(cloud: Any) -> None:
    secret = cloud.secret("stripe-api-key")
    cloud.secrets().add_secret_version(parent=secret, payload={"data": b"one"})
    client, name = cloud.secrets("secretmanager_api"), f"{secret}/versions/latest"
    with pytest.raises(exceptions.PermissionDenied, match=r"secretmanager.versions.access.*intake@"):
        client.access_secret_version(name=name, metadata=cloud.as_("intake"))
    where = {"project": P, "secretId": "stripe-api-key"}
    kind = "secretmanager/secretIamMember:SecretIamMember"
    member = cloud.bind(kind, "roles/secretmanager.secretAccessor", "intake", **where)
    assert client.access_secret_version(name=name, metadata=cloud.as_("intake")).payload.data == b"one"
    with pytest.raises(exceptions.PermissionDenied, match=r"secretmanager\.versions\.add"):
        client.add_secret_version(parent=secret, payload={"data": b"two"}, metadata=cloud.as_("intake"))
    cloud.unbind(member)
    with pytest.raises(exceptions.PermissionDenied):
        client.access_secret_version(name=name, metadata=cloud.as_("intake"))


def test_a_service_finds_the_two_newest_enabled_versions_though_it_may_not_list_them(cloud: Any) -> None:
    secret = cloud.secret("stripe-api-key")
    for word in (b"one", b"two", b"three", b"four"):
        cloud.secrets().add_secret_version(parent=secret, payload={"data": b"sk_test_0123456789abcdef_" + word})
    for number in (2, 4):
        cloud.secrets().disable_secret_version(name=f"{secret}/versions/{number}")
    kind = "secretmanager/secretIamMember:SecretIamMember"
    cloud.bind(kind, "roles/secretmanager.secretAccessor", "intake", project=P, secretId="stripe-api-key")
    client, intake = cloud.secrets("secretmanager_api"), cloud.as_("intake")
    with pytest.raises(exceptions.PermissionDenied):
        client.list_secret_versions(parent=secret, metadata=intake)
    opens_only = SimpleNamespace(access_secret_version=partial(client.access_secret_version, metadata=intake))
    assert SecretCache(opens_only, P, time.monotonic).values("stripe-api-key") == (
        "sk_test_0123456789abcdef_three",
        "sk_test_0123456789abcdef_one",
    )


def test_on_the_api_port_a_stranger_is_refused(cloud: Any) -> None:
    client, name = cloud.secrets("secretmanager_api"), f"{cloud.secret('stripe-api-key')}/versions/latest"
    for metadata in ([], [("authorization", "Bearer forged")], cloud.as_("intake", now=time.time() - 4000)):
        with pytest.raises(exceptions.Unauthenticated):
            client.access_secret_version(name=name, metadata=metadata)


def test_what_the_rehearsal_does_not_do_is_refused_with_a_sentence(cloud: Any) -> None:
    secret = cloud.secret("stripe-api-key")
    with pytest.raises(exceptions.MethodNotImplemented, match="rehearsal"):
        cloud.secrets().list_secret_versions(request={"parent": secret, "filter": "create_time>2026"})
    with pytest.raises(exceptions.MethodNotImplemented, match="rehearsal"):
        cloud.secrets().update_secret(secret={"name": secret}, update_mask={"paths": ["labels"]})


@pytest.mark.parametrize("name", ["", "secrets/x", f"projects/{P}/secrets/a/b", f"projects/{P}/secrets/"])
def test_a_wrong_name_is_an_invalid_argument(cloud: Any, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="Invalid resource name"):
        cloud.secrets().get_secret(name=name)


def test_filters_are_read() -> None:
    assert states_of("") == frozenset(SecretVersionState)
    assert states_of("state:ENABLED") == {SecretVersionState.ENABLED}
    assert states_of("state=ENABLED OR state:DISABLED") == {SecretVersionState.ENABLED, SecretVersionState.DISABLED}
    with pytest.raises(Refused, match="filters like"):
        states_of("NOT state:ENABLED")


@given(st.floats(0, 4e9))
def test_a_timestamp_is_exact_to_the_microsecond(moment: float) -> None:
    message = timestamp(moment)
    assert 0 <= message.nanos < 10**9
    assert abs(seconds(message) - moment) <= 1e-6
