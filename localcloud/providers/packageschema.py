"""Pulumi's package schema (`pulumi package get-schema`), which `pulumi import` needs to write code.

Source of the format: https://www.pulumi.com/docs/iac/build-with-pulumi/schema/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.providers.schema import Schema, Shape, Type

FILE = {"oneOf": [{"$ref": "pulumi.json#/Asset"}, {"$ref": "pulumi.json#/Archive"}]}


def package_schema(package: str, version: str, configuration: Schema, schemas: Iterable[Schema]) -> dict[str, Any]:
    """Return the schema of a package with these resource types as JSON."""
    known = list(schemas)
    shapes = {name: shape for schema in [configuration, *known] for name, shape in schema.types.items()}
    return {
        "name": package,
        "version": version,
        "config": {"variables": _properties(configuration.inputs.properties, package)},
        "provider": {"inputProperties": _properties(configuration.inputs.properties, package)},
        "types": {
            _token(name, package): {"type": "object", **_shape(shape, package)} for name, shape in shapes.items()
        },
        "resources": {schema.token: _resource(schema, package) for schema in known},
    }


def _resource(schema: Schema, package: str) -> dict[str, Any]:
    outputs = {**schema.outputs, **schema.inputs.properties}
    return {
        "properties": _properties(outputs, package),
        "inputProperties": _properties(schema.inputs.properties, package),
        "requiredInputs": sorted(schema.inputs.required),
    }


def _shape(shape: Shape, package: str) -> dict[str, Any]:
    return {"properties": _properties(shape.properties, package), "required": sorted(shape.required)}


def _properties(properties: Mapping[str, Type], package: str) -> dict[str, Any]:
    return {name: _type(type_, package) for name, type_ in properties.items()}


def _type(type_: Type, package: str) -> dict[str, Any]:
    inner = _type(type_.of, package) if type_.of else {}
    match type_.kind:
        case "array":
            return {"type": "array", "items": inner}
        case "map":
            return {"type": "object", "additionalProperties": inner}
        case "object":
            return {"$ref": f"#/types/{_token(type_.name, package)}"}
        case "file":
            return FILE
        case "any":
            return {"$ref": "pulumi.json#/Any"}
        case kind:
            return {"type": kind}


def _token(name: str, package: str) -> str:
    """Return the type token of a shape: `pulumi_gcp.storage.BucketCors` → `gcp:storage/BucketCors:BucketCors`."""
    *modules, own = name.split(".")
    return f"{package}:{modules[1] if len(modules) > 1 else 'index'}/{own}:{own}"
