"""Changes of mind: a spec is edited on a stack that is up, there and back, and ends where a fresh `up` would."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint import protection, spec
from blueprint.spec import SpecError
from cli import records_in_the_way, results
from cli.prepared_stack import PreparedStack, prepare
from cli.refused_edits import require_possible
from cli.terminal import Terminal
from engine import servers
from engine.engine_events import SAME
from engine.errors import LaunchError
from engine.home import PROJECT, REHEARSE, Home
from localcloud.base.deleted import DELETED
from localcloud.base.world import Resource, World

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3_000)]

Wanted = dict[str, Any]
Write = Callable[[Wanted], None]
Counts = Mapping[str, int]
DOMAIN, OTHER = "acme.test", "beta.test"
HEX = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{16,64}(?![0-9a-f])"
MINTED = re.compile(HEX + r"|(?<![\w-])[\w-]{43}(?![\w-])")  # ids, hashes, and the edge's secret header


@dataclass(frozen=True)
class Edit:
    """One change of mind: `write` changes the spec, `files` texts of files.

    `refused` are words of the refusal where no cloud can do it, `final` of the one that meets the way back within days.
    A protected stack refuses the way there with the words `guarded`, the way back with `kept`; with `meant` it takes
    the way there when told that it is meant.
    """

    name: str
    write: Write = lambda _spec: None
    files: tuple[tuple[str, str, str], ...] = ()
    refused: str = ""
    final: str = ""
    guarded: str = ""
    kept: str = ""
    meant: bool = False
    fast: bool = False


def put(path: str, value: Any) -> Write:
    """Return the edit that sets what lies at a dotted path, and with None removes it."""

    def write(wanted: Wanted) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            wanted = wanted.setdefault(parent, {})
        if value is None:
            wanted.pop(last, None)
        else:
            wanted[last] = value

    return write


def both(*writes: Write) -> Write:
    """Return the edit of several at once."""

    def write(wanted: Wanted) -> None:
        for each in writes:
            each(wanted)

    return write


def renamed(wanted: Wanted) -> None:
    """Give everything that names the domain another one."""
    text = yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True)
    wanted.update(yaml.safe_load(re.sub(rf"\b{DOMAIN}\b", OTHER, text)))


def appended(path: str, *items: Any) -> Write:
    """Return the edit that adds items to a list."""

    def write(wanted: Wanted) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            wanted = wanted.setdefault(parent, {})
        wanted[last] = [*(wanted.get(last) or []), *items]

    return write


def redirect(source: str, target: str, status: int = 301) -> Wanted:
    return {"source": source, "target": target, "status": status}


def record(name: str, kind: str, content: str) -> Wanted:
    return {"name": name, "type": kind, "content": content}


ZONE, DELETED_LATE = "its zone is protected", "it is protected from deletion"
RULES, INDEXES = "firestore/firestore.rules", "firestore/firestore.indexes.json"
FIRST_INDEX = '"indexes": [\n    {'
INDEX = (
    '{"collectionGroup": "plans", "queryScope": "COLLECTION", "fields": ['
    '{"fieldPath": "owner", "order": "ASCENDING"}, {"fieldPath": "madeAt", "order": "DESCENDING"}]},'
)
SHOWN = Edit("a redirect's host that shows the app", both(put("redirects", []), put("web.names", ["app", "www"])))
EDITS = (
    Edit("another domain", renamed, guarded=ZONE, fast=True),
    Edit("another name of the API", put("api", "hooks"), fast=True),
    Edit("more web names", put("web.names", ["app", "shop", "go"])),
    Edit("no web names", put("web.names", [])),
    Edit("another web host", put("web.host", "other.hosting.test")),
    Edit("a further redirect", appended("redirects", redirect(f"old.{DOMAIN}", f"https://app.{DOMAIN}", 302))),
    Edit("no redirects", put("redirects", [])),
    SHOWN,
    Edit("the API where the app is", both(put("api", "app"), put("web.names", ["api"]))),
    Edit("a web name elsewhere", both(put("web.names", []), put("records", [record("app", "A", "203.0.113.80")]))),
    Edit("a redirect elsewhere", put("redirects", [redirect(f"www.{DOMAIN}", f"https://app.{DOMAIN}", 308)])),
    Edit(
        "more redirects than the zone's rules hold",
        appended("redirects", *(redirect(f"r{at}.{DOMAIN}", f"https://{DOMAIN}") for at in range(12))),
    ),
    Edit(
        "a page that has moved", appended("moved_pages", {"source": f"{DOMAIN}/old", "target": f"https://{DOMAIN}/new"})
    ),
    Edit(
        "another mail provider",
        both(
            put("mail.provider", "microsoft-365"),
            put("mail.dkim.google", None),
            put("mail.dkim.selector1", "selector1-acme-test._domainkey.acme.onmicrosoft.com"),
            put("mail.dkim.selector2", "selector2-acme-test._domainkey.acme.onmicrosoft.com"),
        ),
    ),
    Edit(
        "mailboxes at a provider that is not listed",
        both(
            put("mail.provider", "other"),
            put("mail.mx", ["1 smtp.google.com", "20 mx2.example.com"]),
            put("mail.spf_includes", ["spf.example.com"]),
            put("mail.dkim.google", "google.acme.test.dkim.example.com"),
        ),
    ),
    Edit("no senders", both(put("mail.senders", []), put("mail.dkim.resend", None))),
    Edit("stricter mail", both(put("mail.mta_sts", "testing"), put("mail.tls_rpt", f"tls@{DOMAIN}"))),
    Edit(
        "helpdesk by e-mail", both(put("support.helpdesk", "email"), put("support.zendesk", None)), guarded=DELETED_LATE
    ),
    Edit("no helpdesk webhooks", put("support.webhooks", False), guarded=DELETED_LATE),
    Edit(
        "mailer smtp",
        both(put("support.mailer", "smtp"), put("support.smtp", {"server": "smtp.acme.test:587", "user": "acme"})),
        guarded=DELETED_LATE,
    ),
    Edit("no drafts", put("support.drafts", "off"), guarded=DELETED_LATE),
    Edit("a Worker in the load balancer's place", put("origin", "worker")),
    Edit("Cloud Armor", put("google.armor", True)),
    Edit("a larger plan", put("cloudflare.plan", "pro")),
    Edit("further domains", put("other_domains", ["acme.example", "acme-shop.example"]), kept=ZONE),
    Edit("watch the essential alone", put("alerts.watch", "essential"), fast=True),
    Edit("another address of the alerts", put("alerts.email", "night@acme.test")),
    Edit("other thresholds", both(put("alerts.error_percent", 5), put("alerts.window_minutes", 30))),
    Edit("no budget", lambda wanted: wanted["google"].update(budget=None)),  # left out it is 50
    Edit("another budget", put("google.budget", 200)),
    Edit("another region", put("google.region", "europe-west4"), refused="A Firestore database never moves"),
    Edit("another project", put("google.project", "acme-other"), refused="A project id is for ever"),
    Edit("other rules", files=((RULES, "service cloud.firestore", "// edited\nservice cloud.firestore"),)),
    Edit("another index", files=((INDEXES, FIRST_INDEX, FIRST_INDEX.replace("{", f"{INDEX} {{")),)),
    Edit("no rotation of secrets", put("secrets.rotation_days", 0)),
    Edit("another delay of destruction", put("secrets.destroy_delay_days", 14)),
    Edit("a rotated edge key", put("cloudflare.edge_key", 2)),
    Edit("longer HSTS", put("cloudflare.hsts_max_age", 31_536_000)),
    Edit("protect the other way round", lambda wanted: wanted.update(protect=not wanted["protect"]), meant=True),
    Edit("no app for Android", put("google.apps.android", None)),
    Edit("full audit logs", put("google.audit_logs", "full")),
    Edit("no delivery", put("delivery", None), final="deleted here less than 30 days ago"),
    Edit("variables of a service", put("services.env", {"sync-crm": {"APP_STAGE": "later"}})),
    Edit("no notifications of Cloudflare", put("cloudflare.notifications", False)),
    Edit("a site of Firebase Hosting", both(put("web.site", "acme-site"), put("web.host", "acme-site.web.app"))),
)


UNPROTECTED = Edit("protect nothing", put("protect", False))
MEANT = {protection.UNPROTECTED: "1"}


@dataclass
class Desk:
    """A stack that is up, and the files that say what it shall be; `counts` keeps what each edit changed."""

    stage: PreparedStack
    counts: dict[str, tuple[Counts, Counts]] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return self.stage.home

    @property
    def file(self) -> Path:
        return self.home.project / f"Pulumi.{self.home.stack}.yaml"

    def up(self) -> Counts:
        """Apply the files as they are, as `./launch up` does; return how many resources met which fate."""
        pulumi = self.stage.pulumi
        require_possible(self.home, spec.load(self.file), pulumi)
        if not self.home.plays_people:
            pulumi.preview()  # what it shows before it asks
        records_in_the_way.clear(pulumi, spec.load(self.file), Terminal())
        made = pulumi.up().changes
        results.write_outputs(self.home, self.stage.pulumi.outputs())
        return changed(made)

    @contextmanager
    def meant(self) -> Iterator[None]:
        """Have the variable set while the block runs that says: what protects is to go."""
        before = self.stage
        pulumi = replace(before.pulumi, environ={**before.pulumi.environ, **MEANT})
        self.stage = replace(before, pulumi=pulumi)
        try:
            yield
        finally:
            self.stage = before

    @contextmanager
    def edited(self, *edits: Edit) -> Iterator[None]:
        """Have the edits in the files while the block runs."""
        names = {self.file, *(self.home.project / name for edit in edits for name, _, _ in edit.files)}
        before = {path: path.read_text() for path in names}
        try:
            for edit in edits:
                self._write(edit)
            yield
        finally:
            for path, text in before.items():
                path.write_text(text)

    def _write(self, edit: Edit) -> None:
        content = yaml.safe_load(self.file.read_text())
        edit.write(content["config"][spec.CONFIG_KEY])
        self.file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
        for name, old, new in edit.files:
            path = self.home.project / name
            assert path.read_text().count(old) == 1, f"{name} has changed; this edit no longer fits"
            path.write_text(path.read_text().replace(old, new))

    def require_settled(self) -> None:
        """Require that the clouds and the program agree, and that nothing lies in the clouds that no program knows."""
        assert changed(self.stage.pulumi.preview("--refresh").changes) == {}
        known = {one["urn"] for one in self.stage.pulumi.export()["deployment"]["resources"]}
        assert {one.urn for one in self.resources()} - known == set()

    def resources(self) -> list[Resource]:
        """What the clouds hold in the name of this stack."""
        world = World(self.home.path / "world.db")
        found = [one for one in world.resources() if one.urn.startswith(f"urn:pulumi:{self.home.stack}::")]
        world.close()
        return found

    def held(self) -> list[str]:
        """What the clouds hold, each by type, name and what was asked for; ids and random values are left out."""
        return sorted(
            MINTED.sub("#", f"{one.type} {one.urn.rpartition('::')[2]} {json.dumps(one.inputs, sort_keys=True)}")
            for one in self.resources()
        )

    def there_and_back(self, edit: Edit) -> None:
        """Make the edit, and unmake it: each ends in rest, and all is as before."""
        before = self.held()
        with self.edited(edit), self.meant() if edit.meant else nullcontext():
            there = self.up()
            self.require_settled()
        if edit.final:
            self.require_refusal(edit.final)
            self._let_days_pass()
        self.counts[edit.name] = there, self.up()
        assert there, "the edit changed nothing"
        self.require_as(before)

    def in_steps(self, edit: Edit) -> None:
        """Make the edit on a protected stack, and unmake it: refused in one step, done in the steps that it says."""
        before = self.held()
        if edit.guarded:
            with self.edited(edit):
                self.require_refusal(edit.guarded)
            assert self.held() == before
        there = self._unprotected(edit)
        with self.edited(edit):
            self.up()
            self.require_settled()
        if edit.kept:
            self.require_refusal(edit.kept)
        with self.meant(), self.edited(edit), self.edited(UNPROTECTED):
            self.up()
        with self.meant(), self.edited(UNPROTECTED):
            back = self.up()
        self.up()
        self.counts[edit.name] = there, back
        self.require_as(before)

    def _unprotected(self, edit: Edit) -> Counts:
        """Take the protection away, then make the edit; return what the edit changed."""
        with self.edited(UNPROTECTED):
            self.require_refusal("The database is protected from deletion")  # by the rules, until it is meant
            with self.meant():
                self.up()
                with self.edited(edit):
                    return self.up()

    def require_refusal(self, words: str) -> None:
        """Require that the files as they are are refused with these words."""
        with pytest.raises((LaunchError, SpecError)) as refused:
            self.up()
        assert words in str(refused.value)

    def require_as(self, before: list[str]) -> None:
        """Require that the clouds hold what they held before, and are at rest."""
        assert self.held() == before
        self.require_settled()

    def _let_days_pass(self) -> None:
        """Have the names of what was deleted free again."""
        world = World(self.home.path / "world.db")
        for found in world.resources(DELETED):
            world.remove(DELETED, found.id)
        world.close()


def changed(counts: Counts) -> Counts:
    return {op: count for op, count in counts.items() if op != SAME}


def in_few_words(counts: Counts) -> str:
    signs = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
    return " ".join(f"{signs.get(op, op)}{count}" for op, count in counts.items())


@contextmanager
def desk_of(root: Path, stack: str, *, protected: bool, edits: Sequence[Edit] = ()) -> Iterator[Desk]:
    """A stack of a project of its own, up, with the local cloud as its clouds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LAUNCH_HOME", str(root / "launch"))
        patched.setenv("PULUMI_SKIP_CHECKPOINTS", "true")  # nobody kills a run here: the state is written at its end
        if stack != "local":
            patched.setenv(REHEARSE, "1")
        home = Home(stack, root / "launch" / stack, root / "project", rehearsed=stack != "local")
        copy(home.project)
        content = yaml.safe_load((home.project / "Pulumi.local.yaml").read_text())
        content["config"][spec.CONFIG_KEY]["protect"] = protected
        (home.project / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
        try:
            desk = Desk(prepare(home, Terminal()))
            with desk.edited(*edits):
                desk.up()
            yield desk
        finally:
            servers.down(home)


def copy(folder: Path) -> None:
    """Copy what a run needs of the project."""
    left_out = shutil.ignore_patterns(".*", "tests", "__pycache__")
    shutil.copytree(PROJECT, folder, ignore=left_out)
    (folder / ".venv").symlink_to(PROJECT / ".venv")


@pytest.fixture(scope="module", params=["local", "prod"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The rehearsal, which protects nothing, and production's configuration, which protects what holds data."""
    stack = request.param
    with desk_of(tmp_path_factory.mktemp(f"edits-{stack}"), stack, protected=stack == "prod") as made:
        yield made


def test_another_domain_and_more_at_once_is_an_edit_like_any_other(tmp_path: Path) -> None:
    fast = [edit for edit in EDITS if edit.fast]
    with desk_of(tmp_path, "local", protected=False) as made:
        before = made.held()
        with made.edited(*fast):
            assert made.up()
            assert not any(DOMAIN in one for one in made.held() if "dnsRecord:DnsRecord" in one)
            made.require_settled()
        assert made.up()
        assert made.held() == before
        made.there_and_back(SHOWN)


@pytest.mark.long
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_there_and_back_ends_where_it_began(desk: Desk, edit: Edit, verdict: Callable[[object], None]) -> None:
    stack = desk.home.stack
    if edit.refused:
        before = desk.held()
        with desk.edited(edit):
            desk.require_refusal(edit.refused)
        desk.require_as(before)
        verdict(f"{stack}: {edit.name}: refused, {edit.refused}")
        return
    if stack == "prod" and (edit.guarded or edit.kept):
        desk.in_steps(edit)
    else:
        desk.there_and_back(edit)
    there, back = desk.counts[edit.name]
    verdict(f"{stack}: {edit.name}: there {in_few_words(there)}, back {in_few_words(back)}")


@pytest.mark.long
def test_a_fresh_launch_ends_where_the_edits_do(tmp_path: Path) -> None:
    fast = [edit for edit in EDITS if edit.fast]
    with desk_of(tmp_path / "edited", "local", protected=False) as made, made.edited(*fast):
        made.up()
        edited = made.held()
    with desk_of(tmp_path / "fresh", "local", protected=False, edits=fast) as other:
        assert other.held() == edited
