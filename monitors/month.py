"""An ordinary month of a small launch, made by chance: lone errors, short hiccups of providers, one event given up.

It stands for recorded data where there is none yet, and it is what the benchmark evaluates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import TypeAlias

from monitors import counting
from monitors.chance import MONTH, by_day, counted, shown
from monitors.counting import LogMetric
from monitors.essential import ATTEMPTS, DEPTH, REQUESTS
from monitors.full import LATENCIES
from monitors.promql import Series, metric_name
from monitors.promql.samples import Measured, Samples
from monitors.uptime import EXPIRY, PASSED

One: TypeAlias = tuple[str, Mapping[str, str], Samples]
PLACES = ("usa-iowa", "usa-oregon", "usa-virginia", "eur-belgium", "apac-singapore", "sa-brazil-sao_paulo")
QUEUES = ("events", "payments", "crm", "helpdesk", "identity", "mail")
SHARES = {"100": 0.80, "250": 0.96, "500": 0.985, "1000": 0.997, "2000": 0.999, "+Inf": 1.0}
"""Which share of answers stays within so many milliseconds."""
BUSIEST = 60  # requests a minute
DAY = 1_440


def month(door: str, host: str, seed: int, minutes: int = MONTH) -> Measured:
    """Return all series that the alerts read, a sample a minute, for the service and the host of that name."""
    return Measured.of(series(door, host, seed, minutes))


def series(door: str, host: str, seed: int, minutes: int = MONTH) -> Iterator[One]:
    """Yield the same series one by one: PromQL name, labels, samples."""
    chance = Random(seed)  # noqa: S311 - a simulation
    traffic = by_day(BUSIEST)
    requests = [int(traffic(minute) + chance.random()) for minute in range(minutes)]
    yield from _requests(chance, door, requests)
    yield from _checks(chance, host, minutes)
    yield from _events(chance, requests)
    yield from _queues(chance, requests)
    yield from _jobs(chance, minutes)


def _one(series: Series, samples: Samples) -> One:
    return metric_name(series.metric), {"monitored_resource": series.resource, **series.labels}, samples


def _rarely(chance: Random, minutes: int, days: float) -> list[int]:
    """Return a one in each minute in which something happens that happens once in so many days."""
    return [int(chance.random() < 1 / (days * DAY)) for _ in range(minutes)]


def _requests(chance: Random, door: str, requests: list[int]) -> Iterator[One]:
    ours = REQUESTS.where(service_name=door)
    hiccups = _rarely(chance, len(requests), days=4)
    failed = [
        sum(chance.random() < 0.001 for _ in range(count)) + 2 * hiccup
        for count, hiccup in zip(requests, hiccups, strict=True)
    ]
    turned_away = [sum(chance.random() < 0.05 for _ in range(count)) for count in requests]
    for kind, counts in (("2xx", requests), ("4xx", turned_away), ("5xx", failed)):
        yield _one(ours.where(response_code_class=kind), counted(counts))
    of = {"service_name": door}
    for bound, share in SHARES.items():
        within = [count * share for count in requests]
        yield _one(Series(f"{LATENCIES}_bucket", REQUESTS.resource, {**of, "le": bound}), counted(within))
    yield _one(Series(f"{LATENCIES}_count", REQUESTS.resource, of), counted(requests))


def _checks(chance: Random, host: str, minutes: int) -> Iterator[One]:
    for place in PLACES:
        lost = _rarely(chance, minutes, days=1)
        at = {"host": host, "checker_location": place}
        yield _one(Series(PASSED, "uptime_url", at), shown([1.0 - each for each in lost]))
    days = [89 - minute / DAY if minute < 59 * DAY else 89.0 for minute in range(minutes)]
    yield _one(Series(EXPIRY, "uptime_url", {"host": host, "checker_location": PLACES[0]}), shown(days))


def _events(chance: Random, requests: list[int]) -> Iterator[One]:
    minutes = len(requests)
    given_up = [int(minute == minutes // 2) for minute in range(minutes)]

    def log(metric: LogMetric, counts: list[int], **labels: str) -> One:
        return _one(metric.series.where(**labels), counted(counts))

    yield log(counting.DELIVERIES, [count // 10 for count in requests], outcome="processed")
    yield log(counting.DELIVERIES, given_up, outcome="final_failure")
    yield log(counting.FINAL_FAILURES, given_up)
    yield log(counting.MISSED_DELIVERIES, _rarely(chance, minutes, days=10))
    missed = _rarely(chance, minutes, days=3)
    yield log(counting.SWEEPS, [1 - each for each in missed], sweep="minute")
    yield log(counting.SWEEPS, [int(minute % 60 == 7) for minute in range(minutes)], sweep="hour")
    yield log(counting.SWEEPS, [int(minute % DAY == 203) for minute in range(minutes)], sweep="night")
    lost = _rarely(chance, minutes, days=3)
    yield log(counting.PROBES, [int(minute % 15 == 1 and not lost[minute]) for minute in range(minutes)])
    yield log(counting.WAITING, [int(chance.random() < 0.02) for _ in range(minutes)])
    yield log(counting.PREVIOUS_SECRET, [int(9 * DAY < minute < 9 * DAY + 120) for minute in range(minutes)])
    yield log(counting.WRONG_PLANS, [int(minute == 12 * DAY + 203) for minute in range(minutes)], kind="billing")
    yield log(counting.LOST_TICKETS, [0] * minutes)
    yield log(counting.FOREIGN, [0] * minutes)
    yield log(counting.UNANSWERED, [0] * minutes)


def _queues(chance: Random, requests: list[int]) -> Iterator[One]:
    for queue in QUEUES:
        hiccups = _rarely(chance, len(requests), days=10)
        ill = 0
        depth, good, bad = [], [], []
        for count, hiccup in zip(requests, hiccups, strict=True):
            ill = 8 if hiccup else max(0, ill - 1)
            depth.append(float(count // 10 if ill else 0))
            good.append(0 if ill else count // 10)
            bad.append(1 if ill else 0)
        of = {"queue_id": queue}
        yield _one(Series(DEPTH.metric, DEPTH.resource, of), shown(depth))
        yield _one(ATTEMPTS.where(**of, response_code="ok"), counted(good))
        yield _one(ATTEMPTS.where(**of, response_code="unavailable"), counted(bad))


def _jobs(chance: Random, minutes: int) -> Iterator[One]:
    entries = Series("logging.googleapis.com/log_entry_count", "cloud_scheduler_job", {"severity": "ERROR"})
    for job in ("minute", "hour", "night"):
        yield _one(entries.where(job_id=f"reconcile-{job}"), counted(_rarely(chance, minutes, days=2)))
