from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import parse
from cli import human_steps
from cli.human_steps import Facts
from engine.errors import UNREACHABLE
from engine.problems import Problem
from engine.pulumi import EngineError
from handlers.failures import Unavailable
from handlers.outside.firebase_accounts import AuthenticationNotStarted
from handlers.outside.http_client import Refused

AGAIN = "`./launch up --stack prod`"
TERMS = Problem("project firebase", "Error creating Project: googleapi: Error 403: The caller does not have permission")
BILLING = Problem("project acme-prod", 'failed pre-requisites: missing permission on "billingAccounts/0": billing.x')


LINK = Problem("project acme-prod", "Error setting billing account: googleapi: Error 400: Precondition check failed.")
NO_SIGN_IN = Problem("config sign-in", "Error creating Config: googleapi: Error 400: CONFIGURATION_NOT_FOUND")


def refusal(*problems: Problem) -> EngineError:
    return EngineError("up", problems, Path("engine.log"))


def delegation(status: Status) -> Finding:
    return Finding("dns.delegation.nameservers", "acme.test", status, "the zone's", "others", fix="change them")


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        (TERMS, "Firebase: its terms are accepted"),
        (BILLING, "has a billing account"),
        (LINK, "has a billing account"),
        (NO_SIGN_IN, "Firebase Authentication: sign-in is started"),
    ],
)
def test_what_google_refuses_for_want_of_a_person_is_told_as_a_step(problem: Problem, title: str) -> None:
    stop = human_steps.stop_at(refusal(problem), AGAIN)
    assert stop.code == UNREACHABLE
    assert title in stop.why
    assert "1. " in stop.why
    assert stop.cure == f"Then run {AGAIN} again: it continues from here."


@pytest.mark.parametrize(
    "said",
    [
        "Error 403: Your application uses local Application Default Credentials. The API requires a quota project",
        "Error 403: Firebase Management API has not been used in project 764086051850 before or it is disabled.",
        "Error 403: Permission denied on resource project 32555940559., reason: CONSUMER_INVALID",
        "googleapi: Error 403: Caller does not have required permission to use project acme. USER_PROJECT_DENIED",
        "googleapi: Error 403: Caller does not have required permission to use project acme. Grant the caller the role",
        "googleapi: Error 403: Firebase Management API has not been used in project 4711 before or it is disabled.",
        "googleapi: Error 400: Cloud billing quota exceeded: https://support.google.com/x",
    ],
)
def test_a_403_for_want_of_a_quota_project_is_not_told_as_firebases_terms(said: str) -> None:
    error = refusal(Problem("project firebase", said))
    assert human_steps.stop_at(error, AGAIN) is error


def test_what_google_refuses_for_another_reason_stays_what_it_is() -> None:
    error = refusal(Problem("queue mail", "403: The caller does not have permission"))
    assert human_steps.stop_at(error, AGAIN) is error


def test_nothing_is_left_when_every_secret_has_a_value_and_the_registrar_points_here() -> None:
    assert human_steps.pending(Facts((), (delegation(Status.PASS),))) == []


@pytest.mark.parametrize("status", [Status.FAIL, Status.UNKNOWN])
def test_the_registrar_is_waited_for_until_it_is_seen_to_point_here(status: Status) -> None:
    assert [item.id for item in human_steps.pending(Facts((), (delegation(status),)))] == ["nameservers"]


def test_empty_secrets_are_told_by_what_gives_them_a_value_in_the_order_of_the_handover() -> None:
    empty = ("hubspot-token", "resend-key", "stripe-signing-secret", "zendesk-client-id", "zendesk-signing-secret")
    assert [item.id for item in human_steps.pending(Facts(empty, ()))] == ["stripe", "helpdesk", "sending", "secrets"]


def test_firebase_authentication_is_waited_for_until_somebody_starts_it() -> None:
    facts = Facts((), (delegation(Status.PASS),), is_auth_started=False)
    assert [item.id for item in human_steps.pending(facts)] == ["sign-in"]


@pytest.mark.parametrize(
    ("fault", "is_started"),
    [(None, True), (AuthenticationNotStarted("never"), False), (Unavailable("403"), True), (Refused("404"), True)],
)
def test_only_firebases_own_word_says_that_it_was_never_started(fault: Exception | None, is_started: bool) -> None:
    class Asked:
        def page(self) -> object:
            if fault:
                raise fault
            return [], ""

    accounts: Any = Asked()
    assert human_steps._is_started(accounts) is is_started


def test_all_steps_are_told_at_once_with_the_values_they_need(outputs: dict[str, object]) -> None:
    left = human_steps.pending(Facts(("stripe-signing-secret",), (delegation(Status.FAIL),)))
    stop = human_steps.stop(left, parse(outputs), AGAIN)
    assert stop.what == "2 steps that only a person can do are left."
    assert "https://api.acme.test/webhooks/stripe" in stop.why
    assert "Name server" in stop.why
    assert "Cloudflare deletes a zone on the Free plan" in stop.why


def lost(status: Status) -> Finding:
    said = "missing in the new zone: legacy.acme.test A 203.0.113.7"
    return Finding(
        "dns.change.records", "acme.test", status, "kept", said, "- {name: legacy}", "Do not change them yet."
    )


@pytest.mark.parametrize("status", [Status.FAIL, Status.UNKNOWN])
def test_the_name_servers_are_not_to_be_changed_while_a_record_would_be_lost(
    status: Status, outputs: dict[str, object]
) -> None:
    left = human_steps.pending(Facts((), (delegation(Status.FAIL), lost(status))))
    assert [item.id for item in left] == ["nameservers"]
    said = human_steps.stop(left, parse(outputs), AGAIN).why
    assert "Name servers: not to be changed yet (acme.test)" in said
    assert "missing in the new zone: legacy.acme.test A 203.0.113.7" in said
    assert "- {name: legacy}" in said
    assert "Replace all name servers" not in said
    assert "Name server:" not in said


def test_the_name_servers_are_offered_when_nothing_would_be_lost(outputs: dict[str, object]) -> None:
    left = human_steps.pending(Facts((), (delegation(Status.FAIL), lost(Status.PASS))))
    assert "Replace all name servers" in human_steps.stop(left, parse(outputs), AGAIN).why
