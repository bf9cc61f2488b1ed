"""YAML as the engine reads a stack's file, and in which no key comes twice (YAML 1.2 section 3.2.1.3).

PyYAML alone keeps the last one of two keys and says nothing, and reads some values otherwise than the engine, which
tells the program what is in the file; see engine_scalars.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from blueprint import engine_scalars

_LOST = re.compile("[\n\t\u2028\u2029]")  # at the beginning of a text of several lines
_HALF = re.compile("[\ud800-\udfff]")  # of a character, as JSON writes what lies beyond \uffff
_ESCAPES = {letter: meant for letter, meant in yaml.SafeLoader.ESCAPE_REPLACEMENTS.items() if letter != "/"}
"""What a backslash means between double quotes; yaml.v3 3.0.1 knows no `\\/`."""
_BREAKS = re.compile("[\x85\u2028\u2029]")  # line breaks of YAML 1.1 beside the usual ones
_NAMES = ("int", "float", "bool", "null")  # tags of what is no text where it is a value, and one where it is a name


class RepeatedKeyError(yaml.MarkedYAMLError):
    """A key comes twice in one mapping; `problem` names it and where it was first, `problem_mark` is the second one."""


class AmbiguousError(yaml.MarkedYAMLError):
    """The engine reads a value otherwise than people, or cannot pass it on; `problem` says so, and what to write."""


class _Loader(yaml.SafeLoader):
    ESCAPE_REPLACEMENTS = _ESCAPES  # type: ignore[misc]

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: yaml.Mark) -> list[str]:
        """Return pieces of a text in quotes; raises AmbiguousError for characters that the engine refuses there."""
        try:
            pieces: list[str] = super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError) as error:  # of chr
            problem = f"\\U{self.prefix(8)} is no character"
            raise AmbiguousError(problem=problem, problem_mark=self.get_mark()) from error
        half = next((found[0] for piece in pieces if (found := _HALF.search(piece))), None)
        if half:
            problem = f"\\u{ord(half):04x} is half of a character, as JSON writes it; write the character itself"
            raise AmbiguousError(problem=problem, problem_mark=self.get_mark())
        return pieces

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return the tag of a node that names none: of a plain scalar that which the engine gives it."""
        if kind is yaml.ScalarNode and implicit[0]:
            return engine_scalars.tag(value)
        resolved: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return resolved

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return a mapping as it is written: keys that are merged into it later may come twice."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            key.tag = _tag_of_name(key)
            if key.value in first:
                problem = f"{key.value} is there twice, first in line {first[key.value]}"
                raise RepeatedKeyError(problem=problem, problem_mark=key.start_mark)
            first[key.value] = key.start_mark.line + 1
        return node

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        """Return a number; raises AmbiguousError for a whole one that begins with zero, and for one that JSON lacks."""
        value = engine_scalars.number(node.value)
        if node.value in engine_scalars.NO_NUMBERS:
            raise _ambiguous(node, f"{node.value} is no number that the engine can give the program; write another")
        if value is None:
            raise yaml.constructor.ConstructorError(None, None, f"{node.value} is not a number", node.start_mark)
        if re.fullmatch(r"[-+]?0[0-9_]+", node.value):
            raise _ambiguous(node, f"{node.value} is the number {value} for YAML; write {_meant(node.value, value)}")
        return value

    def construct_date(self, node: yaml.ScalarNode) -> None:
        """Refuse a date, which the program would get as a text of another form."""
        problem = f"{node.value} is a date for the engine, which would write it in another form; put it in quotes"
        raise _ambiguous(node, f'{problem}: "{node.value}"')

    def construct_bool(self, node: yaml.ScalarNode) -> bool:
        """Return true or false; raises ConstructorError for YAML 1.1's other words of a value that is tagged so."""
        if node.value not in engine_scalars.BOOLS:
            problem = f"{node.value} is neither true nor false"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return engine_scalars.BOOLS[node.value]

    def construct_null(self, node: yaml.ScalarNode) -> None:
        """Return nothing; raises ConstructorError for a value that is tagged so and is something."""
        if node.value not in engine_scalars.NULLS:
            raise yaml.constructor.ConstructorError(None, None, f"{node.value} is not null", node.start_mark)

    def construct_text(self, node: yaml.ScalarNode) -> str:
        """Return a text; raises AmbiguousError for one of several lines that does not begin in its first.

        The engine writes the file anew as it reads it, and yaml.v3 3.0.1 then drops a line break in front of such a
        text, and cannot read a tab there.
        """
        text: str = self.construct_yaml_str(node)
        if "\n" in text and _LOST.match(text):
            raise _ambiguous(
                node, "this text of several lines begins with a line break or a tab, which the engine loses; drop it"
            )
        return text


def _tag_of_name(key: yaml.ScalarNode) -> str:
    """Return the tag of a name: the engine gives each to the program as a text, some numbers in another form."""
    kind = str(key.tag).rpartition(":")[2]
    if kind not in _NAMES or re.fullmatch(r"[-+]?0[0-9_]+", key.value):
        return str(key.tag)
    given = str(engine_scalars.BOOLS.get(key.value, engine_scalars.number(key.value))).lower()
    if given != key.value:
        raise _ambiguous(key, f'"{key.value}" is no text for the engine, which would change the name; put it in quotes')
    return engine_scalars.STR


def _ambiguous(node: yaml.ScalarNode, problem: str) -> AmbiguousError:
    return AmbiguousError(problem=problem, problem_mark=node.start_mark)


def _meant(written: str, number: float) -> str:
    plain = written.lstrip("+-0_")
    ten = f"{plain} without zeros in front of it" if plain.isdigit() else str(number)
    return f'{ten}, or quotes around a text: "{written}"'


for _tag, _construct in (
    ("int", _Loader.construct_number),
    ("float", _Loader.construct_number),
    ("timestamp", _Loader.construct_date),
    ("bool", _Loader.construct_bool),
    ("null", _Loader.construct_null),
    ("str", _Loader.construct_text),
):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _construct)


class _Dumper(yaml.SafeDumper):
    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return how a scalar would be read without quotes: no text, where the engine or YAML 1.1 takes it for none."""
        if kind is yaml.ScalarNode and implicit[0] and (tag := engine_scalars.tag(value)) != engine_scalars.STR:
            return tag
        resolved: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return resolved

    def analyze_scalar(self, scalar: str) -> yaml.emitter.ScalarAnalysis:
        """Return how a text may be written: only with escapes where it holds a line break that others read as blank."""
        analysis: yaml.emitter.ScalarAnalysis = super().analyze_scalar(scalar)
        if _BREAKS.search(scalar):
            analysis.allow_flow_plain = analysis.allow_block_plain = analysis.allow_single_quoted = False
        return analysis


def load(text: str) -> Any:
    """Return the content of a YAML text.

    Raises yaml.YAMLError; RepeatedKeyError for a key that comes twice, AmbiguousError for `010` or `2026-01-02`.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def dump(content: Any) -> str:
    """Return a YAML text that `load` and the engine read as `content`, in its order."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
