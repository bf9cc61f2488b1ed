"""Criteria: nobody without proof writes billing, and no user reads another's, at any door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from google.api_core.exceptions import GoogleAPICallError

from blueprint.finding import Finding, Status
from flows import app_firestore
from flows.accept.verdict import found
from flows.device import SIGNUP, SUPPORT, Device, signed_in
from flows.payment import is_active
from flows.scene import Scene
from flows.waiting import settle, wait_for
from verify.judge import security_rules

WRITE, READ = "accept.billing.closed", "accept.billing.private"
PLAN = "launch-flow"
LIMIT = 30.0  # seconds until the victim pays
REFUSED = frozenset({400, 401, 403, 404, 405, 415})
RULES = Path(__file__).parents[2] / "firestore" / "firestore.rules"
MOMENT = datetime(2030, 1, 1, tzinfo=UTC)  # no rule looks at the date; one that did would be found
FIX = "A door is open that must be closed. Do not go live while this fails; see handlers/doors and firestore.rules."


@dataclass(frozen=True)
class Observation:
    """What each attempt was answered (an HTTP status or a gRPC status' name), and billing before and after.

    `leaked` names the answers that held a word of the other's billing; `rules` are sentences about firestore.rules that
    do not hold.
    """

    user_id: str
    answers: Mapping[str, int | str]
    before: Mapping[str, object]
    after: Mapping[str, object]
    leaked: tuple[str, ...]
    rules: tuple[str, ...]


def play_write(scene: Scene) -> Finding:
    """Try to write a subscriber's billing without any proof of being allowed to."""
    victim = _subscriber(scene, "accept-closed-victim")
    stranger = signed_in(scene, "accept-closed-stranger")
    wish = {"billing": {"plan": "stolen", "status": "active"}, "plan": "stolen", "userId": victim.user_id}
    event = {
        "id": f"evt_closed{scene.stage.run}",
        "type": "invoice.paid",
        "livemode": False,
        "data": {"object": {"customer": "cus_x"}},
    }
    before = _billing(scene, victim.user_id)
    answers: dict[str, int | str] = {
        "an unsigned webhook": scene.edge.post("/webhooks/stripe", _json(event), {}).status,
        "a private service's door": scene.edge.post(f"/events/{event['id']}/run", b"{}", {}).status,
        "an effect's door": scene.edge.post("/effects/x/run", b"{}", {}).status,
        "a made-up door": scene.edge.post(f"/users/{victim.user_id}/billing", _json(wish), {}).status,
        "an intent without a token": scene.edge.post(
            f"/v1/intents/{SIGNUP}", _json({"id": "x", "data": wish}), {}
        ).status,
        "an unknown intent": scene.edge.post("/v1/intents/set_billing", _json({"id": "x"}), stranger.bearer).status,
        **{f"Firestore with {name}": _written(scene, victim.user_id, token) for name, token in _tokens(stranger)},
        **_by_run_address(scene, victim.user_id),
    }
    # An intent of one's own is refused when it says anything about billing, and without that accepted.
    for id_, data in (("mine", {"name": "S", **wish}), ("well", {"name": "S"})):
        scene.edge.post(f"/v1/intents/{SIGNUP}", _json({"id": id_, "data": data}), stranger.bearer)
    settle()
    after = _billing(scene, victim.user_id)
    return judge_write(Observation(victim.user_id, answers, before, after, (), untrue(RULES.read_text())))


def play_read(scene: Scene) -> Finding:
    """Ask every door for another user's billing, as a signed-in user."""
    victim = _subscriber(scene, "accept-private-victim")
    curious = signed_in(scene, "accept-private-curious")
    asked = {
        f"GET {path}": scene.edge.get(path, curious.bearer)
        for path in (
            f"/users/{victim.user_id}",
            f"/v1/users/{victim.user_id}/billing",
            "/v1/billing",
            "/inbox",
            "/outbox",
        )
    }
    for kind, data in ((SIGNUP, {"name": "S", "userId": victim.user_id}), (SUPPORT, _question(victim))):
        body = _json({"id": f"private-{kind}", "data": data, "userId": victim.user_id})
        asked[f"POST {kind}"] = scene.edge.post(f"/v1/intents/{kind}", body, curious.bearer)
    answers: dict[str, int | str] = {name: answer.status for name, answer in asked.items() if name.startswith("GET")}
    answers |= {f"Firestore with {name}": _read(scene, victim.user_id, token) for name, token in _tokens(curious)}
    billing = _billing(scene, victim.user_id)
    leaked = tuple(name for name, answer in asked.items() if _holds(answer.text, billing))
    return judge_read(Observation(victim.user_id, answers, billing, billing, leaked, untrue(RULES.read_text())))


def judge_write(seen: Observation) -> Finding:
    """Return whether every attempt was refused and billing is what it was."""
    is_well = _all_refused(seen) and seen.before == seen.after and not seen.rules
    observed = _in_words(seen, "billing is what it was" if seen.before == seen.after else "billing was changed")
    expected = "every attempt is refused, billing stays as it was, and firestore.rules give no one a write"
    return found(WRITE, seen.user_id, is_well, expected, observed, FIX, answers=dict(seen.answers), rules=seen.rules)


def judge_read(seen: Observation) -> Finding:
    """Return whether no door told anything."""
    is_well = _all_refused(seen) and not seen.leaked and not seen.rules
    told = f"told by {', '.join(seen.leaked)}" if seen.leaked else "no answer holds any of it"
    expected = "no door tells a user another's billing, and firestore.rules let users get only their own"
    return found(
        READ,
        seen.user_id,
        is_well,
        expected,
        _in_words(seen, told),
        FIX,
        answers=dict(seen.answers),
        leaked=seen.leaked,
    )


def untrue(text: str) -> tuple[str, ...]:
    """Return what the rules allow and should not, each with its proof; the engine that decides requests is asked."""
    findings = security_rules.judge("firestore.rules", text, MOMENT)
    return tuple(f"{each.observed}: {each.evidence}" for each in findings if each.status is not Status.PASS)


def _subscriber(scene: Scene, name: str) -> Device:
    device = signed_in(scene, name)
    scene.vendors.subscribe(device.user_id, PLAN)
    wait_for(lambda: scene.user(device.user_id), is_active, LIMIT)
    return device


def _billing(scene: Scene, user_id: str) -> Mapping[str, object]:
    """Return the block without the count of looks at Stripe, which the buyer's other events still move."""
    return {name: value for name, value in scene.user(user_id)["billing"].items() if name != "checks"}


def _tokens(device: Device) -> tuple[tuple[str, str], ...]:
    return (("no token", ""), ("a user's token", device.token))


def _read(scene: Scene, user_id: str, token: str) -> str:
    stage, path = scene.stage, f"users/{user_id}"
    with app_firestore.opened(stage) as client:
        wanted = {"name": app_firestore.name(stage, path)}
        return _status(lambda: client.get_document(wanted, **app_firestore.bearer(token)))


def _written(scene: Scene, user_id: str, token: str) -> str:
    plan = {"map_value": {"fields": {"plan": {"string_value": "stolen"}}}}
    document = {"name": app_firestore.name(scene.stage, f"users/{user_id}"), "fields": {"billing": plan}}
    with app_firestore.opened(scene.stage) as client:
        return _status(lambda: client.update_document({"document": document}, **app_firestore.bearer(token)))


def _status(call: Callable[[], object]) -> str:
    try:
        call()
    except GoogleAPICallError as error:
        return str(error.grpc_status_code.name if error.grpc_status_code else error.code)
    return "OK"


def _by_run_address(scene: Scene, user_id: str) -> dict[str, int | str]:
    """Return what the private services answer at their own addresses, which the internet can see but not enter."""
    path, body = "/events/evt_x/run", _json({"userId": user_id})
    return {
        f"{host.partition('.')[0]} itself": scene.post_to_run(host, path, body) for host in scene.stage.private_hosts
    }


def _all_refused(seen: Observation) -> bool:
    grpc_refusals = {"UNAUTHENTICATED", "PERMISSION_DENIED"}
    return bool(seen.answers) and all(each in REFUSED or each in grpc_refusals for each in seen.answers.values())


def _holds(text: str, billing: Mapping[str, object]) -> bool:
    """Tell whether an answer holds anything that only the billing block says."""
    telling = [str(billing.get(name) or "") for name in ("plan", "subscriptionId", "lastEventId")]
    return any(each and each in text for each in telling)


def _in_words(seen: Observation, then: str) -> str:
    answered = ", ".join(f"{name}: {answer}" for name, answer in seen.answers.items())
    rules = f"; not so in firestore.rules: {'; '.join(seen.rules)}" if seen.rules else ""
    return f"{answered or 'nothing was asked'}; {then}{rules}"


def _question(victim: Device) -> dict[str, str]:
    return {"subject": "Billing", "message": f"Tell me the plan of {victim.user_id}."}


def _json(body: object) -> bytes:
    return json.dumps(body).encode()
