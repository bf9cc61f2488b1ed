"""The container: what each role serves, needs and loads."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
import requests
from starlette.routing import Router

from handlers import settings
from handlers.app import create
from handlers.doors.service_callers import REMOVED
from handlers.service_manifest import SERVICE_MANIFESTS, url_variable
from handlers.settings import SettingsError, SmtpServer

ROOT = Path(__file__).parents[2]
ENV = {
    "GOOGLE_CLOUD_PROJECT": "acme-rehearsal",
    "REGION": "europe-west1",
    "TASK_QUEUES": "projects/acme-rehearsal/locations/europe-west1/queues",
    "TASK_CALLER": "task-caller@acme-rehearsal.iam.gserviceaccount.com",
    "EVENT_CALLER": "event-caller@acme-rehearsal.iam.gserviceaccount.com",
    "SUPPORT_FROM": "app@acme.test",
    "SUPPORT_TO": "help@acme.test",
    "PROVIDERS": "zendesk resend webhooks drafts",
    "DRAFTER": "rehearsal",
    "ZENDESK_SUBDOMAIN": "acme",
    "GRACE_DAYS": "14",
    "PAYMENTS_MODE": "live",
    "PAYMENTS_PLANS": '{"plans":[],"paused":"keep","refunded":"end","dispute_lost":"end"}',
    "REMINDER_DAYS": "1,7,12",
    "K_REVISION": "r-1",
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "SECRET_MANAGER_EMULATOR_HOST": "127.0.0.1:1",
    "CLOUD_TASKS_EMULATOR_HOST": "127.0.0.1:1",
    "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",
    **{url_variable(name): f"https://{name}.run.app" for name in SERVICE_MANIFESTS},
}
DOORS = {
    "intake": {
        "/health",
        "/webhooks/stripe",
        "/webhooks/probe",
        "/webhooks/zendesk",
        "/webhooks/helpdesk",
        "/v1/intents/{kind}",
        "/v1/tickets/{ticket_id}/{kind}",
    },
    "sync-payments": {"/health", "/events/{event_id}/run", "/effects/{effect_id}/run"},
    "sync-crm": {"/health", "/events/{event_id}/run", "/effects/{effect_id}/run"},
    "intents": {"/health", "/intents/created"},
    "support-ticket": {"/health", "/events/{event_id}/run", "/effects/{effect_id}/run"},
    "support-drafts": {"/health", "/v1/drafts"},
    "reconcile": {"/health", "/sweeps/{name}"},
}


@pytest.mark.parametrize("role", SERVICE_MANIFESTS)
def test_a_role_serves_its_doors_and_no_others(role):
    app = create({**ENV, "ROLE": role})
    assert {route.path for route in app.routes} == DOORS[role]


@pytest.mark.parametrize("role", SERVICE_MANIFESTS)
def test_a_role_says_what_is_missing_from_its_environment(role):
    with pytest.raises(SettingsError, match="GOOGLE_CLOUD_PROJECT"):
        settings.parse({"ROLE": role})


def test_without_zendesk_there_is_no_door_for_it_and_nothing_of_it_is_asked_for():
    by_mail = {**ENV, "ROLE": "intake", "PROVIDERS": "email smtp", "SMTP_SERVER": "smtp.acme.test:587"}
    del by_mail["ZENDESK_SUBDOMAIN"]
    assert "/webhooks/zendesk" not in {route.path for route in create(by_mail).routes}
    found = settings.parse({**by_mail, "ROLE": "support-ticket", "SMTP_USER": "acme"})
    assert found.smtp == SmtpServer("smtp.acme.test", 587, "acme")


@pytest.mark.parametrize(
    ("providers", "missing"), [("zendesk resend", "ZENDESK_SUBDOMAIN"), ("email smtp", "SMTP_SERVER")]
)
def test_a_provider_says_what_it_needs(providers, missing):
    env = {name: value for name, value in ENV.items() if name != "ZENDESK_SUBDOMAIN"}
    with pytest.raises(SettingsError, match=missing):
        settings.parse({**env, "ROLE": "support-ticket", "PROVIDERS": providers})


def test_a_container_without_a_role_does_not_start():
    with pytest.raises(SettingsError, match="set it to one of intake"):
        settings.parse({"ROLE": "intakes"})


PRIVATE = [
    (role, path) for role in DOORS if not SERVICE_MANIFESTS[role].public for path in sorted(DOORS[role] - {"/health"})
]


def bearer(email: str) -> str:
    token = jwt.encode({"email": email, "email_verified": True}, "x" * 32, algorithm="HS256")
    return f"Bearer {token.rpartition('.')[0]}.{REMOVED}"


@pytest.mark.parametrize("caller", ["", "stranger", "intake"])
@pytest.mark.parametrize(("role", "path"), PRIVATE)
def test_every_private_door_looks_at_the_caller(serve, role, path, caller):
    url = serve(create({**ENV, "ROLE": role}).routes) + re.sub(r"\{\w+\}", "night", path)
    headers = {"Authorization": bearer(f"{caller}@acme-rehearsal.iam.gserviceaccount.com")} if caller else {}
    answer = requests.post(url, json={"text": "hello"}, headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_your_door")


def test_the_one_service_that_may_ask_for_drafts_gets_one(serve):
    url = serve(create({**ENV, "ROLE": "support-drafts"}).routes) + "/v1/drafts"
    headers = {"Authorization": bearer("support-ticket@acme-rehearsal.iam.gserviceaccount.com")}
    assert requests.post(url, json={"text": "hello"}, headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://acme.test", "https://acme.test"),
        ("https://www.acme.test", "https://www.acme.test"),
        ("https://acme.test.evil.example", None),
        ("http://acme.test", None),
        ("null", None),
    ],
)
def test_pages_of_the_web_apps_own_origins_may_call_and_no_others(serve_app, origin, allowed):
    url = serve_app(create({**ENV, "ROLE": "intake", "WEB_ORIGINS": "https://acme.test https://www.acme.test"}))
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    asked = requests.options(f"{url}/v1/intents/signup_completed", headers={"Origin": origin, **wish}, timeout=5)
    answered = requests.post(f"{url}/v1/intents/signup_completed", headers={"Origin": origin}, timeout=20)
    assert asked.headers.get("Access-Control-Allow-Origin") == allowed
    assert answered.headers.get("Access-Control-Allow-Origin") == allowed
    assert "*" not in asked.headers.get("Access-Control-Allow-Origin", "")
    assert asked.status_code == (200 if allowed else 400)


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://acme.test"}])
def test_what_is_no_door_and_what_a_door_does_not_do_is_refused(serve_app, origin):
    url = serve_app(create({**ENV, "ROLE": "intake", "WEB_ORIGINS": "https://acme.test"}))
    assert requests.post(f"{url}/v1/none", headers=origin, timeout=5).status_code == 404
    asked = requests.get(f"{url}/webhooks/stripe", headers=origin, timeout=5)
    assert (asked.status_code, asked.headers["Allow"]) == (405, "POST")
    assert asked.headers.get("Access-Control-Allow-Origin") == origin.get("Origin")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize(
    "path", ["/health", "/health/", "/webhooks/stripe", "/webhooks/stripe/", "/webhooks", "/", "//"]
)
def test_a_fixed_path_answers_as_starlettes_own_router_has_it(serve_app, method, path):
    doors = create({**ENV, "ROLE": "intake"})
    ours, theirs = serve_app(doors), serve_app(Router(doors.routes))
    seen = [requests.request(method, url + path, allow_redirects=False, timeout=20) for url in (ours, theirs)]
    assert seen[0].status_code == seen[1].status_code
    assert seen[0].content == seen[1].content


def run(code: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def existing(*modules: str) -> set[str]:
    """Return the modules; a name that moved away would make a test of what is not loaded pass on nothing."""
    for name in modules:
        assert importlib.util.find_spec(name), f"there is no module {name}; name it as it is called now"
    return set(modules)


def test_importing_the_application_needs_no_environment_and_loads_no_client():
    loaded = run("import handlers.app, sys; print([name for name in sys.modules if name.startswith('google')])")
    assert loaded.strip() == "[]"


def test_the_public_service_loads_nothing_of_the_private_ones():
    code = "import handlers.app, sys, json; handlers.app.app; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(run(code, **{**ENV, "ROLE": "intake"})))
    assert not loaded & existing(
        "handlers.billing.payments",
        "handlers.vendors.hubspot",
        "handlers.vendors.resend",
        "handlers.vendors.smtp",
        "handlers.vendors.zendesk",
        "handlers.work.worker",
    )
    assert loaded >= existing("handlers.doors.stripe_webhook", "handlers.vendors.providers")


def test_a_service_loads_only_the_providers_that_were_chosen():
    code = "import handlers.app, sys, json; handlers.app.app; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(run(code, **{**ENV, "ROLE": "support-ticket"})))
    assert loaded >= existing("handlers.vendors.zendesk", "handlers.vendors.resend")
    assert not loaded & existing("handlers.vendors.smtp", "handlers.vendors.email_helpdesk", "handlers.vendors.vertex")


def test_the_package_imports_nothing_of_the_project_around_it():
    code = "import pkgutil, importlib, handlers, sys, json\n"
    code += (
        "for module in pkgutil.walk_packages(handlers.__path__, 'handlers.'): importlib.import_module(module.name)\n"
    )
    code += "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    around = existing(*(each.parent.name for each in ROOT.glob("*/__init__.py") if each.parent.name != "handlers"))
    assert around > {"blueprint", "cli", "engine", "infra"}
    assert not set(json.loads(run(code))) & around
