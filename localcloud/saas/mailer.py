"""The mailer with Resend's shape (resend.com/docs/api-reference/emails): what is sent goes on to the mail sink."""

from __future__ import annotations

import logging
import re
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from smtplib import SMTPException
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.base.network import RECORD
from localcloud.base.world import World
from localcloud.saas import mailbox, request_history
from localcloud.saas.endpoint import with_body
from localcloud.saas.idempotency import MismatchError, Outcome, Replays
from localcloud.saas.issued_keys import IssuedKeys
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.mail_transfer import Letter, Submit
from localcloud.saas.object_store import ObjectStore, StoredObject

SERVICE = "mailer"
REPLAY_WINDOW = 24 * 3_600.0  # seconds; resend.com/docs/dashboard/emails/idempotency-keys
MAX_RECIPIENTS = 50
MAX_KEY = 256  # characters
MAX_LISTED = 100
LISTED = ("id", "to", "from", "created_at", "subject", "bcc", "cc", "reply_to", "last_event", "scheduled_at")
FIELDS = frozenset({"from", "to", "subject", "text", "html", "cc", "bcc", "reply_to", "headers", "tags"})
NOT_DONE = frozenset({"attachments", "scheduled_at", "template", "react"})
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
SELECTOR = "resend._domainkey"  # the record by which Resend knows that a domain is its sender's

log = logging.getLogger(__name__)


class MailerError(Exception):
    """A refusal in Resend's shape."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message


def app(world: World, submit: Submit, clock: Callable[[], float] = time.time) -> Any:
    """Return the mailer as an ASGI application; `clock` is in seconds since the epoch, `submit` sends what it took."""
    mailer, keys = _Mailer(world, submit, clock), IssuedKeys(world, SERVICE)
    routes = [
        request_history.route(world, SERVICE),
        mailbox.route(world),
        keys.route(lambda _: {"key": f"re_{secrets.token_urlsafe(24)}"}),
        Route("/emails", _guarded(keys, mailer.send), methods=["POST"]),
        Route("/emails", _guarded(keys, mailer.list), methods=["GET"]),
        Route("/emails/{id}", _guarded(keys, mailer.get), methods=["GET"]),
        Route("/{path:path}", _not_done, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
    return request_history.RequestHistory(Starlette(routes=routes), world, SERVICE)


class _Mailer:
    def __init__(self, world: World, submit: Submit, clock: Callable[[], float]) -> None:
        self._world = world
        self._submit = submit
        self._shelf = ObjectStore(world, SERVICE)
        self._replays = Replays(world, SERVICE, REPLAY_WINDOW, clock)
        self._clock = clock

    def send(self, request: Request, body: bytes) -> Response:
        key = request.headers.get("idempotency-key", "")
        if len(key) > MAX_KEY:
            raise MailerError(400, "invalid_idempotency_key", f"The key must be 1 to {MAX_KEY} characters.")
        wanted = _checked(body)
        try:
            outcome = self._replays.once(key, body.decode("utf-8", "replace"), lambda: self._sent(wanted))
        except MismatchError:
            message = "This idempotency key has been used with a different request payload."
            raise MailerError(409, "invalid_idempotent_request", message) from None
        if not outcome.replayed:
            self._transmit(outcome.body["id"], wanted)
        return JSONResponse(outcome.body, outcome.status)

    def get(self, request: Request, _: bytes) -> Response:
        found = self._shelf.get("email", request.path_params["id"])
        if found is None:
            raise MailerError(404, "not_found", "Email not found")
        return JSONResponse(found)

    def list(self, request: Request, _: bytes) -> Response:
        """List what was sent, newest first and without the texts (resend.com/docs/api-reference/emails/list-emails)."""
        limit, after = request.query_params.get("limit", "20"), request.query_params.get("after")
        if not (limit.isdigit() and 1 <= int(limit) <= MAX_LISTED):
            raise MailerError(422, "validation_error", f"The `limit` must be between 1 and {MAX_LISTED}.")
        kept = self._shelf.all("email")[::-1]
        ids = [each["id"] for each in kept]
        found = kept[ids.index(after) + 1 :] if after in ids else kept
        shown = [{name: value for name, value in each.items() if name in LISTED} for each in found[: int(limit)]]
        return JSONResponse({"object": "list", "has_more": len(found) > int(limit), "data": shown})

    def _sent(self, wanted: StoredObject) -> Outcome:
        self._check_domain(wanted["from"])
        id_ = str(uuid.uuid4())
        kept = {
            **wanted,
            "id": id_,
            "object": "email",
            "last_event": "queued",
            "created_at": self._now().isoformat(),
        }
        self._shelf.put("email", id_, kept)
        return Outcome(200, {"id": id_})

    def _transmit(self, id_: str, wanted: StoredObject) -> None:
        """Send what was taken; as with Resend, what becomes of it shows in `last_event` and not in the answer."""
        recipients = [parseaddr(each)[1] for name in ("to", "cc", "bcc") for each in _list(wanted, name)]
        last_event = "delivered"
        try:
            self._submit(Letter(id_, wanted["from"], recipients, self._message(wanted, id_)))
        except (OSError, SMTPException) as error:
            log.warning("mail %s was not delivered: %s", id_, error)
            last_event = "bounced"
        self._shelf.put("email", id_, {**(self._shelf.get("email", id_) or {}), "last_event": last_event})

    def _check_domain(self, sender: str) -> None:
        """Refuse a sender whose domain carries no DKIM key of Resend's: a launch that forgot its DNS fails here."""
        domain = parseaddr(sender)[1].rpartition("@")[2].lower()
        records = [each.inputs for each in self._world.resources(RECORD)]
        names = {str(each["name"]).lower().rstrip(".") for each in records if each.get("type") in {"TXT", "CNAME"}}
        if f"{SELECTOR}.{domain}" not in names:
            message = (
                f"The {domain} domain is not verified. Please, add and verify your domain on https://resend.com/domains"
            )
            raise MailerError(403, "validation_error", message)

    def _message(self, wanted: Mapping[str, Any], id_: str) -> bytes:
        everybody = (wanted["from"], *_list(wanted, "to"), *_list(wanted, "cc"), *_list(wanted, "reply_to"))
        addresses = "".join(parseaddr(each)[1] for each in everybody)
        form = policy.SMTP.clone(utf8=not addresses.isascii())  # RFC 6532; RFC 2047 has no place in an address
        message = EmailMessage(form)
        message["From"], message["To"] = wanted["from"], ", ".join(_list(wanted, "to"))
        if _list(wanted, "reply_to"):
            message["Reply-To"] = ", ".join(_list(wanted, "reply_to"))
        if _list(wanted, "cc"):
            message["Cc"] = ", ".join(_list(wanted, "cc"))
        message["Subject"], message["Date"] = wanted["subject"], format_datetime(self._now())
        message["Message-ID"] = f"<{id_}@rehearsal.invalid>"
        for name, value in (wanted.get("headers") or {}).items():
            if name not in message:
                message[name] = str(value)
        message.set_content(wanted.get("text") or "")
        if wanted.get("html"):
            message.add_alternative(wanted["html"], subtype="html")
        return message.as_bytes(policy=form)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _guarded(keys: IssuedKeys, act: Callable[[Request, bytes], Response]) -> Any:
    def answer(request: Request, body: bytes) -> Response:
        bearer = re.fullmatch(r"Bearer (\S+)", request.headers.get("authorization", ""))
        if bearer is None:
            return _error(MailerError(401, "missing_api_key", "Missing API Key"))
        if not (
            bearer[1].startswith("re_") and keys.admits(bearer[1])
        ):  # resend.com/docs/api-reference/errors: a 403, unlike most providers
            return _error(MailerError(403, "invalid_api_key", "API key is invalid"))
        try:
            return act(request, body)
        except MailerError as error:
            return _error(error)

    return with_body(answer)


def _checked(body: bytes) -> StoredObject:
    try:
        wanted = object_of(body)
    except BodyError as error:
        raise MailerError(400, "validation_error", str(error)) from error
    _check_fields(wanted)
    recipients = _list(wanted, "to")
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise MailerError(422, "validation_error", f"The `to` field must hold 1 to {MAX_RECIPIENTS} addresses.")
    others = [each for name in ("cc", "bcc", "reply_to") for each in _list(wanted, name)]
    for address in (wanted["from"], *recipients, *others):
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", parseaddr(str(address))[1]):
            raise MailerError(
                422, "validation_error", "Invalid address; the format is `a@example.com` or `A <a@example.com>`."
            )
    if re.search(r"[\r\n]", str(wanted["subject"])):
        raise MailerError(422, "validation_error", "The `subject` field must be one line.")
    _check_labels(wanted)
    return wanted


def _check_labels(wanted: StoredObject) -> None:
    """Refuse tags and headers of another form (resend.com/docs/api-reference/emails/send-email)."""
    tags, headers = wanted.get("tags") or [], wanted.get("headers") or {}
    texts = [str(each.get(part, "")) if isinstance(each, dict) else "" for each in tags for part in ("name", "value")]
    if not all(TAG.fullmatch(text) for text in texts):
        raise MailerError(
            422, "validation_error", "Tags should only contain ASCII letters, numbers, underscores, or dashes."
        )
    lines = headers.items() if isinstance(headers, dict) else [("", "")]
    if not all(
        re.fullmatch(r"[\x21-\x39\x3b-\x7e]+", name) and not re.search(r"[\r\n]", str(value)) for name, value in lines
    ):
        raise MailerError(422, "validation_error", "The `headers` field must hold names and values of one line each.")


def _check_fields(wanted: StoredObject) -> None:
    for name in ("from", "to", "subject"):
        if not wanted.get(name):
            raise MailerError(422, "missing_required_field", f"Missing `{name}` field.")
    if not (wanted.get("text") or wanted.get("html")):
        raise MailerError(422, "missing_required_field", "Missing `html` or `text` field.")
    if undone := sorted(NOT_DONE & set(wanted)):
        raise MailerError(501, "not_in_the_rehearsal", f"The rehearsal's mailer does not do {', '.join(undone)}.")
    if unknown := sorted(set(wanted) - FIELDS):
        raise MailerError(422, "validation_error", f"Unknown fields: {', '.join(unknown)}.")


def _list(wanted: Mapping[str, Any], name: str) -> list[str]:
    value = wanted.get(name) or []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _not_done(request: Request) -> Response:
    message = f"The rehearsal's mailer does not do {request.method} {request.url.path}."
    return _error(MailerError(501, "not_in_the_rehearsal", message))


def _error(error: MailerError) -> Response:
    return JSONResponse({"statusCode": error.status, "name": error.name, "message": error.message}, error.status)
