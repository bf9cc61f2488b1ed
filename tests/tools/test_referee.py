"""The referee: a stack's state becomes what Checkov reads, and what it finds has to be explained."""

from __future__ import annotations

from typing import Any

from tools.referee.terraform import plan
from tools.referee.verdict import judge

EXPLAINED = {("CKV_GCP_78", "google_storage_bucket."): "named by their hash"}


def state(type_: str, name: str, **inputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:local::launch-ready::{type_}::{name}"
    return {"deployment": {"resources": [{"type": type_, "urn": urn, "inputs": {"__defaults": [], **inputs}}]}}


def report(*failed: tuple[str, str], passed: int = 1) -> dict[str, Any]:
    findings = [{"check_id": check, "resource": address, "check_name": "a check"} for check, address in failed]
    return {"results": {"passed_checks": [{}] * passed, "failed_checks": findings}}


def test_a_resource_is_named_and_spelled_as_terraform_does():
    found = plan(state("gcp:storage/bucket:Bucket", "acme-source", uniformBucketLevelAccess=True, labels={"aB": "c"}))
    [made] = found["planned_values"]["root_module"]["resources"]
    assert made["address"] == "google_storage_bucket.acme_source"
    assert made["values"] == {"uniform_bucket_level_access": True, "labels": {"aB": "c"}}
    assert found["resource_changes"][0]["change"]["after"] == made["values"]


def test_an_object_is_a_block_which_is_a_list_of_one():
    service = state(
        "gcp:cloudrunv2/service:Service", "x", template={"serviceAccount": "a", "containers": [{"image": "i"}]}
    )
    [made] = plan(service)["planned_values"]["root_module"]["resources"]
    assert made["values"]["template"] == [{"service_account": "a", "containers": [{"image": "i"}]}]


def test_what_checkov_has_no_checks_about_is_left_out():
    assert plan(state("gcp:firebase/webApp:WebApp", "web"))["resource_changes"] == []


def test_a_finding_without_a_reason_fails():
    verdict = judge(
        report(("CKV_GCP_78", "google_storage_bucket.a"), ("CKV_GCP_29", "google_storage_bucket.a")), EXPLAINED
    )
    assert verdict.unexplained == ("CKV_GCP_29 google_storage_bucket.a: a check",)
    assert not verdict.is_well


def test_a_reason_without_a_finding_fails():
    verdict = judge(report(), EXPLAINED)
    assert verdict.stale == ("CKV_GCP_78 google_storage_bucket.",)
    assert not verdict.is_well


def test_explained_findings_are_well_but_nothing_judged_is_not():
    assert judge(report(("CKV_GCP_78", "google_storage_bucket.a")), EXPLAINED).is_well
    assert not judge(report(("CKV_GCP_78", "google_storage_bucket.a"), passed=0), EXPLAINED).is_well
