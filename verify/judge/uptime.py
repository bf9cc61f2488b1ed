"""Judges the uptime path: the health route, and whether a notification reaches somebody."""

from __future__ import annotations

import json

from blueprint.finding import Finding
from verify.answers.notified import Notified
from verify.answers.page import Page
from verify.judge.check import Check

ASK_A_PERSON = (
    "In Cloud Monitoring, open Alerting → Edit notification channels and send a test notification. When it has come, "
    "sign it: `./launch checklist sign alerts --by NAME`."
)


def judge_health(url: str, place: str, page: Page) -> Finding:
    """Return whether the handlers say that they are well, by the way that the uptime check comes in.

    `place` is the address that was asked. Google's check passes for any 2xx; ours wants the body too.
    """
    check = Check(
        "uptime.health.ok",
        f"{url} at {place}",
        '200 and {"status": "ok"}',
        "`./launch logs intake` shows why the service does not answer.",
    )
    if page.error:
        return check.unknown(page.error)
    try:
        said = json.loads(page.body)
    except ValueError:
        said = None
    healthy = page.status == 200 and isinstance(said, dict) and said.get("status") == "ok"
    return check.decided(healthy, f"{page.status} {page.body[:200]}".strip())


def judge_notification(on_call: str, notified: Notified) -> Finding:
    """Return whether a test notification reached the person on call, from every alert."""
    check = Check(
        "uptime.notification.arrived",
        on_call,
        "a test notification through the channel of every alert",
        "Run `./launch up --refresh`: the channel's address is alerts.email in the stack's config.",
    )
    if notified.error:
        return check.unknown(notified.error)
    if notified.signed:
        return check.decided(True, f"signed by {notified.signed}")
    if not notified.arrived and not notified.mute:
        return check.unknown("nobody has said yet that one came", ASK_A_PERSON)
    told = f"it arrived at {' and '.join(notified.arrived) or 'no address'}"
    if notified.mute:
        return check.decided(False, f"{told}, and nobody hears of: {', '.join(notified.mute)}")
    return check.decided(notified.arrived == (on_call,), told)
