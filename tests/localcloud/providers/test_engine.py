"""The real engine with a small program of its own, attached to the provider servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryFile
from typing import IO, Any

import pytest

from engine import locate, recover
from engine.host import SCRIPT, ports_of
from localcloud.base import ports
from localcloud.base.deleted import DELETED
from tests import forked

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[3]
DATABASE = "gcp:firestore/database:Database"
RELEASE = "gcp:firebaserules/release:Release"
ANDROID = "gcp:firebase/androidApp:AndroidApp"
PROGRAM = """
import pulumi
from infra.loading.sdk import cloudflare, gcp

project = gcp.organizations.Project(
    "project", project_id="acme-app", name="acme", billing_account="000000-000000-000000", deletion_policy="DELETE"
)
apis = gcp.projects.Service("apis", project=project.project_id, service="storage.googleapis.com")
bucket = gcp.storage.Bucket(
    "source", location="EU", project=project.project_id, opts=pulumi.ResourceOptions(depends_on=[apis])
)
source = gcp.storage.BucketObject(
    "archive", bucket=bucket.name, name="a.zip", source=pulumi.AssetArchive({"part": pulumi.FileArchive("part")})
)
zone = cloudflare.Zone("zone", name="acme.test", account={"id": "a" * 32})
record = cloudflare.DnsRecord(
    "www", zone_id=zone.id, name="www.acme.test", type="TXT", content=pulumi.Output.secret("hunter2"), ttl=TTL
)
pulumi.export("nameservers", zone.name_servers)
pulumi.export("number", project.number)
"""


# What the language host asks pip before an import, `python -m pip list -v --format json`: pip takes half a second
PIP = """
import json
from importlib.metadata import distributions
found = [each for each in distributions() if each.name.lower().startswith("pulumi")]
said = [{"name": each.name, "version": each.version, "location": str(each.locate_file(""))} for each in found]
print(json.dumps(said))
"""


HOST = ("-m", "infra.loading.host", "infra.loading.sdk", "infra.policy.pack")
HOSTED = ("up", "preview", "refresh", "destroy")  # the commands for which the engine asks the program's host


class Stack:
    """The stack `test` of the program, in a folder of its own."""

    def __init__(self, folder: Path, engine: locate.Engine) -> None:
        self.folder = folder
        self.engine = engine
        self._env = {
            **os.environ,
            "LAUNCH_FAST_LOADING": "1",  # whole SDKs take two seconds a run, and nothing here is about them
            "PATH": f"{engine.folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(folder / ".pulumi"),
            "PULUMI_BACKEND_URL": f"file://{folder}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_STACK": "test",
        }

    def attach(self, numbers: ports.Ports) -> None:
        """Have the engine use the provider servers at these ports."""
        self._env["PULUMI_DEBUG_PROVIDERS"] = ",".join(f"{name}:{numbers[name]}" for name in ("gcp", "cloudflare"))

    def write(self, ttl: str) -> None:
        (self.folder / "__main__.py").write_text(PROGRAM.replace("TTL", ttl))

    def run(self, *arguments: str, code: int = 0, **env: str) -> str:
        """Return what the engine says, and the program."""
        environ = {**self._env, **env}
        with TemporaryFile("w+") as log, self._hosted(arguments[0], environ, log) as options:
            done = subprocess.run(
                [self.engine.command, *arguments, *options, "--non-interactive"],
                cwd=self.folder,
                env=environ,
                text=True,
                capture_output=True,
                check=False,
            )
            log.seek(0)
            said = done.stdout + done.stderr + log.read()
        assert done.returncode == code, said
        return said

    @contextmanager
    def _hosted(self, command: str, environ: Mapping[str, str], log: IO[str]) -> Iterator[Sequence[str]]:
        """Host the program as `./launch up` does, and yield the engine's options for that.

        The engine's own host would list all packages by pip first, which takes as long as the rest of a run.
        """
        if command not in HOSTED:
            yield ()
            return
        hosting = [forked.interpreter(), *HOST]
        with subprocess.Popen(hosting, env=environ, stdin=PIPE, stdout=PIPE, stderr=log, text=True) as host:
            program, *_ = ports_of(host, {"script": str(self.engine.folder / SCRIPT), "environ": environ})
            yield (f"--client=127.0.0.1:{program}",)
            host.kill()

    def deployment(self) -> dict[str, Any]:
        """Return the state, as the engine exports it."""
        kept = json.loads((self.folder / ".pulumi" / "stacks" / "small" / "test.json").read_text())
        return {"version": kept["version"], "deployment": kept["checkpoint"]["latest"]}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack without resources, of which each test has a copy: to make the key of its secrets takes long."""
    engine = locate.find(os.environ)
    if engine is None:
        pytest.skip("there is no Pulumi engine on this machine; `./launch up` gets one")
    made = Stack(tmp_path_factory.mktemp("empty"), engine)
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (made.folder / "Pulumi.yaml").write_text(json.dumps({"name": "small", "runtime": runtime}))
    (made.folder / "pip.py").write_text(PIP)
    (made.folder / "part").mkdir()
    (made.folder / "part" / "file.txt").write_text("content")
    made.run("stack", "init", "test")
    return made


@pytest.fixture
def stack(clouds: Any, tmp_path: Path, empty: Stack) -> Stack:
    shutil.copytree(empty.folder, tmp_path, dirs_exist_ok=True)
    copied = Stack(tmp_path, empty.engine)
    copied.attach(ports.load(clouds.home))
    copied.write("1")
    return copied


def test_up_settles_refresh_agrees_and_destroy_leaves_nothing(clouds: Any, stack: Stack) -> None:
    stack.run("up", "--yes", "--skip-preview")
    state = stack.deployment()["deployment"]
    assert state["resources"][0]["outputs"]["number"] == "100000000001"
    assert "hunter2" not in json.dumps(state)
    stack.run("preview", "--expect-no-changes")
    stack.run("refresh", "--yes", "--skip-preview")
    stack.run("preview", "--expect-no-changes")
    stack.write("600")
    assert "~ 1 to update" in stack.run("preview")
    stack.run("destroy", "--yes", "--skip-preview")
    assert [found.type for found in clouds.world.resources() if found.type != DELETED] == []


def test_a_broken_program_fails_in_the_preview_with_its_path_and_the_cure(stack: Stack) -> None:
    stack.write("7")
    output = stack.run("preview", code=255)
    assert "property ttl value {7} has a problem" in output
    assert "60 to 86400 seconds" in output
    assert "Traceback" not in output


def test_a_creation_that_was_cut_off_is_settled_before_the_next_up(clouds: Any, stack: Stack) -> None:
    stack.run("up", "--yes", "--skip-preview")
    state = stack.deployment()
    resources = state["deployment"]["resources"]
    cut = next(resource for resource in resources if resource["type"].endswith("bucketObject:BucketObject"))
    state["deployment"]["resources"] = [resource for resource in resources if resource is not cut]
    begun = {key: value for key, value in cut.items() if key not in ("id", "outputs")}
    state["deployment"]["pending_operations"] = [{"resource": begun, "type": "creating"}]
    lost = recover.orphans(clouds.world.resources(), state["deployment"], "test")
    assert [found.urn for found in lost] == [cut["urn"]]
    recover.erase(clouds.world, clouds.home, lost)
    (stack.folder / "state.json").write_text(json.dumps(state))
    stack.run("stack", "import", "--file", "state.json")
    assert "+ 1 created" in stack.run("up", "--yes", "--skip-preview")
    stack.run("preview", "--expect-no-changes")


COUNTED = """
import pulumi
from infra.loading.sdk import gcp

first = gcp.Provider("google", project="acme-app")
counted = gcp.Provider("google-quota", project="acme-app", user_project_override=True, billing_project="acme-app")
by = pulumi.ResourceOptions(provider=PROVIDER)
gcp.cloudtasks.Queue("events", name="events", location="europe-west1", opts=by)
if RULES:
    rules = "service cloud.firestore { match /{path=**} { allow read: if false; } }"
    gcp.firebaserules.Ruleset("rules", source={"files": [{"name": "firestore.rules", "content": rules}]}, opts=by)
"""


def test_a_stack_goes_on_by_a_provider_that_counts_for_the_project_and_nothing_is_replaced(
    clouds: Any, stack: Stack
) -> None:
    clouds.project("cloudtasks", "firebaserules")

    def write(provider: str, rules: str) -> None:
        (stack.folder / "__main__.py").write_text(COUNTED.replace("PROVIDER", provider).replace("RULES", rules))

    write("first", "False")
    stack.run("up", "--yes", "--skip-preview")
    write("first", "True")
    assert "API requires a quota project" in stack.run("up", "--yes", "--skip-preview", code=255)
    write("counted", "False")
    stack.run("preview", "--expect-no-changes")
    write("counted", "True")
    assert "+ 1 created" in stack.run("up", "--yes", "--skip-preview")
    (queue,) = (each for each in stack.deployment()["deployment"]["resources"] if each["type"].endswith(":Queue"))
    assert "::google-quota::" in queue["provider"]


ADOPTING = """
import pulumi
from infra.loading.sdk import gcp

from infra.adoption import Adoption


def program():
    database = gcp.firestore.Database(
        "firestore", project="acme-app", name="(default)", location_id="LOCATION", type="FIRESTORE_NATIVE",
        point_in_time_recovery_enablement="POINT_IN_TIME_RECOVERY_ENABLED", deletion_policy="DELETE",
    )
    counted = gcp.Provider("counted", project="acme-app", user_project_override=True, billing_project="acme-app")
    for_the_project = pulumi.ResourceOptions(provider=counted)
    gcp.firebase.AndroidApp(
        "android", project="acme-app", display_name="Acme", package_name="test.acme.app", opts=for_the_project
    )
    rules = gcp.firebaserules.Ruleset(
        "rules",
        project="acme-app",
        source={"files": [{"name": "firestore.rules", "content": "RULES"}]},
        opts=for_the_project,
    )
    gcp.firebaserules.Release(
        "release", project="acme-app", name="cloud.firestore", ruleset_name=rules.id, opts=for_the_project
    )
    gcp.firestore.BackupSchedule(
        "daily", project="acme-app", database=database.name, daily_recurrence={}, retention="604800s"
    )


THEIRS = {
    "Database/firestore": "projects/acme-app/databases/(default)",
    "Release/release": "projects/acme-app/releases/cloud.firestore",
    "AndroidApp/android": "APP",
}
with Adoption(THEIRS):
    program()
"""


def rules_about(collection: str) -> str:
    opened = f"match /{collection}/{{id}} {{ allow read: if false; }}"
    return f"service cloud.firestore {{ match /databases/{{database}}/documents {{ {opened} }} }}"


def test_what_was_there_before_is_taken_over_changed_in_place_and_left_behind(clouds: Any, stack: Stack) -> None:
    clouds.project("firestore", "firebase", "firebaserules")
    clouds.gcp.up("gcp:firebase/project:Project", "firebase", project="acme-app")
    theirs = clouds.gcp.up(
        DATABASE, "theirs", project="acme-app", name="(default)", locationId="eur3", type="FIRESTORE_NATIVE"
    )
    app = clouds.gcp.up(ANDROID, "app", project="acme-app", displayName="Old", packageName="test.acme.app")
    files = {"files": [{"name": "firestore.rules", "content": rules_about("theirs")}]}
    rules = clouds.gcp.up("gcp:firebaserules/ruleset:Ruleset", "rules", project="acme-app", source=files)
    released = {"project": "acme-app", "name": "cloud.firestore", "rulesetName": rules.id}
    clouds.gcp.up(RELEASE, "release", released)
    program = ADOPTING.replace("APP", app.id).replace("RULES", rules_about("ours"))
    here = {"PYTHONPATH": str(ROOT)}

    (stack.folder / "__main__.py").write_text(program.replace("LOCATION", "europe-west1"))
    assert "may not be replaced" in stack.run("up", "--yes", "--skip-preview", code=255, **here)
    assert clouds.world.resource(DATABASE, theirs.id).outputs["locationId"] == "eur3"

    (stack.folder / "__main__.py").write_text(program.replace("LOCATION", "eur3"))
    stack.run("up", "--yes", "--skip-preview", **here)
    changed = clouds.world.resource(DATABASE, theirs.id).outputs
    assert changed["pointInTimeRecoveryEnablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    assert clouds.world.resource(ANDROID, app.id).outputs["displayName"] == "Old"  # people may have changed it there
    assert clouds.world.resources(RELEASE)[0].outputs["rulesetName"] == rules.id
    stack.run("preview", "--expect-no-changes", **here)

    stack.run("destroy", "--yes", "--skip-preview", **here)
    left = {found.id for found in clouds.world.resources()}
    assert {theirs.id, app.id, rules.id} <= left
    assert [found.outputs["rulesetName"] for found in clouds.world.resources(RELEASE)] == [rules.id]
    assert not any("backupSchedules" in id_ for id_ in left)


def test_what_exists_is_imported(clouds: Any, stack: Stack) -> None:
    zone = clouds.zone("other.test")
    # The language host that is built from source writes no code: its module has no GenerateProgram.
    stack.run("import", "cloudflare:index/zone:Zone", "other", zone, "--yes", "--generate-code=false")
    imported = stack.deployment()["deployment"]["resources"][-1]
    assert imported["id"] == zone
    assert imported["inputs"] == {"account": {"id": "a" * 32}, "name": "other.test"}
