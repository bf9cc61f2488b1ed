"""Who asks."""

from dataclasses import dataclass

from rules.request import Auth

VICTIM = "alice"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who asks: an ID for the answer, words for the question, and what the rules see."""

    id: str
    words: str
    auth: Auth | None


def _claims(uid: str, provider: str, **more: object) -> dict[str, object]:
    return {"sub": uid, "user_id": uid, **more, "firebase": {"sign_in_provider": provider, "identities": {}}}


def _mail(uid: str, *, verified: bool) -> dict[str, object]:
    address = f"{uid}@example.com"
    return _claims(uid, "password", email=address, email_verified=verified, name=uid)


STRANGER = Person("stranger", "a stranger who is not signed in", None)
ANONYMOUS = Person("anonymous", "an anonymously signed-in user", Auth("mallory", _claims("mallory", "anonymous")))
UNVERIFIED = Person(
    "unverified", "a user with an unverified address", Auth("mallory", _mail("mallory", verified=False))
)
USER = Person("user", "any signed-in user", Auth("mallory", _mail("mallory", verified=True)))
OWNER = Person("owner", "a user", Auth(VICTIM, _mail(VICTIM, verified=True)))
OTHERS = (STRANGER, ANONYMOUS, UNVERIFIED, USER)
