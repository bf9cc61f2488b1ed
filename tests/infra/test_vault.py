from __future__ import annotations

from typing import Any

import pytest

from infra.vault import APIS, Vault, VaultConfig

READERS = {
    "stripe-api-key": {"sync-payments": "serviceAccount:pay@x"},
    "resend-key": {"sync-payments": "serviceAccount:pay@x", "support-ticket": "serviceAccount:help@x"},
}


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: Vault("vault", VaultConfig(READERS), project(*APIS)))


def test_secrets_are_made_without_values(made: Any) -> None:
    assert {one.inputs["secretId"] for one in made.of("secret:Secret")} == set(READERS)
    assert made.of("SecretVersion") == []


def test_secrets_are_protected_unless_told_otherwise(made: Any, provision: Any, project: Any) -> None:
    assert {one.inputs["deletionProtection"] for one in made.of("secret:Secret")} == {True}
    open_one = provision(lambda: Vault("vault", VaultConfig(READERS, protect=False), project(*APIS)))
    assert {one.inputs["deletionProtection"] for one in open_one.of("secret:Secret")} == {False}


def test_each_reader_may_open_the_versions_of_its_own_secret_and_not_even_list_them(made: Any) -> None:
    granted = {(one.inputs["secretId"], one.inputs["member"], one.inputs["role"]) for one in made.of("IamMember")}
    assert granted == {
        (secret, member, "roles/secretmanager.secretAccessor")
        for secret, members in READERS.items()
        for member in members.values()
    }


def test_a_secret_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="stripe-api-key has no reader"):
        VaultConfig({"stripe-api-key": {}})


def test_a_secret_id_that_google_would_refuse_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stripe\.key"):
        VaultConfig({"stripe.key": {"intake": "serviceAccount:x"}})
