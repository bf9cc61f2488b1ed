"""Makes a stack ready to be worked on: engine, local cloud, recovery. What changes a stack begins here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from blueprint import spec
from blueprint.old_zone import Before
from blueprint.records import records
from blueprint.spec import Spec
from cli import old_zone, reachability
from cli.progress import EngineProgress
from cli.terminal import Terminal
from engine import environment, locate, locks, quota_project, recover, servers, state_backend
from engine.errors import USAGE, LaunchError
from engine.home import Home
from engine.pulumi import EngineError, Pulumi
from engine.state_backend import Backend
from infra.resource_names import DEPLOYER, PREVIEWER
from localcloud.base import deleted, deployer, lived_in, third_parties, weather
from localcloud.base.lived_in import Existing
from localcloud.base.ports import Ports
from localcloud.base.supervisor import attach
from localcloud.base.weather import Weather
from localcloud.base.world import World

FORMER_ADDRESS = "203.0.113.9"  # where an adopted record of the API led before the launch (RFC 5737)
NOWHERE = ".example"  # what the shipped files' keys lead to; nobody can own such a name (RFC 2606 section 2)
EXAMPLES = ("example.com", "example.net")  # which nobody can own, RFC 2606 section 3


@dataclass(frozen=True)
class PreparedStack:
    """A stack that is ready: the engine on it, the launch spec, and where the local cloud listens (empty for prod).

    `deployer` is the IAM member as whom a rehearsal judges what the engine does, None for the project's owner.
    """

    home: Home
    spec: Spec
    pulumi: Pulumi
    ports: Ports
    deployer: str | None = None

    @property
    def clients(self) -> Mapping[str, str]:
        """The environment for client libraries."""
        if not self.home.is_local:
            return os.environ
        return {**os.environ, **environment.of_clients(self.ports, self.spec.google.project)}

    @cached_property
    def before(self) -> Before:
        """What is known of the zone before the launch; raises SpecError when its file cannot be used."""
        return old_zone.before(self.home, self.spec)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Have the calls to the local cloud judged as the deployer's, or the owner's, while the block runs."""
        if not self.home.is_local:
            yield
            return
        with closing(World(self.home.path / "world.db")) as world, deployer.acting(world, self.deployer):
            yield


@contextmanager
def at_work(home: Home, doing: str) -> Iterator[None]:
    """Be the only command that works on the stack; raises LockHeldError when another one does.

    When the engine fails while a server of the local cloud is down, the LaunchError names the server first.
    """
    with locks.held(home.path / "run.lock", f"./launch {doing}"):
        try:
            yield
        except EngineError as error:
            gone = reachability.down(home)
            if not gone:
                raise
            raise LaunchError(
                f"{error.what} {reachability.is_down(gone)}", error.why, reachability.cure(gone)
            ) from error


def prepare(home: Home, show: Terminal, sky: Weather | None = None, as_: str = "") -> PreparedStack:
    """Return the stack made ready; raises LaunchError or SpecError with what to do.

    `sky` is the weather in the local cloud, None for fair. `as_` names one of the delivery's accounts to act as there.
    """
    recover.clear_the_field(home, show.note)
    wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    _refuse_the_example(home, wanted)
    who = _member(home, wanted, as_)
    with show.step("Pulumi engine"):
        engine = locate.ensure(os.environ, show.tell)
        show.tell(f"{engine.version} ({engine.origin}: {engine.folder})")
    listen = EngineProgress(show)
    keeper = None if home.is_local else state_backend.of(wanted, home.stack)
    if not home.is_local:
        pulumi = Pulumi(home, engine, of_real_clouds(engine, keeper, wanted), listen)
        stage = PreparedStack(home, wanted, pulumi, Ports())
    else:
        with show.step("Local cloud"):
            ports = servers.ensure(home, attach.without_real_accounts(os.environ), show.tell)
        _change_weather(home, sky)
        _furnish(home, wanted)
        _begin_over(home, wanted, show)
        pulumi = Pulumi(home, engine, _local(home, engine, ports, wanted), listen)
        stage = PreparedStack(home, wanted, pulumi, ports, who)
        with show.step("Recovery"):
            recover.recover(stage.pulumi, show.tell)
    stage.pulumi.init(*keeper.options if keeper else ())
    return stage


def _member(home: Home, wanted: Spec, as_: str) -> str | None:
    """Return one of the delivery's accounts as an IAM member, None without one; raises LaunchError."""
    if not as_:
        return None
    if not home.is_local:
        cure = "Leave --as out, and log in as the account."
        raise LaunchError(f"Who acts on stack {home.stack} is known by the log-in.", cure=cure, code=USAGE)
    if as_ not in (PREVIEWER, DEPLOYER) or wanted.delivery is None:
        what = f"--as {as_}: the launch makes no such account for a CI."
        cure = f"Write {PREVIEWER} or {DEPLOYER}, and name the repository under delivery in Pulumi.{home.stack}.yaml."
        raise LaunchError(what, cure=cure, code=USAGE)
    return f"serviceAccount:{as_}@{wanted.google.project}.iam.gserviceaccount.com"


def _refuse_the_example(home: Home, wanted: Spec) -> None:
    if wanted.domain in EXAMPLES:
        raise LaunchError(
            f"Pulumi.{home.stack}.yaml is still the example that came with the toolkit: its domain is {wanted.domain}.",
            "Production needs your own domain, project and accounts.",
            f"Run ./launch init --stack {home.stack}: it asks for them, checks them and writes the file.",
        )
    left = [selector for selector, key in wanted.mail.dkim.items() if key.endswith(NOWHERE)]
    if left and not home.is_local:
        raise LaunchError(
            f"Pulumi.{home.stack}.yaml still has the example's DKIM keys: {', '.join(left)}.",
            "They lead nowhere, so receivers could not check who signed your mail.",
            "Copy each key, or the host name that its CNAME leads to, from the provider's console into mail.dkim.",
        )


def of_real_clouds(engine: locate.Engine, keeper: Backend | None, wanted: Spec) -> dict[str, str]:
    """Return the environment of an engine that works on a stack in the real clouds."""
    path = f"{engine.folder}:{os.environ.get('PATH', '')}"
    counted = quota_project.of_engine(os.environ, wanted)
    return {**counted, "PATH": path, **(keeper.environ if keeper else {})}


def _change_weather(home: Home, sky: Weather | None) -> None:
    world = World(home.path / "world.db")
    weather.change(world, sky)
    world.close()


def _furnish(home: Home, wanted: Spec) -> None:
    """Have what the spec calls existing be there, as in production, the zone where it says, and whom it leans on."""
    _furnish_old_zone(home, wanted)
    with closing(World(home.path / "world.db")) as world:
        third_parties.furnish(world, wanted)
        if wanted.google.mode == "existing" or wanted.adopt:
            lived_in.furnish(world, existing(wanted, home.project))


def existing(wanted: Spec, project: Path) -> Existing:
    """Return what a spec says was there before; `project` is the folder with the security rules. Raises OSError."""
    google, apps = wanted.google, wanted.google.apps
    rules = project / "firestore" / "firestore.rules"
    return Existing(
        google.project,
        google.billing_account,
        google.database_location,
        apps.android,
        apps.apple,
        wanted.adopt,
        (wanted.domain, *wanted.other_domains),
        wanted.cloudflare.account,
        records(wanted, FORMER_ADDRESS),
        is_there=google.mode == "existing",
        rules=rules.read_text("utf-8") if lived_in.RELEASED in wanted.adopt else "",
    )


def _furnish_old_zone(home: Home, wanted: Spec) -> None:
    before = old_zone.before(home, wanted)
    if before.records is None or not wanted.old_zone.file:
        return
    from localcloud.dns import former_zones  # loads a whole server, which most rehearsals do without

    with closing(World(home.path / "world.db")) as world:
        former_zones.furnish(world, wanted.domain, (home.project / wanted.old_zone.file).read_text("utf-8-sig"))


def _begin_over(home: Home, wanted: Spec, show: Terminal) -> None:
    """Let a rehearsal whose project was deleted start again under the same id, which no real cloud does."""
    if wanted.google.mode == "existing" or not home.plays_people:
        return
    world = World(home.path / "world.db")
    deletion = deleted.forget_project(world, wanted.google.project)
    world.close()
    if deletion:
        show.note(
            f"  Project {wanted.google.project} was deleted here, and the rehearsal forgets that to start again. "
            "Google never gives a project id out a second time: in production, choose another one as google.project."
        )


def _local(home: Home, engine: locate.Engine, ports: Ports, wanted: Spec) -> dict[str, str]:
    base = attach.without_real_accounts(os.environ)
    return {
        **base,
        **environment.of_engine(home, engine, ports, base.get("PATH", "")),
        **environment.of_loading(home, base),
        **environment.of_saving(home),
        **environment.of_weather(home),
        **environment.of_clients(ports, wanted.google.project),
    }
