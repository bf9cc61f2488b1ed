"""What changed in the world behind the engine's back, told in the terms of the program's own inputs."""

from __future__ import annotations

from localcloud.base.world import Resource
from localcloud.providers.codec import from_json
from localcloud.providers.resource_outputs import merged
from localcloud.providers.values import Properties, Value


def live_inputs(found: Resource, inputs: Properties, outputs: Properties) -> Properties:
    """Return the inputs that would make the resource as it is now.

    `inputs` and `outputs` are those the engine remembers, in plain; without inputs (an import) all that are known come
    back. A property may have been changed on either side of the row, so whichever differs from memory counts.
    """
    held, shown = from_json(found.inputs), from_json(found.outputs)
    if not inputs:
        return held
    notes = {key: value for key, value in inputs.items() if key.startswith("__")}
    live = {key: _live(key, inputs, outputs, held, shown) for key in {**inputs, **held} if key not in notes}
    return {**{key: value for key, value in live.items() if value is not None}, **notes}


def live_outputs(found: Resource, inputs: Properties, live: Properties) -> Properties:
    """Return the outputs as they are now: the row's, with those inputs that were changed in the row alone."""
    shown, held = from_json(found.outputs), from_json(found.inputs)
    changed = {key: value for key, value in live.items() if inputs and held.get(key) != inputs.get(key)}
    return merged(shown, changed)


def _live(key: str, inputs: Properties, outputs: Properties, held: Properties, shown: Properties) -> Value:
    if key in outputs and shown.get(key) != outputs[key]:
        return _shaped(shown.get(key), inputs.get(key))
    if key not in inputs and _is_within(held.get(key), outputs.get(key)):
        return None  # the program left it out, and the cloud keeps it
    return _asked(held.get(key), inputs.get(key), outputs.get(key))


def _asked(held: Value, given: Value, known: Value) -> Value:
    """Return an input without what the cloud keeps of it, and the program has left out."""
    if isinstance(held, dict) and isinstance(given, dict) and isinstance(known, dict):
        return {
            key: _asked(value, given.get(key), known.get(key))
            for key, value in held.items()
            if key in given or not _is_within(value, known.get(key))
        }
    if isinstance(held, list) and isinstance(given, list) and isinstance(known, list) and len(held) == len(given):
        models = known + [None] * (len(held) - len(known))
        return [_asked(*each) for each in zip(held, given, models, strict=False)]
    return held


def _is_within(held: Value, known: Value) -> bool:
    """Tell whether all that a value says is known already."""
    if isinstance(held, dict) and isinstance(known, dict):
        return all(key in known and _is_within(value, known[key]) for key, value in held.items())
    return bool(held == known)


def _shaped(value: Value, like: Value) -> Value:
    """Return the value without what the program did not set: keys of maps that `like` lacks."""
    if isinstance(value, dict) and isinstance(like, dict):
        return {key: _shaped(value[key], child) for key, child in like.items() if key in value}
    if isinstance(value, list) and isinstance(like, list) and len(value) == len(like):
        return [_shaped(child, model) for child, model in zip(value, like, strict=True)]
    return value
