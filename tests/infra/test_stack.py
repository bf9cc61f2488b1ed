from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

import pulumi
import pytest

from blueprint import outputs as promises
from blueprint.records import DnsRecord, records
from blueprint.spec import MovedPage, Redirect, Smtp, Spec, load
from blueprint.variables import RESERVED, ServiceName
from handlers.service_manifest import SERVICE_MANIFESTS
from infra import stack
from infra.outputs import outputs
from localcloud.base import lived_in_zone
from localcloud.providers import introspect
from localcloud.providers.check import check

ROOT = Path(__file__).parents[2]
LEAST = 60
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def played() -> dict[str, bytes]:
    """What the program made of each spec, with its outputs, pickled: most tests look at the same, and may change it."""
    return {}


@pytest.fixture
def play(
    provision: Any,
    root: Path,
    keep: Any,
    seen: dict[str, Any],
    played: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Spec], Any]:
    """Runs the whole program for a spec, as the engine does in the project's folder; its outputs are then `seen`."""
    monkeypatch.chdir(root)

    def run(spec: Spec) -> Any:
        async def program() -> None:
            for name, value in outputs(spec, await stack.provision(spec, Path(), NOW)).items():
                keep(name, pulumi.Output.from_input(value))

        key = spec.model_dump_json()
        seen.clear()
        if key not in played:
            made = provision(program)
            played[key] = pickle.dumps((made, dict(seen)))
        made, told = pickle.loads(played[key])
        seen.update(told)
        return made

    return run


@pytest.fixture(params=["local", "prod"])
def shipped(request: pytest.FixtureRequest) -> Spec:
    return load(ROOT / f"Pulumi.{request.param}.yaml")


def changed(spec: Spec, **google: str) -> Spec:
    return spec.model_copy(update={"google": spec.google.model_copy(update=google)})


def test_a_launch_takes_at_least_sixty_resources_on_either_stack(play: Any, shipped: Spec) -> None:
    assert len(play(shipped).clouds) >= LEAST


def test_every_ruleset_that_the_program_makes_can_be_there_before_it_in_a_rehearsal(play: Any, spec: Spec) -> None:
    crowded = spec.cloudflare.model_copy(update={"ddos_sensitivity": "low"})
    page = MovedPage(source="acme.test/old", target="https://acme.test/new")
    more = {"cloudflare": crowded, "other_domains": ("acme.example",), "moved_pages": (page,)}
    made = play(spec.model_copy(update=more)).of("index/ruleset:Ruleset")
    phases = {each.name.removesuffix("-acme.example"): each.inputs["phase"] for each in made}
    assert phases == lived_in_zone.PHASES


def test_a_variable_of_the_spec_reaches_its_service_alone_and_is_handed_over(
    play: Any, spec: Spec, seen: dict[str, Any]
) -> None:
    wanted = spec.services.model_copy(update={"env": {"intake": {"APP_STAGE": "test"}}})
    made = play(spec.model_copy(update={"services": wanted})).of("cloudrunv2/service:Service")
    envs = {each.name: each.inputs["template"]["containers"][0]["envs"] for each in made}
    own = {"name": "APP_STAGE", "value": "test"}
    assert [name for name, env in envs.items() if own in env] == ["intake"]
    handed = {service["name"]: service["env"] for service in seen["services"] if service["env"]}
    assert handed == {"intake": {"APP_STAGE": "test"}}


def test_the_public_service_alone_is_told_the_web_apps_own_origins(play: Any, spec: Spec) -> None:
    made = play(spec).of("cloudrunv2/service:Service")
    envs = {
        each.name: {env["name"]: env["value"] for env in each.inputs["template"]["containers"][0]["envs"]}
        for each in made
    }
    told = {name: env["WEB_ORIGINS"] for name, env in envs.items() if "WEB_ORIGINS" in env}
    assert told == {"intake": " ".join(f"https://{host}" for host in spec.web_hosts)}
    assert "https://acme.test" in told["intake"].split()


def test_no_variable_of_a_founders_can_hide_one_that_the_program_makes(play: Any, spec: Spec) -> None:
    assert get_args(ServiceName) == tuple(SERVICE_MANIFESTS)
    smtp = Smtp(server="smtp.acme.test:587", user="acme")
    mailing = spec.support.model_copy(update={"mailer": "smtp", "smtp": smtp})
    bare = spec.services.model_copy(update={"env": {}})
    whole = spec.model_copy(update={"services": bare, "support": mailing})
    made = play(whole).of("cloudrunv2/service:Service")
    names = {env["name"] for each in made for env in each.inputs["template"]["containers"][0]["envs"]}
    reserved = tuple(pattern for owned in RESERVED.values() for pattern in owned)
    assert {name for name in names if not any(fnmatchcase(name, each) for each in reserved)} == set()


def test_the_rehearsal_makes_every_type_of_resource_that_production_makes(play: Any) -> None:
    kinds = {
        name: {made.type for made in play(load(ROOT / f"Pulumi.{name}.yaml")).clouds}
        for name in ("local", "staging", "prod")
    }
    # The rehearsal's own web host knows the domain, so that it works without Node.js, which runs Workers there.
    workers = {f"cloudflare:index/workers{name}:Workers{name}" for name in ("Script", "Route")}
    assert kinds["prod"] == kinds["staging"] <= kinds["local"] | workers


def test_the_account_that_drafts_is_granted_nothing_at_all_and_one_service_may_ask_it(play: Any) -> None:
    made = play(load(ROOT / "Pulumi.local.yaml"))
    drafts, support = (
        f"serviceAccount:{name}@acme-rehearsal.iam.gserviceaccount.com" for name in ("support-drafts", "support-ticket")
    )
    granted = [one for one in made.made if drafts in (one.inputs.get("member"), *(one.inputs.get("members") or ()))]
    assert granted == []
    invokers = [one.inputs for one in made.of("ServiceIamMember") if one.inputs["name"] == "support-drafts"]
    assert [(each["role"], each["member"]) for each in invokers] == [("roles/run.invoker", support)]
    (service,) = [one.inputs for one in made.of("cloudrunv2/service:Service") if one.inputs["name"] == "support-drafts"]
    envs = {each["name"] for each in service["template"]["containers"][0]["envs"]}
    assert not {name for name in envs if name.startswith("URL_")}
    assert service["invokerIamDisabled"] is False


def test_a_model_may_predict_and_nothing_else(play: Any) -> None:
    spec = load(ROOT / "Pulumi.local.yaml")
    made = play(spec.model_copy(update={"support": spec.support.model_copy(update={"drafts": "gemini-3.5-flash"})}))
    assert made.one("IAMCustomRole", "support-drafts-own").inputs["permissions"] == ["aiplatform.endpoints.predict"]


def test_secrets_of_providers_that_were_not_chosen_are_not_made(play: Any) -> None:
    spec = load(ROOT / "Pulumi.local.yaml")
    by_mail = {"helpdesk": "email", "mailer": "smtp", "webhooks": False, "drafts": "off"}
    server = Smtp(server="smtp.acme.test:587", user="acme")
    made = play(spec.model_copy(update={"support": spec.support.model_copy(update={**by_mail, "smtp": server})}))
    secrets = {one.inputs["secretId"] for one in made.of("secretmanager/secret:Secret")}
    assert not secrets & {name for name in secrets if name.startswith(("zendesk-", "helpdesk-", "resend-"))}
    assert "smtp-password" in secrets
    (support,) = [one for one in made.of("cloudrunv2/service:Service") if one.inputs["name"] == "support-ticket"]
    envs = {each["name"]: each["value"] for each in support.inputs["template"]["containers"][0]["envs"]}
    assert (envs["PROVIDERS"], envs["SMTP_SERVER"], envs["SMTP_USER"]) == ("email smtp", "smtp.acme.test:587", "acme")


def test_no_two_resources_of_a_type_share_a_name(play: Any, shipped: Spec) -> None:
    names = Counter((made.type, made.name) for made in play(shipped).made)
    assert [name for name, times in names.items() if times > 1] == []


def test_the_outputs_are_what_the_blueprint_reads(play: Any, shipped: Spec, seen: dict[str, Any]) -> None:
    play(shipped)
    parsed = promises.parse(json.loads(json.dumps(seen)))
    assert parsed.health_url == f"https://api.{shipped.domain}/health"
    assert [service.name for service in parsed.services if service.public] == ["intake"]
    assert parsed.services[1].url == "https://sync-payments-100000000001.europe-west1.run.app"


def test_every_alert_is_handed_over_with_what_to_do_first(play: Any, shipped: Spec, seen: dict[str, Any]) -> None:
    policies = play(shipped).of("alertPolicy:AlertPolicy")
    sent = {one.inputs["displayName"]: one.inputs["documentation"]["content"] for one in policies}
    assert {alert["title"] for alert in seen["alerts"]} == set(sent)
    for alert in seen["alerts"]:
        message, path = alert["runbook"].split(" What to do first: ")
        assert sent[alert["title"]].startswith(message)
        assert (ROOT / path.removeprefix("`").removesuffix("`.")).is_file()
    count = {"essential": 6, "full": 19}[shipped.alerts.watch]
    assert len(seen["alert_policies"]) == len(policies) == count


def test_a_notification_has_commands_for_the_stack_that_fired(play: Any, shipped: Spec) -> None:
    texts = [one.inputs["documentation"]["content"] for one in play(shipped).of("alertPolicy:AlertPolicy")]
    assert all("--stack local" in text and "--stack STACK" not in text for text in texts)


def test_the_zone_holds_what_the_blueprint_promises_and_the_certificates_proof(
    play: Any, spec: Spec, seen: dict[str, Any]
) -> None:
    made = play(spec).of("dnsRecord:DnsRecord")
    published = {_as_record(one.inputs) for one in made}
    proof = DnsRecord("_acme-challenge_x.api.acme.test", "CNAME", "x.authorize.goog")
    assert published == {*records(spec, "203.0.113.7"), proof}
    assert {DnsRecord(**record) for record in seen["records"]} == published


def _as_record(inputs: dict[str, Any]) -> DnsRecord:
    data = inputs.get("data")
    content = f'{int(data["flags"])} {data["tag"]} "{data["value"]}"' if data else inputs["content"]
    priority = inputs.get("priority")
    return DnsRecord(
        inputs["name"],
        inputs["type"],
        content,
        int(inputs["ttl"]),
        inputs["proxied"],
        None if priority is None else int(priority),
    )


def test_every_property_is_one_that_the_providers_know_down_to_the_innermost(play: Any, shipped: Spec) -> None:
    for made in play(shipped).clouds:
        if made.type.startswith(("gcp:", "cloudflare:")):
            inputs = {k: _opened(value) for k, value in made.inputs.items() if not isinstance(value, pulumi.Archive)}
            assert check(inputs, introspect.schema(made.type)) == [], made.name


def _opened(value: Any) -> Any:
    """The value of a secret, in whose place the engine gets a map."""
    if isinstance(value, dict) and pulumi.runtime.rpc._special_sig_key in value:
        return value["value"]
    if isinstance(value, dict):
        return {key: _opened(child) for key, child in value.items()}
    return [_opened(child) for child in value] if isinstance(value, list) else value


def test_a_misspelt_inner_property_is_noticed(play: Any, spec: Spec) -> None:
    service = play(spec).one("service:Service", "intake")
    service.inputs["template"]["containers"][0]["imagee"] = "x"
    (failure,) = check(service.inputs, introspect.schema(service.type))
    assert failure.path == "template.containers[0].imagee"


def test_no_value_of_a_secret_is_an_input_but_that_of_the_edges_key(play: Any, shipped: Spec) -> None:
    result = play(shipped)
    excepted = [result.one("secretVersion:SecretVersion", "edge-key"), result.one("ruleset:Ruleset", "key")]
    written = json.dumps([made.inputs for made in result.clouds if made not in excepted], default=str)
    assert "secretData" not in written
    assert "the-key-of-the-edge" not in written
    assert pulumi.runtime.rpc._special_sig_key not in written


def test_every_cloud_resource_has_a_name_of_ours(play: Any, spec: Spec) -> None:
    named = {
        "gcp:cloudrunv2/service:Service": "name",
        "gcp:cloudtasks/queue:Queue": "name",
        "gcp:secretmanager/secret:Secret": "secretId",
        "gcp:serviceaccount/account:Account": "accountId",
        "gcp:storage/bucket:Bucket": "name",
        "gcp:storage/bucketObject:BucketObject": "name",
        "gcp:artifactregistry/repository:Repository": "repositoryId",
        "gcp:logging/metric:Metric": "name",
    }
    for made in play(spec).clouds:
        wanted = named.get(made.type, "name" if made.type.startswith(("gcp:compute", "gcp:certificatem")) else None)
        assert wanted is None or made.inputs[wanted], made


def test_every_api_that_is_used_is_switched_on(play: Any, spec: Spec) -> None:
    switched_on = {made.inputs["service"] for made in play(spec).of("projects/service:Service")}
    homes = {
        "billing": "billingbudgets",
        "cloudrunv2": "run",
        "serviceaccount": "iam",
        "organizations": "cloudresourcemanager",
    }
    used = {made.type.split(":")[1].split("/")[0] for made in play(spec).clouds if made.type.startswith("gcp:")}
    for module in used - {"projects"}:
        assert f"{homes.get(module, module)}.googleapis.com" in switched_on


@pytest.mark.parametrize("mode", ["create", "existing"])
def test_every_call_but_those_that_make_the_project_counts_for_it(play: Any, full: Spec, mode: str) -> None:
    wanted = full.model_copy(update={"google": full.google.model_copy(update={"mode": mode})})
    result = play(wanted)
    before = {made.type for made in result.by_provider["google"]}
    assert before <= {"gcp:organizations/project:Project", "gcp:projects/service:Service"}
    google = {made.type for made in result.made if made.type.startswith("gcp:")}
    assert {made.type for made in result.by_provider["google-quota"]} == google - before
    settings = result.one("pulumi:providers:gcp", "google-quota").inputs
    assert (settings["userProjectOverride"], settings["billingProject"]) == ("true", full.google.project)
    assert "userProjectOverride" not in result.one("pulumi:providers:gcp", "google").inputs


def test_armor_hosting_sign_in_mta_sts_and_the_full_watch_are_one_word_each(
    play: Any, spec: Spec, seen: dict[str, Any]
) -> None:
    google = spec.google.model_copy(update={"armor": True, "identity_platform": True})
    web = spec.web.model_copy(update={"site": "acme-site", "host": "acme-site.web.app"})
    mail = spec.mail.model_copy(update={"mta_sts": "testing"})
    essential, alerts = (spec.alerts.model_copy(update={"watch": watch}) for watch in ("essential", "full"))
    plain = {one.type for one in play(spec.model_copy(update={"alerts": essential})).clouds}
    made = play(spec.model_copy(update={"google": google, "web": web, "mail": mail, "alerts": alerts}))
    added = {one.type.rpartition(":")[2] for one in made.clouds if one.type not in plain}
    hosted = {"HostingSite", "WorkersScript", "WorkersRoute"}
    assert added == hosted | {"SecurityPolicy", "Config", "CustomService", "Slo", "Dashboard"}
    for one in (one for one in made.clouds if one.type not in plain):
        assert check(one.inputs, introspect.schema(one.type)) == [], one.name
    assert promises.parse(json.loads(json.dumps(seen))).mail.mta_sts == "testing"


def test_a_worker_takes_the_load_balancers_place(play: Any, spec: Spec, seen: dict[str, Any]) -> None:
    made = play(spec.model_copy(update={"origin": "worker"}))
    assert [one for one in made.clouds if one.type.startswith(("gcp:compute", "gcp:certificatem"))] == []
    intake = made.one("service:Service", "intake").inputs
    assert (intake["ingress"], intake["defaultUriDisabled"]) == ("INGRESS_TRAFFIC_ALL", False)
    route, script = made.one("WorkersRoute").inputs, made.one("WorkersScript").inputs
    assert (route["pattern"], route["script"]) == ("api.acme.test/*", script["scriptName"])
    assert "https://intake-100000000001.europe-west1.run.app" in script["content"]
    parsed = promises.parse(json.loads(json.dumps(seen)))
    assert parsed.gateway_address == ""
    assert ("api.acme.test", "AAAA", "100::") in {(one.name, one.type, one.content) for one in parsed.records}


def test_ten_domains_and_a_hundred_redirects_fit_into_one_stack(play: Any, spec: Spec, seen: dict[str, Any]) -> None:
    hosts = tuple(Redirect(source=f"r{n}.acme.test", target="https://acme.test") for n in range(80))
    domains = tuple(f"acme{n}.example" for n in range(10))
    made = play(spec.model_copy(update={"redirects": hosts, "other_domains": domains}))
    assert len(made.of("zone:Zone")) == 11
    assert len(seen["redirects"]) == 100
    assert len(made.one("list:List").inputs["items"]) == 70
    names = Counter((one.type, one.name) for one in made.made)
    assert [name for name, times in names.items() if times > 1] == []
    assert promises.parse(json.loads(json.dumps(seen))).other_domains[0].domain == "acme0.example"


def test_what_exists_is_imported_and_stays(play: Any, spec: Spec) -> None:
    adopt = {"Database/firestore": "projects/acme-rehearsal/databases/(default)"}
    made = play(spec.model_copy(update={"adopt": adopt}))
    assert made.imported == {"firestore": "projects/acme-rehearsal/databases/(default)"}
    assert play(spec).imported == {}


def test_to_adopt_what_the_program_does_not_make_is_refused(play: Any, spec: Spec) -> None:
    with pytest.raises(ValueError, match="adopt names Database/firestroe, which this program does not make"):
        play(spec.model_copy(update={"adopt": {"Database/firestroe": "x"}}))


def test_an_adopted_project_is_not_made(play: Any, spec: Spec, seen: dict[str, Any]) -> None:
    made = play(changed(spec, mode="existing"))
    assert made.of("organizations/project:Project") == []
    assert seen["project_number"] == "100000000001"


def test_what_is_protected_is_promised_to_stay(play: Any, spec: Spec, seen: dict[str, Any]) -> None:
    made = play(spec.model_copy(update={"protect": True}))
    assert made.one("organizations/project:Project").inputs["deletionPolicy"] == "PREVENT"
    assert "DNS zone acme.test" in seen["protected"]
    assert "secret stripe-api-key" in seen["protected"]
    assert len(seen["protected"]) == len(set(seen["protected"]))


def test_the_rehearsal_protects_nothing(play: Any, spec: Spec, seen: dict[str, Any]) -> None:
    made = play(spec)
    assert seen["protected"] == []
    assert {one.inputs["deletionProtection"] for one in made.of("cloudrunv2/service:Service")} == {False}
