"""RSA keys that tests share: one takes 42 ms of processor time to make, more than most tests need for all the rest."""

from __future__ import annotations

import tempfile
from functools import cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.base import keyfile, tokens


@cache
def key(name: str = "") -> rsa.RSAPrivateKey:
    """Return this test process's key of 2,048 bits of that name; keys of other names are other keys."""
    return rsa.generate_private_key(65_537, 2_048)


def lay(home: Path) -> None:
    """Put the keys of Google's signers into a home, as if its servers had run before."""
    for name, content in _signers().items():
        keyfile.once(home / "ca" / name, partial(bytes, content))


@cache
def _signers() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as home:
        for signer in (tokens.GOOGLE, tokens.SECURETOKEN):
            tokens.jwks(Path(home), signer)
        return {made.name: made.read_bytes() for made in Path(home, "ca").glob("*.pem")}
