"""What Check answers: inputs with the name filled in, and all that is wrong with them that a preview can know."""

from __future__ import annotations

import hashlib

from localcloud.providers.check import Failure, check
from localcloud.providers.cloud import Cloud
from localcloud.providers.launch import Stage, refusal
from localcloud.providers.traits import Traits, broken_limits
from localcloud.providers.values import Properties, plain

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
        Failure(limit.path, f"{value} is not what the real cloud takes here: use {limit.words}")
        for limit, value in broken_limits(traits, case.inputs)
    ]
    sentence = None if failures else refusal(cloud.package.rules, Stage.CHECK, case)
    return inputs, failures + ([Failure("", sentence)] if sentence else [])


def _named(traits: Traits, urn: str, news: Properties, olds: Properties, seed: bytes) -> Properties:
    name = traits.autoname
    if not name or plain(news.get(name)) is not None:
        return news
    kept = plain(olds.get(name)) if name in olds.get("__defaults", [name]) else None
    fresh = f"{urn.rpartition('::')[2]}-{hashlib.sha256(seed + urn.encode()).hexdigest()[:SUFFIX]}"
    return {**news, name: kept or fresh, "__defaults": [name]}
