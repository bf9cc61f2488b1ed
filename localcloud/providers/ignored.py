"""What an update leaves alone because the program ignores it: the cloud's own value stays.

Source: pulumi-terraform-bridge, `pkg/tfbridge/provider.go`, Update: it plans the change with the paths of
`ignoreChanges` set back to the state, so that a PATCH's update mask does not name them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from localcloud.providers.values import Properties, Value

_STEP = re.compile(r"\[(\d+)\]|\[\"([^\"]+)\"\]|([^.\[\]]+)")

Path = tuple[str | int, ...]


def left_alone(paths: Iterable[str], inputs: Properties, held: Properties) -> Properties:
    """Return the inputs with the value that `held` has at each path, and without it where `held` has none.

    A path (`retryConfig.maxAttempts`, `rules[0].name`) whose surroundings one of the two lacks changes nothing.
    """
    changed: Value = dict(inputs)
    for path in paths:
        changed = _reset(changed, held, _steps(path))
    return changed if isinstance(changed, dict) else inputs


def _steps(path: str) -> Path:
    return tuple(int(at) if at else quoted or name for at, quoted, name in _STEP.findall(path))


def _reset(value: Value, held: Value, path: Path) -> Value:
    match value, held, path:
        case dict(), dict(), (str(name), *rest):
            inner = _reset(value.get(name), held.get(name), tuple(rest)) if rest else held.get(name)
            others = {key: child for key, child in value.items() if key != name}
            return others if inner is None else {**others, name: inner}
        case list(), list(), (int(at), *rest) if at < min(len(value), len(held)):
            inner = _reset(value[at], held[at], tuple(rest)) if rest else held[at]
            return [*value[:at], inner, *value[at + 1 :]]
        case _:
            return value
