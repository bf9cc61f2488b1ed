"""An SDK's tables of types (`_inputs`, `outputs`), cut to the types of those resource types that are used.

Each resource type imports the whole tables of its package: 12,000 classes, of which 1,500 belong to what is used here.
A type is named after its resource type (`UrlMap` → `URLMapHeaderActionArgs`), and the tables are flat, so the source is
cut before it is compiled; Python keeps the bytecode of the cut beside that of the whole. When somebody asks for
anything else, the whole table is read and what is missing is put in.

A table has each type of an input twice, as a class and, for type checkers, as a mapping (`…ArgsDict`, a TypedDict). Of
the 650 mappings the names are kept, which others mention, and the keys are not, which took a fifth of the time.

Annotations are compiled as PEP 563 has them, as texts: the types of a property are worked out when a resource has it,
and not for all of them while they are loaded, which takes a quarter of the time.
"""

from __future__ import annotations
import __future__

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import Any

TABLES = ("_inputs", "outputs")
AS_TEXTS = __future__.annotations.compiler_flag
TYPE = re.compile(rb"^(?:@[\w.]+\n)*class (\w+)", re.MULTILINE)
MAPPING = re.compile(rb"^(class \w+\(TypedDict\):)\n(?:(?:[ \t].*)?\n)*", re.MULTILINE)
NAMES = re.compile(rb"^__all__ = \[.*?^\]\n", re.MULTILINE | re.DOTALL)


@contextmanager
def cut_to(package: str, modules: Sequence[str]) -> Iterator[None]:
    """Have the modules of a package find cut tables while they are loaded; afterwards the tables grow when asked."""
    specs = [spec for name in TABLES if (spec := importlib.util.find_spec(f"{package}.{name}")) and spec.origin]
    tables = [_table(spec, modules) for spec in specs if spec.name not in sys.modules]
    try:
        yield
    finally:
        for table in tables:
            vars(table)["__getattr__"] = _whole(table)


def cut(source: bytes, modules: Sequence[str]) -> bytes:
    """Return a table's source with those types only that are named after one of the modules, in any case of letters.

    A mapping has no keys in it.
    """
    starts = list(TYPE.finditer(source))
    ends = [*(each.start() for each in starts[1:]), len(source)]
    first = starts[0].start() if starts else len(source)
    prefixes = tuple(name.replace("_", "").encode() for name in modules)
    kept = (
        source[start.start() : end]
        for start, end in zip(starts, ends, strict=True)
        if start[1].lower().startswith(prefixes)
    )
    return MAPPING.sub(rb"\1 pass\n\n", NAMES.sub(b"", source[:first]) + b"".join(kept))


class _Cut(SourceFileLoader):
    """Loads a table cut to the types of `modules`."""

    def __init__(self, spec: ModuleSpec, modules: Sequence[str]) -> None:
        super().__init__(spec.name, str(spec.origin))
        self._modules = modules
        kind = ",".join((*modules, "annotations", "mappings"))  # whatever changes the bytecode
        self._suffix = f".{hashlib.sha256(kind.encode()).hexdigest()[:8]}.pyc"

    def source_to_code(self, data: Any, path: Any) -> Any:  # type: ignore[override]
        return compile(cut(data, self._modules), path, "exec", AS_TEXTS, dont_inherit=True)

    def get_data(self, path: str) -> bytes:
        return super().get_data(self._own(path))

    def set_data(self, path: str, data: Any, **options: Any) -> None:
        super().set_data(self._own(path), data, **options)

    def _own(self, path: str) -> str:
        return path.removesuffix(".pyc") + self._suffix if path.endswith(".pyc") else path


def _table(spec: ModuleSpec, modules: Sequence[str]) -> ModuleType:
    spec.loader = _Cut(spec, modules)
    table = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    return table


def _whole(table: ModuleType) -> Callable[[str], object]:
    """Return the module's `__getattr__`: what the cut left out is put in beside what it kept, which stays as it is."""

    def missing(name: str) -> object:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        del vars(table)["__getattr__"]
        loader = SourceFileLoader(table.__name__, str(table.__file__))
        whole = importlib.util.module_from_spec(ModuleSpec(table.__name__, loader))
        loader.exec_module(whole)
        vars(table).update({key: value for key, value in vars(whole).items() if key not in vars(table)})
        return getattr(table, name)

    return missing
