"""Refusals in Stripe's shape (docs.stripe.com/api/errors)."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """One refusal: HTTP status, type, message, and where they apply code and the parameter at fault."""

    def __init__(
        self, status: int, message: str, *, code: str = "", param: str = "", type_: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": {"message": message, "type": type_}}
        self.body["error"] |= {name: value for name, value in (("code", code), ("param", param)) if value}


def missing(kind: str, id_: str, param: str = "id", *, in_path: bool = True, more: str = "") -> StripeError:
    """Return the refusal of an id that does not exist: 404 for one in the path, 400 for one in a parameter.

    `more` is added to the sentence.
    """
    status = 404 if in_path else 400
    return StripeError(status, f"No such {kind}: '{id_}'{more}", code="resource_missing", param=param)


def unknown_parameter(name: str) -> StripeError:
    """Return the refusal of a parameter that the call does not have."""
    return StripeError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def required(name: str) -> StripeError:
    """Return the refusal of a call without a parameter that it needs."""
    return StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def not_done(what: str) -> StripeError:
    """Return the refusal of what only the real Stripe does."""
    return StripeError(501, f"The rehearsal's Stripe does not do {what}.", type_="api_error")
