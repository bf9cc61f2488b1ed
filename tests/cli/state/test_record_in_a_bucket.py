"""The record of a handover in the state's bucket: what two people keep at the same moment is kept, both of it.

The bucket speaks Cloud Storage's JSON interface, and Google's own client judges that it does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage
from google.oauth2.credentials import Credentials

from blueprint.finding import Finding, Status
from checklists import canonical, record
from checklists.evidence import Sheet
from checklists.record import Store
from checklists.signoffs import Signoff
from checklists.subject import Subject
from cli.record_store import BucketStore, FolderStore
from engine.errors import LaunchError
from engine.google_api import Google

BUCKET, PREFIX = "acme-prod-state", ".launch/prod"
SOON = (0.01,) * 16
REAL = Subject("prod", "acme.com", "acme-prod", rehearsal=False)
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
SIGNED = Signoff("Ada", NOW.isoformat(), "", "0" * 64, REAL)


@pytest.fixture
def laptop(cloud: Any, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], BucketStore]:
    """The store as one more laptop opens it, with a login and connections of its own."""
    cloud.buckets[BUCKET] = {"name": BUCKET, "location": "europe-west1"}
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", environ["GOOGLE_APPLICATION_CREDENTIALS"])
    return lambda: BucketStore(Google("acme-state", environ, "the command", SOON), BUCKET, PREFIX, SOON)


@pytest.fixture
def official(cloud: Any, laptop: Any) -> storage.Bucket:
    """The same bucket, by Google's own client."""
    login = Credentials("ya29.the-access-token")  # type: ignore[no-untyped-call]
    client = storage.Client("acme-state", login, client_options={"api_endpoint": cloud.url})
    return client.bucket(BUCKET)


@pytest.fixture(params=["bucket", "folder"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same store once more, of either kind."""
    if request.param == "folder":
        return lambda: FolderStore(tmp_path / "record")
    laptop: Callable[[], Store] = request.getfixturevalue("laptop")
    return laptop


def at_once(*acts: Callable[[], None]) -> None:
    """Do all of it at the same moment; raises the first thing that was raised."""
    start, raised = threading.Barrier(len(acts)), []

    def run(act: Callable[[], None]) -> None:
        start.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread of the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def test_googles_client_finds_the_preconditions_of_cloud_storage(official: storage.Bucket) -> None:
    blob = official.blob("a.json")
    blob.upload_from_string("1", if_generation_match=0)
    first = blob.generation
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("2", if_generation_match=0)
    blob.upload_from_string("2", if_generation_match=first)
    with pytest.raises(PreconditionFailed):
        official.blob("a.json").delete(if_generation_match=first)
    assert official.blob("a.json", generation=first).download_as_bytes() == b"1"
    official.blob("a.json").delete()
    with pytest.raises(NotFound):
        official.blob("a.json").reload()
    official.blob("a.json").upload_from_string("3", if_generation_match=0)
    assert official.blob("a.json").download_as_bytes() == b"3"


def test_googles_client_reads_what_was_kept_and_what_it_writes_counts(
    laptop: Callable[[], BucketStore], official: storage.Bucket
) -> None:
    store = laptop()
    record.sign(store, "nameservers", SIGNED)
    blob = official.blob(f"{PREFIX}/signatures.json")
    assert b'"by": "Ada"' in blob.download_as_bytes()
    blob.upload_from_string(canonical.text({"restore": SIGNED.to_values()}))
    assert list(record.load(store, REAL, "").signatures) == ["restore"]


def test_two_laptops_that_sign_at_once_are_both_kept(laptop: Callable[[], BucketStore], official: Any) -> None:
    """Google's client plays the other laptop, between this one's reading and its writing."""
    store = laptop()
    record.sign(store, "nameservers", SIGNED)
    blob = official.blob(f"{PREFIX}/signatures.json")
    calls = []

    def meanwhile(values: Any) -> Any:
        calls.append(values)
        if len(calls) == 1:
            blob.reload()
            other = {**values, "restore": SIGNED.to_values()}
            blob.upload_from_string(canonical.text(other), if_generation_match=blob.generation)
        return {**values, "firebase": SIGNED.to_values()}

    store.change("signatures.json", meanwhile)
    assert [sorted(one) for one in calls] == [["nameservers"], ["nameservers", "restore"]]
    assert sorted(record.load(store, REAL, "").signatures) == ["firebase", "nameservers", "restore"]


def test_of_four_who_sign_at_once_nobody_is_lost(open_store: Callable[[], Store]) -> None:
    names = [f"item-{number}" for number in range(4)]
    at_once(*(partial(record.sign, open_store(), name, SIGNED) for name in names))
    assert sorted(record.load(open_store(), REAL, "").signatures) == names


def test_of_runs_at_once_all_evidence_counts_and_no_other_file_stays(open_store: Callable[[], Store]) -> None:
    taken = Sheet(REAL, "d", "c", "./launch verify", ())

    def keep(store: Store, id_: str) -> None:
        finding = Finding(id_, "acme.com", Status.PASS, "so", "so")
        record.keep_findings(store, taken, [finding], lambda known: known == id_, NOW)

    ids = ["mail.dkim.key", "tls.versions.new", "accept.latency"]
    at_once(*(partial(keep, open_store(), id_) for id_ in ids))
    kept = record.load(open_store(), REAL, "d")
    assert not [one.refused for one in kept.kept if one.refused]
    assert sorted(proof.finding.id for proof in kept.proofs) == sorted(ids)


def test_a_run_removes_the_evidence_that_it_replaces(
    laptop: Callable[[], BucketStore], official: storage.Bucket, cloud: Any
) -> None:
    store, taken = laptop(), Sheet(REAL, "d", "c", "./launch verify", ())
    for seen in ("one", "two"):
        finding = Finding("mail.dkim.key", "acme.com", Status.PASS, "so", seen)
        record.keep_findings(store, taken, [finding], lambda _: True, NOW)
    live = [name for (_, name), versions in cloud.objects.versions.items() if versions[-1][1] is not None]
    assert len([name for name in live if "/evidence/" in name]) == 1


def test_an_object_that_was_written_too_often_is_tried_again(laptop: Callable[[], BucketStore], cloud: Any) -> None:
    cloud.objects.limits = [429, 429]
    record.sign(laptop(), "nameservers", SIGNED)
    assert list(record.load(laptop(), REAL, "").signatures) == ["nameservers"]


def test_who_never_gets_a_turn_is_told_that_nothing_was_kept(laptop: Callable[[], BucketStore], cloud: Any) -> None:
    cloud.objects.limits = [412] * 17
    with pytest.raises(LaunchError, match="so nothing was kept"):
        record.sign(laptop(), "nameservers", SIGNED)


def test_a_bucket_that_is_not_there_keeps_nothing_and_says_so(laptop: Callable[[], BucketStore], cloud: Any) -> None:
    store = laptop()
    cloud.buckets.clear()
    with pytest.raises(LaunchError, match="the bucket is not there"):
        record.sign(store, "nameservers", SIGNED)
