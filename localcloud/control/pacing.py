"""When a queue may dispatch and when a failed task is tried again: arithmetic only.

Rules: https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#retryconfig and #ratelimits. Times and
durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcloud.control.times import parsed


@dataclass(frozen=True)
class RetryConfig:
    """How failed tasks are retried; the defaults are Cloud Tasks' own.

    `max_attempts` counts the first attempt too, -1 is no limit; a `max_retry_duration` of 0 is no limit.
    """

    max_attempts: int = 100
    max_retry_duration: float = 0.0
    min_backoff: float = 0.1
    max_backoff: float = 3600.0
    max_doublings: int = 16

    def backoff(self, attempts: int) -> float:
        """Return the wait after the given number of attempts (≥ 1) failed.

        It doubles `max_doublings` times, then grows by the last step, and never exceeds `max_backoff`.
        """
        doublings = min(attempts - 1, self.max_doublings)
        steps = attempts - doublings  # 1 while it still doubles
        return min(self.min_backoff * 2.0 ** min(doublings, 64) * steps, self.max_backoff)

    def exhausted(self, attempts: int, first_attempt: float, now: float) -> bool:
        """Tell whether the task is given up. With both limits set, both must be reached."""
        limits = []
        if self.max_attempts > 0:
            limits.append(attempts >= self.max_attempts)
        if self.max_retry_duration > 0:
            limits.append(now - first_attempt >= self.max_retry_duration)
        return bool(limits) and all(limits)


@dataclass(frozen=True)
class RateLimits:
    """How fast a queue dispatches; the defaults are Cloud Tasks' own."""

    max_dispatches_per_second: float = 500.0
    max_concurrent_dispatches: int = 1000

    @property
    def max_burst_size(self) -> int:
        """The size of the token bucket. The service picks it by the rate: 100 for 500 a second, at least 1."""
        return max(1, round(self.max_dispatches_per_second / 5))


@dataclass(frozen=True)
class Bucket:
    """A token bucket: `tokens` at the time `at`."""

    tokens: float
    at: float

    def take(self, limits: RateLimits, now: float) -> tuple[Bucket, float]:
        """Return the bucket with one token taken and 0, or, when it is empty, refilled so far and the wait for one."""
        refilled = self.tokens + max(0.0, now - self.at) * limits.max_dispatches_per_second
        full = Bucket(min(refilled, float(limits.max_burst_size)), now)
        if full.tokens >= 1:
            return replace(full, tokens=full.tokens - 1), 0.0
        return full, (1 - full.tokens) / limits.max_dispatches_per_second


def retry_config(properties: Mapping[str, Any]) -> RetryConfig:
    """Return the retry rules of a `gcp:cloudtasks/queue:Queue`; raises ValueError for a duration that is none."""
    given = properties.get("retryConfig") or {}
    return RetryConfig(
        max_attempts=int(given.get("maxAttempts") or RetryConfig.max_attempts),
        max_retry_duration=parsed(given.get("maxRetryDuration") or "0s"),
        min_backoff=parsed(given.get("minBackoff") or f"{RetryConfig.min_backoff}s"),
        max_backoff=parsed(given.get("maxBackoff") or f"{RetryConfig.max_backoff}s"),
        max_doublings=int(given["maxDoublings"])
        if given.get("maxDoublings") is not None
        else RetryConfig.max_doublings,
    )


def rate_limits(properties: Mapping[str, Any]) -> RateLimits:
    """Return the rate limits of a `gcp:cloudtasks/queue:Queue`."""
    given = properties.get("rateLimits") or {}
    return RateLimits(
        float(given.get("maxDispatchesPerSecond") or RateLimits.max_dispatches_per_second),
        int(given.get("maxConcurrentDispatches") or RateLimits.max_concurrent_dispatches),
    )
