"""The seam to the security rules: which files there are, and what the rules probe says of each."""

from __future__ import annotations

import importlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage.model import Hit, Sure
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


def probe_is_there() -> bool:
    """Return whether the room that evaluates rules is installed with this toolkit."""
    try:
        importlib.import_module("rules.probe")
    except ImportError:
        return False
    return True


def probed(rules: Iterable[Rules], now: datetime) -> Iterator[tuple[Rules, Hit]]:
    """Yield what the probe finds out about each file of Firestore rules; nothing while there is no probe."""
    if not probe_is_there():
        return
    language, probe = importlib.import_module("rules"), importlib.import_module("rules.probe")
    for one in rules:
        if one.text is None or one.named.service != "firestore":
            continue
        try:
            answers = list(probe.questions(language.compile(one.text), now))
        except Exception as error:  # noqa: BLE001 - a stranger's rules must not end the scan
            yield one, Hit("rules.weak", 1, one.path, f"These rules cannot be read: {error}.", "", Sure.CERTAIN)
            continue
        for answer in answers:
            yield from ((one, hit) for hit in _hit(answer))


def _hit(answer: Any) -> Iterator[Hit]:
    """Yield a probe's answer as a hit; answers are findings, and those that pass say nothing here."""
    status = str(getattr(answer, "status", ""))
    if status in {"fail", "warn"}:
        check = "rules.open" if "open" in str(getattr(answer, "id", "")) else "rules.weak"
        yield Hit(
            check,
            int(getattr(answer, "line", 0) or 1),
            str(answer.subject),
            str(answer.observed),
            str(getattr(answer, "evidence", "")),
        )
