"""Criterion: one user cannot flood the team, nobody asks for help in another's name, and no data comes in unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.device import SIGNUP, SUPPORT, Device, Intent, signed_in
from flows.scene import Scene
from handlers.intent_kinds import KINDS

ID = "accept.user.budget"
TRIED = 30
FIX = "handlers/intent_kinds.py says what a user may send; handlers/work/budgets.py counts it."


@dataclass(frozen=True)
class Observation:
    """How a user's requests for help were answered, an unverified user's, and one with data that no kind takes."""

    user_id: str
    answers: Mapping[int, int]
    unproven: int
    strange: int


def play(scene: Scene) -> Finding:
    """Ask for help many times at once, as somebody unverified, and with more data than the kind takes."""
    device = signed_in(scene, "accept-budget")
    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(lambda number: device.send(_help(number)).status, range(TRIED)))
    email = scene.stage.email("accept-unproven")
    stranger = Device(scene, *_swapped(scene, email))
    strange = device.send(Intent(SIGNUP, "strange", {"name": "S", "isAdmin": True})).status
    return judge(Observation(device.user_id, answers, stranger.send(_help(0)).status, strange))


def judge(seen: Observation) -> Finding:
    """Return whether exactly the budget was accepted, and the others were told why not."""
    most = KINDS[SUPPORT].per_hour
    is_well = dict(seen.answers) == {202: most, 429: TRIED - most} and (seen.unproven, seen.strange) == (403, 400)
    answered = ", ".join(f"{count} × {status}" for status, count in sorted(seen.answers.items()))
    return found(
        ID,
        seen.user_id,
        is_well,
        f"of {TRIED} requests for help in a moment {most} are accepted and the others are too many (429); a user whose "
        "address is not verified is refused (403), and so is data that the kind does not take (400)",
        f"answered {answered or 'nothing'}; unverified: {seen.unproven}; unasked data: {seen.strange}",
        FIX,
        answers={str(status): count for status, count in seen.answers.items()},
    )


def _help(number: int) -> Intent:
    return Intent(SUPPORT, f"budget-{number}", {"subject": "Synthetic", "message": f"Flood {number}."})


def _swapped(scene: Scene, email: str) -> tuple[str, str, str]:
    user_id, token = scene.vendors.sign_up(email, is_verified=False)
    return user_id, email, token
