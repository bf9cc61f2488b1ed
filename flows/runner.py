"""Plays the flows, several at once, and turns whatever happens into findings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Lock

import httpx
from google.api_core.exceptions import Forbidden, GoogleAPIError
from google.auth.exceptions import GoogleAuthError

from blueprint.finding import Finding, Status
from flows import edge, forged_event, health, offline, payment, repeated_event, scene, signup, stored_keys, support
from flows.scene import Scene
from flows.stage import Stage

Tell = Callable[[str], None]
Play = Callable[[Scene], Finding]

# id → what it is, in a founder's words, and how it is played
FLOWS: dict[str, tuple[str, Play]] = {
    payment.ID: ("a buyer pays", payment.play),
    repeated_event.ID: ("the same event 50 times at once", repeated_event.play),
    forged_event.ID: ("forged events", forged_event.play),
    signup.ID: ("someone signs up", signup.play),
    support.ID: ("someone asks for help", support.play),
    offline.ID: ("an app that was offline", offline.play),
}
# id → what it is, of those that change nothing and are played in production too
CALM = {health.ID: "the public door answers", stored_keys.ID: "each secret holds a value of its own"}
UNREACHED = (httpx.HTTPError, GoogleAPIError, GoogleAuthError, OSError)
FIX = (
    "Look at `./launch status` for what is down, and at its log by `./launch logs NAME`; then run `./launch up` again."
)
REFUSED_FIX = (
    "If a key is what it refuses, give the service one that it takes, `./launch secrets push NAME`, and run "
    "`./launch up` again; `./launch destroy` and `./launch up` create new keys for the rehearsal."
)


def play(stage: Stage, tell: Tell = lambda _: None, nearly_done: Callable[[], object] = lambda: None) -> list[Finding]:
    """Play every flow that the stage allows and return one finding each, in a fixed order.

    `tell` is told what is played. `nearly_done` is called when each flow has ended, or only gives what should not
    happen twice the time to happen, so the machine is free. On the real clouds only the flows that change nothing are
    played, and a warning names the others; then it is not called.
    """
    with ThreadPoolExecutor(len(CALM) + len(FLOWS)) as pool:
        tell("health")
        calm = [pool.submit(each, stage) for each in (_health, _keys)]
        played = _rehearsed(stage, pool, tell, Busy(FLOWS, nearly_done)) if stage.rehearsal else [_not_played(stage)]
        return [each.result() for each in calm] + played


def _rehearsed(stage: Stage, pool: ThreadPoolExecutor, tell: Tell, busy: Busy) -> list[Finding]:
    try:
        with scene.set_up(stage) as opened:
            for words, _ in FLOWS.values():
                tell(words)
            playing = [pool.submit(_played, id_, opened, busy) for id_ in FLOWS]
            return [each.result() for each in playing]
    except UNREACHED as error:
        return [_unknown(id_, error) for id_ in FLOWS]


class Busy:
    """The flows that keep the machine busy, all at first; `then` is called once, when there are none any more."""

    def __init__(self, flows: Collection[str], then: Callable[[], object]) -> None:
        self._flows, self._then, self._lock = set(flows), then, Lock()

    def less(self, id_: str) -> None:
        """Take a flow away, if it is there."""
        with self._lock:
            was_last = self._flows == {id_}
            self._flows.discard(id_)
        if was_last:
            self._then()


def _health(stage: Stage) -> Finding:
    try:
        with edge.opened(stage) as door:
            return health.play(stage, door)
    except UNREACHED as error:
        return _unknown(health.ID, error)


def _keys(stage: Stage) -> Finding:
    try:
        return stored_keys.play(stage)
    except UNREACHED as error:
        return _unknown(stored_keys.ID, error)


def _played(id_: str, opened: Scene, busy: Busy) -> Finding:
    try:
        return FLOWS[id_][1](replace(opened, settling=partial(busy.less, id_)))
    except UNREACHED as error:
        return _unknown(id_, error)
    finally:
        busy.less(id_)


def _unknown(id_: str, error: Exception) -> Finding:
    words = FLOWS[id_][0] if id_ in FLOWS else CALM[id_]
    refused = isinstance(error, Forbidden) or (
        isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error
    )
    what, fix = ("was refused", REFUSED_FIX) if refused else ("did not answer", FIX)
    return Finding(
        id=id_,
        subject=words,
        status=Status.UNKNOWN,
        expected="the flow can be played to its end",
        observed=f"something {what}: {type(error).__name__}: {str(error)[:300]}",
        fix=fix,
    )


def _not_played(stage: Stage) -> Finding:
    names = ", ".join(words for words, _ in FLOWS.values())
    return Finding(
        id="flow.rehearsed",
        subject=stage.domain,
        status=Status.WARN,
        expected="every flow is played where acting as buyer, user and vendor does no harm",
        observed=f"not played on the real clouds: {names}",
        fix="Play them in the rehearsal (`./launch up`), and by hand with Stripe's test mode before going live.",
    )
