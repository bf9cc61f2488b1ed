from __future__ import annotations

import pytest

from engine.engine_events import Diagnostic
from engine.problems import Problem, plain, problems

URN = "urn:pulumi:local::launch-ready::gcp:cloudtasks/queue:Queue::events"
TRACEBACK = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/x/__main__.py", line 3, in <module>
    launch()
ValueError: zone: has no account

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/x/infra/program.py", line 9, in launch
    raise SpecError("two mistakes")
blueprint.spec.SpecError: spec.domain is missing; add it
spec.contact is missing; add it
"""


def test_each_failure_is_told_once_with_its_resource() -> None:
    said = [
        Diagnostic("info", "hello"),
        Diagnostic("error", "the queue is full", URN),
        Diagnostic("error", "the queue is full", URN),
        Diagnostic("warning", "an old setting", URN),
        Diagnostic("error", "update failed"),
    ]
    assert problems(said) == (Problem("queue events", "the queue is full"),)


def test_a_traceback_becomes_the_last_exceptions_words() -> None:
    assert plain(TRACEBACK) == "spec.domain is missing; add it\nspec.contact is missing; add it"


@pytest.mark.parametrize(
    ("wrapped", "words"),
    [
        ("error: no such zone", "no such zone"),
        ("rpc error: code = InvalidArgument desc = no such zone", "no such zone"),
        ("1 error occurred:\n\t* no such zone", "no such zone"),
        ("Traceback (most recent call last):\n  nothing more", "Traceback (most recent call last):\n  nothing more"),
        ("Preview failed: no such zone", "no such zone"),
        ("a:b/c:D resource 'x' has a problem: no such zone", "no such zone"),
        ("a:b/c:D resource 'x': property ttl value {7} has a problem: 7 is too short", "ttl: 7 is too short"),
        ("a:b/c:D resource 'x': property a[0].b value {[{{x y}}]} has a problem: no b here", "a[0].b: no b here"),
        ("ttl 7 is not allowed; use 1 or 60 to 86400", "ttl 7 is not allowed; use 1 or 60 to 86400"),
        ("", ""),
    ],
)
def test_what_the_engine_wraps_around_a_providers_words_is_taken_off(wrapped: str, words: str) -> None:
    assert plain(wrapped) == words


def test_a_problem_without_a_resource_is_told_as_it_is() -> None:
    assert str(Problem("", "no")) == "no"
    assert str(Problem("queue events", "no")) == "queue events: no"
    assert str(Problem("queue events", 'Queue "events" has no location')) == 'Queue "events" has no location'
    assert str(Problem("queue events", 'Queue "other" has no location')).startswith("queue events: ")


REPLACED = f"""unable to replace resource "{URN}"
as it is currently marked for protection. To unprotect the resource, remove the `protect` flag from the resource"""
DELETED = f"""Preview failed: resource "{URN}" cannot be deleted
because it is protected. To unprotect the resource, either remove the `protect` flag or use the command:
`pulumi state unprotect '{URN}'`"""


def test_protection_is_told_without_urns_and_with_the_cure() -> None:
    (replaced,) = problems([Diagnostic("error", REPLACED, URN)], {URN: ("location",)})
    assert str(replaced).startswith("queue events: location cannot be changed in place: it would be deleted, with what")
    (deleted,) = problems([Diagnostic("error", DELETED, URN)])
    assert str(deleted).startswith("queue events: it is protected from deletion, because what it holds would be lost")
    for problem in (replaced, deleted):
        assert "set protect to false in Pulumi.local.yaml, run `./launch up`" in problem.message
        assert "urn:" not in problem.message


def test_protection_in_production_names_its_file_and_command() -> None:
    (problem,) = problems([Diagnostic("error", DELETED.replace("pulumi:local", "pulumi:prod"), URN)])
    assert "set protect to false in Pulumi.prod.yaml" in problem.message
    assert "run `LAUNCH_UNPROTECTED=1 ./launch up --stack prod`" in problem.message


LOCK = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  gs://acme-state/.pulumi/locks/organization/launch-ready/prod/"
    "6f1d8a5c-9a5e-4a39-9f7f-0123456789ab.json: created by ada@laptop (pid 4711) at 2026-11-29T10:00:00Z"
)


def test_a_lock_is_told_with_its_holder_and_the_way_to_take_it_away() -> None:
    told = plain(LOCK)
    assert "locked by ada at laptop (process 4711), since 2026-11-29T10:00:00Z" in told
    assert 'eval "$(./launch env --stack prod)" && pulumi cancel prod --yes' in told


def test_a_lock_of_pulumis_service_is_told_too() -> None:
    told = plain("[409] Conflict: Another update is currently in progress.")
    assert told.startswith("the stack is locked. If that command is still running, wait")


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        (
            '400 Bad Request {"errors":[{"code":20217,"message":"exceeded maximum number of rulesets"}]}',
            "Ruleset/NAME: zones/ZONE_ID/RULESET_ID",
        ),
        ("Error 403: The firebaserules.googleapis.com API requires a quota project", "set-quota-project PROJECT"),
        (
            "Error 403: Firebase Rules API has not been used in project 764086051850 before",
            "USER_PROJECT_OVERRIDE=true",
        ),
        ('SERVICE_DISABLED "consumer": "projects/764086051850"', "GOOGLE_BILLING_PROJECT=PROJECT"),
        (
            "Error 403: Cloud Billing API cloudbilling.googleapis.com has not been used in project 123456789012 before",
            "--project 123456789012",
        ),
        ("Error 429: Quota exceeded for total allowable CPU per project per region.", "services.max_instances"),
        ("Error 403: Caller does not have required permission to use project acme. Grant it", "Log in as who owns it"),
        ("Error 403: Cloud Run API has not been used in project 4711 before or it is disabled.", "some minutes until"),
        ("Error 400: Cloud billing quota exceeded: https://support.google.com/x", "pays for a few projects only"),
        ("Error 403: Service accounts cannot create projects without a parent.", "under google.organization"),
        ('oauth2: cannot fetch token: 400 Bad Request {"error":"invalid_grant"}', "Log in again"),
        ('403 Forbidden {"errors":[{"code":10000,"message":"Authentication error"}]}', "lacks a permission"),
        ('{"code":9109,"message":"Unauthorized to access requested resource"}', "lacks a permission"),
        ('400 Bad Request {"errors":[{"code":6003,"message":"Invalid request headers"}]}', "is not set in this shell"),
    ],
)
def test_what_the_clouds_do_not_say_is_added(said: str, cure: str) -> None:
    told = plain(f"error: {said}")
    assert told.startswith(said)
    assert cure in told
    assert plain(told) == told


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::launch-ready::launch:infra:Zone${type_}::{name}"


@pytest.mark.parametrize(
    ("said", "type_", "name", "cure"),
    [
        (
            'POST ".../dns_records": 400 Bad Request {"errors":[{"code":81058,"message":"An identical one already"}]}',
            "cloudflare:index/dnsRecord:DnsRecord",
            "mx-acme.com-1",
            '`adopt: {"DnsRecord/mx-acme.com-1": "ID"}`',
        ),
        (
            '{"code":81053,"message":"An A, AAAA, or CNAME record with that host already exists."}',
            "cloudflare:index/dnsRecord:DnsRecord",
            "www",
            "a record of another type, or one that nothing needs, has to be deleted there",
        ),
        (
            '{"code":1061,"message":"acme.com already exists"}',
            "cloudflare:index/zone:Zone",
            "acme.com",
            "Zone/acme.com",
        ),
        (
            "googleapi: Error 409: Database already exists. Please use another database_id",
            "gcp:firestore/database:Database",
            "firestore",
            '`adopt: {"Database/firestore": "ID"}`',
        ),
        (
            "googleapi: Error 409: Resource 'launch_preview' already exists., alreadyExists",
            "gcp:projects/iAMCustomRole:IAMCustomRole",
            "ci-preview-own",
            "IAMCustomRole/ci-preview-own",
        ),
        (
            "Error 400: INVALID_PROJECT_ID : Identity Platform has already been enabled for this project.",
            "gcp:identityplatform/config:Config",
            "sign-in",
            '`adopt: {"Config/sign-in": "ID"}`',
        ),
        (
            "googleapi: Error 409: Requested entity already exists, alreadyExists",
            "gcp:organizations/project:Project",
            "acme-prod",
            "set google.mode to existing",
        ),
    ],
)
def test_what_is_there_already_is_told_with_the_line_that_takes_it_over(
    said: str, type_: str, name: str, cure: str
) -> None:
    (problem,) = problems([Diagnostic("error", said, urn(type_, name))])
    assert problem.message.startswith(said)
    assert cure in problem.message


@pytest.mark.parametrize(
    "said",
    ['it already exists: write `adopt: {"Zone/a": "1"}`.', "Error 400: the queue existed too recently", "no 810530"],
)
def test_no_second_line_is_told_where_one_is_or_none_helps(said: str) -> None:
    assert problems([Diagnostic("error", said, URN)])[0].message == said


def test_what_is_there_without_a_resource_is_told_as_it_is() -> None:
    assert problems([Diagnostic("error", "stack already exists")])[0].message == "stack already exists"
