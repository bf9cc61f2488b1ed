"""The emulator's calls that export a database into files and import it from them, as `firebase emulators:export` asks.

Bodies and words: https://github.com/firebase/firebase-tools/blob/master/src/emulator/hubExport.ts and what the emulator
answers; it takes any content type, which would let every web page write files here.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from grpc import StatusCode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localcloud.firestore import paths
from localcloud.firestore.access import Access
from localcloud.firestore.errors import invalid
from localcloud.firestore.exports import files
from localcloud.firestore.service import Firestore
from localcloud.firestore.times import wall_clock
from localcloud.rpc import Refused

JSON = "application/json"


class Transfers:
    """Answers `:export` and `:import`. Both raise Refused."""

    def __init__(self, firestore: Firestore, door: Access) -> None:
        self._firestore = firestore
        self._door = door

    async def export(self, request: Request) -> Response:
        """Write all documents of `database`, at one moment, as `export_name` into `export_directory`."""
        body = await self._body(request, {"database", "export_directory", "export_name"})
        folder = Path(body.get("export_directory") or ".")
        if not body.get("export_directory") or not folder.is_dir():
            raise Refused(StatusCode.FAILED_PRECONDITION, "export_directory must be a directory")
        name = body.get("export_name") or f"firestore_export_{int(time.time())}"
        started = wall_clock()
        documents = await asyncio.to_thread(self._firestore.documents, body["database"])
        try:
            await asyncio.to_thread(files.write, folder, name, documents, started, wall_clock())
        except (files.ExportError, OSError) as error:
            raise Refused(StatusCode.FAILED_PRECONDITION, f"The export cannot be written: {error}.") from error
        return JSONResponse({})

    async def import_(self, request: Request) -> Response:
        """Write the documents of an export into `database`, all at one moment; `export_directory` is its metadata."""
        body = await self._body(request, {"database", "export_directory"})
        database = body["database"]
        try:
            found = await asyncio.to_thread(
                files.read, Path(body.get("export_directory") or "."), paths.project(database)
            )
            documents = files.documents_of(found, database)
        except files.ExportError as error:
            raise invalid(f"The export cannot be read: {error}.") from error
        await self._firestore.restore(database, documents)
        return JSONResponse({})

    async def _body(self, request: Request, known: set[str]) -> dict[str, str]:
        """Return the fields of a body, whose database exists; names may come in camel case."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise invalid(f"Send the request as Content-Type: {JSON}.")
        fields = _fields(await request.body())
        if set(fields) - known or not all(isinstance(value, str) for value in fields.values()):
            raise invalid(f"Payload isn't valid for request. It has texts named {', '.join(sorted(known))}.")
        project = request.path_params["project"]
        given = request.path_params.get("database", "(default)")
        fields["database"] = paths.database(fields.get("database") or f"projects/{project}/databases/{given}")
        self._door.admit({"authorization": "Bearer owner"}, fields["database"], ())
        return fields


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields: Any = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid(f"Payload isn't valid for request. It is no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise invalid("Payload isn't valid for request. It is no JSON object.")
    camel = {"exportDirectory": "export_directory", "exportName": "export_name"}
    return {camel.get(str(name), str(name)): value for name, value in fields.items() if value is not None}
