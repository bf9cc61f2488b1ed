"""Secret values over a Secret Manager that answers as Google's does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from google.api_core.exceptions import FailedPrecondition, NotFound, PermissionDenied, ServiceUnavailable

from handlers.failures import Unavailable
from handlers.outside.secret_cache import KEEP, MissingSecret, SecretCache


class SecretManager:
    """Versions of one secret: a value, or None for one that is disabled."""

    def __init__(self, *versions: str | None) -> None:
        self.versions = list(versions)
        self.fault: Exception | None = None
        self.calls = 0

    def access_secret_version(self, request, retry, timeout):
        self.calls += 1
        if self.fault:
            raise self.fault
        secret, _, version = request["name"].rpartition("/versions/")
        number = len(self.versions) if version == "latest" else int(version)
        if not 1 <= number <= len(self.versions):
            raise NotFound("no such version")
        value = self.versions[number - 1]
        if value is None:
            raise FailedPrecondition(f"Secret Version [{secret}/versions/{number}] is in DISABLED state.")
        data = value.encode()
        return SimpleNamespace(name=f"{secret}/versions/{number}", payload=SimpleNamespace(data=data))


@pytest.fixture
def time():
    return [1_000.0]


def secret_cache(manager, time):
    return SecretCache(manager, "acme", lambda: time[0])


@pytest.mark.parametrize(
    ("versions", "values"),
    [
        (["a"], ("a",)),
        (["a", "b"], ("b", "a")),
        (["a", "b", "c"], ("c", "b")),
        (["a", None, "c"], ("c", "a")),
        (["a", "b", None], ("b", "a")),
        (["pushed with echo\n"], ("pushed with echo",)),
    ],
)
def test_the_two_newest_enabled_versions_are_used(versions, values, time):
    assert secret_cache(SecretManager(*versions), time).values("s") == values


@pytest.mark.parametrize("versions", [[], [None], [None, None]])
def test_a_secret_without_an_enabled_version_closes_its_door(versions, time):
    with pytest.raises(MissingSecret, match="secret s has no enabled version"):
        secret_cache(SecretManager(*versions), time).values("s")


def test_values_are_kept_for_minutes_and_then_read_anew(time):
    manager = SecretManager("a")
    reader = secret_cache(manager, time)
    reader.values("s")
    manager.versions.append("b")
    assert reader.values("s") == ("a",)
    time[0] += KEEP + 1
    assert reader.values("s") == ("b", "a")


def test_a_caller_may_ask_for_fresher_values(time):
    manager = SecretManager("a")
    reader = secret_cache(manager, time)
    reader.values("s")
    manager.versions.append("b")
    time[0] += 30
    assert reader.values("s", max_age=20) == ("b", "a")


def test_a_pushed_secret_opens_its_door_within_seconds(time):
    manager = SecretManager()
    reader = secret_cache(manager, time)
    with pytest.raises(MissingSecret):
        reader.values("s")
    manager.versions.append("a")
    with pytest.raises(MissingSecret):
        reader.values("s")
    time[0] += 6
    assert reader.values("s") == ("a",)


def test_an_outage_leaves_known_values_in_use(time):
    manager = SecretManager("a")
    reader = secret_cache(manager, time)
    reader.values("s")
    manager.fault = ServiceUnavailable("down")
    time[0] += KEEP + 1
    assert reader.values("s") == ("a",)


@pytest.mark.parametrize("fault", [ServiceUnavailable("down"), PermissionDenied("no accessor")])
def test_an_outage_at_the_start_closes_the_door_for_now(fault, time):
    manager = SecretManager("a")
    manager.fault = fault
    with pytest.raises(Unavailable):
        secret_cache(manager, time).values("s")
