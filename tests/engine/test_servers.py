"""What the engine adds to the local cloud's supervisor: its own handlers, and words a founder can act on."""

from __future__ import annotations

import os

import pytest

from engine import servers
from engine.errors import LaunchError
from engine.home import PROJECT, Home


def test_a_server_that_does_not_come_up_is_told_with_what_to_do(home: Home) -> None:
    package = home.project / "localcloud"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('no such table: resources')")
    home.path.mkdir(parents=True)
    with pytest.raises(LaunchError) as failed:
        servers.ensure(home, os.environ, lambda _line: None)
    assert "server did not come up" in failed.value.what
    assert "no such table: resources" in failed.value.why
    assert "./launch up" in failed.value.cure
    servers.down(home)


def test_the_handlers_lie_where_the_local_cloud_is_told() -> None:
    assert (PROJECT / servers.HANDLERS.requirements).is_file()
    module, _, _ = servers.HANDLERS.target.partition(":")
    assert (PROJECT / f"{module.replace('.', '/')}.py").is_file()
    assert f"uvicorn {servers.HANDLERS.target} " in (PROJECT / "infra" / "Dockerfile").read_text()
