"""Criterion: a signup makes exactly one user and exactly one contact, however often and from however many devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.device import SIGNUP, Device, Intent, signed_in
from flows.scene import Scene
from flows.waiting import settle, wait_for

ONCE, DEVICES, CLOSED = "accept.signup.once", "accept.edge.devices", "accept.edge.app_closed"
KNOWN = "accept.edge.known_contact"
LIMIT = 30.0  # seconds until the user has a contact
AT_ONCE = 8
FIX = "Follow the user's id in `./launch logs intake` and `./launch logs sync-crm`: handlers/signup.py decides."


@dataclass(frozen=True)
class Observation:
    """What came of a signup: the answers by status, the user's record, and the contacts with their address."""

    user_id: str
    answers: Mapping[int, int]
    user: Mapping[str, Any]
    contacts: tuple[str, ...]
    seconds: float


def play_once(scene: Scene) -> Finding:
    """Sign up, and tell it again as an app does that lost the first answer."""
    device = signed_in(scene, "accept-signup")
    intent = Intent(SIGNUP, "signup", {"name": "Synthetic"})
    return judge(ONCE, _seen(device, [device.send(intent).status for _ in range(3)]))


def play_devices(scene: Scene) -> Finding:
    """Sign up from several devices at the same moment, each with an id of its own."""
    device = signed_in(scene, "accept-devices")
    intents = [Intent(SIGNUP, f"device-{number}", {"name": "Synthetic"}) for number in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [answer.status for answer in pool.map(device.send, intents)]
    return judge(DEVICES, _seen(device, answers))


def play_closed(scene: Scene) -> Finding:
    """Close the app the moment the signup is sent, and open it later: it sends what was never acknowledged."""
    device = signed_in(scene, "accept-closed")
    intent = Intent(SIGNUP, "signup", {"name": "Synthetic"})
    device.lose(intent)
    user, _ = wait_for(lambda: scene.user(device.user_id), bool, 2.0)
    answer = device.send(intent).status
    return replace_expected(judge(CLOSED, _seen(device, [answer])), bool(user))


def play_known(scene: Scene) -> Finding:
    """Sign up with a verified address that the team's CRM has a contact for, from before."""
    device = signed_in(scene, "accept-known")
    scene.vendors.make_contact(device.email)
    scene.vendors.verify_email(scene.stage.project, device.user_id)
    answers = [device.send(Intent(SIGNUP, "signup", {"name": "Synthetic"})).status]
    return judge(KNOWN, _seen(device, answers))


def judge(id_: str, seen: Observation) -> Finding:
    """Return whether every attempt was acknowledged, and there is one user with the one contact."""
    contact = str(seen.user.get("crmContactId") or "")
    is_well = bool(seen.answers) and set(seen.answers) <= {200, 202} and bool(contact) and seen.contacts == (contact,)
    answered = ", ".join(f"{count} × {status}" for status, count in sorted(seen.answers.items()))
    return found(
        id_,
        seen.user_id,
        is_well,
        f"every attempt is acknowledged (200 or 202); one user with one CRM contact within {LIMIT:.0f} s",
        f"answered {answered or 'nothing'}; {'one user' if seen.user else 'no user'}, "
        f"{len(seen.contacts)} contacts after {seen.seconds:.1f} s",
        FIX,
        answers=dict(seen.answers),
        contacts=seen.contacts,
        contact=contact,
        seconds=round(seen.seconds, 3),
    )


def replace_expected(finding: Finding, arrived: bool) -> Finding:
    """Return the finding with the word whether the request got through before the app was opened again."""
    before = "was there already" if arrived else "was not there yet"
    return replace(finding, observed=f"{finding.observed}; before the app was opened again the user {before}")


def _seen(device: Device, answers: list[int]) -> Observation:
    scene = device.scene
    user, seconds = wait_for(lambda: scene.user(device.user_id), lambda each: bool(each.get("crmContactId")), LIMIT)
    settle()
    contacts = tuple(scene.vendors.contacts_of(device.email))
    return Observation(device.user_id, Counter(answers), user, contacts, seconds)
