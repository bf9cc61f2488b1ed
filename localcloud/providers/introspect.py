"""Reads a resource type's schema out of the installed Pulumi SDK package, so that it is the one the program uses."""

from __future__ import annotations

import collections.abc
import importlib
import importlib.metadata
import inspect
import json
import sys
import typing
import warnings
from types import NoneType, UnionType
from typing import Any

import pulumi
from pulumi import _types as sdk_types  # the only place where the SDK tells Python names from Pulumi's
from pulumi.runtime.rpc import get_resource_module

from localcloud.providers.schema import Schema, Shape, Type, to_json

KINDS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "any", NoneType: "any"}
FILES = frozenset({pulumi.Asset, pulumi.Archive})


def version(package: str) -> str:
    """Return the version of the SDK installed for a Pulumi package (`gcp`); raises PackageNotFoundError."""
    return importlib.metadata.version(f"pulumi_{package}")


def schema(token: str) -> Schema:
    """Return the schema of a resource type such as `gcp:secretmanager/secret:Secret`, or of a provider's own settings.

    The latter's token is `pulumi:providers:gcp`. Raises LookupError when there is no such type.
    """
    package, module, name = token.split(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDKs warn, on import, of functions nobody calls here
        return _configuration(name) if (package, module) == ("pulumi", "providers") else _resource(token)


def _resource(token: str) -> Schema:
    package, module, _ = token.split(":")
    importlib.import_module(f"pulumi_{package}")
    found = get_resource_module(package, module, "")
    info = getattr(found, "mod_info", {"classes": {}})
    if token not in info["classes"]:
        raise LookupError(f"the installed pulumi_{package} has no resource type {token}")
    cls = getattr(importlib.import_module(info["fqn"]), info["classes"][token])
    return _schema(token, cls, outputs=True)


def _configuration(package: str) -> Schema:
    cls = importlib.import_module(f"pulumi_{package}").Provider
    return _schema(f"pulumi:providers:{package}", cls, outputs=False)


def _schema(token: str, cls: type, *, outputs: bool) -> Schema:
    args = getattr(sys.modules[cls.__module__], f"{cls.__name__}Args")
    nested: dict[str, Shape] = {}
    given = {name: _type(hint, nested) for name, hint in sdk_types.resource_types(cls).items()} if outputs else {}
    named = {name: kind for name, kind in given.items() if name not in ("id", "urn")}
    return Schema(token, _shape(args, nested), named, nested)


def _shape(args: type, nested: dict[str, Shape]) -> Shape:
    hints = sdk_types.input_type_types(args)
    names = sdk_types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args).parameters
    needed = {names[name] for name, p in parameters.items() if name in names and p.default is inspect.Parameter.empty}
    return Shape({name: _type(hint, nested) for name, hint in hints.items()}, frozenset(needed))


def _type(hint: Any, nested: dict[str, Shape]) -> Type:
    hint = _unwrapped(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (collections.abc.Sequence, list):
        return Type("array", _type(arguments[0], nested))
    if origin in (collections.abc.Mapping, dict):
        return Type("map", _type(arguments[1], nested))
    if hint in FILES:
        return Type("file")
    if isinstance(hint, type) and sdk_types.is_input_type(hint):
        return _object(hint, nested)
    return Type(KINDS.get(hint, "any"))


def _object(hint: type, nested: dict[str, Shape]) -> Type:
    name = f"{hint.__module__.removesuffix('._inputs')}.{hint.__name__.removesuffix('Args')}"
    if name not in nested:
        nested[name] = Shape({})  # stands while its own properties are read: shapes may contain themselves
        nested[name] = _shape(hint, nested)
    return Type("object", name=name)


def _unwrapped(hint: Any) -> Any:
    """Return what an `Input[...]` or `Optional[...]` is about: the first choice but Output, Awaitable and None."""
    if typing.get_origin(hint) not in (typing.Union, UnionType):
        return hint
    wrappers = (pulumi.Output, collections.abc.Awaitable)
    choices = [c for c in typing.get_args(hint) if typing.get_origin(c) not in wrappers and c is not NoneType]
    return _unwrapped(choices[0]) if choices else Any


def main() -> None:
    """Answer each token that is read, a line of JSON for a line: its schema, or what is missing."""
    for line in sys.stdin:
        try:
            answer = to_json(schema(line.strip()))
        except LookupError as error:
            answer = {"missing": str(error)}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
