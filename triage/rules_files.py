"""The seam to the security rules: which files there are, and what the rules probe says of each."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage.cache import Cache, key
from triage.model import FileFacts, Hit, Sure
from triage.project.firebase_json import RulesFile, rules_files

USUAL = (
    "firestore.rules",
    "storage.rules",
    "firebase/firestore.rules",
    "firestore/firestore.rules",
    "rules/firestore.rules",
)


@dataclass(frozen=True)
class Rules:
    """A file of rules in the tree; `text` is None when firebase.json names it and it is not there."""

    named: RulesFile
    path: str
    text: str | None
    by: str  # the firebase.json that names it, empty when none does


def found_rules(configs: Mapping[str, dict[str, Any]], texts: Mapping[str, str]) -> Iterator[Rules]:
    """Yield every file of rules that a firebase.json names, then those of the usual names that none does."""
    seen: set[str] = set()
    for config_path, config in configs.items():
        for named in rules_files(config):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(config_path), named.path))
            if path not in seen:
                seen.add(path)
                yield Rules(named, path, texts.get(path), config_path)
    for path in texts:
        if (
            path.endswith(".rules")
            and path not in seen
            and any(path == usual or path.endswith(f"/{usual}") for usual in USUAL)
        ):
            service = "storage" if "storage" in path else "firestore"
            yield Rules(RulesFile(path, service), path, texts[path], "")


def probed(rules: Iterable[Rules], now: datetime, store: Cache, version: str) -> Iterator[tuple[Rules, Hit]]:
    """Yield what the probe finds out about each file of Firestore rules; answers are remembered for the day."""
    asked = [one for one in rules if one.text is not None and one.named.service == "firestore"]
    day = f"{version} {now.date()}"
    keys = {one.path: key(one.path, (one.text or "").encode("utf-8", "surrogateescape"), day) for one in asked}
    known = store.known(keys.values())
    for one in asked:
        name = keys[one.path]
        if name not in known:
            known[name] = FileFacts(tuple(_answers(one, now)))
            store.remember({name: known[name]})
        yield from ((one, hit) for hit in known[name].hits)


def _answers(one: Rules, now: datetime) -> list[Hit]:
    # The interpreter takes a while to load, and most apps' folders hold no rules.
    import rules as language
    from rules import probe
    from rules.values import kinds
    from triage.rules_answers import hits

    moment = kinds.Timestamp(int(now.timestamp()) * 1_000_000_000)
    try:
        return list(hits(probe.questions(language.compile(one.text or ""), moment)))
    except language.RulesError as error:
        first = error.problems[0]
        words = f"Line {first.line}: {first.message}"
        return [Hit("rules.weak", first.line, one.path, f"These rules do not compile. {words}")]
    except (RecursionError, MemoryError, ValueError) as error:  # a stranger's rules must not end the scan
        return [Hit("rules.weak", 1, one.path, f"These rules cannot be judged: {error}.", "", Sure.LIKELY)]
