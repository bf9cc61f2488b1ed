"""The contract of all doors as OpenAPI 3.1, made from the code: `python -m handlers.openapi > docs/openapi.json`.

https://spec.openapis.org/oas/v3.1.1
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers import ids, service_manifest
from handlers.doors.routing import MAX_BODY, RETRY_AFTER
from handlers.intent_kinds import KINDS, schema
from handlers.service_manifest import EDGE_HEADER
from handlers.support import team_commands
from handlers.words import SENTENCES, Code

VERSION = "1"
Schema = Mapping[str, Any]

EDGE, USER, OIDC, PROBE = "edgeKey", "firebaseUser", "serviceIdentity", "schedulerIdentity"
SECURITY: Schema = {
    EDGE: {"type": "apiKey", "in": "header", "name": EDGE_HEADER, "description": "Added by Cloudflare; see the guide."},
    USER: {"type": "http", "scheme": "bearer", "bearerFormat": "Firebase ID token"},
    OIDC: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "OIDC token of a service account, verified by Cloud Run",
    },
    PROBE: {"type": "http", "scheme": "bearer", "bearerFormat": "OIDC token of a service account, verified by us"},
    "stripeSignature": {"type": "apiKey", "in": "header", "name": "Stripe-Signature"},
    "zendeskSignature": {"type": "apiKey", "in": "header", "name": "X-Zendesk-Webhook-Signature"},
    "standardWebhooks": {"type": "apiKey", "in": "header", "name": "webhook-signature"},
}
EVENT: Schema = {"type": "object", "description": "An event as its sender defines it."}
STORED = {"id": {"type": "string"}, "state": {"type": "string"}}
STATE: Schema = {"type": "object", "required": ["state"], "properties": {"state": {"type": "string"}}}


@dataclass(frozen=True)
class Operation:
    """What a door takes and answers: `refusals` are the codes of its 4xx by status, `accepts` the type of its body."""

    summary: str
    security: tuple[str, ...]
    answers: Mapping[int, Schema]
    refusals: Mapping[int, tuple[Code, ...]] = field(default_factory=dict)
    body: Schema | None = None
    accepts: str = "application/json"
    method: str = "post"


def operations() -> dict[str, Operation]:
    """Return every door by its path."""
    return {
        "/health": Operation(
            "Whether the service runs.", (), {200: _object(status={}, service={}, revision={})}, method="get"
        ),
        **_webhooks(),
        service_manifest.PROBE_PATH: Operation(
            "A probe of Cloud Scheduler's, which travels the same way as a payment event and changes nothing.",
            (EDGE, PROBE),
            {200: _object(**STORED)},
            {403: (Code.NOT_THROUGH_THE_EDGE, Code.NOT_YOUR_DOOR), 413: (Code.TOO_LARGE,)},
        ),
        "/v1/intents/{kind}": _intents(),
        "/v1/tickets/{ticket_id}/{kind}": _commands(),
        **_private(),
        "/v1/drafts": _drafts(),
        "/sweeps/{name}": Operation(
            "Look for what was left behind, called by Scheduler.",
            (OIDC,),
            {200: {"type": "object"}},
            {403: (Code.NOT_YOUR_DOOR,), 404: (Code.NOT_FOUND,), 413: (Code.TOO_LARGE,)},
        ),
    }


def document() -> dict[str, Any]:
    """Return the whole contract."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Handlers",
            "version": VERSION,
            "description": "Every answer but 2xx carries a code for programs and a sentence for people.",
        },
        "paths": {path: {each.method: _operation(path, each)} for path, each in operations().items()},
        "components": {"securitySchemes": SECURITY, "schemas": {"Error": _error(), "Intent": _intent()}},
    }


def text() -> str:
    """Return the contract as it is kept in docs/openapi.json."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _webhooks() -> dict[str, Operation]:
    stored = {200: _object(**STORED, duplicate={"type": "boolean"})}
    signed = (Code.BAD_SIGNATURE, Code.BAD_BODY)
    known = {
        "/webhooks/stripe": ("Signed events from Stripe.", "stripeSignature", signed),
        "/webhooks/zendesk": ("Signed events from Zendesk.", "zendeskSignature", (*signed, Code.BAD_EVENT)),
        "/webhooks/helpdesk": (
            "Events of a helpdesk, by Standard Webhooks.",
            "standardWebhooks",
            (*signed, Code.BAD_EVENT),
        ),
    }
    return {
        path: Operation(summary, (EDGE, scheme), stored, {**_public(), 400: wrong}, EVENT)
        for path, (summary, scheme, wrong) in known.items()
    }


def _intents() -> Operation:
    known = _object(**STORED, code=_one_of(kind.first for kind in KINDS.values()), sentence={"type": "string"})
    return Operation(
        "What a signed-in user of the app wants, under an id that the app made. 202 the first time, 200 afterwards.",
        (EDGE, USER),
        {202: known, 200: _object(**STORED)},
        {
            **_public(),
            400: (Code.BAD_BODY, Code.BAD_INTENT),
            401: (Code.NO_TOKEN, Code.BAD_TOKEN),
            403: (Code.NOT_THROUGH_THE_EDGE, Code.NOT_PROVEN),
            404: (Code.UNKNOWN_INTENT,),
            429: (Code.TOO_MANY,),
        },
        {"$ref": "#/components/schemas/Intent"},
    )


def _commands() -> Operation:
    words = {name: {"type": "string"} for name in ("text", "to", "hash")}
    client_id = {"type": "string", "pattern": f"^{ids.CLIENT_ID.pattern}$"}
    return Operation(
        "Commands of the team, who are users with the custom claim staff. 202 the first time, 200 afterwards.",
        (EDGE, USER),
        {202: _object(**STORED), 200: _object(**STORED)},
        {
            **_public(),
            400: (Code.BAD_BODY, Code.BAD_COMMAND),
            401: (Code.NO_TOKEN, Code.BAD_TOKEN),
            403: (Code.NOT_THROUGH_THE_EDGE, Code.NOT_STAFF),
            404: (Code.UNKNOWN_COMMAND, Code.UNKNOWN_TICKET),
            409: (Code.TICKET_STATE,),
        },
        {"type": "object", "required": ["id"], "properties": {"id": client_id, **words}},
    )


def _private() -> dict[str, Operation]:
    mine, later = {403: (Code.NOT_YOUR_DOOR,), 413: (Code.TOO_LARGE,)}, {409: (Code.NOT_YET,)}
    return {
        "/events/{event_id}/run": Operation("Process one event.", (OIDC,), {200: STATE}, {**mine, **later}),
        "/effects/{effect_id}/run": Operation("Perform one effect.", (OIDC,), {200: STATE}, {**mine, **later}),
        "/intents/created": Operation(
            "A user's intent that the app wrote as a document, delivered by Eventarc.",
            (OIDC,),
            {200: STATE},
            {**mine, 400: (Code.BAD_BODY,), 415: (Code.BAD_BODY,)},
            {"type": "string", "description": "google.events.cloud.firestore.v1.DocumentEventData"},
            "application/protobuf",
        ),
    }


def _drafts() -> Operation:
    words = _object(text={"type": "string"})
    wrong = {400: (Code.BAD_BODY, Code.BAD_TEXT), 403: (Code.NOT_YOUR_DOOR,), 422: (Code.NO_DRAFT,)}
    refusals = {**wrong, 413: (Code.TOO_LARGE,), 415: (Code.NOT_JSON,)}
    return Operation("Propose a reply: text in, text out, and nothing kept.", (OIDC,), {200: words}, refusals, words)


def _public() -> dict[int, tuple[Code, ...]]:
    return {403: (Code.NOT_THROUGH_THE_EDGE,), 413: (Code.TOO_LARGE,), 415: (Code.NOT_JSON,)}


def _operation(path: str, each: Operation) -> dict[str, Any]:
    answers = {str(status): _answer(schema) for status, schema in each.answers.items()}
    if each.method == "post":
        refusals = {**each.refusals, 408: (Code.TOO_SLOW,)}
        answers |= {str(status): _refusal(codes) for status, codes in sorted(refusals.items())}
        answers["500"] = _refusal((Code.INTERNAL,))
        answers["503"] = {
            **_refusal((Code.UNAVAILABLE,)),
            "headers": {"Retry-After": {"schema": {"const": RETRY_AFTER}}},
        }
    taken = {"required": True, "content": {each.accepts: {"schema": each.body}}} if each.body else None
    return {
        "summary": each.summary,
        "x-services": sorted(services(path)),
        "security": [{scheme: [] for scheme in each.security}] if each.security else [],
        "parameters": [_parameter(path, name) for name in _names(path)],
        **({"requestBody": taken} if taken else {}),
        "responses": answers,
    }


def services(path: str) -> list[str]:
    """Return the services that have the door."""
    workers = (service_manifest.SYNC_PAYMENTS, service_manifest.SYNC_CRM, service_manifest.SUPPORT_TICKET)
    if path == "/health":
        return list(service_manifest.SERVICE_MANIFESTS)
    if path == "/intents/created":
        return [role.name for role in service_manifest.SERVICE_MANIFESTS.values() if role.takes_events]
    if path.endswith("/run"):
        return list(workers)
    if path == "/sweeps/{name}":
        return [service_manifest.RECONCILE]
    if path == "/v1/drafts":
        return [role.name for role in service_manifest.SERVICE_MANIFESTS.values() if role.asked_by]
    return [service_manifest.INTAKE]


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _parameter(path: str, name: str) -> dict[str, Any]:
    known = {"/v1/intents/{kind}": list(KINDS), "/v1/tickets/{ticket_id}/{kind}": list(team_commands.KINDS)}
    schema = {"type": "string", **({"enum": known[path]} if name == "kind" else {})}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _answer(schema: Schema) -> dict[str, Any]:
    return {"description": "Done, or durably stored.", "content": {"application/json": {"schema": schema}}}


def _refusal(codes: tuple[Code, ...]) -> dict[str, Any]:
    said = " ".join(f"`{code}`: {SENTENCES[code]}" for code in codes)
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": said, "content": {"application/json": {"schema": schema}}}


def _error() -> Schema:
    words = {"code": _one_of(Code), "message": {"type": "string"}, "sentence": _one_of(SENTENCES.values())}
    return _object(error={"type": "object", "required": list(words), "properties": words})


def _intent() -> Schema:
    return {
        "type": "object",
        "required": ["id"],
        "description": f"At most {MAX_BODY} bytes. Which data goes with which kind is said by the path.",
        "properties": {
            "id": {"type": "string", "pattern": f"^{ids.CLIENT_ID.pattern}$"},
            "data": {"default": {}, "anyOf": [{"title": name, **schema(kind)} for name, kind in KINDS.items()]},
        },
    }


def _object(**properties: Any) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _one_of(values: Any) -> Schema:
    return {"type": "string", "enum": list(dict.fromkeys(str(value) for value in values))}


if __name__ == "__main__":
    sys.stdout.write(text())
