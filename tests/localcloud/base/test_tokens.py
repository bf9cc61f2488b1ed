from __future__ import annotations

import stat
from pathlib import Path

import jwt
import pytest
from google.auth import jwt as google_jwt

from localcloud.base import tokens
from localcloud.base.tokens import InvalidTokenError

NOW = 1_900_000_000.0
ACCOUNT = "intake@acme-rehearsal.iam.gserviceaccount.com"


def test_an_access_token_names_its_service_account(tmp_path: Path) -> None:
    bearer = tokens.access_token(tmp_path, ACCOUNT, NOW)
    assert tokens.caller(tmp_path, bearer, NOW + 3599) == f"serviceAccount:{ACCOUNT}"


def test_a_person_is_a_user(tmp_path: Path) -> None:
    bearer = tokens.access_token(tmp_path, "founder@acme.test", NOW)
    assert tokens.caller(tmp_path, bearer, NOW) == "user:founder@acme.test"


@pytest.mark.parametrize("later", [3600, 10**6, -3600])
def test_a_token_outside_its_hour_is_refused(tmp_path: Path, later: float) -> None:
    bearer = tokens.access_token(tmp_path, ACCOUNT, NOW)
    with pytest.raises(InvalidTokenError, match="valid from"):
        tokens.caller(tmp_path, bearer, NOW + later)


def test_a_token_of_another_cloud_is_refused(tmp_path: Path) -> None:
    forged = tokens.access_token(tmp_path / "other", ACCOUNT, NOW)
    with pytest.raises(InvalidTokenError):
        tokens.caller(tmp_path / "this", forged, NOW)


@pytest.mark.parametrize("bearer", ["", "owner", "a.b.c", "é", "x" * 9000, "ya29.something", "..", "\x00"])
def test_garbage_is_refused(tmp_path: Path, bearer: str) -> None:
    with pytest.raises(InvalidTokenError):
        tokens.caller(tmp_path, bearer, NOW)


def test_a_token_without_a_signature_is_refused(tmp_path: Path) -> None:
    claims = jwt.decode(tokens.access_token(tmp_path, ACCOUNT, NOW), options={"verify_signature": False})
    with pytest.raises(InvalidTokenError):
        tokens.caller(tmp_path, jwt.encode(claims, key="", algorithm="none"), NOW)


def test_a_signature_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    head, _, signature = tokens.access_token(tmp_path, ACCOUNT, NOW).rpartition(".")
    with pytest.raises(InvalidTokenError):
        tokens.caller(tmp_path, f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}", NOW)


def test_an_identity_token_is_no_access_token(tmp_path: Path) -> None:
    bearer = tokens.id_token(tmp_path, ACCOUNT, "https://sync-crm.run.app", NOW)
    with pytest.raises(InvalidTokenError, match=r"[Aa]udience"):
        tokens.caller(tmp_path, bearer, NOW)


def test_an_identity_token_serves_only_its_audience(tmp_path: Path) -> None:
    bearer = tokens.id_token(tmp_path, ACCOUNT, "https://sync-crm.run.app", NOW)
    assert tokens.id_caller(tmp_path, bearer, "https://sync-crm.run.app", NOW) == f"serviceAccount:{ACCOUNT}"
    with pytest.raises(InvalidTokenError):
        tokens.id_caller(tmp_path, bearer, "https://support-ticket.run.app", NOW)


def test_a_firebase_token_carries_its_user_and_serves_only_its_project(tmp_path: Path) -> None:
    bearer = tokens.firebase_token(tmp_path, "acme", "u1", {"email": "a@acme.test", "sub": "someone else"}, NOW)
    claims = tokens.firebase_claims(tmp_path, "acme", bearer, NOW)
    assert (claims["sub"], claims["user_id"], claims["email"]) == ("u1", "u1", "a@acme.test")
    with pytest.raises(InvalidTokenError):
        tokens.firebase_claims(tmp_path, "other", bearer, NOW)
    with pytest.raises(InvalidTokenError):
        tokens.caller(tmp_path, bearer, NOW)


def test_pyjwt_verifies_by_the_published_key_set(tmp_path: Path) -> None:
    bearer = tokens.firebase_token(tmp_path, "acme", "u1", {}, NOW)
    keys = jwt.PyJWKSet.from_dict(tokens.jwks(tmp_path, tokens.SECURETOKEN))
    key = keys[jwt.get_unverified_header(bearer)["kid"]]
    claims = jwt.decode(bearer, key, algorithms=["RS256"], audience="acme", options={"verify_iat": False})
    assert claims["iss"] == "https://securetoken.google.com/acme"


def test_google_auth_verifies_by_the_published_certificates(tmp_path: Path) -> None:
    import time

    bearer = tokens.id_token(tmp_path, ACCOUNT, "https://a.run.app", time.time())
    claims = google_jwt.decode(bearer, certs=tokens.certificates(tmp_path), audience="https://a.run.app")
    assert claims["email"] == ACCOUNT


def test_keys_survive_a_restart_and_are_private(tmp_path: Path) -> None:
    assert tokens.jwks(tmp_path) == tokens.jwks(tmp_path)
    assert tokens.jwks(tmp_path) != tokens.jwks(tmp_path, tokens.SECURETOKEN)
    assert "d" not in tokens.jwks(tmp_path)["keys"][0]
    assert stat.S_IMODE((tmp_path / "ca" / "google-key.pem").stat().st_mode) == 0o600


def test_subjects_are_numbers_of_21_digits() -> None:
    assert len(tokens.subject(ACCOUNT)) == 21
    assert tokens.subject(ACCOUNT).isdigit()
    assert tokens.subject(ACCOUNT) != tokens.subject("x" + ACCOUNT)
