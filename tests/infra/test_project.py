from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.firebase import APIS, Firebase, FirebaseConfig
from infra.project import BASICS, Project, ProjectConfig

CONFIG = ProjectConfig("acme-rehearsal", (*BASICS, "run.googleapis.com"), "012345-6789AB-CDEF01")


def test_a_project_is_made_for_firebase_and_without_a_default_network(provision: Any) -> None:
    made = provision(lambda: Project("project", CONFIG)).one("organizations/project:Project").inputs
    assert made["projectId"] == "acme-rehearsal"
    assert made["labels"] == {"firebase": "enabled"}
    assert made["autoCreateNetwork"] is False
    assert made["deletionPolicy"] == "PREVENT"


def test_an_unprotected_project_can_be_destroyed(provision: Any) -> None:
    made = provision(lambda: Project("project", replace(CONFIG, protect=False)))
    assert made.one("organizations/project:Project").inputs["deletionPolicy"] == "DELETE"


def test_apis_stay_on_when_the_stack_goes(provision: Any) -> None:
    made = provision(lambda: Project("project", CONFIG)).of("projects/service:Service")
    assert {one.inputs["service"] for one in made} == set(CONFIG.apis)
    assert {one.inputs["disableOnDestroy"] for one in made} == {False}


def test_an_existing_project_is_asked_for_its_number(provision: Any, keep: Any, seen: dict[str, Any]) -> None:
    made = provision(lambda: keep("number", Project("project", replace(CONFIG, create=False)).number))
    assert made.of("organizations/project:Project") == []
    assert seen["number"] == "100000000001"


def test_an_organization_is_named_only_where_there_is_one(provision: Any) -> None:
    made = provision(lambda: Project("project", replace(CONFIG, organization="123")))
    assert made.one("organizations/project:Project").inputs["orgId"] == "123"


def test_a_component_cannot_use_an_api_that_is_not_switched_on(provision: Any) -> None:
    def program() -> None:
        with pytest.raises(ValueError, match=r"does not switch on compute\.googleapis\.com, .*; add .* to PARTS"):
            Project("project", CONFIG).enabled("compute.googleapis.com")

    provision(program)


def test_the_basic_apis_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match=r"iam\.googleapis\.com"):
        replace(CONFIG, apis=("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"))


def test_an_api_is_written_in_full() -> None:
    with pytest.raises(ValueError, match=r"run: not a Google API; write it like run\.googleapis\.com"):
        replace(CONFIG, apis=(*BASICS, "run"))


def test_firebase_is_added_and_its_apps_registered(provision: Any, project: Any) -> None:
    config = FirebaseConfig("acme.test", android="test.acme.app", apple="test.acme.ios", web=True)
    made = provision(lambda: Firebase("firebase", config, project(*APIS)))
    assert made.one("firebase/project:Project").inputs == {"project": "acme-rehearsal"}
    assert made.one("AndroidApp").inputs["packageName"] == "test.acme.app"
    assert made.one("AppleApp").inputs["bundleId"] == "test.acme.ios"
    assert made.one("WebApp").inputs["displayName"] == "acme.test for the web"


def test_only_the_apps_that_exist_are_registered(provision: Any, project: Any) -> None:
    made = provision(lambda: Firebase("firebase", FirebaseConfig("acme.test"), project(*APIS)))
    assert made.of("AndroidApp") == made.of("AppleApp") == []


def test_firebase_without_any_app_is_refused() -> None:
    with pytest.raises(ValueError, match="no Firebase app"):
        FirebaseConfig("acme.test", web=False)
