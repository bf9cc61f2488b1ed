"""Which rules are in force, as Firebase answers it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from localcloud.base import ports
from localcloud.base.world import Resource
from verify.observe import security_rules
from verify.observe.iam import UnansweredError

P = "acme-rehearsal"
RULESET, RELEASE = "gcp:firebaserules/ruleset:Ruleset", "gcp:firebaserules/release:Release"
OWNER = {"Authorization": "Bearer owner"}


@pytest.fixture
def url(cloud: Any) -> str:
    return f"http://{ports.load(cloud.home).address('google')}/firebaserules.googleapis.com"


def release(cloud: Any, text: str) -> None:
    source = {"files": [{"name": "firestore.rules", "content": text}]}
    cloud.world.put(
        Resource(RULESET, f"projects/{P}/rulesets/r1", "", {"project": P, "source": source}, {"name": "r1"})
    )
    named = {"project": P, "name": "cloud.firestore", "rulesetName": f"projects/{P}/rulesets/r1"}
    cloud.world.put(Resource(RELEASE, f"projects/{P}/releases/cloud.firestore", "", named))


def test_the_released_rules_are_read_as_from_google(cloud: Any, url: str) -> None:
    assert security_rules.ask(P, lambda: OWNER, url) is None
    release(cloud, "service cloud.firestore {}")
    assert security_rules.ask(P, lambda: OWNER, url) == "service cloud.firestore {}"


def test_who_holds_no_role_is_refused(cloud: Any, url: str) -> None:
    release(cloud, "x")
    stranger = {"Authorization": cloud.as_("stranger")[0][1]}
    assert (
        requests.get(f"{url}/v1/projects/{P}/releases/cloud.firestore", headers=stranger, timeout=5).status_code == 403
    )
    with pytest.raises(UnansweredError, match="403"):
        security_rules.ask(P, lambda: stranger, url)


def test_nobody_who_answers_is_not_the_absence_of_rules(tmp_path: Any) -> None:
    nobody = ports.allocate(tmp_path).address("google")
    with pytest.raises(UnansweredError):
        security_rules.ask(P, lambda: OWNER, f"http://{nobody}")
