import threading
from concurrent.futures import ThreadPoolExecutor

from localcloud.run.services import SERVICE


def revisions(cloud):
    return [(entry.data["revision"], entry.data["state"]) for entry in cloud.world.journal("revision")]


def test_a_changed_resource_becomes_a_new_revision(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    first = cloud.ask(host, "/env").json()
    cloud.deploy(env={"VERSION": "2"})
    cloud.wait_for(lambda: cloud.serving(host, VERSION="2"))
    second = cloud.ask(host, "/env").json()
    assert first["K_REVISION"].startswith("hello-00001-")
    assert second["K_REVISION"].startswith("hello-00002-")
    assert first["pid"] != second["pid"]


def test_a_change_that_no_container_sees_makes_no_revision(cloud):
    host = cloud.deploy()
    first = cloud.ask(host, "/env").json()["pid"]
    cloud.deploy(ingress="INGRESS_TRAFFIC_ALL", labels={"a": "b"})
    assert cloud.ask(host, "/env").json()["pid"] == first


def test_no_request_fails_while_one_revision_takes_over_from_another(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    cloud.ask(host, "/health")
    done, seen = threading.Event(), []

    def load(_):
        while not done.is_set():
            answer = cloud.ask(host, "/slow?seconds=0.05")
            seen.append((answer.status_code, answer.text))

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(load, number) for number in range(4)]
        try:
            for version in ("2", "3"):
                cloud.deploy(env={"VERSION": version})
                cloud.wait_for(lambda version=version: version in {text for _, text in seen})
        finally:
            done.set()
        for one in running:
            one.result()
    assert {status for status, _ in seen} == {200}
    assert {version for _, version in seen} == {"1", "2", "3"}


def test_a_long_request_is_finished_by_the_revision_that_began_it(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    cloud.ask(host, "/health")
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(cloud.ask, host, "/slow?seconds=2")
        cloud.wait_for(lambda: cloud.serving(host, VERSION="1"))
        cloud.deploy(env={"VERSION": "2"})
        cloud.wait_for(lambda: cloud.serving(host, VERSION="2"))
        assert long.result().text == "1"


def test_a_revision_that_never_becomes_ready_leaves_the_old_one_serving_and_says_why(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    cloud.ask(host, "/health")
    cloud.deploy(env={"VERSION": "2", "FAIL": "no database"})
    failed = cloud.wait_for(lambda: [e.data for e in cloud.world.journal("revision") if e.data["state"] == "failed"])[0]
    assert cloud.serving(host, VERSION="1")
    assert failed["revision"].startswith("hello-00002-")
    assert "exit(7)" in failed["reason"]
    assert "cannot go on: no database" in failed["reason"]


def test_a_container_that_is_never_healthy_is_given_up_after_the_probe_s_budget(cloud):
    probe = {"httpGet": {"path": "/no-such-page"}, "periodSeconds": 1, "failureThreshold": 1}
    cloud.deploy(container={"startupProbe": probe})
    failed = cloud.wait_for(lambda: [e.data for e in cloud.world.journal("revision") if e.data["state"] == "failed"])
    assert "the startup probe did not succeed within 1 s" in failed[0]["reason"]


def test_an_image_that_was_never_built_here_is_named(cloud):
    cloud.deploy(image="europe-west1-docker.pkg.dev/p/launch/handlers@sha256:" + "0" * 64)
    failed = cloud.wait_for(lambda: [e.data for e in cloud.world.journal("revision") if e.data["state"] == "failed"])
    assert "was never built here" in failed[0]["reason"]


def test_a_failed_revision_is_tried_again_until_it_can_start(cloud):
    app = "from starlette.applications import Starlette\nfrom starlette.responses import PlainTextResponse\n"
    image = cloud.image(app)
    host = cloud.deploy(image=image, container={"startupProbe": {"httpGet": {"path": "/"}, "failureThreshold": 1}})
    cloud.wait_for(lambda: any(state == "failed" for _, state in revisions(cloud)))
    folder = cloud.home / "images" / image.rpartition(":")[2] / "service" / "main.py"
    folder.write_text(app + "app = PlainTextResponse('repaired')\n")
    assert cloud.ask(host, "/").text == "repaired"


def test_a_deleted_service_loses_its_process_and_its_past(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    cloud.ask(host, "/health")
    cloud.world.remove(SERVICE, "hello")
    cloud.wait_for(lambda: not cloud.world.connection.execute("SELECT * FROM run_instances").fetchall())
    cloud.deploy(env={"VERSION": "2"})
    assert cloud.ask(host, "/env").json()["K_REVISION"].startswith("hello-00001-")


def to(*shares):
    """Return traffic targets of (revision, percent), with an empty name for the latest."""
    kinds = {True: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", False: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"}
    return [{"type": kinds[bool(name)], "revision": name, "percent": percent} for name, percent in shares]


def test_traffic_that_is_pinned_goes_to_the_former_revision_until_it_is_let_go(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    first = cloud.ask(host, "/env").json()["K_REVISION"]
    cloud.deploy(env={"VERSION": "2"})
    cloud.wait_for(lambda: cloud.serving(host, VERSION="2"))
    cloud.deploy(env={"VERSION": "2"}, traffics=to((first, 100)))
    cloud.wait_for(lambda: cloud.serving(host, VERSION="1"))
    assert cloud.ask(host, "/env").json()["K_REVISION"] == first
    cloud.deploy(env={"VERSION": "3"}, traffics=to((first, 100)))
    cloud.wait_for(lambda: len([state for _, state in revisions(cloud) if state == "ready"]) == 3)
    assert cloud.serving(host, VERSION="1"), "a new revision becomes ready, and gets no requests"
    cloud.deploy(env={"VERSION": "3"}, traffics=to(("", 100)))
    cloud.wait_for(lambda: cloud.serving(host, VERSION="3"))


def test_traffic_that_is_split_reaches_both_revisions(cloud):
    host = cloud.deploy(env={"VERSION": "1"})
    first = cloud.ask(host, "/env").json()["K_REVISION"]
    cloud.deploy(env={"VERSION": "2"}, traffics=to((first, 50), ("", 50)))
    cloud.wait_for(lambda: cloud.serving(host, VERSION="2"))
    assert {cloud.ask(host, "/env").json()["VERSION"] for _ in range(40)} == {"1", "2"}
