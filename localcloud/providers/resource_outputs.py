"""Makes a resource's outputs from its inputs and its row in the table: defaults, ids, addresses, time stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.providers.facts import facts_of
from localcloud.providers.schema import Schema
from localcloud.providers.settling import settled
from localcloud.providers.traits import Traits, render
from localcloud.providers.values import UNKNOWN, Properties, Value

BLANKS: Mapping[str, Value] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "map": {}}


@dataclass(frozen=True)
class Chance:
    """Where the moment's facts come from: `clock` gives seconds since the epoch, `token(n)` n random bytes as hex."""

    clock: Callable[[], float]
    token: Callable[[int], str]


def facts(chance: Chance) -> dict[str, Value]:
    """Return what the tables' templates may ask of the moment: `now`, `uuid`, `hex32`, `serial`."""
    digits = chance.token(16)
    return {
        "now": datetime.fromtimestamp(chance.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "uuid": f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}",
        "hex32": digits,
        "serial": str(int(digits, 16))[:18],
    }


def completed(
    traits: Traits, inputs: Properties, surroundings: Mapping[str, Value], held: Properties | None = None
) -> Properties:
    """Return the inputs with what the cloud keeps, and the provider's and the API's defaults, for what was left out.

    `surroundings` are the provider's own settings, such as `project`, which a resource takes over; `held` are the
    properties that the resource has so far, None when it is new.
    """
    given = {key: value for key, value in inputs.items() if value is not None and not key.startswith("__")}
    whole = settled(facts_of(traits.token), given, held)
    known = {**surroundings, **whole}
    defaults = {key: render(value, known) for key, value in traits.defaults.items()}
    return {key: value for key, value in merged(defaults, whole).items() if value is not None}


def merged(defaults: Mapping[str, Value], given: Properties) -> Properties:
    """Return what is given, with defaults for what it leaves out, inside maps too."""
    both = {
        k: merged(defaults[k], v) for k, v in given.items() if isinstance(v, dict) and isinstance(defaults.get(k), dict)
    }
    return {**defaults, **given, **both}


def planned(schema: Schema, inputs: Properties) -> Properties:
    """Return the outputs of a resource that a preview would create: what is not an input is not known yet."""
    return {**{name: UNKNOWN for name in schema.outputs if name not in schema.inputs.properties}, **inputs}


def made(
    traits: Traits, schema: Schema, inputs: Properties, known: Mapping[str, Value], kept: Properties
) -> Properties:
    """Return the outputs of a resource: completed inputs, then what the table makes of them, then blanks for the rest.

    `known` are the facts of the moment and of the surroundings; `kept` the outputs made when it was created. Raises
    KeyError for a template that names what is not there.
    """
    unset: Properties = dict.fromkeys(schema.inputs.properties)
    found: Properties = {**unset, **known, **inputs, "previous": kept}
    templates = {**traits.minted, **traits.computed}
    for name, template in templates.items():
        is_kept = name in kept and name in traits.minted
        found[name] = kept[name] if is_kept else render(template, found)
    own = {name: found[name] for name in templates if name in schema.outputs}
    return {name: value for name, value in {**_blanks(schema), **inputs, **own}.items() if value is not None}


def identity(traits: Traits, known: Mapping[str, Value], outputs: Properties) -> str:
    """Return the id in the real provider's form."""
    return str(render(traits.id, {**known, **outputs}))


def _blanks(schema: Schema) -> Properties:
    only_outputs = {name: kind for name, kind in schema.outputs.items() if name not in schema.inputs.properties}
    return {name: BLANKS.get(kind.kind) for name, kind in only_outputs.items()}
