"""Every call that the handlers make of a vendor exists at its stand-in: the calls are collected from the code."""

from __future__ import annotations

import ast
import asyncio
import importlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import pytest

import handlers
from localcloud.base.world import World
from localcloud.saas import crm, helpdesk, mailer
from localcloud.saas.helpdesk_webhooks import Hooks
from localcloud.saas.stripe import app as stripe
from localcloud.saas.stripe.ledger import Ledger

ROOT = Path(handlers.__file__).parent
# Module → the stand-in that it calls, and what comes before the paths that it writes.
VENDORS = {
    "billing.stripe_api": ("stripe", ""),
    "vendors.hubspot": ("crm", ""),
    "vendors.resend": ("mailer", ""),
    "vendors.zendesk": ("helpdesk", "/api/v2/"),
    "vendors.zendesk_tokens": ("helpdesk", ""),
}
ELSEWHERE = {
    "outside.firebase_accounts": "Google's own clients and stand-in",
    "outside.http_client": "makes the calls of others",
    "outside.plain_calls": "makes the calls of others to Google",
    "vendors.remote_drafter": "a service of the founder's own",
    "vendors.vertex": "the rehearsal drafts without a model",
    "vendors.zendesk_erasure": "its paths are put together; tests/handlers/vendors/test_erasures.py makes every call",
    "work.transactions": "Firestore, by its own client",
}
GETTERS = {"_get", "_pages"}  # of stripe_api: the path comes first


class Called(NamedTuple):
    """One call: where it is made, its method, and its path with 1 for each part that the code fills in."""

    where: str
    method: str
    path: str


def collected() -> list[Called]:
    """Return the calls in the modules that call a vendor."""
    return [call for name in VENDORS for call in _of_module(name)]


def _of_module(name: str) -> Iterator[Called]:
    module = importlib.import_module(f"handlers.{name}")
    tree = ast.parse(Path(str(module.__file__)).read_text())
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if found := _request(call):
                yield from _resolved(name, module, function, *found)


def _request(call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """Return the method and the path of a request, None for any other call."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if called in GETTERS and call.args:
        return ast.Constant("GET"), call.args[0]
    if called == "_call":
        return call.args[0], call.args[1]
    is_plain = called == "call" and isinstance(call.func, ast.Attribute) and _name(call.func.value) == "http_client"
    return (call.args[1], call.args[2]) if is_plain else None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _resolved(
    name: str, module: ModuleType, function: ast.FunctionDef, method: ast.expr, path: ast.expr
) -> Iterator[Called]:
    """Yield the call, unless it hands on what it was given: then whoever calls it is found."""
    given = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
    names = {node.id for part in (method, path) for node in ast.walk(part) if isinstance(node, ast.Name)}
    text = _text(path, module, function)
    if names & given and (not isinstance(method, ast.Constant) or not text.replace("1", "")):
        return
    verb = _text(method, module, function)
    vendor_path = text.partition("?")[0]
    yield Called(f"handlers.{name}.{function.name}", verb, VENDORS[name][1] + vendor_path)


def _text(node: ast.expr, module: ModuleType, function: ast.FunctionDef) -> str:
    """Return an expression as text: 1 for what is known only when it runs, nothing for the vendor's address."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(_text(part, module, function) for part in node.values)
        case ast.FormattedValue():
            return _text(node.value, module, function)
        case ast.BinOp(op=ast.Add()):
            return _text(node.left, module, function) + _text(node.right, module, function)
        case ast.Attribute(attr="_url"):
            return ""
        case ast.Name():
            return _value(node.id, module, function)
    return "1"


def _value(name: str, module: ModuleType, function: ast.FunctionDef) -> str:
    """Return what a name stands for: a constant of the module, or what the function assigned to it."""
    if isinstance(getattr(module, name, None), str):
        return str(getattr(module, name))
    assigned = (each for each in ast.walk(function) if isinstance(each, ast.Assign))
    found = next((each.value for each in assigned if name in map(_name, each.targets)), None)
    return _text(found, module, function) if found else "1"


@pytest.fixture
def apps(tmp_path: Path) -> Iterator[Mapping[str, Any]]:
    world = World(tmp_path / "world.db")
    yield {
        "stripe": stripe.app(Ledger(world, time.time), lambda: None),
        "crm": crm.app(world),
        "helpdesk": helpdesk.app(Hooks(world, time.time, lambda: None)),
        "mailer": mailer.app(world, lambda _: None),
    }
    world.close()


async def answer(app: Any, method: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vendor") as client:
        return await client.request(method, path)


def test_every_module_that_calls_somebody_is_known() -> None:
    calling = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in ROOT.rglob("*.py")
        if "http_client.call(" in path.read_text() or "def call(" in path.read_text()
    }
    assert calling == {*VENDORS, *ELSEWHERE}


def test_every_call_that_the_handlers_make_exists_at_the_stand_in(apps: Mapping[str, Any]) -> None:
    calls = collected()
    assert {each.where.rpartition(".")[0].removeprefix("handlers.") for each in calls} == set(VENDORS)
    assert len({(each.method, each.path) for each in calls}) >= 17
    vendor = {f"handlers.{name}": who for name, (who, _) in VENDORS.items()}
    missing = [
        each
        for each in calls
        if asyncio.run(answer(apps[vendor[each.where.rpartition(".")[0]]], each.method, each.path)).status_code
        not in (400, 401)
    ]
    assert missing == []


@pytest.mark.parametrize("vendor", ["stripe", "crm", "helpdesk", "mailer"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_what_a_stand_in_does_not_do_it_says_at_once(apps: Mapping[str, Any], vendor: str, method: str) -> None:
    told = asyncio.run(answer(apps[vendor], method, "/v9/nothing/of/the/kind"))
    assert told.status_code == 501
    assert f"does not do {method} /v9/nothing/of/the/kind" in told.text
