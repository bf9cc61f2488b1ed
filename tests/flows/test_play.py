"""The flows, played against the real handlers and the stand-ins; and against nothing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
import requests

from blueprint.finding import Status, verdict
from flows import payment, play, signup, stored_keys, support
from flows.runner import FLOWS, Busy
from flows.scene import Scene
from handlers.outside import google_clients
from handlers.service_manifest import (
    HUBSPOT_TOKEN,
    RESEND_KEY,
    STRIPE_API_KEY,
    STRIPE_SIGNING_SECRET,
    ZENDESK_CLIENT_ID,
    ZENDESK_CLIENT_SECRET,
)
from localcloud.base import ports


def test_every_flow_passes_on_a_stack_that_works(stage):
    told: list[str] = []
    nearly_done: list[int] = []
    found = play(replace(stage, run="first"), told.append, lambda: nearly_done.append(len(told)))
    assert [each.id for each in found] == ["flow.health", "flow.secrets", *FLOWS]
    assert {each.id: each.observed for each in found if each.status is not Status.PASS} == {}
    assert len(told) == 1 + len(FLOWS)
    assert nearly_done == [len(told)], "it is said once, when all are under way"


def test_the_machine_is_free_once_each_flow_has_ended_or_only_waits():
    free: list[str] = []
    busy = Busy(("payment", "once"), lambda: free.append("free"))
    waiting = Scene(None, None, None, None, None, settling=partial(busy.less, "once"))
    waiting.settle()
    assert not free
    busy.less("payment")
    assert free == ["free"]
    busy.less("once")  # which ends
    assert free == ["free"]


def test_a_second_run_passes_beside_what_the_first_left(stage):
    assert verdict(play(replace(stage, run="second"))) is Status.PASS


def test_a_stack_that_does_not_answer_is_unknown_and_never_a_pass(stage, tmp_path):
    nobody = ports.allocate(tmp_path)
    lost = replace(stage, edge=("127.0.0.1", nobody["https"]))
    found = {each.id: each.status for each in play(lost)}
    del found[payment.ID], found[stored_keys.ID]  # Stripe delivers by its own way to the edge; the other asks no door
    assert set(found.values()) == {Status.UNKNOWN}
    silent = {name: nobody.address("secretmanager") for name in stage.environ}
    assert {each.status for each in play(replace(lost, environ=silent))} == {Status.UNKNOWN}


def test_a_vendor_that_refuses_the_key_is_not_said_to_be_down(stage):
    found = {each.id: each for each in play(with_stripe_key(stage, "nonsense-0123456789abcdef"))}
    with_stripe_key(stage, "sk_test_flows_0123456789abcdef")
    assert found[payment.ID].status is Status.UNKNOWN
    assert "was refused" in found[payment.ID].observed
    assert "secrets push" in found[payment.ID].fix


def with_stripe_key(stage, value):
    name = f"projects/{stage.project}/secrets/{STRIPE_API_KEY}"
    with google_clients.secret_manager(stage.environ) as manager:
        manager.add_secret_version(parent=name, payload={"data": value.encode()})
    return stage


def test_on_the_real_clouds_a_warning_names_what_was_not_played(stage):
    found = play(replace(stage, rehearsal=None))
    played = [("flow.health", Status.PASS), ("flow.secrets", Status.PASS), ("flow.rehearsed", Status.WARN)]
    assert [(each.id, each.status) for each in found] == played
    assert "a buyer pays" in found[2].observed


@contextmanager
def holding(stage, **values):
    """Have secrets hold other values for a while, as after a slip in the console."""
    was = {name: stage.secret(name) for name in values}
    push(stage, values)
    try:
        yield
    finally:
        push(stage, was)


def push(stage, values):
    with google_clients.secret_manager(stage.environ) as manager:
        for name, value in values.items():
            parent = f"projects/{stage.project}/secrets/{name}"
            manager.add_secret_version(parent=parent, payload={"data": value.encode()})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HUBSPOT_TOKEN, RESEND_KEY),
        (STRIPE_API_KEY, RESEND_KEY),
        (STRIPE_API_KEY, STRIPE_SIGNING_SECRET),
        (ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET),
    ],
)
def test_a_swapped_pair_turns_the_flow_of_secrets_red_and_is_named(stage, one, other):
    with holding(stage, **{one: stage.secret(other), other: stage.secret(one)}):
        for played in (stage, replace(stage, rehearsal=None)):
            finding = stored_keys.play(played)
            assert finding.status is Status.FAIL
            if played.rehearsal is None and one == ZENDESK_CLIENT_ID:
                # They have no form, and in production nobody asks Zendesk; a name is too short for a secret.
                assert finding.observed.startswith("zendesk-client-secret cannot be used: it is cut off")
                continue
            assert f"{' and '.join(sorted((one, other)))} are swapped" in finding.observed
            assert f"`./launch secrets push {one}`" in finding.fix
            assert f"`./launch secrets push {other}`" in finding.fix
    assert stored_keys.play(stage).status is Status.PASS


@pytest.mark.parametrize("key", ["sk_test_flows_0123456789abcdef", "rk_test_flows_0123456789abcdef"])
def test_a_test_key_in_production_turns_the_flow_of_secrets_red(stage, key):
    with holding(stage, **{STRIPE_API_KEY: key}):
        found = {each.id: each for each in play(replace(stage, rehearsal=None, mode="live"))}
    finding = found[stored_keys.ID]
    assert finding.status is Status.FAIL
    assert finding.observed == (
        "stripe-api-key is a key of Stripe's test mode, and this stack is in live mode: no real payment would be seen"
    )
    assert "`./launch secrets push stripe-api-key`" in finding.fix
    assert key not in finding.to_json()


def test_keys_that_the_vendors_did_not_issue_turn_the_flows_red_that_need_them(stage):
    for address in (stage.rehearsal.stripe, stage.rehearsal.crm, stage.rehearsal.helpdesk, stage.rehearsal.mailer):
        assert requests.post(f"http://{address}/_rehearsal/keys", timeout=5).ok  # from now on it takes no others
    revoke_tokens(stage.rehearsal.helpdesk)
    found = {each.id: each for each in play(replace(stage, run="denied"))}
    assert (found[payment.ID].status, "was refused" in found[payment.ID].observed) == (Status.UNKNOWN, True)
    assert "Invalid API Key provided: sk_test_****" in found[payment.ID].observed
    assert found[stored_keys.ID].status is Status.PASS, (
        "each has the form of its own vendor; who knows it, the flows say"
    )
    assert (found[signup.ID].status, found[support.ID].status) == (Status.FAIL, Status.FAIL)
    assert "the vendor denied hubspot-token" in found[signup.ID].observed
    assert "the vendor denied zendesk-client-secret" in found[support.ID].observed
    assert "resend-key" in found[support.ID].observed


def revoke_tokens(helpdesk):
    client = requests.post(f"http://{helpdesk}/_rehearsal/keys", json={"ours": True}, timeout=5).json()
    asked = {"grant_type": "client_credentials", "scope": "read write", **client}
    token = requests.post(f"http://{helpdesk}/oauth/tokens", json=asked, timeout=5).json()["access_token"]
    tokens = f"http://{helpdesk}/api/v2/oauth/tokens"
    headers = {"Authorization": f"Bearer {token}"}
    for each in requests.get(tokens, headers=headers, timeout=5).json()["tokens"]:
        requests.delete(f"{tokens}/{each['id']}", headers=headers, timeout=5)
