"""The contract: it is valid, current, and leaves out no door and no status."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openapi_spec_validator
import pytest

from handlers import openapi
from handlers.app import create
from handlers.service_manifest import SERVICE_MANIFESTS, url_variable
from handlers.words import Code

ROOT = Path(__file__).parents[2]
ENV = {
    "GOOGLE_CLOUD_PROJECT": "acme-rehearsal",
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
    **dict.fromkeys(
        (
            "FIRESTORE_EMULATOR_HOST",
            "SECRET_MANAGER_EMULATOR_HOST",
            "CLOUD_TASKS_EMULATOR_HOST",
            "FIREBASE_AUTH_EMULATOR_HOST",
        ),
        "127.0.0.1:1",
    ),
    **{url_variable(name): f"https://{name}.run.app" for name in SERVICE_MANIFESTS},
}
KEPT = ROOT / "docs" / "openapi.json"
STATUSES = re.compile(r"Rejected\(\s*(\d{3}), (?:Code\.(\w+)|CODE)")


@pytest.fixture(scope="module")
def known():
    return json.loads(KEPT.read_text())


def test_it_is_openapi(known):
    openapi_spec_validator.validate(known)


def test_it_is_what_the_code_says_now():
    assert KEPT.read_text() == openapi.text(), "run: python -m handlers.openapi > docs/openapi.json"


def test_every_door_of_every_service_is_in_it(known):
    served: dict[str, set[str]] = {}
    for role in SERVICE_MANIFESTS:
        for route in create({**ENV, "ROLE": role}).routes:
            served.setdefault(route.path, set()).add(role)
    assert set(served) == set(known["paths"])
    for path, item in known["paths"].items():
        (operation,) = item.values()
        assert set(operation["x-services"]) == served[path], path


def test_every_refusal_in_the_code_is_an_answer_of_some_door(known):
    told = {
        (int(status), code)
        for item in known["paths"].values()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        for code in re.findall(r"`(\w+)`", answer["description"])
    }
    for module in (ROOT / "handlers").rglob("*.py"):
        for status, name in STATUSES.findall(module.read_text()):
            if name:
                assert (int(status), Code[name].value) in told, f"{module.name}: {status} {name}"


def test_every_door_says_what_happens_when_something_is_down(known):
    for path, item in known["paths"].items():
        for operation in item.values():
            assert path == "/health" or {"500", "503"} <= set(operation["responses"]), path
