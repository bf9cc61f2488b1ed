"""Each launch rule about how long things are kept: a case that bites and one that passes."""

from __future__ import annotations

from typing import Any

import pytest

SECRET = "gcp:secretmanager/secret:Secret"
BACKUP = "gcp:firestore/backupSchedule:BackupSchedule"
BUDGET = "gcp:billing/budget:Budget"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
ARMOR = "gcp:compute/securityPolicy:SecurityPolicy"
HERE = {"project": "acme-app"}
AGENT = "serviceAccount:service-100000000001@gcp-sa-secretmanager.iam.gserviceaccount.com"
TOPIC = "projects/acme-app/topics/rotation"
ROTATED = {
    **HERE,
    "secretId": "stripe-key",
    "replication": {"auto": {}},
    "rotation": {"rotationPeriod": "7776000s", "nextRotationTime": "2027-03-01T00:00:00Z"},
    "topics": [{"name": TOPIC}],
}


def test_a_rotation_tells_a_topic_on_which_secret_manager_may_publish(clouds: Any) -> None:
    clouds.project("secretmanager", "pubsub", "iam")
    assert "there is no such Topic" in clouds.gcp.refusal(SECRET, "key", ROTATED)
    clouds.gcp.up("gcp:pubsub/topic:Topic", "rotation", HERE, name="rotation")
    refused = clouds.gcp.refusal(SECRET, "key", ROTATED)
    assert f"on which Secret Manager cannot publish. Give {AGENT} roles/pubsub.publisher" in refused
    grant = {**HERE, "topic": "rotation", "role": "roles/pubsub.publisher", "member": AGENT}
    clouds.gcp.up("gcp:pubsub/topicIAMMember:TopicIAMMember", "grant", grant)
    assert clouds.gcp.up(SECRET, "key", ROTATED).id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"topics": []}, "no topic to tell it to"),
        ({"rotation": {"rotationPeriod": "7776000s"}}, "no nextRotationTime"),
        ({"rotation": {"rotationPeriod": "60s", "nextRotationTime": "2027-03-01T00:00:00Z"}}, "an hour or more"),
        ({"versionDestroyTtl": "3600s"}, "24 hours"),
    ],
)
def test_times_of_a_secret_are_what_secret_manager_takes(clouds: Any, change: dict[str, Any], words: str) -> None:
    _, failures = clouds.gcp.check(SECRET, "key", ROTATED | change)
    assert words in failures[""]


def test_a_backup_is_kept_for_fourteen_weeks_at_most(clouds: Any) -> None:
    wanted = {**HERE, "database": "(default)", "dailyRecurrence": {}}
    _, failures = clouds.gcp.check(BACKUP, "daily", {**wanted, "retention": "8467201s"})
    assert "14 weeks" in failures[""]
    assert clouds.gcp.check(BACKUP, "daily", {**wanted, "retention": "8467200s"})[1] == {}


def test_a_budget_has_one_amount_and_a_project_by_its_number(clouds: Any) -> None:
    wanted = {"billingAccount": "012345-6789AB-CDEF01", "amount": {"specifiedAmount": {"units": "50"}}}
    both = {"amount": {"specifiedAmount": {"units": "50"}, "lastPeriodAmount": True}}
    assert "exactly one of" in clouds.gcp.check(BUDGET, "b", wanted | both)[1]["amount"]
    by_id = {"budgetFilter": {"projects": ["projects/acme-app"]}}
    assert "by the project's number" in clouds.gcp.check(BUDGET, "b", wanted | by_id)[1]["budgetFilter.projects"]
    assert clouds.gcp.up(BUDGET, "b", wanted, budgetFilter={"projects": ["projects/100000000001"]}).id


def test_audit_logs_are_of_kinds_that_exist(clouds: Any) -> None:
    clouds.project("iam")
    wanted = {**HERE, "service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    assert clouds.gcp.check(AUDIT, "a", wanted | {"auditLogConfigs": [{"logType": "ALL"}]})[1]
    assert clouds.gcp.check(AUDIT, "a", wanted | {"service": "everything"})[1]
    assert clouds.gcp.up(AUDIT, "a", wanted).id


def test_a_security_policy_has_a_default_rule_and_ten_ranges_in_each(clouds: Any) -> None:
    def rules(*parts: tuple[int, int]) -> dict[str, Any]:
        return {
            "rules": [
                {
                    "action": "allow",
                    "priority": priority,
                    "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["192.0.2.0/24"] * count}},
                }
                for priority, count in parts
            ]
        }

    for wrong, words in (
        (rules((1, 1)), "no default rule"),
        (rules((1, 1), (1, 1), (2_147_483_647, 1)), "two rules of one priority"),
        (rules((1, 11), (2_147_483_647, 1)), "takes 1 to 10"),
    ):
        assert words in str(clouds.gcp.check(ARMOR, "armor", HERE | {"name": "armor"} | wrong)[1])
    assert clouds.gcp.check(ARMOR, "armor", HERE | {"name": "armor"} | rules((1, 10), (2_147_483_647, 1)))[1] == {}
