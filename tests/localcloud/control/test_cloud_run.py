"""Cloud Run's Admin API as a rollback asks it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from localcloud.base import ports
from localcloud.base.world import Resource
from localcloud.run import services
from localcloud.run.revision_history import RevisionHistory

SERVICE = "projects/acme-rehearsal/locations/europe-west1/services/api"
PINNED = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"


@pytest.fixture
def api(cloud: Any) -> str:
    """A service with two ready revisions and one that never became ready; the API's address of it."""
    for number, image in enumerate(("one", "two", "broken")):
        template = {"serviceAccount": "a@p.iam.gserviceaccount.com", "containers": [{"image": image}]}
        place = {"name": "api", "project": "acme-rehearsal", "location": "europe-west1"}
        resource = Resource(services.SERVICE, "api", "urn:api", inputs={**place, "template": template})
        cloud.world.put(resource)
        history, service = RevisionHistory(cloud.world), services.read(resource, cloud.world)
        entry = history.begin(service, 1_000.0 + number)
        if image != "broken":
            history.became_ready(service, entry.name)
    return f"http://{ports.load(cloud.home).address('google')}/run.googleapis.com/v2/{SERVICE}"


def ask(method: str, url: str, bearer: str = "owner", **options: Any) -> requests.Response:
    return requests.request(method, url, headers={"Authorization": f"Bearer {bearer}"}, timeout=5, **options)


def target(revision: str, percent: int = 100) -> dict[str, Any]:
    return {"type": PINNED, "revision": revision, "percent": percent}


def names(api: str) -> list[str]:
    rows = ask("GET", f"{api}/revisions").json()["revisions"]
    return [row["name"].rpartition("/")[2] for row in rows]


def test_revisions_are_listed_with_image_time_and_readiness_the_newest_first(api: str) -> None:
    rows = ask("GET", f"{api}/revisions").json()["revisions"]
    assert [row["containers"][0]["image"] for row in rows] == ["broken", "two", "one"]
    assert [row["conditions"][0]["state"] for row in rows] == ["CONDITION_FAILED", *["CONDITION_SUCCEEDED"] * 2]
    assert rows[2]["createTime"] == "1970-01-01T00:16:40Z"
    page = ask("GET", f"{api}/revisions?pageSize=2").json()
    assert len(page["revisions"]) == 2
    rest = ask("GET", f"{api}/revisions?pageSize=2&pageToken={page['nextPageToken']}").json()
    assert [row["name"] for row in rest["revisions"]] == [rows[2]["name"]]


def test_a_service_names_its_newest_ready_revision(api: str) -> None:
    found = ask("GET", api).json()
    broken, two, _ = names(api)
    assert found["latestReadyRevision"] == f"{SERVICE}/revisions/{two}"
    assert found["latestCreatedRevision"] == f"{SERVICE}/revisions/{broken}"
    assert found["traffic"] == [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]


def test_traffic_is_changed_and_nothing_else(api: str, cloud: Any) -> None:
    one = names(api)[2]
    done = ask("PATCH", f"{api}?updateMask=traffic", json={"traffic": [target(one)]})
    assert done.json()["done"] is True
    [held] = cloud.world.resources(services.SERVICE)
    assert held.inputs["traffics"] == [target(one)]
    assert held.inputs["template"]["containers"] == [{"image": "broken"}]
    assert ask("GET", api).json()["traffic"] == [target(one)]


@pytest.mark.parametrize(
    ("mask", "traffic", "words"),
    [
        ("traffic", [target("api-00009-abc")], "Revision 'api-00009-abc' is not found or not ready"),
        ("traffic", [target("{one}", 60)], "must add up to 100, got 60"),
        ("traffic", [], "must add up to 100, got 0"),
        ("traffic", [{"type": "ALL", "percent": 100}], "'ALL' is not one of"),
        ("traffic", [target("{broken}")], "is not found or not ready"),
        ("template", [], "updateMask=traffic alone, not template"),
    ],
)
def test_a_change_that_cannot_be_is_refused(api: str, mask: str, traffic: list[dict[str, Any]], words: str) -> None:
    broken, _, one = names(api)
    known = {"{one}": one, "{broken}": broken}
    shares = [{**each, "revision": known.get(each.get("revision", ""), each.get("revision"))} for each in traffic]
    refused = ask("PATCH", f"{api}?updateMask={mask}", json={"traffic": shares})
    assert refused.status_code == 400
    assert words in refused.json()["error"]["message"]


def test_a_service_that_is_not_there_is_missing(api: str) -> None:
    assert ask("GET", api.replace("/api", "/worker")).status_code == 404


def test_who_may_look_may_not_change(api: str, cloud: Any) -> None:
    (_, value), *_ = cloud.as_("viewer")
    bearer = value.removeprefix("Bearer ")
    cloud.bind("projects/iAMMember:IAMMember", "roles/run.viewer", "viewer", project="acme-rehearsal")
    assert ask("GET", api, bearer).status_code == 200
    refused = ask("PATCH", f"{api}?updateMask=traffic", bearer, json={"traffic": [target("x")]})
    assert refused.status_code == 403
    assert "run.services.update" in refused.json()["error"]["message"]
