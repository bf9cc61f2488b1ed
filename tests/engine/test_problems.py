from __future__ import annotations

import pytest

from engine.events import Diagnostic
from engine.problems import Problem, plain, problems

URN = "urn:pulumi:local::launch-ready::gcp:cloudtasks/queue:Queue::events"
TRACEBACK = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/x/__main__.py", line 3, in <module>
    launch()
ValueError: zone: has no account

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/x/infra/program.py", line 9, in launch
    raise SpecError("two mistakes")
blueprint.spec.SpecError: spec.domain is missing; add it
spec.contact is missing; add it
"""


def test_each_failure_is_told_once_with_its_resource() -> None:
    said = [
        Diagnostic("info", "hello"),
        Diagnostic("error", "the queue is full", URN),
        Diagnostic("error", "the queue is full", URN),
        Diagnostic("warning", "an old setting", URN),
        Diagnostic("error", "update failed"),
    ]
    assert problems(said) == (Problem("queue events", "the queue is full"),)


def test_a_traceback_becomes_the_last_exceptions_words() -> None:
    assert plain(TRACEBACK) == "spec.domain is missing; add it\nspec.contact is missing; add it"


@pytest.mark.parametrize(
    ("wrapped", "words"),
    [
        ("error: no such zone", "no such zone"),
        ("rpc error: code = InvalidArgument desc = no such zone", "no such zone"),
        ("1 error occurred:\n\t* no such zone", "no such zone"),
        ("Traceback (most recent call last):\n  nothing more", "Traceback (most recent call last):\n  nothing more"),
        ("ttl 7 is not allowed; use 1 or 60 to 86400", "ttl 7 is not allowed; use 1 or 60 to 86400"),
        ("", ""),
    ],
)
def test_what_the_engine_wraps_around_a_providers_words_is_taken_off(wrapped: str, words: str) -> None:
    assert plain(wrapped) == words


def test_a_problem_without_a_resource_is_told_as_it_is() -> None:
    assert str(Problem("", "no")) == "no"
    assert str(Problem("queue events", "no")) == "queue events: no"
