"""Ids that others make, and what Firestore takes as a document's id."""

from __future__ import annotations

import pytest

from handlers import ids
from handlers.support import tickets


def test_a_ticket_s_own_id_has_its_form():
    assert ids.is_ticket_id(tickets.id_for("int_1"))


@pytest.mark.parametrize("value", ["tkt_", "tkt_" + "0" * 23, "tkt_" + "G" * 24, "x/tkt_" + "0" * 24, None, 7])
def test_anything_else_is_not_taken_for_a_ticket_s(value):
    assert not ids.is_ticket_id(value)


@pytest.mark.parametrize(
    ("value", "is_one"), [("a", True), ("a.b:c-d_E9", True), ("a" * 65, False), ("", False), (7, False)]
)
def test_an_app_makes_ids_of_1_to_64_plain_characters(value, is_one):
    assert ids.is_client_id(value) is is_one


@pytest.mark.parametrize("text", ["", ".", "..", "__a__", "____", "users/u1", "x" * 1_501, "é" * 751, "\udcff"])
def test_firestore_has_no_document_of_that_id(text):
    assert not ids.is_document_id(text)


def test_dots_and_underscores_within_an_id_are_harmless():
    assert all(map(ids.is_document_id, ("a.b", "...", "__a", "a__")))
