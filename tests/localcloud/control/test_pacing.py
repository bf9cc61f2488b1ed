from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.control.pacing import Bucket, RateLimits, RetryConfig, rate_limits, retry_config

configs = st.builds(
    RetryConfig,
    max_attempts=st.integers(-1, 200).filter(bool),
    max_retry_duration=st.floats(0, 1e6),
    min_backoff=st.floats(0.001, 100),
    max_backoff=st.floats(100, 3600),
    max_doublings=st.integers(0, 16),
)


def test_the_schedule_is_the_documented_example() -> None:
    config = RetryConfig(min_backoff=10, max_backoff=300, max_doublings=3)
    assert [config.backoff(n) for n in range(1, 10)] == [10, 20, 40, 80, 160, 240, 300, 300, 300]


def test_without_doublings_it_grows_evenly() -> None:
    assert [RetryConfig(min_backoff=1, max_doublings=0).backoff(n) for n in range(1, 5)] == [1, 2, 3, 4]


@given(configs, st.integers(1, 10_000))
def test_the_wait_stays_in_its_bounds_and_never_shrinks(config: RetryConfig, attempts: int) -> None:
    wait = config.backoff(attempts)
    assert min(config.min_backoff, config.max_backoff) <= wait <= config.max_backoff
    assert wait <= config.backoff(attempts + 1)


@given(configs, st.integers(1, 15))
def test_the_wait_at_most_doubles(config: RetryConfig, attempts: int) -> None:
    assert config.backoff(attempts + 1) <= 2 * config.backoff(attempts) * (1 + 1e-9)


@given(configs, st.integers(1, 300), st.floats(0, 1e7))
def test_once_given_up_a_task_stays_given_up(config: RetryConfig, attempts: int, age: float) -> None:
    if config.exhausted(attempts, 0, age):
        assert config.exhausted(attempts + 1, 0, age + 1)


@pytest.mark.parametrize(
    ("max_attempts", "duration", "attempts", "age", "given_up"),
    [
        (3, 0, 2, 1e9, False),
        (3, 0, 3, 0, True),
        (-1, 0, 10**6, 1e9, False),
        (-1, 60, 1, 59, False),
        (-1, 60, 1, 60, True),
        (3, 60, 3, 59, False),
        (3, 60, 2, 60, False),
        (3, 60, 3, 60, True),
    ],
)
def test_a_task_is_given_up_when_every_limit_is_reached(
    max_attempts: int, duration: float, attempts: int, age: float, given_up: bool
) -> None:
    config = RetryConfig(max_attempts=max_attempts, max_retry_duration=duration)
    assert config.exhausted(attempts, 1000.0, 1000.0 + age) is given_up


@given(st.floats(0.1, 500), st.lists(st.floats(0, 0.5), max_size=200))
def test_a_queue_never_dispatches_faster_than_its_rate(rate: float, pauses: list[float]) -> None:
    limits = RateLimits(rate)
    bucket, now, sent = Bucket(float(limits.max_burst_size), 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        bucket, wait = bucket.take(limits, now)
        sent += wait == 0
        assert wait >= 0
    assert sent <= limits.max_burst_size + rate * now + 1e-6


@given(st.floats(0.1, 500))
def test_waiting_as_told_is_enough(rate: float) -> None:
    limits = RateLimits(rate)
    bucket, wait = Bucket(0.0, 0.0).take(limits, 0.0)
    assert wait > 0
    assert bucket.take(limits, wait * (1 + 1e-9))[1] == 0


def test_the_queue_resource_is_read_as_the_provider_writes_it() -> None:
    properties = {
        "rateLimits": {"maxDispatchesPerSecond": 5, "maxConcurrentDispatches": 2},
        "retryConfig": {
            "maxAttempts": -1,
            "maxRetryDuration": "3600s",
            "minBackoff": "0.500s",
            "maxBackoff": "10s",
            "maxDoublings": 0,
        },
    }
    assert rate_limits(properties) == RateLimits(5.0, 2)
    assert retry_config(properties) == RetryConfig(-1, 3600.0, 0.5, 10.0, 0)


def test_an_empty_queue_resource_has_the_services_defaults() -> None:
    assert retry_config({}) == RetryConfig()
    assert rate_limits({"rateLimits": None}) == RateLimits()


@pytest.mark.parametrize("text", ["5", "5m", "s", "-1s", "1e3s"])
def test_a_duration_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        retry_config({"retryConfig": {"minBackoff": text}})
