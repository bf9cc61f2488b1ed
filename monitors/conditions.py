"""What alerts watch: each condition compiles to one PromQL expression that has a value exactly while it holds."""

from __future__ import annotations

from dataclasses import dataclass

from monitors.alerts import Condition
from monitors.promql import LONGEST_WINDOW, SHORTEST, Series, held, lasting, number


@dataclass(frozen=True)
class Pace:
    """More than `percent` within `minutes`, at each of the last `sustained` minutes; 0 for at once."""

    percent: float
    minutes: int
    sustained: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 100:
            raise ValueError(f"percent is {self.percent}; choose more than 0, up to 100")


@dataclass(frozen=True)
class FailureRatio:
    """Too much of what `total` counts also counts as `failed`, by any of several paces.

    A bare ratio flaps at low traffic, where one failure of two requests is half, and near its threshold, where chance
    carries it across and back. So at least `min_failures` are asked for, a slow pace has to last, a fast one has a
    higher threshold, and the alert stays open for `hold` minutes after the last time.
    """

    failed: Series
    total: Series
    paces: tuple[Pace, ...]
    min_failures: int
    hold: int = 0

    def __post_init__(self) -> None:
        if not self.paces:
            raise ValueError("an alert without a pace never fires; give at least one")
        _fit(max(pace.minutes + pace.sustained for pace in self.paces), self.hold)

    @property
    def promql(self) -> str:
        """The expression."""
        return held(" or ".join(f"({self._too_much(pace)})" for pace in self.paces), self.hold)

    def _too_much(self, pace: Pace) -> str:
        failed, total = self.failed.counted(pace.minutes), self.total.counted(pace.minutes)
        ratio = (
            f"({failed} / {total} > {number(pace.percent / 100)}) and ({failed} > {number(self.min_failures - 0.5)})"
        )
        return lasting(ratio, pace.sustained) if pace.sustained else ratio


@dataclass(frozen=True)
class AnyOf:
    """One of several conditions holds."""

    conditions: tuple[Condition, ...]

    @property
    def promql(self) -> str:
        """The expression."""
        return " or ".join(f"({condition.promql})" for condition in self.conditions)


@dataclass(frozen=True)
class Occurrences:
    """At least `count` of what `series` counts within `minutes`, apart by the labels `by`."""

    series: Series
    count: int
    minutes: int
    hold: int = 0
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count is {self.count}; an alert on nothing would always fire")
        _fit(self.minutes, self.hold)

    @property
    def promql(self) -> str:
        """The expression: how many, where there are enough. Half a one is let through: `increase` extrapolates."""
        by = f" by ({', '.join(self.by)})" if self.by else ""
        return held(f"sum{by} ({self.series.grown(self.minutes)}) > {number(self.count - 0.5)}", self.hold)


@dataclass(frozen=True)
class Recurring:
    """What `series` counts happens now, within `minutes`, and did `ago` minutes before already."""

    series: Series
    minutes: int
    ago: int

    @property
    def promql(self) -> str:
        """The expression."""
        return f"({self.series.counted(self.minutes)} > 0.5) and ({self.series.counted(self.minutes, self.ago)} > 0.5)"


@dataclass(frozen=True)
class Line:
    """A line that `log_filter` finds was logged within the last `minutes`; `series` counts such lines.

    Cloud Monitoring looks at the log itself, because a counter that begins with this very line may not seem to have
    grown: Prometheus sees no growth in a first sample, and what Monarch makes of it is not promised
    (https://cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences, "rate and increase").
    """

    log_filter: str
    series: Series
    minutes: int

    @property
    def promql(self) -> str:
        """The expression that says the same of the count."""
        return self.series.happened(self.minutes)


@dataclass(frozen=True)
class Timely:
    """Something that has to come at least every `minutes`.

    What comes once in that time only, give or take `late` minutes, has to count from its first time on.
    """

    series: Series
    minutes: int
    late: int = 0

    @property
    def seen(self) -> str:
        """The expression that has a value if it came in time."""
        return (
            self.series.happened(self.minutes, self.late) if self.late else f"{self.series.counted(self.minutes)} > 0.5"
        )


@dataclass(frozen=True)
class Missed:
    """`pulse` has not come in time, or one of `rarer` has not although the pulse came already so long ago.

    What has never come yet is missed too; but what comes once a day is not missed an hour after the first launch.
    """

    pulse: Timely
    rarer: tuple[Timely, ...] = ()

    @property
    def promql(self) -> str:
        """The expression."""
        missed = [f"(vector(1) unless ({self.pulse.seen}))"]
        for each in self.rarer:
            began = f"{self.pulse.series.counted(self.pulse.minutes, each.minutes)} > 0.5"
            missed.append(f"((vector(1) unless ({each.seen})) and ({began}))")
        return " or ".join(missed)


@dataclass(frozen=True)
class Slow:
    """The share `quantile` of what is measured takes longer than `milliseconds`, for `sustained` minutes.

    `buckets` are a distribution's. With fewer than `min_count` within `minutes` a few cold starts would decide.
    """

    buckets: Series
    count: Series
    milliseconds: int
    quantile: float = 0.95
    minutes: int = 15
    min_count: int = 60
    sustained: int = 10
    hold: int = 30

    @property
    def promql(self) -> str:
        """The expression."""
        taken = f"histogram_quantile({number(self.quantile)}, sum by (le) ({self.buckets.grown(self.minutes)}))"
        enough = f"{self.count.counted(self.minutes)} > {number(self.min_count - 0.5)}"
        return held(lasting(f"({taken} > {self.milliseconds}) and ({enough})", self.sustained), self.hold)


@dataclass(frozen=True)
class Below:
    """The smallest value of `series` within `minutes` is below `bound`."""

    series: Series
    bound: float
    minutes: int

    @property
    def promql(self) -> str:
        """The expression."""
        return f"min({self.series.least(self.minutes)}) < {number(self.bound)}"


@dataclass(frozen=True)
class Stuck:
    """In some queue, tasks wait the whole time and none succeeds, while some are tried or the queue grows.

    Waiting alone is nothing: a reminder that is due in three days waits in its queue, too. A queue that is paused makes
    no attempts, and grows.
    """

    depth: Series
    attempts: Series
    minutes: int = 15
    min_attempts: int = 3
    hold: int = 30

    @property
    def promql(self) -> str:
        """The expression, for each queue."""
        tried = f"sum by (queue_id) ({self.attempts.grown(self.minutes)})"
        succeeding = f"sum by (queue_id) ({self.attempts.where(response_code='ok').grown(self.minutes + 5)})"
        deepest = f"max by (queue_id) ({self.depth.most(SHORTEST)})"
        before = f"max by (queue_id) ({self.depth.most(self.minutes, self.minutes)})"
        waiting = f"max by (queue_id) ({self.depth.least(self.minutes)}) > 0.5"
        moving = f"({tried} > {number(self.min_attempts - 0.5)}) or ({deepest} > {before})"
        return held(f"({waiting}) and ({moving}) unless ({succeeding} > 0.5)", self.hold)


def _fit(window: int, hold: int) -> None:
    if window + hold > LONGEST_WINDOW:
        raise ValueError(
            f"a window of {window} and a hold of {hold} minutes reach back further than {LONGEST_WINDOW} minutes, "
            "which Cloud Monitoring refuses; shorten one"
        )
