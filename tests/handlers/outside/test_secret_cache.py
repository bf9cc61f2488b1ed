"""Secret values over a Secret Manager that answers as Google's does."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import pairwise
from time import monotonic
from types import SimpleNamespace

import pytest
from google.api_core.exceptions import FailedPrecondition, NotFound, PermissionDenied, ServiceUnavailable

from handlers.failures import Unavailable
from handlers.logs import Log, during
from handlers.one_asks import FIRST_PAUSE, LONGEST_PAUSE, WAIT
from handlers.outside.secret_cache import KEEP, MissingSecret, SecretCache

A, B, C = (f"{letter}-0123456789abcdef" for letter in "abc")


class SecretManager:
    """Versions of one secret: a value, or None for one that is disabled."""

    def __init__(self, *versions: str | bytes | None) -> None:
        self.versions = list(versions)
        self.fault: Exception | None = None
        self.calls = 0

    def access_secret_version(self, request, retry, timeout):
        self.calls += 1
        if self.fault:
            raise self.fault
        secret, _, version = request["name"].rpartition("/versions/")
        number = len(self.versions) if version == "latest" else int(version)
        if not 1 <= number <= len(self.versions):
            raise NotFound("no such version")
        value = self.versions[number - 1]
        if value is None:
            raise FailedPrecondition(f"Secret Version [{secret}/versions/{number}] is in DISABLED state.")
        data = value if isinstance(value, bytes) else value.encode()
        return SimpleNamespace(name=f"{secret}/versions/{number}", payload=SimpleNamespace(data=data))


@pytest.fixture
def time():
    return [1_000.0]


def secret_cache(manager, time):
    return SecretCache(manager, "acme", lambda: time[0])


@pytest.mark.parametrize(
    ("versions", "values"),
    [
        ([A], (A,)),
        ([A, B], (B, A)),
        ([A, B, C], (C, B)),
        ([A, None, C], (C, A)),
        ([A, B, None], (B, A)),
        ([f"{A}\n"], (A,)),
    ],
)
def test_the_two_newest_enabled_versions_are_used(versions, values, time):
    assert secret_cache(SecretManager(*versions), time).values("s") == values


@pytest.mark.parametrize("versions", [[], [None], [None, None]])
def test_a_secret_without_an_enabled_version_closes_its_door(versions, time):
    with pytest.raises(MissingSecret, match="secret s has no enabled version"):
        secret_cache(SecretManager(*versions), time).values("s")


def test_values_are_kept_for_minutes_and_then_read_anew(time):
    manager = SecretManager(A)
    reader = secret_cache(manager, time)
    reader.values("s")
    manager.versions.append(B)
    assert reader.values("s") == (A,)
    time[0] += KEEP + 1
    assert reader.values("s") == (B, A)


def test_a_caller_may_ask_for_fresher_values(time):
    manager = SecretManager(A)
    reader = secret_cache(manager, time)
    reader.values("s")
    manager.versions.append(B)
    time[0] += 30
    assert reader.values("s", max_age=20) == (B, A)


def test_a_pushed_secret_opens_its_door_within_seconds(time):
    manager = SecretManager()
    reader = secret_cache(manager, time)
    with pytest.raises(MissingSecret):
        reader.values("s")
    manager.versions.append(A)
    with pytest.raises(MissingSecret):
        reader.values("s")
    time[0] += 6
    assert reader.values("s") == (A,)


def test_an_outage_leaves_known_values_in_use(time):
    manager = SecretManager(A)
    reader = secret_cache(manager, time)
    reader.values("s")
    manager.fault = ServiceUnavailable("down")
    time[0] += KEEP + 1
    assert reader.values("s") == (A,)


@pytest.mark.parametrize("fault", [ServiceUnavailable("down"), PermissionDenied("no accessor")])
def test_an_outage_at_the_start_closes_the_door_for_now(fault, time):
    manager = SecretManager(A)
    manager.fault = fault
    with pytest.raises(Unavailable):
        secret_cache(manager, time).values("s")


CUT_OFF = {
    "empty": b"",
    "echo without a value": b"\n",
    "a prefix alone": b"whsec_\n",
    "15 bytes": b"whsec_123456789012345",
    "not UTF-8": b"whsec_\xff\xfe0123456789abcdef",
    "a byte order mark": b"\xef\xbb\xbfwhsec_0123456789abcdef",
    "a zero-width space": "whsec_0123456789abcdef\u200b0123".encode(),
    "a word joiner": "whsec_0123456789abcdef\u2060".encode(),
    "fillers that are letters": f"whsec_{16 * chr(0x3164)}".encode(),
    "blanks of Braille": f"whsec_{16 * chr(0x2800)}".encode(),
    "a variation selector": "whsec_0123456789abcdef\ufe0f".encode(),
}


@pytest.mark.parametrize("value", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_an_empty_or_cut_off_value_counts_as_absent_and_is_named(value, time):
    lines = io.StringIO()
    with during(Log({}, lines)), pytest.raises(MissingSecret, match=r"no usable version.*version 1: it "):
        secret_cache(SecretManager(value), time).values("stripe-signing-secret")
    assert '"secret": "stripe-signing-secret"' in lines.getvalue()


@pytest.mark.parametrize("value", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_an_empty_or_cut_off_value_is_no_key_as_the_previous_one_either(value, time):
    assert secret_cache(SecretManager(A, value, C), time).values("s") == (C, A)
    assert secret_cache(SecretManager(A, value), time).values("s") == (A,)


def test_a_password_that_a_mail_server_gave_may_be_short(time):
    assert secret_cache(SecretManager("tr0ub4dor"), time).values("smtp-password") == ("tr0ub4dor",)


class Late(SecretManager):
    """Answers only while `gate` is open."""

    def __init__(self, *versions: str) -> None:
        super().__init__(*versions)
        self.gate = threading.Event()
        self.asked = threading.Event()

    def access_secret_version(self, request, retry, timeout):
        self.asked.set()
        self.gate.wait(10)
        return super().access_secret_version(request, retry, timeout)


@pytest.fixture
def late():
    manager = Late(A)
    yield manager
    manager.gate.set()


def test_while_one_asks_a_late_secret_manager_the_others_go_on_with_what_is_known(late, time):
    reader = secret_cache(late, time)
    late.gate.set()
    reader.values("s")
    late.gate.clear()
    late.asked.clear()
    time[0] += 30
    with ThreadPoolExecutor(40) as pool:
        stranger = pool.submit(reader.values, "s", 2.0)
        assert late.asked.wait(5)
        good = [pool.submit(reader.values, "s") for _ in range(39)]
        assert [each.result(timeout=2) for each in good] == [(A,)] * 39
        assert not stranger.done()
        late.gate.set()


def test_many_strangers_cost_one_question_and_wait_for_a_moment_only(late, time):
    reader = secret_cache(late, time)
    late.gate.set()
    reader.values("s")
    calls = late.calls
    late.gate.clear()
    time[0] += 30
    begun = monotonic()
    with ThreadPoolExecutor(40) as pool:
        strangers = [pool.submit(reader.values, "s", 2.0) for _ in range(40)]
        finished, _ = wait(strangers, timeout=WAIT + 3)
        assert len(finished) == 39
        assert monotonic() - begun < 9
        late.gate.set()
    assert late.calls == calls + 1


def test_the_first_question_is_asked_once_for_all_who_need_the_answer(late, time):
    reader = secret_cache(late, time)
    with ThreadPoolExecutor(10) as pool:
        first = [pool.submit(reader.values, "s") for _ in range(10)]
        assert late.asked.wait(5)
        late.gate.set()
        assert {each.result(timeout=5) for each in first} == {(A,)}
    assert late.calls == 1


@pytest.mark.parametrize("is_known", [True, False])
def test_after_a_failure_it_is_asked_less_and_less_often(is_known, time):
    manager = SecretManager(A)
    reader = secret_cache(manager, time)
    if is_known:
        reader.values("s")
    manager.fault, calls, asked = ServiceUnavailable("down"), manager.calls, []
    for _ in range(600):
        time[0] += 0.5
        with suppress(Unavailable):
            reader.values("s", 0.0)
        if manager.calls > calls:
            asked.append(time[0])
            calls = manager.calls
    pauses = [round(after - before, 1) for before, after in pairwise(asked)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)
    manager.fault = None
    time[0] += LONGEST_PAUSE
    assert reader.values("s", 0.0) == (A,)
