import http.client
import threading
import time
from contextlib import closing

import psutil
import pytest

from localcloud.base import internal_traffic, tokens
from localcloud.base.world import Resource
from localcloud.run.forward import REQUEST_LIMIT

PROJECT = "acme-rehearsal"
CALLER = f"task-caller@{PROJECT}.iam.gserviceaccount.com"
INVOKER = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"


@pytest.fixture(autouse=True)
def no_bindings(shared):
    yield
    for binding in shared.world.resources(INVOKER):
        shared.world.remove(INVOKER, binding.id)


def admit(shared, member, name="hello"):
    inputs = {
        "project": PROJECT,
        "location": "europe-west1",
        "name": name,
        "role": "roles/run.invoker",
        "member": member,
    }
    shared.world.put(Resource(INVOKER, f"{name}/{member}", "urn:invoker", inputs=inputs))


def bearer(shared, audience, account=CALLER, now=None):
    return {"Authorization": f"Bearer {tokens.id_token(shared.home, account, audience, now or time.time())}"}


def test_the_uploaded_archive_serves_at_the_service_s_address(shared):
    host = shared.deploy()
    answer = shared.ask(host, "/health")
    assert (answer.status_code, answer.text, answer.headers["server"]) == (200, "ok", "Google Frontend")


def test_request_and_answer_pass_unchanged(shared):
    host = shared.deploy()
    body = b"\x00\xff" * 700_000
    answer = shared.ask(host, "/echo/a%2Fb;c?x=1&y=%20", "POST", data=body, headers={"X-Own": "kept", "Te": "trailers"})
    seen = answer.json()
    assert answer.status_code == 201
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/echo/a%2Fb;c", "x=1&y=%20")
    assert (seen["length"], seen["body"]) == (len(body), body[:100].decode("latin-1"))
    names = [name for name, _ in seen["headers"]]
    assert ["x-own", "kept"] in seen["headers"]
    assert ["host", host] in seen["headers"]
    assert "te" not in names
    assert len(names) == len(set(names))


def test_a_chunked_request_arrives_whole(shared):
    host = shared.deploy()
    assert shared.ask(host, "/echo", "POST", data=iter([b"one ", b"two"])).json()["body"] == "one two"


def test_the_way_of_a_request_is_told_and_its_trace_continued(shared):
    host = shared.deploy()
    trace = "0af7651916cd43dd8448eb211c80319c"
    given = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "X-Forwarded-For": "198.51.100.7"}
    seen = dict(shared.ask(host, "/echo", headers=given).json()["headers"])
    assert seen["x-forwarded-for"] == "198.51.100.7,127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert seen["x-cloud-trace-context"].startswith(f"{trace}/")
    assert seen["traceparent"].startswith(f"00-{trace}-")
    assert seen["traceparent"] != given["traceparent"]


def test_an_answer_is_streamed_as_it_comes(shared):
    host = shared.deploy()
    answer = shared.ask(host, "/stream", stream=True)
    parts = answer.iter_content(None)
    assert next(parts) == b"part 0\n"
    shared.ask(host, "/go_on")
    assert next(parts) == b"part 1\n"


def test_every_cookie_of_an_answer_arrives(shared):
    host = shared.deploy()
    assert dict(shared.ask(host, "/cookies").cookies) == {"a": "1", "b": "2"}


def test_an_unknown_host_is_404(shared):
    shared.deploy()
    answer = shared.ask("other-100000000001.europe-west1.run.app")
    assert answer.status_code == 404
    assert "not found on this server" in answer.text


def test_a_service_with_internal_ingress_is_404_for_strangers_and_open_for_google_s_own_services(shared):
    host = shared.deploy(ingress="INGRESS_TRAFFIC_INTERNAL_ONLY")
    assert (
        shared.ask(
            host, "/health", headers={internal_traffic.HEADER: "guessed", "X-CloudTasks-QueueName": "q"}
        ).status_code
        == 404
    )
    seen = shared.ask(host, "/echo", headers=internal_traffic.headers(shared.home))
    assert seen.status_code == 201
    assert internal_traffic.HEADER.lower() not in dict(seen.json()["headers"])


def test_a_service_behind_the_load_balancer_is_404_at_its_default_url(shared):
    host = shared.deploy(ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", defaultUriDisabled=True)
    assert shared.ask(host, "/health").status_code == 404
    assert shared.ask(host, "/health", headers=internal_traffic.headers(shared.home)).status_code == 404


def test_only_a_caller_who_holds_the_role_may_invoke(shared):
    host = shared.deploy(invokerIamDisabled=False)
    url = f"https://{host}"
    nobody = shared.ask(host, "/health")
    assert nobody.status_code == 403
    without_role = shared.ask(host, "/health", headers=bearer(shared, url))
    assert without_role.status_code == 403
    assert "run.routes.invoke" in without_role.text
    admit(shared, f"serviceAccount:{CALLER}")
    assert shared.ask(host, "/health", headers=bearer(shared, url)).status_code == 200
    other = bearer(shared, url, account=f"intake@{PROJECT}.iam.gserviceaccount.com")
    assert shared.ask(host, "/health", headers=other).status_code == 403


def test_a_token_for_another_audience_or_time_or_kind_is_401(shared):
    host = shared.deploy(invokerIamDisabled=False)
    admit(shared, f"serviceAccount:{CALLER}")
    access = {"Authorization": f"Bearer {tokens.access_token(shared.home, CALLER, time.time())}"}
    elsewhere, old = bearer(shared, "https://elsewhere"), bearer(shared, f"https://{host}", now=time.time() - 7200)
    for headers in (elsewhere, old, access, {"Authorization": "Bearer rubbish"}):
        answer = shared.ask(host, "/health", headers=headers)
        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["www-authenticate"]


def test_a_checked_token_reaches_the_service_without_its_signature(shared):
    host = shared.deploy(invokerIamDisabled=False)
    admit(shared, f"serviceAccount:{CALLER}")
    seen = dict(shared.ask(host, "/echo", headers=bearer(shared, f"https://{host}")).json()["headers"])
    assert seen["authorization"].endswith(".SIGNATURE_REMOVED_BY_GOOGLE")


def test_all_users_may_be_let_in_by_a_binding(shared):
    host = shared.deploy(invokerIamDisabled=False)
    admit(shared, "allUsers")
    assert shared.ask(host, "/health").status_code == 200


def test_an_authorization_of_the_app_s_own_passes_where_google_checks_none(shared):
    host = shared.deploy()
    seen = dict(shared.ask(host, "/echo", headers={"Authorization": "Bearer a.b.c"}).json()["headers"])
    assert seen["authorization"] == "Bearer a.b.c"


def test_paths_that_google_keeps_never_arrive(shared):
    assert shared.ask(shared.deploy(), "/healthz").status_code == 404


def test_a_request_over_32_mib_is_413_announced_or_not(shared):
    host = shared.deploy()
    connection = http.client.HTTPConnection("127.0.0.1", shared.ports["run"], timeout=10)
    with closing(connection):
        connection.request("POST", "/echo", headers={"Host": host, "Content-Length": str(REQUEST_LIMIT + 1)})
        assert connection.getresponse().status == 413
    chunk = b"x" * (1 << 20)
    assert shared.ask(host, "/echo", "POST", data=iter([chunk] * 33)).status_code == 413


def test_a_request_that_takes_longer_than_the_service_s_timeout_is_504(shared):
    host = shared.deploy(env={"TIMEOUT": "2s"}, template={"timeout": "2s"})
    shared.wait_for(lambda: shared.serving(host, TIMEOUT="2s"))
    assert shared.ask(host, "/slow?seconds=5").status_code == 504


def test_requests_beyond_the_concurrency_wait_and_are_429_when_it_lasts(shared, monkeypatch):
    host = shared.deploy(env={"CONCURRENCY": "1"}, template={"maxInstanceRequestConcurrency": 1})
    shared.wait_for(lambda: shared.serving(host, CONCURRENCY="1"))  # until then, the revision before answers

    def statuses(seconds, patience):
        """Ask twice at once: on a busy machine the two may arrive a second apart."""
        monkeypatch.setattr("localcloud.run.revision.PENDING_LIMIT", patience)
        found = []
        ask = lambda: found.append(shared.ask(host, f"/slow?seconds={seconds}").status_code)  # noqa: E731
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(found)

    assert statuses(seconds=0.2, patience=10) == [200, 200]
    assert statuses(seconds=3, patience=0.2) == [200, 429]


def test_every_request_is_in_the_journal(shared):
    host = shared.deploy(ingress="INGRESS_TRAFFIC_INTERNAL_ONLY")
    time.sleep(0.3)
    since = max((entry.seq for entry in shared.world.journal("run_request")), default=0)
    shared.ask(host, "/a")
    shared.ask(host, "/health", headers=internal_traffic.headers(shared.home))
    found = shared.wait_for(
        lambda: len(entries := shared.world.journal("run_request", "hello", since)) == 2 and entries
    )
    shown = [(entry.data["path"], entry.data["status"], entry.data["via"]) for entry in found]
    assert shown == [("/a", 404, "internet"), ("/health", 200, "backbone")]
    assert found[1].data["revision"].startswith("hello-0000")


def test_a_removed_service_is_404(shared):
    host = shared.deploy()
    assert shared.ask(host, "/health").status_code == 200
    shared.world.remove("gcp:cloudrunv2/service:Service", "hello")
    assert shared.ask(host, "/health").status_code == 404


def test_nothing_but_loopback_is_listened_on(shared):
    listening = [one.laddr for one in psutil.Process().net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert {shared.ports[name] for name in ("run", "metadata", "gateway")} <= {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}
