from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.mta_sts import MtaSts, MtaStsConfig

CONFIG = MtaStsConfig("acme.test", "0" * 32, "version: STSv1\r\nmode: testing\r\nmx: smtp.google.com\r\n")


def test_a_worker_answers_where_mail_servers_ask(provision: Any) -> None:
    made = provision(lambda: MtaSts("mta-sts", CONFIG, "zone-1"))
    script, route = made.one("WorkersScript").inputs, made.one("WorkersRoute").inputs
    assert (route["pattern"], route["script"]) == ("mta-sts.acme.test/*", script["scriptName"])
    assert '"version: STSv1\\r\\nmode: testing' in script["content"]
    assert "/.well-known/mta-sts.txt" in script["content"]


def test_a_policy_that_names_no_mail_server_is_refused() -> None:
    with pytest.raises(ValueError, match="all mail would be refused"):
        replace(CONFIG, policy="version: STSv1")
