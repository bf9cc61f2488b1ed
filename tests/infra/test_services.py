from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.services import APIS, ServiceConfig, Services, ServicesConfig

IMAGE = "europe-west1-docker.pkg.dev/p/launch/handlers@sha256:" + "0" * 64
INTAKE = ServiceConfig("intake", True, "intake@x", {"ROLE": "intake", "REGION": "europe-west1"})
CALLERS = {"task-caller": "serviceAccount:task-caller@x"}
CRM = ServiceConfig("sync-crm", False, "crm@x", {"ROLE": "sync-crm"}, CALLERS)
CONFIG = ServicesConfig("europe-west1", (INTAKE, CRM), max_instances=3)


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: Services("services", CONFIG, project(*APIS), IMAGE, after=[]))


def test_the_public_service_answers_the_load_balancer_only(made: Any) -> None:
    intake = made.one("service:Service", "intake").inputs
    assert intake["ingress"] == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    assert intake["defaultUriDisabled"] is True
    assert intake["invokerIamDisabled"] is True


def test_a_private_service_answers_its_callers_only(made: Any) -> None:
    crm = made.one("service:Service", "sync-crm").inputs
    assert crm["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert crm["defaultUriDisabled"] is False
    assert crm["invokerIamDisabled"] is False
    granted = made.one("ServiceIamMember").inputs
    assert (granted["name"], granted["role"], granted["member"]) == (
        "sync-crm",
        "roles/run.invoker",
        "serviceAccount:task-caller@x",
    )


def test_services_run_the_image_by_digest_as_their_own_account(made: Any) -> None:
    template = made.one("service:Service", "sync-crm").inputs["template"]
    assert template["serviceAccount"] == "crm@x"
    assert template["containers"][0]["image"] == IMAGE
    assert template["scaling"] == {"minInstanceCount": 0, "maxInstanceCount": 3}


def test_the_environment_is_passed_in_a_steady_order_and_holds_no_secret(made: Any) -> None:
    envs = made.one("service:Service", "intake").inputs["template"]["containers"][0]["envs"]
    assert envs == [{"name": "REGION", "value": "europe-west1"}, {"name": "ROLE", "value": "intake"}]


def test_health_is_asked_for_where_cloud_run_lets_it_through(made: Any) -> None:
    container = made.one("service:Service", "intake").inputs["template"]["containers"][0]
    for probe in ("startupProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": 8080}


def test_services_are_protected_unless_told_otherwise(made: Any, provision: Any, project: Any) -> None:
    assert made.one("service:Service", "intake").inputs["deletionProtection"] is True
    open_ones = replace(CONFIG, protect=False)
    again = provision(lambda: Services("services", open_ones, project(*APIS), IMAGE, after=[]))
    assert again.one("service:Service", "intake").inputs["deletionProtection"] is False


@pytest.mark.parametrize("services", [(CRM,), (INTAKE, replace(INTAKE, name="another"))])
def test_there_is_exactly_one_public_door(services: tuple[ServiceConfig, ...]) -> None:
    with pytest.raises(ValueError, match="exactly one service has to be public"):
        replace(CONFIG, services=services)


@pytest.mark.parametrize(
    ("change", "words"), [({"env": {"PORT": "80"}}, "sets PORT itself"), ({"timeout": 0}, "1 to 3600")]
)
def test_a_service_that_cloud_run_would_refuse_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CRM, **change)
