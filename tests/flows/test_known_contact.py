"""Somebody whom the team's CRM knows already signs up, by the public door."""

from __future__ import annotations

from dataclasses import replace

from blueprint.finding import Status
from flows import accept, scene
from flows.device import SIGNUP, Intent, signed_in
from flows.waiting import wait_for


def test_the_contact_with_a_verified_address_becomes_the_users(stage):
    (found,) = accept.play(replace(stage, run="known"), ["edge.known_contact"])
    assert (found.status, found.observed) == (Status.PASS, found.observed)


def test_whoever_only_types_an_address_gets_a_contact_without_it(stage):
    with scene.set_up(replace(stage, run="typed")) as opened:
        device = signed_in(opened, "stranger", is_verified=False)
        there = opened.vendors.make_contact(device.email)
        device.send(Intent(SIGNUP, "signup", {"name": "Synthetic"}))
        user, _ = wait_for(lambda: opened.user(device.user_id), lambda each: bool(each.get("crmContactId")), 20)
        assert user["crmContactId"] != there
        assert opened.vendors.contacts_of(device.email) == [there]
