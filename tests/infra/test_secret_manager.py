from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.secret_manager import APIS, DAY, SecretManager, SecretManagerConfig, next_rotation

READERS = {
    "stripe-api-key": {"sync-payments": "serviceAccount:pay@x"},
    "resend-key": {"sync-payments": "serviceAccount:pay@x", "support-ticket": "serviceAccount:help@x"},
}


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: SecretManager("vault", SecretManagerConfig(READERS), project(*APIS)))


def test_secrets_are_made_without_values(made: Any) -> None:
    assert {one.inputs["secretId"] for one in made.of("secret:Secret")} == set(READERS)
    assert made.of("SecretVersion") == []


def test_secrets_are_protected_unless_told_otherwise(made: Any, provision: Any, project: Any) -> None:
    assert {one.inputs["deletionProtection"] for one in made.of("secret:Secret")} == {True}
    open_one = provision(lambda: SecretManager("vault", SecretManagerConfig(READERS, protect=False), project(*APIS)))
    assert {one.inputs["deletionProtection"] for one in open_one.of("secret:Secret")} == {False}


def test_each_reader_may_open_the_versions_of_its_own_secret_and_not_even_list_them(made: Any) -> None:
    granted = {(one.inputs["secretId"], one.inputs["member"], one.inputs["role"]) for one in made.of("IamMember")}
    assert granted == {
        (secret, member, "roles/secretmanager.secretAccessor")
        for secret, members in READERS.items()
        for member in members.values()
    }


def test_a_secret_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="stripe-api-key has no reader"):
        SecretManagerConfig({"stripe-api-key": {}})


def test_a_secret_id_that_google_would_refuse_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stripe\.key"):
        SecretManagerConfig({"stripe.key": {"intake": "serviceAccount:x"}})


ROTATED = SecretManagerConfig(READERS, rotation=90 * DAY, rotated_from="2027-03-01T00:00:00Z")


def test_an_old_secret_is_told_to_a_topic_by_secret_managers_own_account(provision: Any, project: Any) -> None:
    made = provision(lambda: SecretManager("vault", ROTATED, project(*APIS)))
    for secret in made.of("secret:Secret"):
        assert secret.inputs["rotation"] == {
            "rotationPeriod": "7776000s",
            "nextRotationTime": "2027-03-01T00:00:00Z",
        }
        assert secret.inputs["topics"] == [{"name": "projects/acme-rehearsal/topics/secret-rotation"}]
    granted = made.one("topicIAMMember:TopicIAMMember").inputs
    assert granted["role"] == "roles/pubsub.publisher"
    assert made.one("ServiceIdentity").inputs["service"] == "secretmanager.googleapis.com"


def test_the_next_rotation_stays_until_it_has_passed_and_then_moves_on_by_one_period() -> None:
    period = 90 * DAY
    first = next_rotation(datetime(2026, 12, 1, tzinfo=UTC), period)
    due = datetime.strptime(first, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert due.timestamp() % period == 0
    assert next_rotation(due - timedelta(days=2), period) == first
    later = datetime.strptime(next_rotation(due, period), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert later - due == timedelta(seconds=period)


def test_a_launch_on_the_day_before_leaves_the_reminder_where_it_is() -> None:
    due = datetime.fromtimestamp(90 * DAY * 231, UTC)
    assert next_rotation(due - timedelta(hours=2), 90 * DAY) == due.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert next_rotation(due - timedelta(minutes=5), 90 * DAY) != due.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_reminder_of_every_day_is_not_put_off_from_day_to_day() -> None:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert next_rotation(noon, DAY) == "2026-12-02T00:00:00Z"


def test_without_rotation_there_is_no_topic(made: Any) -> None:
    assert made.of("topic:Topic") == []
    assert {one.inputs.get("rotation") for one in made.of("secret:Secret")} == {None}


def test_a_destroyed_version_can_be_had_back_for_a_week(made: Any) -> None:
    assert {one.inputs["versionDestroyTtl"] for one in made.of("secret:Secret")} == {"604800s"}


@pytest.mark.parametrize(
    ("change", "words"),
    [({"rotation": 60}, "3600 s or more"), ({"rotation": DAY}, "a time to begin at"), ({"destroy_delay": 1}, "a day")],
)
def test_times_that_secret_manager_would_refuse_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SecretManagerConfig(READERS, **change)
