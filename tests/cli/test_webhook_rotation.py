"""A rotation that is broken off, at any call and any number of times: what delivers is signed with what is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe as official
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.rotation_lease import PATH
from cli.webhook_rotation import QUIET, Rotation, fingerprint, of_host, standing
from engine.errors import LaunchError
from handlers.billing.stripe_api import VERSION
from handlers.billing.stripe_events import STRIPE_KINDS
from handlers.logs import Log
from handlers.outside.secret_cache import WANTED
from handlers.work.acceptor import Acceptor
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.saas.server import serve

HOST = "api.acme.test"
URL = f"https://{HOST}/webhooks/stripe"
KEY = "rk_test_0123456789abcdef"


class Killed(BaseException):
    """The process was ended."""


class Fuse:
    """Ends the process at the nth call to the outside, before or after that has happened."""

    def __init__(self) -> None:
        self.at, self.after, self.calls = 0, False, 0

    def set(self, at: int, after: bool) -> None:
        self.at, self.after, self.calls = at, after, 0

    def __call__(self, act: Any, *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls == self.at and not self.after:
            raise Killed
        done = act(*arguments, **named)
        if self.calls == self.at:
            raise Killed
        return done


class Versions:
    """The versions of the secret, the newest first."""

    def __init__(self, fuse: Fuse) -> None:
        self.kept: list[str] = []
        self.fuse = fuse

    def enabled(self) -> list[str]:
        return list(self.kept)

    def push(self, value: str) -> None:
        self.fuse(self.kept.insert, 0, value)

    def disable(self, value: str) -> None:
        self.fuse(self.kept.remove, value)


class Hooks:
    """Stripe's endpoints, each call of which may be the last of the process."""

    def __init__(self, client: Any, fuse: Fuse) -> None:
        self.v1, self.webhook_endpoints = self, self
        self._real, self._fuse = client.v1.webhook_endpoints, fuse
        self.list = self._real.list

    def create(self, params: Any) -> Any:
        return self._fuse(self._real.create, params=params)

    def update(self, id_: str, params: Any) -> Any:
        return self._fuse(self._real.update, id_, params=params)

    def delete(self, id_: str) -> Any:
        return self._fuse(self._real.delete, id_)


class Nothing:
    """A store, a queue and a provider without anything in them."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, path: str) -> Any:
        return self.kept.get(path)

    def transact(self, work: Any) -> Any:
        done, writes = work(self.get)
        for write in writes:
            self.kept[write.path] = {**self.kept.get(write.path, {}), **write.fields}
        return done

    def events(self, _: int, *, undelivered: bool = False) -> Iterator[Any]:
        return iter(())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    ports.allocate(tmp_path)
    with on_thread(serve(tmp_path)):
        yield official.StripeClient(KEY, base_addresses={"api": f"http://{ports.load(tmp_path).address('stripe')}"})


class Account:
    """An account at Stripe with one endpoint, whose secret is stored."""

    def __init__(self, client: Any, notes: bool = True, fuse: Fuse | None = None) -> None:
        self.client, self.fuse, self.store = client, fuse or Fuse(), Nothing()
        self.now = datetime.now(UTC)
        self.versions = Versions(self.fuse)
        for each in of_host(client, HOST):
            client.v1.webhook_endpoints.delete(each.id)
        made = client.v1.webhook_endpoints.create(params={"url": URL, "enabled_events": sorted(STRIPE_KINDS)})
        self.versions.kept = [made.secret]
        self.secrets = {made.id: made.secret}
        if notes:
            note = {"metadata": {"launch_secret": fingerprint(made.secret)}}
            client.v1.webhook_endpoints.update(made.id, params=note)

    def rotate(self, at: int = 0, after: bool = False) -> bool:
        """Rotate, and return whether it came to its end."""
        self.fuse.set(at, after)
        hooks, nothing = Hooks(self.client, self.fuse), self.store
        acceptor = Acceptor(nothing, nothing, lambda: self.now, Log({}))  # type: ignore[arg-type]
        try:
            Rotation(
                hooks,
                HOST,
                self.versions,
                acceptor,
                nothing,  # type: ignore[arg-type]
                tell=lambda _: None,
                mode="test",
                pause=0.0,
            ).run()
        except Killed:
            return False
        return True

    def require_accepted(self) -> None:
        """Every endpoint that gets the events signs with a version that services accept, and there is one."""
        delivering = [each for each in of_host(self.client, HOST) if each.status == "enabled"]
        delivering = [each for each in delivering if list(each.enabled_events) != QUIET]
        accepted = [fingerprint(value) for value in self.versions.kept[:WANTED]]
        assert delivering
        assert {each.metadata["launch_secret"] for each in delivering} <= set(accepted)


def test_a_rotation_that_is_broken_off_at_any_call_leaves_what_delivers_accepted(client: Any) -> None:
    for at in range(1, 9):
        for after in (False, True):
            account = Account(client)
            first = account.versions.kept[0]
            account.rotate(at, after)
            account.require_accepted()
            assert account.rotate()
            account.require_accepted()
            (left,) = of_host(client, HOST)
            assert (left.status, left.api_version) == ("enabled", VERSION)
            assert sorted(left.enabled_events) == sorted(STRIPE_KINDS)
            assert account.versions.kept[0] != first


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=1, max_size=6))
def test_it_may_be_broken_off_any_number_of_times(client: Any, kills: list[tuple[int, bool]]) -> None:
    account = Account(client)
    for at, after in kills:
        account.rotate(at, after)
        account.require_accepted()
    assert account.rotate()
    account.require_accepted()
    assert len(of_host(client, HOST)) == 1


class Meanwhile(Fuse):
    """Has a second rotation run at the nth call of the first one, and looks after each call at what delivers."""

    def __init__(self, at: int, after: bool) -> None:
        super().__init__()
        self.account: Account | None = None
        self.when, self.refused = (at, after), ""

    def set(self, at: int, after: bool) -> None:
        """Leave the place where the second one runs as it is."""

    def __call__(self, act: Any, *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        here = self.calls
        if (here, False) == self.when:
            self.rotate()
        done = act(*arguments, **named)
        if self.account:
            self.account.require_accepted()
        if (here, True) == self.when:
            self.rotate()
        return done

    def rotate(self) -> None:
        assert self.account
        try:
            self.account.rotate()
        except LaunchError as error:
            self.refused = f"{error.what} {error.cure}"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 7))
def test_a_second_rotation_at_the_same_time_is_refused_and_does_nothing(client: Any, at: int, after: bool) -> None:
    meanwhile = Meanwhile(at, after)
    account = Account(client, fuse=meanwhile)
    meanwhile.account = account
    first = account.versions.kept[0]
    assert account.rotate()
    assert "Another command is changing Stripe's signing secret" in meanwhile.refused
    assert account.versions.kept[1:] == [first]
    assert len(of_host(client, HOST)) == 1


def test_a_rotation_whose_process_was_ended_holds_up_the_next_for_minutes_and_no_longer(client: Any) -> None:
    account = Account(client)
    account.store.kept[PATH] = {"owner": "gone", "leaseUntil": account.now + timedelta(seconds=1)}
    with pytest.raises(LaunchError, match=f"{account.now + timedelta(seconds=1):%H:%M} UTC"):
        account.rotate()
    account.now += timedelta(seconds=1)
    assert account.rotate()
    account.require_accepted()


def test_a_newer_version_that_is_no_endpoints_does_not_push_out_the_one_in_use(client: Any) -> None:
    """A person pushed it, such as the secret of an endpoint that is gone by now."""
    for at in range(1, 8):
        account = Account(client)
        account.versions.kept.insert(0, "whsec_of_no_endpoint")
        account.rotate(at, after=True)
        account.require_accepted()


def test_an_endpoint_from_before_the_notes_is_replaced_as_well(client: Any) -> None:
    account = Account(client, notes=False)
    assert account.rotate()
    account.require_accepted()


def test_an_endpoint_that_no_service_accepts_is_named(client: Any) -> None:
    account = Account(client)
    (endpoint,) = of_host(client, HOST)
    secret = account.versions.kept[0]
    assert standing([endpoint], [secret]) == {endpoint.id: ""}
    assert standing([endpoint], ["newer", secret]) == {endpoint.id: ""}
    assert "older than the 2" in standing([endpoint], ["newest", "newer", secret])[endpoint.id]
    assert "not stored" in standing([endpoint], ["other"])[endpoint.id]
