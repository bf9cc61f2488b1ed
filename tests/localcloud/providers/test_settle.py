from __future__ import annotations

from typing import Any

from localcloud.providers.settle import settle, unfinished

QUEUE = "gcp:cloudtasks/queue:Queue"
BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"


def pending(*created: Any, kind: str = "creating") -> list[dict[str, Any]]:
    return [{"type": kind, "resource": {"urn": urn}} for urn in created]


def test_a_creation_nobody_wrote_down_is_undone(clouds: Any) -> None:
    clouds.project()
    clouds.gcp.up(BUCKET, "b", project="acme-app", name="acme-source", location="EU")
    made = clouds.gcp.up(OBJECT, "o", bucket="acme-source", name="a.txt", content="hello")
    stored = clouds.world.resource(OBJECT, made.id)
    deployment = {"deployment": {"pending_operations": pending(stored.urn), "resources": []}}
    assert [found.id for found in settle(clouds.world, clouds.home, deployment)] == [made.id]
    assert clouds.world.resource(OBJECT, made.id) is None
    assert not (clouds.home / "objects" / "acme-source" / "a.txt").exists()
    assert clouds.gcp.up(OBJECT, "o", bucket="acme-source", name="a.txt", content="hello").id == made.id


def test_the_resource_that_a_replacement_was_to_follow_stays(clouds: Any) -> None:
    clouds.project()
    old, new = (
        clouds.gcp.up(QUEUE, "events", name="events", location=place, project="acme-app") for place in ("one", "two")
    )
    urn = clouds.world.resource(QUEUE, old.id).urn
    state = {"pending_operations": pending(urn), "resources": [{"urn": urn, "id": old.id}]}
    assert [found.id for found in unfinished(clouds.world, state)] == [new.id]


def test_nothing_is_undone_without_a_creation_that_was_cut_off(clouds: Any) -> None:
    clouds.project()
    made = clouds.gcp.up(QUEUE, "events", name="events", location="one", project="acme-app")
    urn = clouds.world.resource(QUEUE, made.id).urn
    for operations in ([], None, pending(urn, kind="deleting"), pending(urn, kind="updating")):
        assert settle(clouds.world, clouds.home, {"pending_operations": operations, "resources": None}) == []
