"""What Check answers: inputs with the name filled in, and all that is wrong with them that a preview can know."""

from __future__ import annotations

import hashlib
import re

from localcloud.providers.bounds import broken_exclusions, broken_facts
from localcloud.providers.check import INTERNAL, Failure, check
from localcloud.providers.cloud import Cloud
from localcloud.providers.facts import exclusions_of, facts_of
from localcloud.providers.launch_rules import Stage, refusal
from localcloud.providers.traits import Limit, Traits, broken_limits
from localcloud.providers.values import Properties, Value, has_secret, plain

SUFFIX = 7  # hexadecimal digits that Pulumi adds to a name it makes


def assess(
    cloud: Cloud, token: str, urn: str, news: Properties, olds: Properties, seed: bytes
) -> tuple[Properties, list[Failure]]:
    """Return the checked inputs and the failures; raises Refused for a type that is not known here.

    `olds` are the inputs the resource has so far, empty when it is new; `seed` makes its automatic name.
    """
    traits = cloud.traits(token)
    inputs = _named(traits, urn, news, olds, seed)
    case = cloud.case(token, urn, inputs)
    failures = check(inputs, cloud.schemas[token])
    failures += [
        Failure(limit.path, f"{_shown(inputs, limit, value)} is not what the real cloud takes here: use {limit.words}")
        for limit, value in broken_limits(traits, case.inputs)
    ]
    failures += _by_facts(token, inputs, {failure.path for failure in failures})
    sentence = None if failures else refusal(cloud.package.rules, Stage.CHECK, case)
    return inputs, failures + ([Failure("", sentence)] if sentence else [])


def _by_facts(token: str, inputs: Properties, told: set[str]) -> list[Failure]:
    """Return what breaks the provider's schema and was not told by a path yet; a secret's own value is not shown."""
    given = plain({name: value for name, value in inputs.items() if name not in INTERNAL})
    found = broken_facts(given, facts_of(token))
    hidden = {name for name, value in inputs.items() if has_secret(value)}
    shown = [
        Failure(each.path, "this value, a secret, is not what the provider takes here")
        if _top(each) in hidden
        else each
        for each in found
        if re.sub(r"\[\d+\]", "", each.path) not in told
    ]
    return shown + list(broken_exclusions(given, exclusions_of(token)))


def _top(failure: Failure) -> str:
    return re.split(r"[.\[]", failure.path, maxsplit=1)[0]


def _named(traits: Traits, urn: str, news: Properties, olds: Properties, seed: bytes) -> Properties:
    """Return the inputs with the names that the program left to Pulumi: the ones it has, else fresh ones."""
    missing = [name for name in traits.autonames if plain(news.get(name)) is None]
    if not missing:
        return news
    defaulted = plain(olds.get("__defaults", []))
    fresh = f"{urn.rpartition('::')[2]}-{hashlib.sha256(seed + urn.encode()).hexdigest()[:SUFFIX]}"
    made = {name: plain(olds.get(name)) if name in defaulted else fresh for name in missing}
    return {**news, **made, "__defaults": missing}


def _shown(inputs: Properties, limit: Limit, value: Value) -> str:
    """Return the value for a sentence, unless it is a secret or lies beside one."""
    return "This value" if has_secret(inputs.get(limit.path.partition(".")[0])) else str(value)
