from __future__ import annotations

import pytest

from triage.project.extensions import installed, way_out


def test_each_extension_is_named_with_its_line_and_without_its_version() -> None:
    text = '{"extensions": {\n"a": "firebase/storage-resize-images@0.2.1",\n"b": "./mine", "c": 3}}'
    config = {"extensions": {"a": "firebase/storage-resize-images@0.2.1", "b": "./mine", "c": 3}}
    assert list(installed(config, text)) == [(2, "a", "firebase/storage-resize-images"), (3, "b", "./mine")]
    assert list(installed({"extensions": ["a"]}, "")) == []


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("firebase/firestore-bigquery-export", "@firebase-function-kits/firestore-bigquery-export"),
        ("revenuecat/firestore-revenuecat-purchases", "to @revenuecat/firestore-revenuecat-purchases."),
        ("invertase/firestore-stripe-payments", "handlers/billing"),
        ("sendgrid/firestore-sendgrid", "handlers/work"),
        ("acme/other", "own functions"),
    ],
)
def test_each_extension_has_a_way_out(reference: str, words: str) -> None:
    assert words in way_out(reference)
