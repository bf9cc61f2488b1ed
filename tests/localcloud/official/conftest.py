"""A rehearsal's accounts, Firestore and vendors, running for clients that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvloop

from localcloud import iam
from localcloud.base import ports
from localcloud.base.network import RECORD
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.firestore.access import DATABASE
from localcloud.firestore.server import serve as serve_firestore
from localcloud.saas.server import serve as serve_vendors

PROJECT = "acme-rehearsal"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ports.Ports]:
    """The ports of a project with a database, beside the vendors."""
    home: Path = tmp_path_factory.mktemp("official")
    ports.allocate(home)
    world = World(home / "world.db")
    project = {"projectId": PROJECT, "number": "100000000001"}
    world.put(Resource(iam.PROJECT, f"projects/{PROJECT}", "", project, project))
    database = {"project": PROJECT, "name": "(default)", "locationId": "eur3", "type": "FIRESTORE_NATIVE"}
    world.put(Resource(DATABASE, f"projects/{PROJECT}/databases/(default)", "", database, database))
    dkim = {"name": "resend._domainkey.acme.test", "type": "TXT", "content": "v=DKIM1; p=x"}
    world.put(Resource(RECORD, "r1", "urn:r1", dkim))
    world.close()
    servers = [serve_vendors(home, search_lag=0.5), serve_control(home), serve_firestore(home)]
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(on_thread(server, uvloop.new_event_loop))
        yield ports.load(home)
