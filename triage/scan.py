"""The whole triage of a folder: list, read, judge, and say what could not be looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from blueprint.finding import Finding, Status
from triage import exemptions
from triage.cache import Cache, version_of
from triage.catalogue import CHECKS
from triage.coverage import checked, unchecked
from triage.files.isolated import NoGitError, isolated
from triage.files.kinds import Kind, kind_of
from triage.files.walk import Tree, walk
from triage.flows import flows
from triage.gather import compiled_twice, gather, without
from triage.model import Exemption, Found, Hit, Report, Step, Unchecked
from triage.online.answers import Answers, Source, collect
from triage.project.whole import App, wanted


@dataclass(frozen=True)
class Options:
    """How to scan: `now` is today for every date, `sizes` are the last report's bundle sizes in bytes by part.

    `source` gives what answers for the app's accounts, live or recorded; without one they are not asked.
    """

    now: datetime
    history: bool = True
    cache: Path | None = None
    sizes: Mapping[str, Mapping[str, int]] | None = None
    use_git: bool = True
    source: Callable[[App], Source] | None = None


@dataclass(frozen=True)
class Scanned:
    """A report, and the sizes of its bundles for the next one."""

    report: Report
    sizes: Mapping[str, Mapping[str, int]]


Tell = Callable[[str], None]


def scan(root: Path, options: Options, tell: Tell = lambda _: None) -> Scanned:
    """Triage the app in a folder. Raises NotADirectoryError when there is no such folder."""
    if not root.is_dir():
        raise NotADirectoryError(str(root))
    began = time.monotonic()
    tell("listing files")
    tree = walk(root, use_git=options.use_git)
    with closing(Cache(options.cache)) as store:
        version = version_of(*_rooms()) if options.cache else ""
        gathered = gather(tree, wanted, store, version, lambda done: _tell_often(done, tell))
        app = App(without(gathered.facts, compiled_twice(gathered.facts)), gathered.texts, tree.tracked)
        hits = list(app.hits(options.now, store, version))
    bundles, sizes = _bundles(tree, options, tell)
    lost: list[Unchecked] = []
    past = list(_history(tree, app, options, lost, tell))
    answers = _answered(app, options, tell)
    online = [] if answers is None else _online(answers, app, options)
    found, exempted = _judged([*hits, *bundles, *past, *online], app, options)
    missing = [*lost, *unchecked(tree, gathered.unread, app, options.history, answers)]
    report = Report(
        str(root),
        tuple(_ordered(found)),
        tuple(missing),
        checked(tree, app, answers or Answers({})),
        tuple(exempted),
        tuple(flows(found, gathered.facts, app)),
        len(tree.files),
        gathered.bytes,
        time.monotonic() - began,
    )
    return Scanned(report, sizes)


def _answered(app: App, options: Options, tell: Tell) -> Answers | None:
    if options.source is None:
        return None
    tell("asking the accounts")
    return collect(options.source(app))


def _online(answers: Answers, app: App, options: Options) -> list[tuple[str, Hit]]:
    from triage.online.judged import judged

    return [("", hit) for hit in judged(answers, app.handled, app.version, options.now)]


def _rooms() -> list[Path]:
    """Return the folders whose code decides what is found; none of it is imported for that."""
    found = (find_spec(name) for name in ("triage", "blueprint", "rules"))
    return [Path(spec.origin).parent for spec in found if spec and spec.origin]


def _tell_often(done: int, tell: Tell) -> None:
    if done and done % 1000 == 0:
        tell(f"read {done} files")


def _bundles(tree: Tree, options: Options, tell: Tell) -> tuple[list[tuple[str, Hit]], dict[str, Mapping[str, int]]]:
    """Search the built apps, tracked ones and those in the usual build folders."""
    archives = sorted({path for path in [*tree.files, *tree.built] if kind_of(path) is Kind.ARCHIVE})
    folders = ["build/web"] if any(path.startswith("build/web/") for path in tree.built) else []
    if not archives and not folders:
        return [], {}
    from triage.archives.bundle import search_bundle
    from triage.archives.growth import growth_hits
    from triage.archives.web import search_web

    hits: list[tuple[str, Hit]] = []
    sizes: dict[str, Mapping[str, int]] = {}
    for name in [*archives, *folders]:
        tell(f"searching {name}")
        inside = {path: size for path, size in tree.built.items() if path.startswith(f"{name}/")}
        result = search_web(tree.root, inside) if name in folders else search_bundle(tree.root / name, name)
        sizes[name] = result.parts
        grown = growth_hits(name, result.parts, (options.sizes or {}).get(name, {}))
        hits += [(name, hit) for hit in [*result.hits, *grown]]
    return hits, sizes


def _history(tree: Tree, app: App, options: Options, lost: list[Unchecked], tell: Tell) -> Iterator[tuple[str, Hit]]:
    """Yield what the history still holds and the tree no longer does."""
    from triage.history import committed

    if not options.history:
        return
    known = {hit.evidence for facts in app.facts.values() for hit in facts.hits if hit.check.startswith("secret.")}
    try:
        with isolated(tree.root) as git:
            tell("reading the history")
            yield from committed(git, tree.root, known)
    except (NoGitError, OSError) as error:
        lost.append(Unchecked(Step.SECRETS, "the history", str(error)))


def _judged(
    hits: Iterable[tuple[str, Hit]], app: App, options: Options
) -> tuple[list[Found], list[tuple[Found, Exemption]]]:
    """Return the findings, and apart from them those that a comment accepts."""
    today = options.now.date()
    accepted = [one for path, facts in app.facts.items() for one in exemptions.of(path, facts)]
    found: list[Found] = []
    exempted: list[tuple[Found, Exemption]] = []
    for path, hit in dict.fromkeys([*hits, *exemptions.ended_hits(accepted, today)]):
        one = found_of(path, hit)
        by = next((exemption for exemption in accepted if exemptions.holds(exemption, one, today)), None)
        if by:
            exempted.append((one, by))
        else:
            found.append(one)
    return found, exempted


def found_of(path: str, hit: Hit) -> Found:
    """Return a hit as a finding with its check."""
    check = CHECKS[hit.check]
    path = path.encode("utf-8", "backslashreplace").decode()  # names of files need not be text
    status = Status.WARN if hit.check == "secret.code" and "test key" in hit.subject else check.status
    finding = Finding(
        check.id,
        hit.subject,
        status,
        check.expected,
        hit.observed,
        hit.evidence,
        check.fix,
        path or None,
        hit.line or None,
    )
    return Found(finding, check, hit.sure)


def _ordered(found: Iterable[Found]) -> list[Found]:
    return sorted(
        found,
        key=lambda one: (
            one.check.step,
            -one.check.weight,
            one.finding.path or "",
            one.finding.line or 0,
            one.finding.subject,
        ),
    )
