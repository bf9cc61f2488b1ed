"""What is seen from outside, and by Google's own services: reachability, certificates, queues and the scheduler."""

from __future__ import annotations

from monitors.cases.case import Measure
from monitors.cases.scenario import NEVER, Scenario
from monitors.cases.tracks import Stretch, counter, every, gauge
from monitors.essential import ATTEMPTS, DEPTH, QUEUE
from monitors.promql import Series
from monitors.uptime import EXPIRY, PASSED

HOST = "api.acme.test"
OTHER = "www.acme.test"
PLACES = ("usa-iowa", "usa-oregon", "usa-virginia", "eur-belgium", "apac-singapore", "sa-brazil-sao_paulo")


def passed(failing: int, *stretches: Stretch, host: str = HOST, resource: str = "uptime_url") -> tuple[Measure, ...]:
    """Return the checks from every place: as told in so many of them, always passed in the others."""
    minutes = sum(length for length, _ in stretches)
    return tuple(
        Measure(
            Series(PASSED, resource, {"host": host, "checker_location": place}),
            gauge(*(stretches if number < failing else ((minutes, 1.0),))),
        )
        for number, place in enumerate(PLACES)
    )


def seen(failing: int, *stretches: Stretch) -> tuple[Measure, ...]:
    """Return the checks of our host, beside another host and another resource that are always up."""
    up = tuple((length, 1.0) for length, _ in stretches)
    return (
        *passed(failing, *stretches),
        *passed(len(PLACES), *up, host=OTHER),
        *passed(len(PLACES), *up, resource="another"),
    )


DOWN = (
    Scenario(
        "unreachable",
        "two places get no answer for half an hour",
        lambda _: seen(2, (30, 1.0), (30, 0.0), (30, 1.0)),
        89,
        ((33, 59),),
    ),
    Scenario(
        "unreachable",
        "no place gets an answer for an hour",
        lambda _: seen(6, (30, 1.0), (60, 0.0), (30, 1.0)),
        119,
        ((33, 89),),
    ),
    Scenario(
        "unreachable",
        "one place gets no answer for an hour",
        lambda _: seen(1, (30, 1.0), (60, 0.0), (30, 1.0)),
        119,
        NEVER,
    ),
    Scenario(
        "unreachable",
        "two checks in a row fail everywhere",
        lambda _: seen(6, (30, 1.0), (2, 0.0), (30, 1.0)),
        61,
        NEVER,
    ),
    Scenario(
        "unreachable", "every other check fails everywhere", lambda _: seen(6, *((1, 1.0), (1, 0.0)) * 30), 59, NEVER
    ),
)


def days(*stretches: Stretch) -> tuple[Measure, ...]:
    """Return how many days our certificate still has, beside others that have ended."""
    minutes = sum(length for length, _ in stretches)
    place = {"checker_location": PLACES[0]}
    ended = gauge((minutes, 0.0))
    return (
        Measure(Series(EXPIRY, "uptime_url", {"host": HOST, **place}), gauge(*stretches)),
        Measure(Series(EXPIRY, "uptime_url", {"host": OTHER, **place}), ended),
        Measure(Series(EXPIRY, "another", {"host": HOST, **place}), ended),
    )


CERTIFICATE = (
    Scenario(
        "certificate-ends",
        "thirteen days are left, until it is renewed",
        lambda _: days((60, 14.5), (120, 13.0), (60, 90.0)),
        239,
        ((60, 209),),
    ),
    Scenario("certificate-ends", "fifteen days are left", lambda _: days((240, 15.0)), 239, NEVER),
    Scenario(
        "certificate-ends",
        "no check for a quarter of an hour",
        lambda _: days((60, 13.0), (15, None), (60, 13.0), (60, 90.0)),
        194,
        ((0, 164),),
    ),
)


def queue(
    name: str, depth: tuple[Stretch, ...], ok: tuple[Stretch, ...], failed: tuple[Stretch, ...], resource: str = QUEUE
) -> tuple[Measure, ...]:
    """Return how many tasks wait in a queue, and how its attempts end."""
    attempts = Series(ATTEMPTS.metric, resource, {"queue_id": name})
    return (
        Measure(Series(DEPTH.metric, resource, {"queue_id": name}), gauge(*depth)),
        Measure(attempts.where(response_code="ok"), counter(*ok)),
        Measure(attempts.where(response_code="unavailable"), counter(*failed)),
    )


def well(rate: float, minutes: int) -> tuple[Measure, ...]:
    """Return a queue that works well, beside one of the same name that is not Google's."""
    return (
        *queue("mail", ((minutes, 2.0),), ((minutes, rate / 60),), ((minutes, 0.01),)),
        *queue("crm", ((minutes, 1_000.0),), ((minutes, rate),), ((minutes, 0.0),), resource="another"),
    )


def beside_stuck(minutes: int) -> tuple[Measure, ...]:
    """Return a queue of the same name that is not Google's and is stuck."""
    return queue("crm", ((minutes, 9.0),), ((minutes, 0.0),), ((minutes, 5.0),), resource="another")


def provider_down(rate: float, minutes: int) -> tuple[Measure, ...]:
    """Return a queue whose provider is down for a while."""
    waiting = queue(
        "crm",
        ((60, 0.0), (minutes, 5.0), (60, 0.0)),
        ((60, rate / 60), (minutes, 0.0), (60, rate / 60)),
        ((60, 0.0), (minutes, 1.0), (60, 0.0)),
    )
    return (*waiting, *well(rate, 120 + minutes))


def paused(rate: float) -> tuple[Measure, ...]:
    """Return a queue that makes no attempts for an hour while tasks come."""
    growing = tuple((1, float(place + 1)) for place in range(60))
    waiting = queue(
        "crm", ((60, 0.0), *growing, (60, 0.0)), ((60, rate / 60), (60, 0.0), (60, rate / 60)), ((180, 0.0),)
    )
    return (*waiting, *well(rate, 180))


QUEUES = (
    Scenario(
        "queue-stuck",
        "one more comes to a queue that is paused, and is taken away",
        lambda rate: (*queue("crm", ((90, 3.0), (2, 4.0), (88, 3.0)), ((180, 0.0),), ((180, 0.0),)), *well(rate, 180)),
        179,
        ((90, 126),),
    ),
    Scenario(
        "queue-stuck",
        "one is taken away from a queue that is paused, and comes back",
        lambda rate: (*queue("crm", ((80, 4.0), (20, 3.0), (80, 4.0)), ((180, 0.0),), ((180, 0.0),)), *well(rate, 180)),
        179,
        ((110, 144),),
    ),
    Scenario(
        "queue-stuck",
        "one more comes to a queue that is paused",
        lambda rate: (*queue("crm", ((90, 3.0), (90, 4.0)), ((180, 0.0),), ((180, 0.0),)), *well(rate, 180)),
        179,
        ((90, 134),),
    ),
    Scenario(
        "queue-stuck",
        "one more comes to a queue that works",
        lambda rate: (
            *queue("crm", ((90, 3.0), (90, 4.0)), ((90, 0.0), (1, 1.0), (89, 0.0)), ((180, 0.0),)),
            *well(rate, 180),
        ),
        179,
        NEVER,
    ),
    Scenario(
        "queue-stuck",
        "a provider is down for an hour",
        lambda rate: provider_down(rate, 60),
        179,
        {"low": ((75, 149),), "middle": ((79, 149),), "high": ((79, 149),)},
    ),
    Scenario("queue-stuck", "a provider is down for ten minutes", lambda rate: provider_down(rate, 10), 129, NEVER),
    Scenario(
        "queue-stuck",
        "a queue is paused for an hour",
        paused,
        179,
        {"low": ((75, 149),), "middle": ((79, 149),), "high": ((79, 149),)},
    ),
    Scenario(
        "queue-stuck",
        "reminders wait for their day",
        lambda _: (*queue("crm", ((180, 3.0),), ((180, 0.0),), ((180, 0.0),)), *beside_stuck(180)),
        179,
        NEVER,
    ),
    Scenario(
        "queue-stuck",
        "many wait, and it goes on",
        lambda rate: (*queue("crm", ((180, 500.0),), ((180, rate / 20),), ((180, rate / 20),)), *beside_stuck(180)),
        179,
        NEVER,
    ),
    Scenario(
        "queue-stuck",
        "one waits and fails now and then",
        lambda rate: (*queue("crm", ((180, 1.0),), ((180, 0.0),), every(8, 22)), *well(rate, 180)),
        175,
        NEVER,
    ),
    Scenario(
        "queue-stuck",
        "one waits and fails every four minutes",
        lambda rate: (*queue("crm", ((181, 1.0),), ((181, 0.0),), ((60, 0.0), *every(4, 30))), *well(rate, 181)),
        179,
        ((71, 179),),
    ),
    Scenario(
        "queue-stuck",
        "none waits although some fail",
        lambda _: (
            *queue("crm", ((90, 0.0), (1, 4.0), (89, 0.0)), ((180, 0.0),), ((180, 1.0),)),
            *beside_stuck(180),
        ),
        179,
        NEVER,
    ),
    Scenario(
        "queue-stuck",
        "a task succeeds every eighteen minutes",
        lambda rate: (
            *queue("crm", ((181, 4.0),), ((1, 0.0), *((1, 1.0), (17, 0.0)) * 10), ((181, 1.0),)),
            *well(rate, 180),
        ),
        179,
        NEVER,
    ),
)


def job(name: str, severity: str, *stretches: Stretch, resource: str = "cloud_scheduler_job") -> Measure:
    """Return how many log entries of a severity a job made."""
    labels = {"job_id": name, "severity": severity}
    return Measure(Series("logging.googleapis.com/log_entry_count", resource, labels), counter(*stretches))


def jobs(rate: float, *entries: Measure) -> tuple[Measure, ...]:
    """Return the entries, beside those that are no errors and errors of something else."""
    return (
        *entries,
        job("reconcile-hour", "INFO", (240, float(rate))),
        job("reconcile-hour", "ERROR", (240, 1.0), resource="another"),
    )


SCHEDULER = (
    Scenario(
        "scheduler-fails",
        "a job fails and is tried three more times",
        lambda rate: jobs(rate, job("reconcile-hour", "ERROR", (60, 0.0), (4, 1.0), (176, 0.0))),
        239,
        ((62, 150),),
    ),
    Scenario(
        "scheduler-fails",
        "a job fails all the time",
        lambda rate: jobs(rate, job("reconcile-minute", "ERROR", (60, 0.0), (180, 1.0))),
        239,
        ((62, 239),),
    ),
    Scenario(
        "scheduler-fails",
        "a job fails three times in an hour",
        lambda rate: jobs(rate, job("reconcile-minute", "ERROR", (60, 0.0), *every(18, 3), (126, 0.0))),
        239,
        ((113, 166),),
    ),
    Scenario(
        "scheduler-fails",
        "two jobs fail twice",
        lambda rate: jobs(
            rate,
            *(job(name, "ERROR", (60, 0.0), (2, 1.0), (178, 0.0)) for name in ("reconcile-minute", "reconcile-hour")),
        ),
        239,
        NEVER,
    ),
)
SCENARIOS = (*DOWN, *CERTIFICATE, *QUEUES, *SCHEDULER)
