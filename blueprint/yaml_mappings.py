"""YAML in which no key comes twice (YAML 1.2 section 3.2.1.3): PyYAML alone keeps the last one and says nothing."""

from __future__ import annotations

from typing import Any

import yaml


class RepeatedKeyError(yaml.MarkedYAMLError):
    """A key comes twice in one mapping; `problem` names it and where it was first, `problem_mark` is the second one."""


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in first and key.tag != "tag:yaml.org,2002:merge":
                problem = f"{key.value} is there twice, first in line {first[key.value]}"
                raise RepeatedKeyError(problem=problem, problem_mark=key.start_mark)
            first[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


def load(text: str) -> Any:
    """Return the content of a YAML text; raises yaml.YAMLError, and RepeatedKeyError for a key that comes twice."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
