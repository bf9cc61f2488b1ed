"""YAML in which no key comes twice (YAML 1.2 section 3.2.1.3): PyYAML alone keeps the last one and says nothing."""

from __future__ import annotations

import re
from typing import Any

import yaml


class RepeatedKeyError(yaml.MarkedYAMLError):
    """A key comes twice in one mapping; `problem` names it and where it was first, `problem_mark` is the second one."""


class AmbiguousNumberError(yaml.MarkedYAMLError):
    """A number that YAML 1.1 reads otherwise than people: `010` is 8, and `1:30` is 90. `problem` says so."""


class _Loader(yaml.SafeLoader):
    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return a mapping as it is written: keys that are merged into it later may come twice."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in first and key.tag != "tag:yaml.org,2002:merge":
                problem = f"{key.value} is there twice, first in line {first[key.value]}"
                raise RepeatedKeyError(problem=problem, problem_mark=key.start_mark)
            first[key.value] = key.start_mark.line + 1
        return node

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Return a whole number; raises AmbiguousNumberError for one in base 8 or 60."""
        number: int = super().construct_yaml_int(node)
        if re.match(r"[-+]?0[0-9_]", node.value) or ":" in node.value:
            problem = f"{node.value} is the number {number} for YAML; write {_meant(node.value, number)}"
            raise AmbiguousNumberError(problem=problem, problem_mark=node.start_mark)
        return number


def _meant(written: str, number: int) -> str:
    plain = written.lstrip("+-0_")
    ten = f"{plain} without zeros in front of it" if plain.isdigit() else str(number)
    return f'{ten}, or quotes around a text: "{written}"'


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def load(text: str) -> Any:
    """Return the content of a YAML text.

    Raises yaml.YAMLError; RepeatedKeyError for a key that comes twice, AmbiguousNumberError for `010`.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
