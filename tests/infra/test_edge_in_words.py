"""What the edge's rules do, in words: none is forgotten, and none is an expression."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from blueprint.spec import Plan, Spec
from infra import edge, edge_in_words, firewall


@pytest.mark.parametrize("plan", get_args(Plan))
def test_every_rule_is_told_in_words_on_every_plan(spec: Spec, plan: Plan) -> None:
    chosen = spec.model_copy(update={"cloudflare": spec.cloudflare.model_copy(update={"plan": plan})})
    told = edge_in_words.rules(chosen)
    guard = firewall.FirewallConfig.of(chosen)
    made = [
        *firewall.custom_rules(guard),
        firewall.rate_limit(guard),
        *firewall.managed_rules(guard),
        *edge.cache_rules(edge.EdgeConfig.of(chosen)),
    ]
    assert {rule["description"] for rule in made} | {"DDoS protection"} == {one["title"] for one in told}
    assert not [one for one in told if re.search(r"http\.|starts_with|^true$", one["what"])]
    assert not [one for one in told if not one["what"]]


def test_numbers_and_hosts_are_those_of_the_launch(spec: Spec) -> None:
    told = {one["title"]: one["what"] for one in edge_in_words.rules(spec)}
    assert f"more than {firewall.FirewallConfig.of(spec).requests} requests" in told["Intents by address"]
    assert spec.api_host in told["Webhooks are never challenged"]
    assert all(host in told["Assets of the web app"] for host in spec.web_hosts)
