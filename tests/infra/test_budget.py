"""The budget, the audit logs and sign-in: what a project has besides its services."""

from __future__ import annotations

from typing import Any

import pytest

from blueprint.spec import Spec
from infra import budget, identity_platform
from infra.audit_logs import AuditLogs, AuditLogsConfig
from infra.budget import Budget, BudgetConfig
from infra.identity_platform import IdentityPlatform, IdentityPlatformConfig

CONFIG = BudgetConfig("012345-6789AB-CDEF01", 50)


def test_a_budget_tells_at_half_at_nine_tenths_at_all_of_it_and_when_it_is_going_to(
    provision: Any, project: Any
) -> None:
    made = provision(lambda: Budget("budget", CONFIG, project(*budget.APIS), ["channel"]))
    inputs = made.one("billing/budget:Budget").inputs
    assert [(rule["thresholdPercent"], rule["spendBasis"]) for rule in inputs["thresholdRules"]] == [
        (0.5, "CURRENT_SPEND"),
        (0.9, "CURRENT_SPEND"),
        (1, "CURRENT_SPEND"),
        (1, "FORECASTED_SPEND"),
    ]
    assert inputs["amount"] == {"specifiedAmount": {"units": "50"}}
    assert inputs["budgetFilter"]["projects"] == ["projects/100000000001"]
    assert inputs["allUpdatesRule"]["monitoringNotificationChannels"] == ["channel"]


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="would alert every day"):
        BudgetConfig("012345-6789AB-CDEF01", 0)


def test_who_reads_secrets_is_logged_unless_everything_is(provision: Any, project: Any) -> None:
    essential = provision(lambda: AuditLogs("audit", AuditLogsConfig(), project()))
    assert {one.inputs["service"] for one in essential.of("IAMAuditConfig")} == {
        "iam.googleapis.com",
        "secretmanager.googleapis.com",
    }
    full = provision(lambda: AuditLogs("audit", AuditLogsConfig("full"), project())).one("IAMAuditConfig").inputs
    assert full["service"] == "allServices"
    assert [one["logType"] for one in full["auditLogConfigs"]] == ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]


def test_people_sign_in_on_the_hosts_of_the_app_and_how_stays_with_the_console(provision: Any, project: Any) -> None:
    config = IdentityPlatformConfig(("acme.test", "acme.web.app"))
    made = provision(lambda: IdentityPlatform("sign-in", config, project(*identity_platform.APIS))).one(
        "identityplatform/config:Config"
    )
    assert made.inputs == {"project": "acme-rehearsal", "authorizedDomains": ["acme.test", "acme.web.app"]}


def test_hosts_where_people_sign_in_already_stay(spec: Spec) -> None:
    google = spec.google.model_copy(update={"sign_in_domains": ("localhost", "old.acme.test", "acme.test")})
    domains = IdentityPlatformConfig.of(spec.model_copy(update={"google": google})).domains
    assert domains[-2:] == ("localhost", "old.acme.test")
    assert domains.count("acme.test") == 1
    assert "localhost" in IdentityPlatformConfig.of(spec).domains


def test_sign_in_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="no host may sign people in"):
        IdentityPlatformConfig(())
