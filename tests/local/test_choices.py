"""Every choice of the spec that the rehearsal's own leaves out, brought up around what was there before."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.base.world import World

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1_200)]

PROJECT, DOMAIN = "acme-rehearsal", "acme.test"
# What the founder made earlier, by a program of its own: the app that is live, and how its domain is reached.
THEIRS = """
import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_gcp as gcp

PROJECT, DOMAIN = "acme-rehearsal", "acme.test"

project = gcp.organizations.Project(
    "theirs", project_id=PROJECT, name=PROJECT, billing_account="012345-6789AB-CDEF01", deletion_policy="DELETE"
)
apis = [
    gcp.projects.Service(api, project=project.project_id, service=api)
    for api in ("firestore.googleapis.com", "firebase.googleapis.com", "firebaserules.googleapis.com")
]
counted = gcp.Provider("counted", project=PROJECT, user_project_override=True, billing_project=PROJECT)
live = {"project": PROJECT, "opts": pulumi.ResourceOptions(depends_on=apis, provider=counted)}
database = gcp.firestore.Database(
    "theirs", name="(default)", location_id="europe-west1", type="FIRESTORE_NATIVE", deletion_policy="DELETE", **live
)
rules = gcp.firebaserules.Ruleset(
    "theirs", source={"files": [{"name": "firestore.rules", "content": open("firestore.rules").read()}]}, **live
)
gcp.firebaserules.Release(
    "theirs", name="cloud.firestore", ruleset_name=pulumi.Output.concat("projects/", PROJECT, "/rulesets/", rules.name),
    **live,
)
firebase = gcp.firebase.Project("theirs", **live)
app = gcp.firebase.AndroidApp(
    "theirs", project=PROJECT, display_name="Acme", package_name="test.acme.app",
    opts=pulumi.ResourceOptions(depends_on=[firebase], provider=counted),
)
zone = cloudflare.Zone("theirs", name=DOMAIN, account={"id": "0123456789abcdef0123456789abcdef"})
mx = cloudflare.DnsRecord(
    "mx", zone_id=zone.id, name=DOMAIN, type="MX", content="smtp.google.com", priority=1, ttl=600
)
cloudflare.DnsRecord(
    "shop", zone_id=zone.id, name=f"shop.{DOMAIN}", type="CNAME", content="shops.acme.example", ttl=600
)
pulumi.export("app", app.id)
pulumi.export("zone", zone.id)
pulumi.export("mx", mx.id)
"""
CHOICES: dict[str, Any] = {
    "origin": "worker",
    "other_domains": ["acme.example", "acme-shop.example"],
    "moved_pages": [{"source": "acme.test/old", "target": "https://acme.test/new"}],
    "adopt": {},
    "google": {"mode": "existing", "identity_platform": True, "sign_in_domains": ["localhost"], "audit_logs": "full"},
    "cloudflare": {"ddos_sensitivity": "medium", "managed_robots_txt": False},
    "web": {"site": "acme-site", "host": "acme-site.web.app"},
    "mail": {"mta_sts": "testing", "tls_rpt": "tls@acme.test", "bimi": "https://acme.test/logo.svg"},
    "alerts": {"watch": "full"},
}


@pytest.fixture(scope="module")
def chosen(apart: Any) -> Any:
    """A stack of all these choices whose project, app, database, rules and zone were there before it."""
    live = make_theirs(apart)
    kept = {
        "Database/firestore": f"projects/{PROJECT}/databases/(default)",
        "Release/release": f"projects/{PROJECT}/releases/cloud.firestore",
        "AndroidApp/android": live["app"],
        f"Zone/{DOMAIN}": live["zone"],
        f"DnsRecord/mx-{DOMAIN}-1": f"{live['zone']}/{live['mx']}",
    }
    choose(apart, {**CHOICES, "adopt": kept})
    apart.well("up")
    return apart


def make_theirs(launch: Any) -> dict[str, str]:
    """Have the founder's own program make what was there before; return the ids."""
    launch.well("preview")  # starts the local cloud, and changes nothing
    folder = launch.root / "theirs"
    folder.mkdir()
    (folder / "__main__.py").write_text(THEIRS)
    (folder / "firestore.rules").write_text((launch.project / "firestore" / "firestore.rules").read_text() + "// ours")
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "theirs", "runtime": runtime}))
    made = theirs(launch, "stack init theirs", "up --yes --skip-preview")
    assert made.returncode == 0, made.stdout + made.stderr
    ids: dict[str, str] = json.loads(theirs(launch, "stack output --json").stdout)
    return ids


def theirs(launch: Any, *commands: str) -> Any:
    """Run commands of plain Pulumi on the founder's own program."""
    pulumi = " && ".join(f"pulumi {command} --non-interactive" for command in commands)
    return launch.shell(f"cd {launch.root / 'theirs'} && {pulumi}")


def choose(launch: Any, choices: dict[str, Any]) -> None:
    """Write choices into the stack's file, each part of the spec beside what it says already."""
    file = launch.project / "Pulumi.local.yaml"
    content = yaml.safe_load(file.read_text())
    spec = content["config"]["launch:spec"]
    for name, choice in choices.items():
        known = spec.get(name)
        spec[name] = {**known, **choice} if isinstance(known, dict) and name != "adopt" else choice
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def held(home: Path) -> dict[str, list[dict[str, Any]]]:
    """The outputs of what the world holds, by the last part of its type."""
    world = World(home / "world.db")
    found = [(one.type.rpartition(":")[2], dict(one.outputs)) for one in world.resources()]
    world.close()
    return {type_: [outputs for other, outputs in found if other == type_] for type_, _ in found}


def leads_by_a_worker(world: dict[str, list[dict[str, Any]]]) -> bool:
    return any(one["pattern"].startswith(f"api.{DOMAIN}/") for one in world["WorkersRoute"])


def require_well(launch: Any) -> None:
    """Require that everything was verified, and that neither program nor clouds want a change."""
    assert {finding["status"] for finding in launch.findings()} == {"pass"}
    assert "0 changes" in launch.well("up")
    launch.well("preview", "--refresh", "--expect-no-changes")


def test_what_was_there_is_taken_over_and_all_else_is_made_beside_it(chosen: Any) -> None:
    require_well(chosen)
    world = held(chosen.home)
    for one in ("Database", "Release", "AndroidApp"):
        assert len(world[one]) == 1, f"{one} was made a second time"
    assert [one["name"] for one in world["Zone"]].count(DOMAIN) == 1
    assert {"Slo", "Dashboard", "Config", "HostingSite"} <= set(world)
    assert leads_by_a_worker(world)
    assert not {"GlobalAddress", "URLMap", "BackendService"} & set(world)
    assert next(one for one in world["DnsRecord"] if one["type"] == "MX")["ttl"] == 1.0
    assert sum(map(len, world.values())) > 200


def test_a_load_balancer_takes_the_workers_place(chosen: Any) -> None:
    choose(chosen, {"origin": "load-balancer", "google": {"armor": True}})
    chosen.well("up")
    require_well(chosen)
    world = held(chosen.home)
    assert {"SecurityPolicy", "GlobalAddress", "URLMap"} <= set(world)
    assert not leads_by_a_worker(world)


def test_destroy_leaves_what_was_there_before(chosen: Any) -> None:
    said = chosen.well("destroy")
    for kept in ("database firestore", "release release", "android app android", f"zone {DOMAIN}"):
        assert f"kept: {kept}, because it was there before" in said
    assert "kept: config sign-in, because it cannot be undone" in said
    found = theirs(chosen, "refresh --yes --skip-preview")
    assert found.returncode == 0
    world = held(chosen.home)
    assert {(one["type"], one["name"]) for one in world["DnsRecord"]} == {("MX", DOMAIN), ("CNAME", f"shop.{DOMAIN}")}
    assert {"Project", "Database", "Release", "AndroidApp", "Zone"} <= set(world)
    assert not {"Queue", "Secret", "WorkersRoute", "SecurityPolicy", "BackupSchedule"} & set(world)
