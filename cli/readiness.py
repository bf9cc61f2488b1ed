"""Waits until a stack serves: made is not yet reachable, the first instance of a service has to start."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from blueprint.outputs import Outputs
from engine import heartbeat
from engine.errors import LaunchError
from verify.answers.page import Page
from verify.observe.web import fetch
from verify.reach import Reach

TIMEOUT = 180.0  # seconds; the first start of a service installs its requirements
PAUSE = 0.5  # seconds between two tries
ONE_ANSWER = 30.0  # seconds that one request may take while an instance starts
SAID_EVERY = 5.0  # seconds between two sentences while it waits
OK = 200

Tell = Callable[[str], None]


def wait_until_serving(outputs: Outputs, reach: Reach, tell: Tell, timeout: float = TIMEOUT) -> None:
    """Return when health route and web app answer 200; raises LaunchError after `timeout` seconds."""
    patient = replace(reach, timeout=ONE_ANSWER)
    deadline = time.monotonic() + timeout
    for url in _doors(outputs):
        tell(f"asking {url}")
        with heartbeat.telling(SAID_EVERY, tell, partial(_waiting, url, deadline - timeout)):
            while (page := fetch(url, patient)).status != OK:
                if time.monotonic() > deadline:
                    raise _silent(page, timeout)
                time.sleep(PAUSE)


def serves(outputs: Outputs, reach: Reach) -> bool:
    """Tell whether health route and web app answer 200 now."""
    return all(fetch(url, reach).status == OK for url in _doors(outputs))


def _doors(outputs: Outputs) -> tuple[str, str]:
    return (outputs.health_url, f"https://{outputs.domain}/")


def _waiting(url: str, since: float) -> str:
    waited = time.monotonic() - since
    return f"still waiting for {url} after {waited:.0f} s: a service's first start installs what it requires"


def _silent(page: Page, timeout: float) -> LaunchError:
    answer = page.error or f"it answers {page.status}: {page.body[:200].strip()}"
    return LaunchError(
        f"{page.url} does not serve after {timeout:.0f} seconds.",
        f"The last answer: {answer}",
        "Look at `./launch status`, `./launch logs` and `./launch logs run`, then run `./launch up` again.",
    )
