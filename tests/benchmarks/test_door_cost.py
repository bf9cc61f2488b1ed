"""The service that `benchmarks.door_cost` measures is the one that production serves, with the work that it does."""

from __future__ import annotations

import http.client
import json
from contextlib import closing

import pytest

from benchmarks import door_cost
from handlers.app import create
from handlers.words import Code
from localcloud.base.ports import free_port
from localcloud.base.process import on_thread
from localcloud.base.web import serving


class Taken:
    """A queue that keeps what it was sent."""

    def __init__(self):
        self.sent = []

    def send(self, task):
        self.sent.append(task)
        return True


@pytest.fixture
def ours():
    documents, queue, port = door_cost.Memory(), Taken(), free_port()
    with on_thread(serving(door_cost.ours(documents, queue), port)):
        yield documents, queue, port


def sent(port, body, headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", door_cost.PATH, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_delivery_is_verified_stored_and_queued_and_logged(ours, capsys):
    documents, queue, port = ours
    body, headers = door_cost.deliveries(1)[0]
    assert sent(port, body, headers) == (200, {"id": "evt_1_0", "state": "received", "duplicate": False})
    [(path, kept)] = documents.kept.items()
    assert (path, kept["body"]) == ("inbox/evt_1_0", body.decode())
    assert [task.path for task in queue.sent] == ["/events/evt_1_0/run"]
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["outcome"], line["queued"]) == ("accepted", "new", True)


def test_the_service_whose_start_is_measured_can_be_built():
    assert door_cost.PATH in {route.path for route in create(door_cost.ENVIRONMENT).routes}


def test_nothing_comes_in_beside_the_edge(ours):
    body, headers = door_cost.deliveries(1)[0]
    status, answer = sent(ours[2], body, headers | {door_cost.EDGE_HEADER.lower(): "guessed"})
    assert (status, answer["error"]["code"]) == (403, Code.NOT_THROUGH_THE_EDGE)
    assert not ours[0].kept
