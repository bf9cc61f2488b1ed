"""Flow: each secret holds a value of its own vendor, of the stack's mode; nothing is swapped. It changes nothing.

It is played on the real clouds too, because a key in the wrong place shows there only when the first customer pays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from google.api_core.exceptions import FailedPrecondition, NotFound

from blueprint.finding import Finding, Status
from flows.stage import Stage
from flows.vendors import DENIED, TIMEOUT, root
from handlers import secret_forms
from handlers.service_manifest import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET

ID = "flow.secrets"
PAIR = (ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET)
EXPECTED = "each secret holds a value of its own vendor, of the stack's mode, and no two are swapped"


@dataclass(frozen=True)
class Observation:
    """The secrets that have a value, and what is wrong with one, in a sentence by its name. No value is in it."""

    read: tuple[str, ...]
    wrong: Mapping[str, str]


def play(stage: Stage) -> Finding:
    """Read the values of the stage's secrets; those without one are left to `./launch secrets list`.

    Raises what the clients raise when Secret Manager cannot be read.
    """
    with stage.reading_secrets() as read:
        values = {name: value for name in stage.secrets if (value := _value(read, name)) is not None}
    wrong = secret_forms.wrong(values, stage.mode)
    if stage.rehearsal and set(PAIR) <= set(values):
        with stage.client(TIMEOUT) as asking:
            wrong |= _wrong_with_pair(asking, stage.rehearsal.helpdesk, values)
    return judge(Observation(tuple(values), wrong))


def judge(seen: Observation) -> Finding:
    """Return whether no value is wrong; the cure names the command for each that is."""
    sentences = dict.fromkeys(seen.wrong.values())
    again = ", ".join(f"`./launch secrets push {name}`" for name in sorted(seen.wrong))
    return Finding(
        id=ID,
        subject=", ".join(sorted(seen.wrong)) or f"{len(seen.read)} secrets",
        status=Status.FAIL if seen.wrong else Status.PASS,
        expected=EXPECTED,
        observed="; ".join(sentences) or "no value is in the wrong place",
        evidence=json.dumps({"read": sorted(seen.read), "wrong": dict(seen.wrong)}),
        fix=f"Give the right value again, as docs/accounts.md says where it is made: {again}." if seen.wrong else "",
    )


def _value(read: Callable[[str], str], name: str) -> str | None:
    try:
        return read(name)
    except (NotFound, FailedPrecondition):  # no version, or none that is enabled
        return None
    except UnicodeDecodeError:
        return ""


def _wrong_with_pair(asking: httpx.Client, helpdesk: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with Zendesk's id and secret, which have no form: the helpdesk is asked for a token."""
    client, secret = (values[name] for name in PAIR)
    if _is_taken(asking, helpdesk, client, secret) or not _is_taken(asking, helpdesk, secret, client):
        return {}  # a pair that is wrong both ways turns the flow of support red
    said = f"{PAIR[0]} and {PAIR[1]} are swapped: the helpdesk takes them the other way round"
    return dict.fromkeys(PAIR, said)


def _is_taken(asking: httpx.Client, helpdesk: str, client: str, secret: str) -> bool:
    wanted = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, "scope": "tickets:read"}
    answer = asking.post(f"{root(helpdesk)}/oauth/tokens", json={**wanted, "expires_in": 300})
    if answer.is_error and answer.status_code not in (*DENIED, 400):
        answer.raise_for_status()
    return answer.is_success
