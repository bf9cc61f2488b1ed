from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli.former_revisions import Revision, RunningService, former, with_image

BEGAN = datetime(2026, 11, 29, 12, tzinfo=UTC)


def service(name: str, *revisions: tuple[int, str], serving: dict[str, float] | None = None) -> RunningService:
    """Return a service with revisions given as (minute, image), the oldest first."""
    made = [
        Revision(f"{name}-{number:05d}", image, BEGAN + timedelta(minutes=minute))
        for number, (minute, image) in enumerate(revisions, 1)
    ]
    return RunningService(name, tuple(reversed(made)), serving or {})


def chosen(*services: RunningService) -> dict[str, str]:
    return {name: revision.name for name, revision in former(services).items()}


def test_after_a_first_launch_there_is_no_former_revision() -> None:
    assert chosen(service("api", (0, "a")), service("worker", (1, "a"))) == {}


def test_a_new_image_is_taken_back_in_every_service() -> None:
    found = chosen(service("api", (0, "a"), (60, "b")), service("worker", (1, "a"), (61, "b")))
    assert found == {"api": "api-00001", "worker": "worker-00001"}


def test_settings_that_followed_the_image_within_its_deployment_do_not_keep_the_image() -> None:
    """`api` got a second revision of the same image at once; what was asked for is the change before that one."""
    assert chosen(service("api", (0, "a"), (60, "b"), (62, "b")), service("worker", (0, "a"), (60, "b"))) == {
        "api": "api-00002"
    }


def test_changed_settings_are_taken_back_only_where_they_changed() -> None:
    api = service("api", (0, "a"), (60, "b"), (500, "b"))
    support = service("support", (0, "a"), (60, "b"), (100, "b"))
    assert chosen(api, support, service("worker", (0, "a"), (60, "b"))) == {"api": "api-00002"}


def test_settings_of_several_services_that_changed_together_are_taken_back_together() -> None:
    api = service("api", (0, "a"), (500, "a"))
    assert chosen(api, service("worker", (0, "a"), (502, "a"))) == {"api": "api-00001", "worker": "worker-00001"}


def test_a_service_that_the_last_change_added_stays() -> None:
    added = service("support", (61, "b"))
    assert chosen(service("api", (0, "a"), (60, "b")), added) == {"api": "api-00001"}


def test_a_service_that_a_broken_off_deployment_did_not_reach_stays() -> None:
    assert chosen(service("api", (0, "a"), (60, "b")), service("worker", (0, "a"))) == {"api": "api-00001"}


def test_running_it_again_chooses_the_same() -> None:
    once = service("api", (0, "a"), (60, "b"), (120, "c"))
    again = service("api", (0, "a"), (60, "b"), (120, "c"), serving={"api-00002": 100.0})
    assert chosen(once) == chosen(again) == {"api": "api-00002"}
    assert again.is_at(former([again])["api"])


@pytest.mark.parametrize(
    ("serving", "is_there"),
    [({}, False), ({"api-00001": 100.0}, True), ({"api-00001": 50.0}, False), ({"api-00002": 100.0}, False)],
)
def test_requests_are_at_a_revision_when_all_of_them_are(serving: dict[str, float], is_there: bool) -> None:
    api = service("api", (0, "a"), (60, "b"), serving=serving)
    assert api.is_at(api.revisions[1]) is is_there


def test_an_image_is_found_where_it_ever_ran() -> None:
    api, worker = service("api", (0, "a"), (60, "b")), service("worker", (0, "a"), (9, "a"))
    services = [api, worker, service("support", (61, "b"))]
    assert {name: revision.name for name, revision in with_image(services, "a").items()} == {
        "api": "api-00001",
        "worker": "worker-00002",
    }
