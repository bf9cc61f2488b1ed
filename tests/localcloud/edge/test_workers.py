"""Workers, run by Node.js behind a running edge."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.mta_sts import PATH, worker
from infra.worker_origin import worker_script
from localcloud.base import process
from localcloud.internet.proxy import serve

Visit = Callable[..., httpx.Response]
ECHO = """export default {
  async fetch(request) {
    return new Response(`${request.method} ${request.url} ${await request.text()}`, { status: 201 });
  },
};"""


@pytest.fixture
def deploy(put: Any, tool: Any) -> Callable[..., None]:
    """Deploy a script at a route."""
    tool("node")

    def write(content: str, pattern: str = "acme.test/work/*") -> None:
        put("WorkersScript", "script", zoneId=None, scriptName="script", content=content)
        put("WorkersRoute", "route", pattern=pattern, script="script")

    return write


def test_a_script_answers_at_its_route_alone(visit: Visit, deploy: Any) -> None:
    deploy(ECHO)
    answer = visit("https://acme.test/work/a?b=c", "POST", content="body")
    assert (answer.status_code, answer.text) == (201, "POST https://acme.test/work/a?b=c body")
    assert visit("https://acme.test/elsewhere").status_code == 200


def test_a_new_script_takes_over(visit: Visit, deploy: Any) -> None:
    deploy(ECHO)
    assert visit("https://acme.test/work/a").status_code == 201
    deploy(ECHO.replace("201", "202"))
    assert visit("https://acme.test/work/a").status_code == 202


def test_a_script_has_as_many_requests_in_hand_as_come(visit: Visit, deploy: Any) -> None:
    deploy("""const held = [];
    export default { fetch: () => new Promise((answer) => {
      held.push(answer);
      if (held.length === 24) held.forEach((each) => each(new Response("together")));
    }) };""")
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: visit("https://acme.test/work/a").text, range(24)))
    assert set(answers) == {"together"}


def test_a_script_that_throws_is_error_1101(visit: Visit, deploy: Any) -> None:
    deploy("export default { async fetch() { throw new Error('x'); } };")
    answer = visit("https://acme.test/work/a")
    assert (answer.status_code, "Error 1101" in answer.text) == (500, True)


def test_what_a_script_fetches_goes_through_the_rehearsals_internet_or_nowhere(visit: Visit, deploy: Any) -> None:
    deploy("export default { fetch: () => fetch('https://nowhere.example/') };")
    assert "Error 1101" in visit("https://acme.test/work/a").text


def test_the_forwarder_asks_for_the_service_by_its_own_name(visit: Visit, deploy: Any, home: Path) -> None:
    deploy(worker_script("https://acme.hosting.test"), "api.acme.test/*")
    with process.on_thread(serve(home)):
        answer = visit("https://api.acme.test/any?a=b")
    assert (answer.status_code, answer.text) == (200, "acme.hosting.test /any?a=b")


def test_the_mta_sts_policy_is_served_as_it_is_written(visit: Visit, deploy: Any) -> None:
    policy = "version: STSv1\r\nmode: enforce\r\nmx: smtp.google.com\r\nmax_age: 604800\r\n"
    deploy(worker(policy), "acme.test/*")
    answer = visit(f"https://acme.test{PATH}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.content == policy.encode()
    assert visit("https://acme.test/").status_code == 404
