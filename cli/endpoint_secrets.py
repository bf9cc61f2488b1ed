"""Whether Stripe's endpoints sign with a secret that the services accept: said by `secrets list` and by `verify`.

Secrets are compared by their fingerprints, which each endpoint notes when it is made: Stripe shows a secret only then.
"""

from __future__ import annotations

from blueprint.finding import Finding, Status
from blueprint.outputs import Outputs
from cli import stripe_client
from cli.secret_manager import SecretManager, VersionsOf
from cli.webhook_rotation import UNKNOWN, of_host, standing
from handlers.service_manifest import STRIPE_API_KEY, STRIPE_SIGNING_SECRET

ID = "webhook.stripe.secret"
EXPECTED = "every endpoint that delivers to this stack signs with one of the versions that the services accept"
CONNECT = "Run ./launch stripe connect; it makes the endpoint again where its secret is lost."
ROTATE = f"Run ./launch secrets rotate {STRIPE_SIGNING_SECRET}; it finishes a rotation that was broken off."


def compared(outputs: Outputs, vault: SecretManager, url: str) -> list[Finding] | None:
    """Return a finding for each endpoint of the stack, or one that none delivers; `url` is where Stripe's API is.

    None where a secret has no usable value yet, so that there is nothing to compare. Raises LaunchError when Secret
    Manager cannot be asked.
    """
    import stripe

    needed = (STRIPE_API_KEY, STRIPE_SIGNING_SECRET)
    if not all(name in outputs.secrets and vault.usable(name) for name in needed):
        return None
    key = vault.text(STRIPE_API_KEY)
    try:
        found = of_host(stripe_client.client(key, url), outputs.api_host)
    except stripe.StripeError as error:
        cure = f"May the key in {STRIPE_API_KEY} read webhook endpoints? Then look again."
        return [unknown(outputs, f"Stripe did not list its endpoints: {error}", cure)]
    wrongs = standing(found, VersionsOf(vault, STRIPE_SIGNING_SECRET).enabled())
    return [_judged(id_, wrong) for id_, wrong in wrongs.items()] or [
        _finding(outputs.api_host, Status.FAIL, "no endpoint at Stripe delivers to this stack", CONNECT)
    ]


def unknown(outputs: Outputs, why: str, cure: str) -> Finding:
    """Return the finding when somebody who has to be asked did not answer."""
    return _finding(outputs.api_host, Status.UNKNOWN, why, cure)


def _judged(endpoint: str, wrong: str) -> Finding:
    if not wrong:
        return _finding(endpoint, Status.PASS, "signs with a version that the services accept", "")
    return _finding(endpoint, Status.WARN if wrong == UNKNOWN else Status.FAIL, wrong, ROTATE)


def _finding(subject: str, status: Status, observed: str, fix: str) -> Finding:
    return Finding(ID, subject, status, EXPECTED, observed, fix=fix)
