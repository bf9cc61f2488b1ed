"""Plays a list of calls of a client, in that client's own Python, and says as JSON what came of each."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Mapping

LONGEST = 60.0  # seconds that a call may take on a busy machine; one that was not answered never ends
WORKS, WRONG, HANGS, NOT_DONE = "works", "answered wrongly", "hangs", "not done"
SENTENCE = re.compile(r"rehearsal's [A-Z]?[\w ]+? (?:does not|has no|makes no|takes no) .+")

Act = Callable[[], object]
Refusal = Callable[[Exception], tuple[int, str]]


def play(works: Mapping[str, Act], not_done: Mapping[str, Act], refusal: Refusal) -> None:
    """Play the calls in their order, and write what is expected of each (`works`, `not done`) and its outcome.

    A call that returns False was answered, and wrongly. `refusal` reads the HTTP status and the words of an error;
    "not done" is what was refused with 501 and a sentence of the rehearsal.
    """
    outcomes = {name: _played(act, refusal) for name, act in {**works, **not_done}.items()}
    expected = {WORKS: list(works), NOT_DONE: list(not_done)}
    sys.stdout.write(json.dumps({"expected": expected, "outcomes": outcomes}))
    sys.stdout.flush()


def _played(act: Act, refusal: Refusal) -> str:
    outcomes: list[str] = []
    thread = threading.Thread(target=lambda: outcomes.append(_outcome(act, refusal)), daemon=True)
    thread.start()
    thread.join(LONGEST)
    return outcomes[0] if outcomes else HANGS


def _outcome(act: Act, refusal: Refusal) -> str:
    try:
        return WRONG if act() is False else WORKS
    except Exception as error:  # noqa: BLE001 - whatever a client raises is its outcome
        status, said = refusal(error)
        is_told = status == 501 and SENTENCE.search(said)
        return NOT_DONE if is_told else f"{type(error).__name__} {status}: {said[:300]}"
