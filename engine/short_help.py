"""The list of the commands for a clone that is not set up yet: from the source, with the standard library only.

`launch` prints it instead of first installing the libraries with which the commands explain themselves.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.home import PROJECT

LATER = "./launch COMMAND --help tells more. The first time, it installs the locked libraries into .venv."


def main() -> None:
    """Print the list."""
    sys.stdout.write(f"{text(PROJECT / 'cli')}\n")


def text(folder: Path) -> str:
    """Return what there is to know before the set-up, from the source of the commands in `folder`."""
    lines = [f"  {name:<10} {summary}" for name, summary in summaries(folder)]
    about = _constant(_parsed(folder, "app"), "HELP")
    return "\n".join(["Usage: ./launch COMMAND [OPTIONS]", "", about, "Commands:", *lines, "", LATER])


def summaries(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each command with the first line of its help, in the order of `cli/app.py`."""
    app = _parsed(folder, "app")
    for name, module in _constant(app, "COMMANDS").items():
        yield name, _of_command(folder, module)
    for name, module in _constant(app, "GROUPS").items():
        yield name, _of_group(_parsed(folder, module))


def _parsed(folder: Path, module: str) -> ast.Module:
    return ast.parse((folder / f"{module}.py").read_text(encoding="utf-8"))


def _constant(tree: ast.Module, name: str) -> Any:
    """Return the value of a module's constant; raises LookupError when it has none of that name."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return ast.literal_eval(node.value)  # type: ignore[attr-defined]  # an assignment, by its target
    raise LookupError(name)


def _of_command(folder: Path, module: str) -> str:
    """Return the first line about the function that `register` hands over: one of the module's, or another's."""
    tree = _parsed(folder, module)
    register = _function(tree, "register")
    given = next(call.args[0] for call in _calls(register) if isinstance(call.func, ast.Call))
    if isinstance(given, ast.Attribute) and isinstance(given.value, ast.Name):
        return _first_line(_function(_parsed(folder, given.value.id), given.attr))
    return _first_line(_function(tree, ast.unparse(given)))


def _of_group(tree: ast.Module) -> str:
    """Return the help with which the group is made."""
    made = next(call for call in _calls(tree) if ast.unparse(call.func) == "typer.Typer")
    return next(str(ast.literal_eval(each.value)) for each in made.keywords if each.arg == "help")


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)


def _first_line(function: ast.FunctionDef) -> str:
    return (ast.get_docstring(function) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
