"""What parameters a call of Stripe's API has, read from the types of the official client."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from pathlib import Path

import stripe

HOME = Path(stripe.__file__).parent
ID = re.compile(r"\{[^}]*\}")
IMPORT = r"from stripe\.([\w.]+) import \(?\s*%s\b"
Call = tuple[str, str]


def table(wanted: Set[Call]) -> dict[Call, frozenset[str]]:
    """Return the parameters of some calls, by method and path, which has `{id}` for whatever is filled in."""
    paths = {path for _, path in wanted}
    found: dict[Call, frozenset[str]] = {}
    for file in sorted(HOME.rglob("_*_service.py")):
        text = file.read_text()
        if paths & {ID.sub("{id}", each) for each in re.findall(r'"(/v1/[^"]+)"', text)}:
            found |= {call: _names(text, params) for call, params in _calls(ast.parse(text)) if call in wanted}
    return found


def _calls(tree: ast.Module) -> Iterator[tuple[Call, str]]:
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef) and (call := _requested(each)):
            yield call, _params_of(each)


def _requested(function: ast.FunctionDef) -> Call | None:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "_request":
            method, path = call.args[:2]
            text = path.func.value if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute) else path
            if isinstance(method, ast.Constant) and isinstance(text, ast.Constant):
                return str(method.value).upper(), ID.sub("{id}", str(text.value))
    return None


def _params_of(function: ast.FunctionDef) -> str:
    wanted = next((each for each in function.args.args if each.arg == "params"), None)
    found = re.search(r"(\w+Params)", ast.unparse(wanted.annotation)) if wanted and wanted.annotation else None
    return found[1] if found else ""


def _names(service: str, params: str) -> frozenset[str]:
    """Return the fields of a class of parameters, which the text of a service imports."""
    module = re.search(IMPORT % params, service) if params else None
    if module is None:
        return frozenset()
    tree = ast.parse(HOME.joinpath(*module[1].split(".")).with_suffix(".py").read_text())
    body = next(each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == params)
    fields = (each.target for each in body.body if isinstance(each, ast.AnnAssign))
    return frozenset(each.id for each in fields if isinstance(each, ast.Name)) - {"expand"}
