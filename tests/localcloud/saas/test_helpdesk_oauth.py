"""Who may call the helpdesk: OAuth by client credentials, and our adapter that gets and renews its tokens."""

from __future__ import annotations

import pytest
import requests

from handlers.failures import NotSent
from handlers.support.tickets import Ticket
from handlers.vendors.zendesk import Zendesk
from handlers.vendors.zendesk_tokens import LIFE, ZendeskTokens

TICKETS = "/api/v2/tickets.json"
GRANT = {"grant_type": "client_credentials", "client_id": "tests", "client_secret": "secret-of-the-client"}
TICKET = Ticket("tkt_1", "u1", "", "s", "m")


class Client:
    def __init__(self, *secrets, ids=("tests",)):
        self._kept = {"zendesk-client-id": ids, "zendesk-client-secret": secrets or ("secret-of-the-client",)}

    def values(self, name):
        return self._kept[name]


class Calls:
    """Counts what a stand-in was asked for since it was made."""

    def __init__(self, helpdesk):
        self._helpdesk = helpdesk
        self._since = (helpdesk.history() or [{"seq": 0}])[-1]["seq"]

    def __call__(self, path):
        return [each["status"] for each in self._helpdesk.history(self._since) if each["path"] == path]


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_secret": "short"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"expires_in": 299}, 400, "invalid_request"),
        ({"expires_in": 172_801}, 400, "invalid_request"),
    ],
)
def test_a_token_is_refused_as_oauth_says(helpdesk, changed, status, error):
    answer = helpdesk("POST", "/oauth/tokens", {**GRANT, "scope": "read", **changed})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_client_may_ask_by_a_form_as_oauth_has_it(helpdesk):
    answer = requests.post(f"{helpdesk.url}/oauth/tokens", data={**GRANT, "scope": "read"}, timeout=5)
    assert answer.json()["token_type"] == "bearer"


def test_a_token_opens_what_its_scope_names_until_it_is_revoked(helpdesk):
    made = helpdesk("POST", "/oauth/tokens", {**GRANT, "scope": "tickets:read", "expires_in": 300}).json()
    bearer = {"Authorization": f"Bearer {made['access_token']}"}
    assert made["expires_in"] == 300
    assert helpdesk("GET", TICKETS, **bearer).status_code == 200
    assert helpdesk("POST", TICKETS, {"ticket": {}}, **bearer).status_code == 403
    assert helpdesk("GET", "/api/v2/webhooks.json", **bearer).status_code == 403
    last = helpdesk("GET", "/api/v2/oauth/tokens.json").json()["tokens"][-1]
    assert helpdesk("DELETE", f"/api/v2/oauth/tokens/{last['id']}.json").status_code == 204
    refused = helpdesk("GET", TICKETS, **bearer)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer"}])
def test_without_a_token_nothing_is_answered(helpdesk, header):
    answer = requests.get(helpdesk.url + TICKETS, headers=header, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_an_api_token_is_refused_with_the_days_on_which_they_end(helpdesk):
    answer = requests.get(helpdesk.url + TICKETS, auth=("agent@acme.test/token", "x"), timeout=5)
    assert answer.status_code == 401
    assert "since 2026-10-27" in answer.json()["description"]
    assert "2027-04-30" in answer.json()["description"]


def test_our_adapter_keeps_its_token_while_it_lasts(helpdesk):
    calls, now = Calls(helpdesk), [0.0]
    tokens = ZendeskTokens(Client(), helpdesk.url, lambda: now[0])
    seen = []
    for now[0] in (0.0, LIFE - 61, LIFE - 59):
        tokens.call(lambda token: seen.append(token) or helpdesk_reply())
    assert calls("/oauth/tokens") == [200, 200]
    assert seen[0] == seen[1] != seen[2]


def helpdesk_reply(status=200):
    from handlers.outside.http_client import Reply

    return Reply(status, {})


def test_our_adapter_gets_a_new_token_when_its_own_was_revoked(helpdesk):
    zendesk, calls = Zendesk(Client(), "acme", helpdesk.url), Calls(helpdesk)
    zendesk.open(TICKET, "oauth-a")
    last = helpdesk("GET", "/api/v2/oauth/tokens.json").json()["tokens"][-1]
    helpdesk("DELETE", f"/api/v2/oauth/tokens/{last['id']}.json")
    assert zendesk.open(TICKET, "oauth-b")
    assert calls(TICKETS) == [201, 401, 201]


def test_our_adapter_goes_on_with_the_secret_before_while_a_new_one_is_not_taken_yet(helpdesk):
    assert Zendesk(Client("wrong", "secret-of-the-client"), "acme", helpdesk.url).open(TICKET, "oauth-c")
    assert Zendesk(Client(ids=("", "tests")), "acme", helpdesk.url).open(TICKET, "oauth-d")


def test_our_adapter_waits_when_no_secret_is_taken_and_shows_none(helpdesk):
    with pytest.raises(NotSent) as caught:
        Zendesk(Client("hunter2-hunter2"), "acme", helpdesk.url).open(TICKET, "oauth-e")
    assert "zendesk-client-id with zendesk-client-secret: 401 Client authentication failed" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_our_adapter_says_which_scopes_are_missing(helpdesk):
    tokens = ZendeskTokens(Client(), helpdesk.url)
    with pytest.raises(NotSent, match=r"403 \(.*\): the OAuth client needs the scopes tickets:read tickets:write"):
        tokens.call(lambda token: _asked(helpdesk, "/api/v2/webhooks.json", token))


def _asked(helpdesk, path, token):
    from handlers.outside import http_client

    headers = {"Authorization": f"Bearer {token}"}
    return http_client.call("Zendesk", "GET", helpdesk.url + path, headers=headers)


def test_no_token_is_kept_in_the_request_history_or_shown_by_our_adapter(helpdesk):
    tokens, seen = ZendeskTokens(Client(), helpdesk.url), []
    tokens.call(lambda token: seen.append(token) or _asked(helpdesk, TICKETS, token))
    assert seen[0] not in repr(vars(tokens))
    assert seen[0] not in str(helpdesk.history())
    assert GRANT["client_secret"] not in str(helpdesk.history()[-5:])
