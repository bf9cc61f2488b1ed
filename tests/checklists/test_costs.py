from __future__ import annotations

import pytest

from blueprint.state_backend import StateBackend
from checklists.costs import choices, monthly, total


def changed(spec, part, **values):
    return spec.model_copy(update={part: getattr(spec, part).model_copy(update=values)})


def test_the_cheapest_launch_pays_for_its_load_balancer_and_a_few_secrets(spec):
    assert total(spec) == pytest.approx(18.25, abs=2.0)
    assert {cost.what: cost.dollars for cost in monthly(spec)}["Cloudflare free plan"] == 0


def test_every_part_names_the_page_with_its_price(spec):
    assert all("." in cost.source and "/" in cost.source for cost in monthly(spec))


def test_another_choice_is_told_by_what_it_adds(spec):
    adds = {choice.words.partition(",")[0]: choice.dollars for choice in choices(spec)}
    assert adds["cloudflare.plan: pro"] == pytest.approx(25.0)
    assert adds["services.min_instances: 1"] > 30
    assert "cloudflare.plan: free" not in adds, "it is what the spec says already"


def test_a_worker_saves_the_load_balancer_and_armor_adds_a_policy_with_its_rules(spec):
    adds = {choice.words.partition(",")[0]: choice.dollars for choice in choices(spec)}
    assert adds["origin: worker"] == pytest.approx(-18.25)
    assert adds["google.armor: true"] > 5
    direct = spec.model_copy(update={"origin": "worker"})
    assert total(direct) < 3
    offered = {choice.words.partition(",")[0] for choice in choices(direct)}
    assert "origin: load-balancer" in offered
    assert "google.armor: true" not in offered, "there is nothing that it could guard"


def test_the_key_of_the_state_costs_something_where_there_is_one(spec):
    kept = spec.model_copy(update={"state": StateBackend(bucket="acme-state")})
    assert total(kept) - total(spec) == pytest.approx(0.06)


def test_going_back_spares_what_was_added(spec):
    pro = changed(spec, "cloudflare", plan="pro")
    assert {choice.words: choice.dollars for choice in choices(pro)}["cloudflare.plan: free"] == pytest.approx(-25.0)


def test_a_negotiated_plan_is_not_made_up(spec):
    assert total(changed(spec, "cloudflare", plan="enterprise")) == total(spec)
