"""Vertex AI's stand-in, asked by the handlers' own client: who may ask, and which models are served."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from handlers.failures import Unavailable
from handlers.outside.http_client import Refused
from handlers.vendors.vertex import Vertex
from localcloud.base import ports, tokens
from localcloud.base.world import Resource

P = "acme-rehearsal"
ROLE = f"projects/{P}/roles/supportDrafts"
API = f"{P}/aiplatform.googleapis.com"
MODEL = "gemini-3.5-flash"

Ask = Callable[[str], str]


@pytest.fixture
def ask(cloud: Any) -> Ask:
    """Return a function that has a model draft, as a service that may ask it."""
    enabled = {"project": P, "service": "aiplatform.googleapis.com"}
    cloud.world.put(Resource("gcp:projects/service:Service", API, "", enabled, enabled))
    permitted = {"permissions": ["aiplatform.endpoints.predict"]}
    cloud.world.put(Resource("gcp:projects/iAMCustomRole:IAMCustomRole", ROLE, "", permitted, permitted))
    cloud.bind("projects/iAMMember:IAMMember", ROLE, "support-drafts", project=P)
    return lambda model: by_client(cloud, model)


def by_client(cloud: Any, model: str) -> str:
    bearer = tokens.access_token(cloud.home, cloud.account("support-drafts"), time.time())
    url = f"http://{ports.load(cloud.home).address('google')}"
    return Vertex(P, model, lambda: {"Authorization": f"Bearer {bearer}"}, url).draft("User: my app is slow")


def test_a_model_that_is_served_answers_and_says_that_it_is_simulated(ask: Ask) -> None:
    assert ask(MODEL) == "[simulated model] You wrote: User: my app is slow"


@pytest.mark.parametrize(
    "model",
    ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.0-flash-001", "gemini-1.5-pro", "gpt-5", "gemini-3-pro-preview"],
)
def test_a_retired_model_is_not_found_and_the_refusal_says_what_to_do(ask: Ask, model: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(model)
    assert f"does not serve {model}; set support.drafts to a model" in str(refused.value)


def test_it_is_googles_404(cloud: Any, ask: Ask) -> None:
    bearer = cloud.as_("support-drafts")[0][1]
    path = f"/v1/projects/{P}/locations/global/publishers/google/models/gemini-2.5-flash:generateContent"
    url = f"http://{ports.load(cloud.home).address('google')}{path}"
    asked = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
    answer = requests.post(url, json=asked, headers={"Authorization": bearer}, timeout=5)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (404, 404, "NOT_FOUND")
    assert f"projects/{P}/locations/global/publishers/google/models/gemini-2.5-flash" in error["message"]
    for wrong in ({}, {"contents": []}, {"contents": [{"role": "team", "parts": [{"text": "x"}]}]}, ["x"]):
        answer = requests.post(url.replace("2.5", "3.5"), json=wrong, headers={"Authorization": bearer}, timeout=5)
        assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_without_the_role_or_the_api_nothing_is_drafted(cloud: Any, ask: Ask) -> None:
    api = cloud.world.resource("gcp:projects/service:Service", API)
    cloud.world.remove(api.type, api.id)
    with pytest.raises(Unavailable, match="403"):
        ask(MODEL)
    cloud.world.put(api)
    assert ask(MODEL)
    for member in cloud.world.resources("gcp:projects/iAMMember:IAMMember"):
        cloud.unbind(member)
    with pytest.raises(Unavailable, match="403"):
        ask(MODEL)
