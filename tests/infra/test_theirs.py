"""What the program leaves alone, held against the providers' schemas: nothing that is left out may be taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
import pytest

from blueprint.spec import Spec
from infra import stack
from infra.theirs import BEFORE, CONSOLE, KEPT, ignored, short
from localcloud.providers.facts import Fact, facts_of

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ANDROID = "gcp:firebase/androidApp:AndroidApp"
ALTERNATIVES = {
    "firestore/BackupSchedule": {"weeklyRecurrence"},
    "certificatemanager/Certificate": {"selfManaged"},
    "certificatemanager/CertificateMapEntry": {"matcher"},
    "cloudscheduler/Job": {"appEngineHttpTarget", "pubsubTarget"},
    "compute/RegionNetworkEndpointGroup": {
        "appEngine",
        "cloudFunction",
        "pscTargetService",
        "serverlessDeployment",
    },
    "compute/TargetHttpsProxy": {"certificateManagerCertificates", "sslCertificates"},
    "compute/URLMap": {"hostRules", "pathMatchers", "tests", "defaultService", "defaultUrlRedirect"},
    "compute/BackendService": {"securityPolicy", "iap"},
    "iam/WorkloadIdentityPoolProvider": {"aws", "saml", "x509", "disabled"},
    "iam/WorkloadIdentityPool": {"disabled", "inlineCertificateIssuanceConfig"},
    "index/DnsRecord": {"data", "priority"},
    "index/Ruleset": {"accountId"},
    "index/WorkersScript": {"bodyPart", "contentFile", "contentSha256", "contentType"},
    "index/Zone": {"paused"},
    "monitoring/Slo": {"basicSli", "calendarPeriod", "windowsBasedSli"},
    "monitoring/UptimeCheckConfig": {"syntheticMonitor", "tcpCheck"},
    "monitoring/AlertPolicy": {"enabled"},
    "monitoring/NotificationChannel": {"enabled"},
    "logging/Metric": {"disabled", "labelExtractors", "valueExtractor"},
    "serviceaccount/Account": {"disabled"},
    "cloudtasks/Queue": {"desiredState"},
    "cloudrunv2/Service": {"iapEnabled"},
    "firestore/Field": {"ttlConfig"},
    "secretmanager/SecretVersion": {"enabled", "secretDataWo", "secretDataWoVersion", "isSecretDataBase64"},
}
"""What excludes or undoes something that the program says: on an adopted resource it has to go."""
PARTS_ALTERNATIVES = {
    "billing/Budget": {
        *("amount.lastPeriodAmount", "amount.specifiedAmount.nanos", "budgetFilter.creditTypes"),
        *("budgetFilter.customPeriod", "budgetFilter.resourceAncestors", "budgetFilter.subaccounts"),
    },
    "certificatemanager/Certificate": {"managed.issuanceConfig"},
    "cloudrunv2/Service": {
        *("template.healthCheckDisabled", "template.revision", "template.sandboxes", "template.volumes"),
        *("template.scaling.concurrencyUtilization", "template.scaling.cpuUtilization"),
    },
    "cloudscheduler/Job": {"httpTarget.body", "httpTarget.oauthToken"},
    "compute/RegionNetworkEndpointGroup": {"cloudRun.tag", "cloudRun.urlMask"},
    "compute/URLMap": {f"defaultUrlRedirect.{name}Redirect" for name in ("host", "path", "prefix")},
    "eventarc/Trigger": {f"destination.{name}" for name in ("gke", "httpEndpoint", "networkConfig", "workflow")},
    "firebaserules/Ruleset": {"source.language"},
    "firestore/Field": {"indexConfig.indexes"},
    "iam/WorkloadIdentityPoolProvider": {"oidc.allowedAudiences", "oidc.jwksJson"},
    "logging/Metric": {"metricDescriptor.labels"},
    "monitoring/AlertPolicy": {"alertStrategy.notificationRateLimit"},
    "monitoring/Slo": {"requestBasedSli.distributionCut", "requestBasedSli.goodTotalRatio.goodServiceFilter"},
    "monitoring/UptimeCheckConfig": {f"httpCheck.{name}" for name in ("body", "contentType", "customContentType")},
}
"""The same of parts: another amount, a pinned revision, other audiences; a body that a GET may not have."""
OF_THE_PROVIDER = {
    *("skipWait", "forceDelete", "createIgnoreAlreadyExists", "checkIfServiceHasUsageOnDestroy"),
    "disableDependentServices",
}
"""How the provider goes about it; no API knows these."""
NEVER_ADOPTED = ("Member", "BucketObject")
"""Creating an IAM member that is there adopts it; an object is written whole."""


@pytest.fixture
def made(provision: Any, root: Path, monkeypatch: pytest.MonkeyPatch, full: Spec) -> list[Any]:
    """All that the program makes, on either way to the API."""
    monkeypatch.chdir(root)
    worker = full.model_copy(
        update={"origin": "worker", "google": full.google.model_copy(update={"armor": False, "mode": "existing"})}
    )
    return [
        one for each in (full, worker) for one in provision(lambda each=each: stack.provision(each, Path(), NOW)).clouds
    ]


def test_every_property_that_would_be_taken_away_is_left_alone_or_named_here(made: list[Any]) -> None:
    strange: dict[str, set[str]] = {}
    for one in made:
        kind = short(one.type)
        facts = facts_of(one.type).items()
        taken = {name for name, fact in facts if fact.optional and (not fact.computed or fact.default is not None)}
        left_out = taken - set(one.inputs) - OF_THE_PROVIDER - ALTERNATIVES.get(kind, set())
        unheeded = left_out - set(ignored(one.type, one.inputs, adopted=True))
        if unheeded and not kind.endswith(NEVER_ADOPTED):
            strange.setdefault(kind, set()).update(unheeded)
    assert strange == {}


def left_out(facts: Mapping[str, Fact], given: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the paths of parts that are missing in the given blocks and that the provider would take away.

    A list's items and a map's are the program's as a whole: no path could say which item of before is meant.
    """
    for name, fact in facts.items():
        value = given.get(name)
        if value is None and path and fact.optional and (not fact.computed or fact.default is not None):
            yield f"{path}{name}"
        elif isinstance(value, dict) and not fact.is_map:
            yield from left_out(fact.fields, value, f"{path}{name}.")


def test_every_part_of_a_block_that_would_be_taken_away_is_left_alone_or_named_here(made: list[Any]) -> None:
    strange: dict[str, set[str]] = {}
    for one in made:
        kind = short(one.type)
        unheeded = set(left_out(facts_of(one.type), one.inputs)) - set(ignored(one.type, one.inputs, adopted=True))
        whole = (*KEPT.get(kind, ()), *ALTERNATIVES.get(kind, ()))
        covered = {path for path in unheeded if path.partition(".")[0] in whole}
        unheeded -= covered | PARTS_ALTERNATIVES.get(kind, set())
        if unheeded and not kind.endswith(NEVER_ADOPTED):
            strange.setdefault(kind, set()).update(unheeded)
    assert strange == {}


def test_a_part_is_left_alone_only_inside_of_what_the_program_says() -> None:
    budget = "gcp:billing/budget:Budget"
    assert "allUpdatesRule.pubsubTopic" in ignored(budget, ["all_updates_rule"], adopted=True)
    assert "allUpdatesRule.pubsubTopic" not in ignored(budget, ["amount"], adopted=True)  # the engine would refuse it
    assert "allUpdatesRule.pubsubTopic" not in ignored(budget, ["all_updates_rule"], adopted=False)


def test_where_a_secret_is_kept_stays_with_whoever_made_it() -> None:
    assert "replication" in ignored("gcp:secretmanager/secret:Secret", ["replication"], adopted=True)


def test_the_tables_name_properties_that_there_are(made: list[Any]) -> None:
    kinds = {short(one.type): set(facts_of(one.type)) for one in made}
    tables = (CONSOLE, BEFORE, KEPT)
    paths = ((kind, path) for table in tables for kind, names in table.items() for path in names)
    named = {(kind, path.partition(".")[0]) for kind, path in paths}
    assert {(kind, name) for kind, name in named if kind not in kinds or name not in kinds[kind]} == set()


def test_what_the_program_says_counts() -> None:
    assert ignored(ANDROID, ["sha1_hashes", "package_name"], adopted=False) == ["sha256Hashes"]
    assert ignored(ANDROID, ["sha1Hashes"], adopted=False) == ["sha256Hashes"]


def test_the_name_of_an_adopted_app_stays_and_that_of_our_own_follows_the_spec() -> None:
    assert "displayName" in ignored(ANDROID, ["display_name"], adopted=True)
    assert "displayName" not in ignored(ANDROID, ["display_name"], adopted=False)


def test_a_type_of_the_same_name_in_another_service_is_left_as_it_is() -> None:
    assert ignored("gcp:projects/service:Service", [], adopted=True) == []
    assert ignored("gcp:firebase/project:Project", [], adopted=False) == []


def test_the_engine_is_told_for_apps_that_the_program_makes_and_for_adopted_ones(
    provision: Any, root: Path, monkeypatch: pytest.MonkeyPatch, spec: Spec
) -> None:
    monkeypatch.chdir(root)
    told: dict[str, list[str]] = {}
    retained: dict[str, bool] = {}

    def listen(args: pulumi.ResourceTransformationArgs) -> None:
        key = f"{args.type_.rpartition(':')[2]}/{args.name}"
        told[key], retained[key] = list(args.opts.ignore_changes or ()), bool(args.opts.retain_on_delete)

    apps = spec.google.apps.model_copy(update={"android": "com.acme.app", "apple": "com.acme.app"})
    wanted = spec.model_copy(
        update={
            "google": spec.google.model_copy(update={"apps": apps}),
            "other_domains": ("acme.example",),
            "adopt": {"AppleApp/apple": "projects/acme-rehearsal/iosApps/1:100000000001:ios:0123456789abcdef"},
        }
    )
    original = pulumi.runtime.register_stack_transformation

    def register(transformation: Any) -> None:
        original(transformation)
        original(listen)

    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", register)
    provision(lambda: stack.provision(wanted, Path(), NOW))
    assert told["AndroidApp/android"] == ["sha1Hashes", "sha256Hashes"]
    assert told["AppleApp/apple"] == ["appStoreId", "teamId", "displayName"]
    assert (retained["AndroidApp/android"], retained["AppleApp/apple"]) == (False, True)
    signed = {name for name, left in told.items() if name.startswith("ZoneDnssec/") and "status" in left}
    assert signed == {
        "ZoneDnssec/dnssec",
        "ZoneDnssec/dnssec-acme.example",
    }  # pending until a person is at the registrar
