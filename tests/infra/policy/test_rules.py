"""Every rule of the pack with a resource that keeps it and one that breaks it, judged as the engine has them judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from infra.policy import pack
from infra.policy.analyzer import Analyzer
from infra.policy.stack_rules import STACK_RULES

STACKS = ("local", "prod")
ROBOT = "serviceAccount:intake@acme.iam.gserviceaccount.com"
Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One rule: a resource that keeps it (None where the type itself is forbidden), and those that break it."""

    type: str
    good: Properties | None
    bad: tuple[Properties, ...]


def grant(role: str, member: str = ROBOT) -> Properties:
    return {"role": role, "member": member, "project": "acme"}


def conditioned(expression: str) -> Properties:
    return {**grant("roles/secretmanager.secretAccessor"), "condition": {"title": "t", "expression": expression}}


LOOSE = (
    "assertion.repository_id == '1234' || true",
    "true || assertion.repository_id == '1234'",
    "(assertion.repository_id == '1234' && assertion.ref == 'refs/heads/main') || assertion.ref != ''",
    "assertion.repository_id != '1234'",
    "!(assertion.repository_id == '1234')",
    "true // assertion.repository_id == '1234'",
    "\"assertion.repository_id == '1234'\" != ''",
    "true ? true : assertion.repository_id == '1234'",
    "assertion.repository_id == assertion.repository_id",
    "assertion.repository_id != ''",
    "assertion.repository_id.startsWith('1')",
    "assertion.repository_id == '*'",
)
TIGHT = (
    'assertion.repository_id == "1234"',
    "'1234' == assertion.repository_id",
    "assertion.ref == 'refs/heads/main' && (assertion.repository_id == '1234')",
    "(assertion.repository_id == '1234') || (assertion.repository_id == '5678' && assertion.ref == 'x')",
    "assertion.repository_id in ['1234', '5678']",
    "attribute.repository_id == '1234' // ours",
)
POOL = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github"
ASKING = (
    "resource.name.startsWith('projects/_/buckets/state/objects/.launch/')",
    "request.time < timestamp('2027-01-01T00:00:00Z')",
    "resource.name != 'x'",
    "resource.name == 'x' || !(resource.name == 'y')",
    "resource.name == 'x' || resource.name != 'y'",
    "!resource.name.endsWith('x')",
    "resource.name.matches('^projects/.*$')",
    "resource.type == 'x' ? resource.name == 'y' : false",
    "has(resource.tags)",
    "size(resource.name) > 3",
    "resource.matchTag('1/env', 'prod')",
)
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"


def service(**changes: Any) -> Properties:
    image = "europe-west1-docker.pkg.dev/acme/launch/handlers@sha256:" + "0" * 64
    template = {"serviceAccount": "sync-crm@acme.iam.gserviceaccount.com", "containers": [{"image": image}]}
    return {"name": "sync-crm", "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY", "template": template, **changes}


def running(**changes: Any) -> Properties:
    return service(template={**service()["template"], **changes})


def setting(name: str, value: Any) -> Properties:
    return {"settingId": name, "value": value, "zoneId": "z"}


def rules(text: str) -> Properties:
    whole = f"service cloud.firestore {{ match /databases/{{database}}/documents {{\n{text}\n}} }}"
    return {"source": {"files": [{"name": "firestore.rules", "content": f"rules_version = '2';\n{whole}"}]}}


STORAGE_OPEN = "service firebase.storage { match /b/{bucket}/o { match /{all=**} { allow read: if true; } } }"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
SERVICE = "gcp:cloudrunv2/service:Service"
DATABASE = "gcp:firestore/database:Database"
BUCKET = "gcp:storage/bucket:Bucket"
PROJECT = "gcp:organizations/project:Project"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"

CASES: dict[str, Case] = {
    "iam.no-keys": Case("gcp:serviceaccount/key:Key", None, ({"serviceAccountId": "intake"},)),
    "iam.not-everybody": Case(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        grant("roles/storage.objectViewer"),
        (
            grant("roles/storage.objectViewer", "allUsers"),
            grant("roles/run.invoker", "allAuthenticatedUsers"),
            grant("roles/run.invoker", "AllUsers"),
            grant("roles/run.invoker", "principalSet://goog/public:all"),
        ),
    ),
    "iam.no-basic-roles": Case(
        PROJECT_MEMBER,
        grant("roles/datastore.user"),
        (
            grant("roles/editor"),
            *(grant(f"roles/{name}", "user:ada@acme.test") for name in ("admin", "writer", "reader")),
        ),
    ),
    "iam.no-default-account": Case(
        PROJECT_MEMBER,
        grant("roles/datastore.user"),
        (
            grant("roles/datastore.user", "serviceAccount:123-compute@developer.gserviceaccount.com"),
            grant("roles/datastore.user", "serviceAccount:acme@appspot.gserviceaccount.com"),
        ),
    ),
    "iam.no-impersonation": Case(
        PROJECT_MEMBER,
        grant("roles/datastore.user"),
        (
            grant("roles/iam.serviceAccountTokenCreator"),
            grant("roles/iam.serviceAccountUser"),
            grant("roles/iam.serviceAccountOpenIdTokenCreator", "group:team@acme.test"),
        ),
    ),
    "iam.no-admin": Case(
        PROJECT_MEMBER,
        grant("roles/datastore.user"),
        (
            grant("roles/storage.admin"),
            grant("roles/resourcemanager.projectIamAdmin"),
            grant("roles/compute.instanceAdmin.v1"),
            grant("roles/datastore.owner"),
            grant("roles/run.admin", f"principalSet://{POOL}/attribute.repository_id/1234"),
            grant("roles/run.admin", f"principal://{POOL}/subject/x"),
        ),
    ),
    "iam.real-conditions": Case(
        PROJECT_MEMBER,
        conditioned("resource.name.startsWith('projects/acme/secrets/stripe')"),
        tuple(
            conditioned(text)
            for text in (
                "true",
                "resource.name == 'x' || true",
                "(resource.name == 'x') || (1 == 1)",
                "('a' == 'a') // resource.name",
                "resource.name == 'x' || (true && !false)",
                "resource.name == resource.name",
                "resource.name==resource.name",
                "resource.name == 'x' || !(resource.name == 'x')",
                "!(resource.name == 'x') || resource.name == 'x'",
                "resource.name.startsWith('')",
                'resource.name.contains("")',
                "resource.name.matches('.*')",
                "resource.name.matches('^.+$')",
                "resource.name == 'x' || resource.name != 'x'",
                "'x' != resource.name || (resource.name == 'x')",
                "resource.name != ''",
                "resource.name == 'x' ? true : true",
                "true ? true : resource.name == 'x'",
                "resource.name.startsWith('projects/')",
                "size(resource.name) >= 0",
                "resource.name.size() >= 0 || resource.name == 'x'",
                "timestamp('2020-01-01T00:00:00Z') < timestamp('2030-01-01T00:00:00Z')",
                "size('a') == 1",
                "r'a' == 'a'",
                "!(1 == 2)",
                "'a' in ['a', 'b']",
                "request.time >= request.time || resource.name == 'x'",
            )
        ),
    ),
    "iam.bound-ci": Case(
        PROVIDER,
        {"attributeCondition": "assertion.repository_id == '1234' && assertion.ref == 'refs/heads/main'"},
        (
            {},
            {"attributeCondition": "assertion.repository == 'acme/app'"},
            *({"attributeCondition": text} for text in LOOSE),
            {
                "attributeCondition": "attribute.repository_id == '1234'",
                "attributeMapping": {"attribute.repository_id": "assertion.actor"},
            },
        ),
    ),
    "run.own-account": Case(
        SERVICE,
        service(),
        (running(serviceAccount=None), running(serviceAccount="123-compute@developer.gserviceaccount.com")),
    ),
    "run.public-by-list": Case(
        SERVICE, service(name="intake", invokerIamDisabled=True), (service(invokerIamDisabled=True),)
    ),
    "run.private-ingress": Case(
        SERVICE, service(), (service(ingress="INGRESS_TRAFFIC_ALL"), {"name": "sync-crm", "template": {}})
    ),
    "run.by-digest": Case(SERVICE, service(), (running(containers=[{"image": "launch/handlers:latest"}]),)),
    "schedule.identified": Case(
        "gcp:cloudscheduler/job:Job",
        {"httpTarget": {"uri": "https://x.run.app/sweep", "oidcToken": {"serviceAccountEmail": "caller"}}},
        (
            {"httpTarget": {"uri": "https://x.run.app/sweep"}},
            {"httpTarget": {"uri": "http://x", "oidcToken": {"a": 1}}},
        ),
    ),
    "queue.logged": Case(
        "gcp:cloudtasks/queue:Queue", {"stackdriverLoggingConfig": {"samplingRatio": 1.0}}, ({"name": "events"},)
    ),
    "project.no-default-network": Case(PROJECT, {"autoCreateNetwork": False}, ({}, {"autoCreateNetwork": True})),
    "project.kept": Case(PROJECT, {}, ({"deletionPolicy": "DELETE"},)),
    "firestore.protected": Case(DATABASE, {"deleteProtectionState": "DELETE_PROTECTION_ENABLED"}, ({},)),
    "firestore.point-in-time": Case(
        DATABASE, {"pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLED"}, ({},)
    ),
    "firestore.closed-rules": Case(
        "gcp:firebaserules/ruleset:Ruleset",
        rules("match /users/{id} { allow get: if request.auth.uid == id; } // never: allow read: if true;"),
        (
            *(
                rules(f"match /{{document=**}} {{ allow read, write: if {condition}; }}")
                for condition in (
                    "true",
                    "(true)",
                    "1 == 1",
                    "request.auth != null",
                    "request.time < timestamp.date(2199, 1, 1)",
                )
            ),
            rules("match /{document=**} { allow read; }"),
            rules("match /users/{id} { allow read, write: if request.auth.uid == id; }"),
            rules("match /users/{id} { allow get: if request.auth.uid = id; }"),
            {"source": {"files": [{"name": "storage.rules", "content": STORAGE_OPEN}]}},
        ),
    ),
    "storage.uniform": Case(BUCKET, {"uniformBucketLevelAccess": True}, ({},)),
    "storage.never-public": Case(
        BUCKET, {"publicAccessPrevention": "enforced"}, ({"publicAccessPrevention": "inherited"},)
    ),
    "kms.rotated": Case(
        "gcp:kms/cryptoKey:CryptoKey", {"rotationPeriod": "7776000s"}, ({}, {"rotationPeriod": "31536000s"})
    ),
    "secrets.no-values": Case("gcp:secretmanager/secretVersion:SecretVersion", None, ({"secretData": "x"},)),
    "secrets.not-in-inputs": Case(
        SERVICE,
        running(containers=[{"image": "i", "envs": [{"name": "URL", "value": "https://acme.test"}]}]),
        (
            {"launch:spec": '{"target":"https://ada:hunter2@acme.test","sender":"support@acme.test"}'},
            running(containers=[{"image": "i", "envs": [{"name": "KEY", "value": "sk_live_" + "a" * 24}]}]),
            {"template": {"note": "-----BEGIN PRIVATE KEY-----"}},
            {"template": "whsec_" + "b" * 32},
        ),
    ),
    "edge.strict-ssl": Case(SETTING, setting("ssl", "strict"), (setting("ssl", "flexible"), setting("ssl", "full"))),
    "edge.modern-tls": Case(SETTING, setting("min_tls_version", "1.2"), (setting("min_tls_version", "1.0"),)),
    "edge.always-https": Case(SETTING, setting("always_use_https", "on"), (setting("always_use_https", "off"),)),
    "edge.hsts": Case(
        SETTING,
        setting("security_header", {"strict_transport_security": {"enabled": True, "max_age": 300}}),
        (setting("security_header", {"strict_transport_security": {"enabled": False}}),),
    ),
    "gateway.strong-ciphers": Case(
        "gcp:compute/sSLPolicy:SSLPolicy",
        {"minTlsVersion": "TLS_1_2", "profile": "MODERN"},
        ({}, {"minTlsVersion": "TLS_1_0", "profile": "MODERN"}, {"minTlsVersion": "TLS_1_2", "profile": "COMPATIBLE"}),
    ),
    "gateway.has-policy": Case("gcp:compute/targetHttpsProxy:TargetHttpsProxy", {"sslPolicy": "launch"}, ({},)),
    "gateway.logged": Case(
        "gcp:compute/backendService:BackendService",
        {"logConfig": {"enable": True}},
        ({}, {"logConfig": {"enable": False}}),
    ),
    "uptime.checks-certificate": Case(
        "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",
        {"httpCheck": {"useSsl": True, "validateSsl": True}},
        ({"httpCheck": {"useSsl": True}},),
    ),
    "alerts.reach-somebody": Case(ALERT, {"notificationChannels": ["oncall"]}, ({},)),
    "alerts.have-runbooks": Case(ALERT, {"documentation": {"content": "Look at the log."}}, ({},)),
}


def said(rule: Any, type_: str, properties: Properties, name: str = "thing") -> list[str]:
    """What is told of a resource with these properties when the engine asks about it."""
    return told(Analyzer([rule], []).Analyze(message(type_, properties, name), None))


def message(type_: str, properties: Properties, name: str = "thing") -> Any:
    """A resource as the engine sends it."""
    wire = Struct()
    wire.update(dict(properties))
    return analyzer_pb2.AnalyzeRequest(type=type_, name=name, urn="urn:x", properties=wire)


def told(answer: Any) -> list[str]:
    """The messages of an answer, without the rule's own sentence above each."""
    return [each.message.removeprefix(f"{each.description}\n") for each in answer.diagnostics]


def test_every_rule_has_a_case_and_there_are_at_least_twenty():
    assert set(CASES) == {rule.id for rule in pack.RULES}
    assert len(pack.RULES) + len(STACK_RULES) >= 20


@pytest.mark.parametrize("rule", pack.RULES, ids=lambda rule: rule.id)
def test_what_keeps_the_rule_passes(rule):
    case = CASES[rule.id]
    assert case.good is None or said(rule, case.type, case.good) == []


@pytest.mark.parametrize("rule", pack.RULES, ids=lambda rule: rule.id)
def test_what_breaks_the_rule_is_told_with_its_cure_and_its_source(rule):
    case = CASES[rule.id]
    for bad in case.bad:
        [message] = said(rule, case.type, bad)
        assert message.startswith("thing ")
        assert message.endswith(f". {rule.cure} ({rule.source})")


@pytest.mark.parametrize("role", ["roles/run.admin", "roles/iam.serviceAccountAdmin"])
def test_the_account_that_deploys_may_make_what_the_program_makes(role):
    deployer = grant(role, "serviceAccount:ci-deploy@acme.iam.gserviceaccount.com")
    assert [message for rule in pack.RULES for message in said(rule, PROJECT_MEMBER, deployer)] == []


@pytest.mark.parametrize("member", ["ci-deploy@other", "ci-deploy@acme-2", "ci-deploy@acme.evil", "x-ci-deploy@acme"])
@pytest.mark.parametrize("role", ["roles/run.admin", "roles/iam.serviceAccountTokenCreator"])
def test_an_account_of_that_name_in_another_project_may_not(member: str, role: str) -> None:
    stranger = grant(role, f"serviceAccount:{member}.iam.gserviceaccount.com")
    assert len([message for rule in pack.RULES for message in said(rule, PROJECT_MEMBER, stranger)]) == 1


@pytest.mark.parametrize("condition", TIGHT)
def test_a_condition_that_binds_a_repository_passes(condition: str) -> None:
    rule = next(rule for rule in pack.RULES if rule.id == "iam.bound-ci")
    assert said(rule, PROVIDER, {"attributeCondition": condition}) == []


@pytest.mark.parametrize("condition", ASKING)
def test_a_condition_that_asks_something_passes(condition: str) -> None:
    rule = next(rule for rule in pack.RULES if rule.id == "iam.real-conditions")
    assert said(rule, PROJECT_MEMBER, conditioned(condition)) == []


def in_every_form(role: str, member: str) -> list[tuple[str, Properties]]:
    """The same grant as a member, a binding and a policy, on things of several services."""
    policy = json.dumps(
        {"bindings": [{"role": "roles/run.viewer", "members": [ROBOT]}, {"role": role, "members": [member]}]}
    )
    forms: list[tuple[str, Properties]] = []
    for module, thing in (("projects", ""), ("storage", "Bucket"), ("cloudrunv2", "Service"), ("pubsub", "Topic")):
        for spelled in ("IAM", "Iam"):
            for kind, given in (
                ("Member", {"role": role, "member": member}),
                ("Binding", {"role": role, "members": [ROBOT, member]}),
                ("Policy", {"policyData": policy}),
            ):
                name = f"{thing}{spelled}{kind}"
                forms.append((f"gcp:{module}/{name[0].lower()}{name[1:]}:{name}", {"project": "acme", **given}))
    return forms


@pytest.mark.parametrize(
    ("role", "member", "broken"),
    [
        ("roles/storage.objectViewer", "allUsers", {"iam.not-everybody"}),
        ("roles/run.invoker", "allAuthenticatedUsers", {"iam.not-everybody"}),
        ("roles/owner", "user:ada@acme.test", {"iam.no-basic-roles"}),
        ("roles/datastore.user", "serviceAccount:1-compute@developer.gserviceaccount.com", {"iam.no-default-account"}),
        ("roles/datastore.user", "serviceAccount:intake@acme.iam.gserviceaccount.com", set()),
    ],
)
def test_a_role_is_judged_in_whatever_form_it_is_given(role: str, member: str, broken: set[str]) -> None:
    for type_, properties in in_every_form(role, member):
        assert {rule.id for rule in pack.RULES if said(rule, type_, properties)} == broken, type_


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("storage/bucketAccessControl:BucketAccessControl", {"entity": "user-ada@acme.test"}, {"entity": "allUsers"}),
        (
            "storage/defaultObjectAccessControl:DefaultObjectAccessControl",
            {"entity": "project-owners-1"},
            {"entity": "allAuthenticatedUsers"},
        ),
        ("storage/bucketACL:BucketACL", {"predefinedAcl": "projectPrivate"}, {"predefinedAcl": "publicRead"}),
        ("storage/objectACL:ObjectACL", {"roleEntities": ["OWNER:user-a@b.c"]}, {"roleEntities": ["READER:allUsers"]}),
        ("bigquery/datasetAccess:DatasetAccess", {"specialGroup": "projectOwners"}, {"iamMember": "allUsers"}),
    ],
)
def test_a_list_beside_iam_opens_nothing_to_everybody_either(kind: str, good: Properties, bad: Properties) -> None:
    assert [rule.id for rule in pack.RULES if said(rule, f"gcp:{kind}", good)] == []
    assert [rule.id for rule in pack.RULES if said(rule, f"gcp:{kind}", bad)] == ["iam.not-everybody"]


@pytest.mark.parametrize("place", ["projects", "folder", "organizations"])
def test_who_may_act_as_anybody_is_judged_above_projects_too(place: str) -> None:
    for kind in ("Member", "Binding"):
        given = grant("roles/iam.serviceAccountTokenCreator") | {"members": [ROBOT]}
        broken = {rule.id for rule in pack.RULES if said(rule, f"gcp:{place}/iAM{kind}:IAM{kind}", given)}
        assert "iam.no-impersonation" in broken


def test_the_edges_key_is_the_one_value_that_the_stack_may_hold():
    rule = next(rule for rule in pack.RULES if rule.id == "secrets.no-values")
    assert said(rule, CASES[rule.id].type, {"secretData": "x"}, name="edge-key") == []


def test_a_secret_is_not_repeated_where_it_is_told_of():
    secret = "sk_live_" + "c" * 24
    rule = next(rule for rule in pack.RULES if rule.id == "secrets.not-in-inputs")
    [message] = said(rule, SERVICE, {"env": secret})
    assert secret not in message
    assert "in env what looks like a Stripe key (sk_liv" in message


@pytest.mark.parametrize("rule", pack.RULES, ids=lambda rule: rule.id)
def test_what_a_preview_does_not_know_yet_is_left_to_the_update(rule):
    case = CASES[rule.id]
    unknown = dict.fromkeys(case.good or {}, UNKNOWN_STRING_VALUE)
    assert case.good is None or said(rule, case.type, unknown) == []


@pytest.mark.parametrize("id_", ["project.kept", "firestore.protected", "firestore.point-in-time"])
def test_what_a_rehearsal_throws_away_need_not_be_protected_there(id_):
    case = CASES[id_]
    bad = message(case.type, case.bad[0])
    broken = {stack: {each.policyName for each in pack.of(stack).Analyze(bad, None).diagnostics} for stack in STACKS}
    assert id_ in broken["prod"] - broken["local"]
    meant = {each.policyName for each in pack.of("prod", unprotected=True).Analyze(bad, None).diagnostics}
    assert meant == broken["local"], "for an edit that is meant"


def record(name: str, type_: str) -> tuple[str, Properties]:
    return "cloudflare:index/dnsRecord:DnsRecord", {"name": name, "type": type_}


ZONE = ("cloudflare:index/zone:Zone", {"name": "acme.test"})
QUERY = 'sum(increase(run_googleapis_com:request_count{monitored_resource="cloud_run_revision"%s}[5m])) > 1'


def alert(labels: str) -> tuple[str, Properties]:
    return ALERT, {"conditions": [{"conditionPrometheusQueryLanguage": {"query": QUERY % labels}}]}


WHOLE_CASES: dict[str, tuple[list[Any], list[Any]]] = {
    "alerts.for-every-service": (
        [(SERVICE, {"name": "intake"}), (SERVICE, {"name": "sync-crm"}), alert('service_name="intake"'), alert("")],
        [(SERVICE, {"name": "intake"}), alert(',service_name="sync-crm"')],
    ),
    "dns.signed": ([ZONE, ("cloudflare:index/zoneDnssec:ZoneDnssec", {"zoneId": "z", "status": "active"})], [ZONE]),
    "dns.issuers": ([ZONE, record("acme.test", "CAA")], [ZONE, record("www.acme.test", "CAA")]),
    "dns.dmarc": ([ZONE, record("_dmarc.acme.test", "TXT")], [ZONE, record("acme.test", "TXT")]),
}


def said_of_all(rule: Any, made: list[Any]) -> list[str]:
    resources = [
        analyzer_pb2.AnalyzerResource(type=type_, name="thing", properties=message(type_, properties).properties)
        for type_, properties in made
    ]
    return told(Analyzer([], [rule]).AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), None))


@pytest.mark.parametrize("rule", STACK_RULES, ids=lambda rule: rule.id)
def test_what_a_stack_lacks_as_a_whole_is_told(rule):
    good, bad = WHOLE_CASES[rule.id]
    assert said_of_all(rule, good) == []
    [message] = said_of_all(rule, bad)
    assert message.endswith(f"{rule.cure} ({rule.source})")


def test_the_engine_is_told_of_each_rule_that_it_is_mandatory_and_whose_resource_breaks_it() -> None:
    analyzer = pack.of("prod")
    named = analyzer.GetAnalyzerInfo(None, None).policies
    assert [each.name for each in named] == [rule.id for rule in (*pack.RULES, *STACK_RULES)]
    assert {each.enforcementLevel for each in named} == {analyzer_pb2.MANDATORY}
    [found] = analyzer.Analyze(message(PROJECT_MEMBER, grant("roles/owner")), None).diagnostics
    assert (found.policyName, found.enforcementLevel, found.urn) == (
        "iam.no-basic-roles",
        analyzer_pb2.MANDATORY,
        "urn:x",
    )
