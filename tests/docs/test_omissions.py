"""What the rehearsal leaves out is told: every refusal of the kind "only the real one does it" is in the list."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from engine.home import PROJECT

PAGE = PROJECT / "docs" / "rehearsal.md"
SOURCE = PROJECT / "localcloud"
ROW = re.compile(r"^\| `([a-z0-9_/]+\.py)` \| (.+) \|$", re.MULTILINE)
MAKERS = ("not_done", "NotDoneError")
STATUSES = ("UNIMPLEMENTED", "NOT_IMPLEMENTED")


def leaves_out(node: ast.AST) -> bool:
    """Whether a call refuses because only the real service does it: by status 501, or by gRPC's UNIMPLEMENTED."""
    if not isinstance(node, ast.Call):
        return False
    named = getattr(node.func, "id", getattr(node.func, "attr", ""))
    given = [*node.args, *(each.value for each in node.keywords)]
    by_status = any(isinstance(each, ast.Attribute) and each.attr in STATUSES for each in given)
    return named in MAKERS or by_status or any(isinstance(each, ast.Constant) and each.value == 501 for each in given)


def modules_that_leave_out() -> set[str]:
    trees = {path: ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")}
    found = (path for path, tree in trees.items() if any(map(leaves_out, ast.walk(tree))))
    return {str(Path(path).relative_to(SOURCE)) for path in found}


def test_every_omission_is_in_the_list_and_the_list_names_nothing_else() -> None:
    listed = ROW.findall(PAGE.read_text())
    assert {module for module, _ in listed} == modules_that_leave_out()
    assert len(listed) == len({module for module, _ in listed})


def test_a_refusal_of_the_kind_is_noticed() -> None:
    for text in ("raise not_done('x')", "Refused(StatusCode.UNIMPLEMENTED, 'x')", "JSONResponse({}, 501)"):
        assert any(map(leaves_out, ast.walk(ast.parse(text)))), text
    assert not any(map(leaves_out, ast.walk(ast.parse("JSONResponse({}, 404)"))))
