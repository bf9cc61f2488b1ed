from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import stripe as official

from blueprint.finding import Status
from cli.endpoint_secrets import compared
from cli.secret_manager import SecretManager
from cli.stripe_webhooks import about_other, connect, registered, remove_other
from engine.errors import LaunchError
from handlers.billing.stripe_api import VERSION
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.saas.server import serve

URL = "https://api.acme.test/webhooks/stripe"
KEY = "rk_test_0123456789"
OTHER_KEY = "rk_live_rehearsal"


OUTPUTS: Any = SimpleNamespace(api_host="api.acme.test")


class Vault(SecretManager):
    """Secret Manager with an API key; `reached` has what happens when the signing secret is read, or was pushed."""

    def __init__(self) -> None:
        self.pushed: list[str] = []
        self.reached: dict[str, Callable[[], None]] = {}

    def secret(self, _: str) -> Any:
        return SimpleNamespace(enabled=1)

    def text(self, _: str) -> str:
        return KEY

    def usable(self, _: str) -> bool:
        self.reached.get("read", lambda: None)()
        return bool(self.pushed)

    def values(self, _: str) -> list[tuple[str, str]]:
        return [(str(number), value) for number, value in enumerate(self.pushed)]

    def push(self, _: str, value: bytes) -> None:
        self.reached.get("pushed", lambda: None)()
        self.pushed.insert(0, value.decode())


class Documents:
    """A database in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def transact(self, work: Any) -> Any:
        done, writes = work(self.kept.get)
        for write in writes:
            self.kept[write.path] = {**self.kept.get(write.path, {}), **write.fields}
        return done


def nobody_else() -> Any:
    """Return a stack's way into its database, in which nobody holds the lease."""
    return SimpleNamespace(documents=Documents(), clock=lambda: datetime.now(UTC))


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[str]:
    """Stripe's stand-in; its address."""
    ports.allocate(tmp_path)
    with on_thread(serve(tmp_path)):
        yield f"http://{ports.load(tmp_path).address('stripe')}"


def test_the_endpoint_is_made_once_and_its_secret_told_once(stripe: str) -> None:
    made = registered(URL, KEY, stripe, keep=True)
    again = registered(URL, KEY, stripe, keep=True)
    assert made.secret.startswith("whsec_")
    assert (again.id, again.secret) == (made.id, "")


def test_an_endpoint_whose_secret_was_lost_is_made_anew(stripe: str) -> None:
    lost = registered(URL, KEY, stripe, keep=True)
    made = registered(URL, KEY, stripe, keep=False)
    assert made.id != lost.id
    assert made.secret not in ("", lost.secret)


def test_an_endpoint_that_was_disabled_delivers_again(stripe: str) -> None:
    made = registered(URL, KEY, stripe, keep=True)
    endpoints(stripe, KEY).update(made.id, params={"disabled": True})
    assert fitting(stripe, [made.secret]) == [(Status.FAIL, "no endpoint at Stripe delivers to this stack")]
    again = registered(URL, KEY, stripe, keep=True, stored=[made.secret])
    assert (again.id, again.was_off, again.secret) == (made.id, True, "")
    assert fitting(stripe, [made.secret]) == [(Status.PASS, "signs with a version that the services accept")]
    assert not registered(URL, KEY, stripe, keep=True, stored=[made.secret]).was_off


def test_of_several_endpoints_the_one_that_signs_with_a_stored_secret_and_delivers_is_kept(stripe: str) -> None:
    ours = registered(URL, KEY, stripe, keep=True)
    for note in ({"launch_secret": "unsettled"}, {}):  # what a rotation that was broken off left, and a person's own
        wanted: Any = {"url": URL, "enabled_events": ["invoice.paid"], "api_version": VERSION, "metadata": note}
        endpoints(stripe, KEY).create(params=wanted)
    assert registered(URL, KEY, stripe, keep=True, stored=["whsec_newer", ours.secret]).id == ours.id


def test_an_endpoint_whose_secret_is_none_of_the_stored_ones_is_made_again(stripe: str) -> None:
    lost = registered(URL, KEY, stripe, keep=True)
    made = registered(URL, KEY, stripe, keep=True, stored=["whsec_something_else"])
    assert made.secret.startswith("whsec_")
    assert [each.id for each in endpoints(stripe, KEY).list().data] == [made.id] != [lost.id]


@pytest.mark.parametrize("kind", ["500", "reset"])
def test_an_endpoint_whose_secret_was_lost_before_it_was_noted_is_made_again(stripe: str, kind: str) -> None:
    """The command ended between the answer that told the secret and the note of it: nobody has that secret."""
    fault = {"target": "stripe", "kind": kind, "match": ["POST /v1/webhook_endpoints/we_"], "times": 3}
    assert requests.post(f"{stripe}/_rehearsal/faults", json=fault, timeout=5).ok
    with pytest.raises(LaunchError):
        registered(URL, KEY, stripe, keep=True)
    (lost,) = endpoints(stripe, KEY).list().data
    stored = ["whsec_of_an_endpoint_that_is_gone"]
    made = registered(URL, KEY, stripe, keep=True, stored=stored)
    assert (made.id != lost.id, made.secret.startswith("whsec_")) == (True, True)
    assert fitting(stripe, [made.secret, *stored]) == [(Status.PASS, "signs with a version that the services accept")]


def test_a_key_that_stripe_refuses_is_told_with_a_cure(stripe: str) -> None:
    with pytest.raises(LaunchError) as refused:
        registered(URL, "nonsense", stripe, keep=True)
    assert "stripe-api-key" in refused.value.cure


def endpoints(stripe: str, key: str) -> Any:
    return official.StripeClient(key, base_addresses={"api": stripe}).v1.webhook_endpoints


def test_an_endpoint_is_registered_with_the_version_that_the_handlers_read(stripe: str) -> None:
    made = registered(URL, KEY, stripe, keep=True)
    assert endpoints(stripe, KEY).retrieve(made.id).api_version == VERSION


def test_an_endpoint_of_another_version_is_told_with_a_cure(stripe: str) -> None:
    wanted: Any = {"url": URL, "enabled_events": ["invoice.paid"], "api_version": "2024-06-20"}
    endpoints(stripe, KEY).create(params=wanted)
    with pytest.raises(LaunchError) as refused:
        registered(URL, KEY, stripe, keep=True)
    assert "./launch secrets rotate stripe-signing-secret" in refused.value.cure


def test_a_key_of_the_other_mode_sees_and_removes_only_the_endpoint_of_its_own(stripe: str) -> None:
    ours = registered(URL, KEY, stripe, keep=True)
    theirs = registered(URL, OTHER_KEY, stripe, keep=True)
    assert ours.id != theirs.id
    assert remove_other(URL, OTHER_KEY, stripe) == (theirs.id,)
    assert remove_other(URL, OTHER_KEY, stripe) == ()
    assert [each.id for each in endpoints(stripe, KEY).list().data] == [ours.id]


def test_a_stack_does_not_connect_with_a_key_of_the_other_mode(stripe: str) -> None:
    with pytest.raises(LaunchError, match="key of test mode, and this stack is in live mode"):
        connect(OUTPUTS, Vault(), nobody_else, "live", stripe)


@pytest.mark.parametrize("at", ["read", "pushed"])
def test_a_second_connect_at_the_same_time_is_refused_and_does_nothing(stripe: str, at: str) -> None:
    vault, acceptor, refused = Vault(), nobody_else(), []

    def meanwhile() -> None:
        vault.reached.clear()
        with pytest.raises(LaunchError) as told:
            connect(OUTPUTS, vault, lambda: acceptor, "test", stripe)
        refused.append(told.value.what)

    vault.reached[at] = meanwhile
    made = connect(OUTPUTS, vault, lambda: acceptor, "test", stripe)
    assert refused == ["Another command is changing Stripe's signing secret."]
    assert [each.id for each in endpoints(stripe, KEY).list().data] == [made.id]
    assert vault.pushed == [made.secret]
    assert connect(OUTPUTS, vault, lambda: acceptor, "test", stripe).id == made.id  # the lease was given back


@pytest.mark.parametrize(
    ("mode", "where", "key"),
    [("live", "https://dashboard.stripe.com/test/webhooks", "test"), ("test", "com/webhooks", "live")],
)
def test_connecting_says_which_endpoint_of_the_other_mode_to_remove_and_where(mode: str, where: str, key: str) -> None:
    said = about_other(URL, mode, " --stack prod")
    assert said.startswith(f"This key sees {mode} mode alone.")
    assert f"{where} shows an endpoint for {URL}," in said
    assert said.endswith(f"a key of {key} mode to ./launch stripe connect --remove-other --stack prod")


@pytest.mark.parametrize("kind", ["500", "503", "reset"])
@pytest.mark.parametrize("call", ["GET /v1/webhook_endpoints", "POST /v1/webhook_endpoints", "DELETE /v1/webhook"])
def test_one_bad_answer_of_stripe_ends_no_command_and_does_nothing_twice(stripe: str, call: str, kind: str) -> None:
    lost = registered(URL, KEY, stripe, keep=True)
    fault = {"target": "stripe", "kind": kind, "match": [call], "times": 1}
    assert requests.post(f"{stripe}/_rehearsal/faults", json=fault, timeout=5).ok
    made = registered(URL, KEY, stripe, keep=False)
    assert [each.id for each in endpoints(stripe, KEY).list().data] == [made.id] != [lost.id]
    assert requests.get(f"{stripe}/_rehearsal/faults", timeout=5).json()["faults"] == [], "no call met it"


def fitting(stripe: str, values: list[str]) -> list[tuple[Status, str]] | None:
    """Return what is said of Stripe's endpoints beside these versions of the secret, the newest first."""
    vault: Any = SimpleNamespace(
        usable=lambda name: bool(values) or name == "stripe-api-key",
        text=lambda _: KEY,
        values=lambda _: [(f"v{number}", value) for number, value in enumerate(values)],
    )
    known: Any = SimpleNamespace(secrets=("stripe-api-key", "stripe-signing-secret"), api_host="api.acme.test")
    found = compared(known, vault, stripe)
    return None if found is None else [(each.status, each.observed) for each in found]


def test_an_endpoint_and_the_versions_that_services_accept_are_compared(stripe: str) -> None:
    assert fitting(stripe, []) is None
    assert fitting(stripe, ["whsec_a"]) == [(Status.FAIL, "no endpoint at Stripe delivers to this stack")]
    made = registered(URL, KEY, stripe, keep=True)
    assert fitting(stripe, ["whsec_b", made.secret]) == [(Status.PASS, "signs with a version that the services accept")]
    (older,) = fitting(stripe, ["whsec_c", "whsec_b", made.secret]) or ()
    (other,) = fitting(stripe, ["whsec_c"]) or ()
    assert (older[0], other) == (Status.FAIL, (Status.FAIL, "it signs with a secret that is not stored"))
    endpoints(stripe, KEY).update(made.id, params={"metadata": {"launch_secret": ""}})
    assert fitting(stripe, [made.secret]) == [(Status.WARN, "it notes no secret, so whether it fits is not known")]


def test_an_unreachable_stripe_is_unknown_and_no_pass() -> None:
    (found,) = fitting("http://127.0.0.1:9", ["whsec_a"]) or ()
    assert found[0] is Status.UNKNOWN
