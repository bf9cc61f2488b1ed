"""Tokens as Google signs them: access tokens, OIDC identity tokens of service accounts, and Firebase users' ID tokens.

Two keys lie in HOME/ca, one a signer: Google's accounts service and Firebase's `securetoken` service. Time is always an
argument, in seconds since the epoch.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from localcloud.base import keyfile

if TYPE_CHECKING:
    from jwt.types import Options

GOOGLE = "google"
SECURETOKEN = "securetoken"
GOOGLE_ISSUER = "https://accounts.google.com"
FIREBASE_ISSUER = "https://securetoken.google.com"
ACCESS_AUDIENCE = "https://www.googleapis.com/"  # makes sure that no identity token passes for an access token
LIFE = 3600  # seconds, as at Google
SKEW = 300  # seconds that a token may be issued in the future, so that two clocks need not agree


class InvalidTokenError(Exception):
    """The bearer is not a token of this cloud, is meant for someone else, or has expired."""


def access_token(home: Path, service_account: str, now: float) -> str:
    """Return an access token of the service account's e-mail address, good for one hour."""
    claims = {"iss": GOOGLE_ISSUER, "aud": ACCESS_AUDIENCE, "sub": subject(service_account), "email": service_account}
    return _signed(home, GOOGLE, claims, now)


def id_token(home: Path, service_account: str, audience: str, now: float) -> str:
    """Return an OIDC identity token of the service account for `audience`, good for one hour.

    Claims as in https://cloud.google.com/docs/authentication/token-types#id.
    """
    claims = {
        "iss": GOOGLE_ISSUER,
        "aud": audience,
        "azp": subject(service_account),
        "sub": subject(service_account),
        "email": service_account,
        "email_verified": True,
    }
    return _signed(home, GOOGLE, claims, now)


def firebase_token(home: Path, project: str, uid: str, claims: Mapping[str, Any], now: float) -> str:
    """Return a Firebase ID token of the user `uid` of the project, good for one hour, with further `claims`.

    Claims as in https://firebase.google.com/docs/auth/admin/verify-id-tokens.
    """
    own = {"iss": f"{FIREBASE_ISSUER}/{project}", "aud": project, "sub": uid, "user_id": uid, "auth_time": int(now)}
    return _signed(home, SECURETOKEN, {**claims, **own}, now)


def caller(home: Path, bearer: str, now: float) -> str:
    """Return the IAM member whose access token `bearer` is; raises InvalidTokenError."""
    return _member(_claims(home, GOOGLE, bearer, GOOGLE_ISSUER, ACCESS_AUDIENCE, now))


def id_caller(home: Path, bearer: str, audience: str, now: float) -> str:
    """Return the IAM member whose identity token for `audience` the bearer is; raises InvalidTokenError."""
    return _member(_claims(home, GOOGLE, bearer, GOOGLE_ISSUER, audience, now))


def firebase_claims(home: Path, project: str, bearer: str, now: float) -> Mapping[str, Any]:
    """Return the claims of a Firebase ID token of the project; raises InvalidTokenError."""
    return _claims(home, SECURETOKEN, bearer, f"{FIREBASE_ISSUER}/{project}", project, now)


def jwks(home: Path, signer: str = GOOGLE) -> dict[str, list[dict[str, Any]]]:
    """Return the signer's public key as a JSON Web Key Set (RFC 7517)."""
    key = _key(home, signer)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [{**public, "kid": _key_id(key), "use": "sig", "alg": "RS256"}]}


def certificates(home: Path, signer: str = GOOGLE) -> dict[str, str]:
    """Return the signer's public key as key id → X.509 certificate (PEM), the older form that google-auth asks for."""
    key = _key(home, signer)
    return {_key_id(key): _certificate(key, signer)}


def subject(email: str) -> str:
    """Return the number that Google would know the account by: 21 digits, the same for the same e-mail address."""
    return "1" + str(int.from_bytes(hashlib.sha256(email.encode()).digest()[:16], "big"))[:20].zfill(20)


def _member(claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email", ""))
    return f"serviceAccount:{email}" if email.endswith("gserviceaccount.com") else f"user:{email}"


def _signed(home: Path, signer: str, claims: Mapping[str, Any], now: float) -> str:
    key = _key(home, signer)
    times = {"iat": int(now), "exp": int(now) + LIFE}
    return jwt.encode({**claims, **times}, key, algorithm="RS256", headers={"kid": _key_id(key)})


def _claims(home: Path, signer: str, bearer: str, issuer: str, audience: str, now: float) -> Mapping[str, Any]:
    try:
        claims = _verified(_key(home, signer), bearer, issuer, audience)
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise InvalidTokenError(f"the bearer token is not valid here: {error}") from error
    if not issued - SKEW <= now < expires:
        raise InvalidTokenError(
            f"the bearer token is valid from {issued:.0f} to {expires:.0f}, and now it is {now:.0f}"
        )
    return claims


@lru_cache(maxsize=1024)
def _verified(key: rsa.RSAPrivateKey, bearer: str, issuer: str, audience: str) -> Mapping[str, Any]:
    """Return what a bearer says, its time apart; a client shows the same one at each of its calls."""
    # The library's own checks of time read a clock; ours take `now`.
    unclocked: Options = {
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "require": ["exp", "iat", "sub"],
    }
    claims: dict[str, Any] = jwt.decode(
        bearer, key.public_key(), algorithms=["RS256"], issuer=issuer, audience=audience, options=unclocked
    )
    return claims


def _key(home: Path, signer: str) -> rsa.RSAPrivateKey:
    path = home / "ca" / f"{signer}-key.pem"
    try:
        found = path.stat()
    except FileNotFoundError:
        keyfile.once(path, _new_key)
        found = path.stat()
    return _parsed(path, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=16)
def _parsed(path: Path, _inode: int, _modified: int) -> rsa.RSAPrivateKey:
    """Return the key in a file; asked at every call of every server, it is read again only when the file changed.

    That its factors are primes is not proved again: the file is ours (keyfile.py), and the proof takes 36 ms of
    processor time in every process, as long as to make a key.
    """
    key = serialization.load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the signing key in HOME/ca is not an RSA key; remove the folder to have a new one made")
    return key


@lru_cache(maxsize=16)
def _key_id(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()[:15]).decode()


@lru_cache(maxsize=16)
def _certificate(key: rsa.RSAPrivateKey, signer: str) -> str:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{signer}.system.gserviceaccount.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
