"""What a fresh project and a fresh billing account may have: each rule has a case that bites and one that passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

PROJECT = "gcp:organizations/project:Project"
SERVICE = "gcp:cloudrunv2/service:Service"
ACCOUNT = "012345-6789AB-CDEF01"


def wanted(most: int, cpu: str = "1", memory: str = "512Mi", **more: Any) -> dict[str, Any]:
    container = {"image": "us-docker.pkg.dev/cloudrun/container/hello", "resources": {"limits": {"cpu": cpu}}}
    container["resources"]["limits"]["memory"] = memory
    return {
        "project": "acme-app",
        "name": "api",
        "location": "europe-west1",
        "template": {"scaling": {"maxInstanceCount": most}, "containers": [container]},
        **more,
    }


@pytest.mark.parametrize(
    ("most", "cpu", "memory", "words"),
    [
        (21, "1", "512Mi", "21 CPUs in all, and a new project has 20 in a region"),
        (6, "4", "2Gi", "Lower template.scaling.maxInstanceCount to 5"),
        (11, "1", "4Gi", "44 GiB of memory in all, and a new project has 40 in a region"),
    ],
)
def test_a_fresh_project_may_not_grow_beyond_its_quota_of_a_region(
    clouds: Any, most: int, cpu: str, memory: str, words: str
) -> None:
    clouds.project()
    refused = clouds.gcp.refusal(SERVICE, "api", wanted(most, cpu, memory))
    assert words in refused
    assert "quota violated" in refused
    assert "services.max_instances" in refused


def test_what_fits_the_quota_to_the_last_cpu_is_taken(clouds: Any) -> None:
    clouds.project()
    assert clouds.gcp.up(SERVICE, "api", wanted(20)).id


def test_the_first_preview_knows_that_the_project_will_be_new(clouds: Any) -> None:
    clouds.gcp.preview(PROJECT, "project", projectId="acme-app", name="acme-app", billingAccount=ACCOUNT)
    _, failures = clouds.gcp.check(SERVICE, "api", wanted(21))
    assert "quota violated" in "; ".join(failures.values())


def test_a_project_that_was_there_before_has_its_own_quota(clouds: Any) -> None:
    made = clouds.project()
    found = clouds.world.resource(PROJECT, made.id)
    clouds.world.remove(PROJECT, made.id)
    clouds.world.put(replace(found, urn=""))
    assert clouds.gcp.up(SERVICE, "api", wanted(90)).id


def test_a_fresh_billing_account_pays_for_five_projects(clouds: Any) -> None:
    names = [f"acme-app-{at}" for at in range(6)]
    inputs = [{"projectId": name, "name": name, "billingAccount": ACCOUNT} for name in names]
    for name, each in zip(names[:5], inputs[:5], strict=True):
        clouds.gcp.up(PROJECT, name, each)
    refused = clouds.gcp.refusal(PROJECT, names[5], inputs[5])
    assert "pays for 5 projects already" in refused
    assert "400 failedPrecondition" in refused
    assert "billing_quota_increase" in refused
    assert clouds.gcp.up(PROJECT, names[5], inputs[5], billingAccount="FFFFFF-6789AB-CDEF01").id
