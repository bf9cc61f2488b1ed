from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tracebacks import told

PROJECT = Path("/x")
HEAD = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/x/__main__.py", line 3, in <module>
    launch()
  File "/x/infra/queues.py", line 10, in <module>
    gcp.cloudtasks.Queue(rate_limit=3)
  File "/x/.venv/lib/python3.12/site-packages/pulumi/resource.py", line 99, in __init__
    raise it
"""


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("TypeError: no rate_limit", "infra/queues.py, line 10: no rate_limit (TypeError)"),
        ("KeyError: 'events'", "infra/queues.py, line 10: 'events' (KeyError)"),
        ("AssertionError", "infra/queues.py, line 10: failed (AssertionError)"),
        ("blueprint.spec.SpecError: spec.domain is missing", "spec.domain is missing"),
        ("blueprint.spec.SpecError", "SpecError"),
    ],
)
def test_pythons_own_exceptions_are_told_with_their_place_and_ours_with_their_words(last: str, sentence: str) -> None:
    assert told(HEAD + last, PROJECT) == sentence


def test_a_mistake_in_the_writing_is_found_in_its_file() -> None:
    text = (
        "Traceback (most recent call last):\n  File \"/x/infra/edge.py\", line 7\n    )\n    ^\nSyntaxError: stray ')'"
    )
    assert told(text, PROJECT) == "infra/edge.py, line 7: stray ')' (SyntaxError)"


def test_a_failure_outside_of_our_files_keeps_its_place() -> None:
    text = 'Traceback (most recent call last):\n  File "/usr/lib/python3.12/abc.py", line 1, in f\nValueError: odd'
    assert told(text, PROJECT) == "/usr/lib/python3.12/abc.py, line 1: odd (ValueError)"


@given(st.text())
def test_any_text_is_told(text: str) -> None:
    told(text, PROJECT)
    told(f"Traceback (most recent call last):\n{text}", PROJECT)
