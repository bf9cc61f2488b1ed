"""All that an app's files say together."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from blueprint import sunsets
from blueprint.finding import Status
from triage.cache import Cache
from triage.facts import NEVER_SECRET
from triage.model import FileFacts, Hit, Sure
from triage.project import drift, extensions, names, pubspec, schema
from triage.project.firebase_json import NotJsonError, line_of
from triage.project.firebase_json import parse as parse_json
from triage.project.hosting import hosting_hits
from triage.project.pubspec import Pubspec
from triage.rules_files import Rules, found_rules, probed
from triage.secrets.names import is_secret_name
from triage.secrets.placeholders import is_fake, is_public
from triage.secrets.search import masked

TEXTS = re.compile(
    r"(^|/)(pubspec\.yaml|firebase\.json|\.firebaserc|google-services\.json|GoogleService-Info\.plist"
    r"|(default_)?firebase_options\w*\.dart|Info\.plist|build\.gradle(\.kts)?|project\.pbxproj|\.gitignore"
    r"|\.env[^/]*|[^/]*\.env|[^/]*\.rules|[^/]+\.env)$"
)
ASSIGNMENT = re.compile(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*[\"']?([^\s\"'#]+)")
MATCHED = re.compile(r"\bmatch\s+(/[^\s{]*(?:\{[^}]*\}[^\s{]*)*)")


def wanted(path: str) -> bool:
    """Return whether a file's text is needed whole."""
    return TEXTS.search(path) is not None


class App:
    """An app's files: what each gives away, and the texts of those that configure it."""

    def __init__(
        self, facts: Mapping[str, FileFacts], texts: Mapping[str, str], tracked: frozenset[str] | None
    ) -> None:
        self.facts, self.texts, self.tracked = facts, texts, tracked
        found = [
            made
            for path, text in texts.items()
            if path.endswith("pubspec.yaml") and (made := pubspec.parse(path, text))
        ]
        self.pubspecs: list[Pubspec] = found
        self.configs: dict[str, dict[str, Any]] = {}
        self.unreadable: list[str] = []
        for path, text in texts.items():
            if posixpath.basename(path) == "firebase.json":
                try:
                    self.configs[path] = parse_json(text)
                except NotJsonError as error:
                    self.unreadable.append(f"{path}: {error}")
        self.rules: list[Rules] = list(found_rules(self.configs, texts))

    def hits(self, now: datetime, store: Cache, version: str) -> Iterator[tuple[str, Hit]]:
        """Yield (path, hit) for everything in the app, single files first; `now` is only compared with."""
        assets = pubspec.asset_env_files(self.pubspecs, {*self.texts, *self.facts})
        for path, facts in self.facts.items():
            yield from ((path, hit) for hit in facts.hits if self._counts(path, hit, assets))
        yield from self._assets(assets)
        yield from names.followed(self.facts)
        yield from schema.schema_hits(self.facts)
        yield from self._events()
        for one in self.pubspecs:
            yield from ((one.path, hit) for hit in pubspec.weight_hits(one, self.texts[one.path]))
            if one.is_app:
                yield from drift.drift_hits(one, self.texts)
        for path, config in self.configs.items():
            yield from ((path, hit) for hit in hosting_hits(config, self.texts[path]))
        yield from self._rules(now, store, version)
        yield from self._sunsets(now.date())

    @property
    def handled(self) -> frozenset[str]:
        """The types of payment events that the code handles."""
        return frozenset(name for facts in self.facts.values() for name, _ in facts.events)

    @property
    def version(self) -> str:
        """The app's version, empty where no pubspec of an app names one or several differ."""
        found = {one.version for one in self.pubspecs if one.is_app and one.version}
        return found.pop() if len(found) == 1 else ""

    @property
    def project(self) -> str:
        """The id of the app's Firebase project as .firebaserc names it by default, empty where none does."""
        for path, text in self.texts.items():
            if posixpath.basename(path) == ".firebaserc":
                try:
                    return str(parse_json(text).get("projects", {}).get("default", ""))
                except (NotJsonError, AttributeError):
                    continue
        return ""

    @property
    def collections(self) -> tuple[str, ...]:
        """The root collections that the code writes, as far as they are named literally."""
        found = {write.collection for facts in self.facts.values() for write in facts.writes}
        return tuple(sorted(name for name in found if re.fullmatch(r"[A-Za-z_][\w-]*", name)))

    def _counts(self, path: str, hit: Hit, assets: Mapping[str, Pubspec]) -> bool:
        """Return whether a file's own finding stands: dates are judged elsewhere, and so are files that git ignores."""
        if hit.check.startswith("sunset:"):
            return False
        return not (hit.check.startswith("secret.") and (path in assets or self.is_ignored(path)))

    def is_ignored(self, path: str) -> bool:
        """Return whether a file is kept out of the repository."""
        if self.tracked is not None:
            return path not in self.tracked and _ignored_by_name(path, self.texts)
        return _ignored_by_name(path, self.texts)

    def _assets(self, assets: Mapping[str, Pubspec]) -> Iterator[tuple[str, Hit]]:
        """Yield the secrets in files that the app ships as they are."""
        for path, owner in assets.items():
            found = [hit for hit in self.facts.get(path, FileFacts()).hits if hit.check.startswith("secret.")]
            shown = [hit for hit in found if hit.check != "secret.service-account"] or list(
                _named_secrets(self.texts.get(path, ""))
            )
            for hit in found:
                if hit.check == "secret.service-account":
                    yield path, replace(hit, check="secret.service-account")
            if shown and not NEVER_SECRET.search(path):
                listed = ", ".join(dict.fromkeys(hit.subject for hit in shown))
                yield (
                    path,
                    Hit(
                        "secret.asset",
                        shown[0].line,
                        posixpath.basename(path),
                        f"{owner.name} ships {path} as it is, with {listed}.",
                        "",
                        shown[0].sure,
                    ),
                )

    def _events(self) -> Iterator[tuple[str, Hit]]:
        """Yield what the webhooks of the app miss together."""
        hooks = {
            path: facts for path, facts in self.facts.items() if "stripe-webhook" in facts.vendors and facts.events
        }
        if not hooks:
            yield from self._unheard()
            return
        from triage.functions.events import missing_events

        handled = [name for facts in hooks.values() for name, _ in facts.events]
        sells = any("subscriptions" in facts.vendors for facts in hooks.values())
        missing = missing_events(handled, sells)
        if missing:
            path, facts = next(iter(hooks.items()))
            listed = ", ".join(missing)
            yield path, Hit("webhook.event.missing", facts.events[0][1], listed, f"Nothing handles {listed}.")
        yield from self._twice(hooks)

    def _unheard(self) -> Iterator[tuple[str, Hit]]:
        """Yield where money is taken by Stripe when nothing in the app hears of it: no webhook, and no extension."""
        marks = {path: facts.vendors for path, facts in self.facts.items() if facts.vendors}
        if any(mark in {"stripe-webhook", "stripe-hears"} for found in marks.values() for mark in found):
            return
        if any("stripe" in text.lower() for path, text in self.texts.items() if path in self.configs):
            return
        sold = [(path, mark) for path, found in marks.items() for mark in found if mark.startswith("stripe-sells:")]
        for path, mark in sold[:1]:
            seen = "Money is taken here, and nothing in the app hears from Stripe how it ended."
            yield path, Hit("webhook.none", int(mark.partition(":")[2]), "Stripe", seen, "", Sure.LIKELY)

    def _twice(self, hooks: Mapping[str, FileFacts]) -> Iterator[tuple[str, Hit]]:
        """Yield event types that two files handle."""
        places: dict[str, list[tuple[str, int]]] = {}
        for path, facts in hooks.items():
            for name, line in facts.events:
                places.setdefault(name, []).append((path, line))
        for name, where in places.items():
            others = sorted({path for path, _ in where})
            if len(others) > 1 and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name):
                path, line = where[-1]
                yield (
                    path,
                    Hit(
                        "webhook.event.twice",
                        line,
                        name,
                        f"{name} is handled in {' and in '.join(others)}.",
                        "",
                        Sure.LIKELY,
                    ),
                )

    def _rules(self, now: datetime, store: Cache, version: str) -> Iterator[tuple[str, Hit]]:
        for one in self.rules:
            if one.text is None:
                line = line_of(self.texts[one.by], re.escape(one.named.path))
                yield (
                    one.by,
                    Hit(
                        "rules.missing",
                        line,
                        one.named.path,
                        f"{one.named.path} is named for {one.named.service} and is not there.",
                    ),
                )
        yield from ((one.path, hit) for one, hit in probed(self.rules, now, store, version))
        yield from self._unknown_collections()

    def _unknown_collections(self) -> Iterator[tuple[str, Hit]]:
        """Yield the collections that the app writes and that no rule knows; one recursive wildcard knows all."""
        texts = [one.text for one in self.rules if one.text is not None and one.named.service == "firestore"]
        paths = [
            path for text in texts for path in MATCHED.findall(re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL))
        ]
        roots = [path for path in paths if not path.startswith("/databases/")]
        if not roots or any(
            re.match(r"^/(\{\w+=\*\*\}|\{\w+\})", path) or ("{document=**}" in path and path.count("/") <= 1)
            for path in roots
        ):
            return
        known = {part for path in roots for part in path.split("/") if part and not part.startswith("{")}
        wild = any("=**}" in path for path in roots)
        told: set[str] = set()
        for path, facts in self.facts.items():
            for write in facts.writes if path.endswith(".dart") else ():
                simple = re.fullmatch(r"[A-Za-z_][\w-]*", write.collection) and re.search(
                    rf"['\"/]{re.escape(write.collection)}['\"/]", write.by
                )
                nested = wild and write.by.count("collection(") > 1
                if simple and not nested and write.collection not in known and write.collection not in told:
                    told.add(write.collection)
                    yield (
                        path,
                        Hit(
                            "rules.unknown-collection",
                            write.line,
                            write.collection,
                            f"No rule knows the collection {write.collection}.",
                            "",
                            Sure.LIKELY,
                        ),
                    )

    def _sunsets(self, today: date) -> Iterator[tuple[str, Hit]]:
        told: set[tuple[str, str]] = set()
        checks = {Status.FAIL: "sunset.past", Status.WARN: "sunset.ahead", Status.UNKNOWN: "sunset.stale"}
        yield from self._extensions(today, checks, told)
        for path, facts in self.facts.items():
            for hit in facts.hits:
                if hit.check.startswith("sunset:") and (path, hit.subject) not in told:
                    told.add((path, hit.subject))
                    row = sunsets.by_id(hit.subject)
                    words = f"{row.in_words(today)} Instead: {row.instead}"
                    yield (
                        path,
                        Hit(
                            checks[row.status(today)], hit.line, row.id, words, f"{hit.evidence} ({row.source})".strip()
                        ),
                    )

    def _extensions(
        self, today: date, checks: Mapping[Status, str], told: set[tuple[str, str]]
    ) -> Iterator[tuple[str, Hit]]:
        """Yield each extension that is installed by its name, in place of the one finding about all of them."""
        row = sunsets.by_id("firebase-extensions")
        for path, config in self.configs.items():
            for line, instance, reference in extensions.installed(config, self.texts[path]):
                told.add((path, row.id))
                words = f"{reference}: {row.in_words(today)} Instead: {extensions.way_out(reference)}"
                yield path, Hit(checks[row.status(today)], line, instance, words, f"{reference} ({row.source})")


def _named_secrets(text: str) -> Iterator[Hit]:
    """Yield the variables of an .env file whose names say that they are secret and whose values are no placeholders."""
    for found in ASSIGNMENT.finditer(text):
        name, value = found[1], found[2]
        if is_secret_name(name) and len(value) >= 8 and not is_fake(value) and not is_public(value):
            yield Hit("secret.asset", text.count("\n", 0, found.start(1)) + 1, name, masked(value), "", Sure.LIKELY)


def _ignored_by_name(path: str, texts: Mapping[str, str]) -> bool:
    """Return whether a .gitignore at or above a file names it; only plain names and simple patterns are understood."""
    name = posixpath.basename(path)
    folder = posixpath.dirname(path)
    for at, text in texts.items():
        above = posixpath.dirname(at)
        if posixpath.basename(at) == ".gitignore" and (not above or folder == above or folder.startswith(f"{above}/")):
            ignored = False
            for line in text.splitlines():
                pattern = line.strip().lstrip("!").lstrip("/").removeprefix("**/")
                relative = posixpath.relpath(path, above or ".")
                if pattern and not pattern.startswith("#") and (_globbed(pattern, name) or _globbed(pattern, relative)):
                    ignored = not line.strip().startswith("!")
            if ignored:
                return True
    return False


def _globbed(pattern: str, name: str) -> bool:
    made = re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.fullmatch(made, name) is not None
