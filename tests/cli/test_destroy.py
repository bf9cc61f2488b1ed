from __future__ import annotations

from cli.destroy import kept_by

URN = "urn:pulumi:local::launch-ready::launch:infra:Data$"


def test_what_stays_is_named_with_the_reason() -> None:
    resources = [
        {"urn": f"{URN}gcp:firestore/database:Database::firestore", "protect": True},
        {"urn": f"{URN}gcp:firebase/androidApp:AndroidApp::android", "retainOnDelete": True, "importID": "theirs"},
        {"urn": f"{URN}gcp:identityplatform/config:Config::sign-in", "retainOnDelete": True},
        {"urn": f"{URN}gcp:firestore/index:Index::inbox"},
    ]
    assert kept_by({"deployment": {"resources": resources}}) == [
        "database firestore, because it is protected",
        "android app android, because it was there before",
        "config sign-in, because it cannot be undone",
    ]


def test_a_stack_that_holds_nothing_keeps_nothing() -> None:
    assert kept_by({"deployment": {}}) == []
