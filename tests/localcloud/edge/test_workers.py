"""Workers, run by Node.js behind a running edge."""

from __future__ import annotations

import gzip
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


def test_two_cookies_arrive_as_two(visit: Visit, deploy: Any) -> None:
    deploy("""export default { fetch() {
      const headers = new Headers([["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2, c"], ["x-one", "1"]]);
      return new Response("set", { headers });
    } };""")
    answer = visit("https://acme.test/work/a")
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2, c"]


@pytest.mark.parametrize("path", ["/work/a%2fb/%7Eada?q=%C3%A4&r=%27", "/work/a//b", "/work/x?y=1&y=2"])
def test_a_script_sees_the_url_as_it_was_sent(visit: Visit, deploy: Any, path: str) -> None:
    deploy("export default { fetch: (request) => new Response(request.url + ' ' + request.clone().url) };")
    assert visit(f"https://acme.test{path}").text == f"https://acme.test{path} https://acme.test{path}"


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_body_is_encoded_as_its_field_says_unless_that_was_done(visit: Visit, deploy: Any, coding: str) -> None:
    deploy(f"""import zlib from "node:zlib";
    export default {{ fetch(request) {{
      const done = request.url.endsWith("done");
      const body = done ? zlib.gzipSync("done before") : "plain text";
      const how = done ? {{ headers: {{ "content-encoding": "gzip" }}, encodeBody: "manual" }}
                       : {{ headers: {{ "content-encoding": "{coding}" }} }};
      return new Response(body, how);
    }} }};""")
    raw = visit("https://acme.test/work/plain", headers={"accept-encoding": coding})
    assert raw.headers["content-encoding"] == coding
    assert (raw.text == "plain text") is (coding == "gzip")  # the client undoes gzip, and Brotli only with a package
    assert visit("https://acme.test/work/done").text == "done before"


FETCHING = """export default { fetch(request) {
  const headers = { cookie: "a=1", authorization: "Bearer x", "x-own": "1" };
  return fetch("https://acme.hosting.test" + new URL(request.url).pathname.replace("/work", ""),
    { method: request.method, headers, body: request.method === "POST" ? "said" : undefined });
} };"""


def test_a_redirect_to_another_host_keeps_cookies_and_own_fields_and_not_the_authorization(
    visit: Visit, deploy: Any, home: Path, site: Any
) -> None:
    site.pages["/from"] = (302, {"location": "https://acme.test/landed?a=b"}, b"")
    site.pages["/twice"] = (307, {"location": "/from"}, b"")
    deploy(FETCHING)
    with process.on_thread(serve(home)):
        answers = [visit("https://acme.test/work/from").text, visit("https://acme.test/work/twice", "POST").text]
    assert answers == ["acme.test /landed?a=b"] * 2
    landed = [headers for _, target, headers, _ in site.seen if target.startswith("/landed")]
    assert [(each["cookie"], each["x-own"], each.get("authorization")) for each in landed] == [("a=1", "1", None)] * 2
    assert [method for method, *_ in site.seen] == ["GET", "GET", "POST", "POST", "GET"]


def test_what_came_encoded_is_read_plain_and_goes_on_encoded(visit: Visit, deploy: Any, home: Path, site: Any) -> None:
    site.pages["/packed"] = (200, {"content-encoding": "gzip"}, gzip.compress(b"plain"))
    deploy("""export default { async fetch(request) {
      const answer = await fetch("https://acme.hosting.test/packed");
      return request.url.endsWith("read") ? new Response("read " + await answer.text()) : answer;
    } };""")
    with process.on_thread(serve(home)):
        read, passed = visit("https://acme.test/work/read"), visit("https://acme.test/work/pass")
    assert (read.text, read.headers.get("content-encoding")) == ("read plain", None)
    assert (passed.text, passed.headers["content-encoding"]) == ("plain", "gzip")


def test_an_origin_that_hangs_up_is_seen_by_the_client(visit: Visit, deploy: Any, home: Path, site: Any) -> None:
    site.pages["/short"] = (200, {"content-length": "100"}, b"only this")
    deploy(FETCHING)
    with process.on_thread(serve(home)):
        with pytest.raises(httpx.HTTPError):
            visit("https://acme.test/work/short")
        assert visit("https://acme.test/work/whole").status_code == 200  # the script goes on
