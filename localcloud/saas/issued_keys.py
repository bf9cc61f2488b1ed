"""The API keys that a vendor's stand-in has issued: it takes those and no others, as the vendor does.

`POST /_rehearsal/keys` is what a person does in the vendor's console: it makes a key and shows it once. A stand-in that
has issued none takes whatever has the form of a key, so that it can be used alone, without a rehearsal around it.
Keys made with `"ours": true` are the rehearsal's own, for flows and checks that look at the vendor as a founder does;
they change nothing for anybody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.base.world import World
from localcloud.saas.endpoint import with_body
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import ObjectStore
from localcloud.saas.request_history import PREFIX

KIND, COUNT = "issued key", "issued to others"

Make = Callable[[Mapping[str, Any]], Mapping[str, str]]


class IssuedKeys:
    """The keys of one vendor. Only their hashes are kept: a key is in Secret Manager and nowhere else."""

    def __init__(self, world: World, service: str) -> None:
        self._world = world
        self._shelf = ObjectStore(world, service)

    def admits(self, key: str) -> bool:
        """Return whether the vendor takes a key: one that it issued, or any while it has issued none."""
        return self._shelf.get(KIND, _hash(key)) is not None or self._shelf.get(COUNT, "") is None

    def keep(self, key: str, *, ours: bool) -> None:
        """Remember a key that is issued now."""
        with self._world.transaction():
            self._shelf.put(KIND, _hash(key), {})
            if not ours:
                self._shelf.put(COUNT, "", {})

    def route(self, make: Make) -> Route:
        """Return `POST /_rehearsal/keys`; `make` returns what is shown, of which the whole, joined, is the key."""

        def issue(_: Request, body: bytes) -> Response:
            try:
                wanted = object_of(body) if body else {}
            except BodyError as error:
                return JSONResponse({"error": str(error)}, 400)
            shown = make(wanted)
            self.keep("\n".join(shown.values()), ours=wanted.get("ours") is True)
            return JSONResponse(dict(shown), 201)

        return Route(f"{PREFIX}keys", with_body(issue), methods=["POST"])


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
