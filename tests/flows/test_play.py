"""The flows, played against the real handlers and the stand-ins; and against nothing."""

from __future__ import annotations

from dataclasses import replace

import requests

from blueprint.finding import Status, verdict
from flows import payment, play, signup, support
from flows.runner import FLOWS
from handlers.outside import google_clients
from handlers.service_manifest import STRIPE_API_KEY
from localcloud.base import ports


def test_every_flow_passes_on_a_stack_that_works(stage):
    told: list[str] = []
    nearly_done: list[int] = []
    found = play(stage, told.append, lambda: nearly_done.append(len(told)))
    assert [each.id for each in found] == ["flow.health", *FLOWS]
    assert {each.id: each.observed for each in found if each.status is not Status.PASS} == {}
    assert len(told) == 1 + len(FLOWS)
    assert nearly_done == [len(told)], "it is said once, when all are under way"


def test_a_second_run_passes_beside_what_the_first_left(stage):
    assert verdict(play(replace(stage, run="second"))) is Status.PASS


def test_a_stack_that_does_not_answer_is_unknown_and_never_a_pass(stage, tmp_path):
    nobody = ports.allocate(tmp_path)
    lost = replace(stage, edge=("127.0.0.1", nobody["https"]))
    found = {each.id: each.status for each in play(lost)}
    del found[payment.ID]  # Stripe delivers by its own way to the edge
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
    assert [(each.id, each.status) for each in found] == [("flow.health", Status.PASS), ("flow.rehearsed", Status.WARN)]
    assert "a buyer pays" in found[1].observed


def test_keys_that_the_vendors_did_not_issue_turn_the_flows_red_that_need_them(stage):
    for address in (stage.rehearsal.stripe, stage.rehearsal.crm, stage.rehearsal.helpdesk, stage.rehearsal.mailer):
        assert requests.post(f"http://{address}/_rehearsal/keys", timeout=5).ok  # from now on it takes no others
    revoke_tokens(stage.rehearsal.helpdesk)
    found = {each.id: each for each in play(replace(stage, run="denied"))}
    assert (found[payment.ID].status, "was refused" in found[payment.ID].observed) == (Status.UNKNOWN, True)
    assert "Invalid API Key provided: sk_test_****" in found[payment.ID].observed
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
