"""Where a handover's record is kept, so that a second laptop and CI find it: beside the stack's state, or in git.

Both stores change a file from what it holds at that moment, so of two people who sign at once neither is lost.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from blueprint.spec import Spec
from checklists import canonical
from checklists.record import Change, Store
from engine import state_backend
from engine.errors import UNREACHABLE, LaunchError
from engine.google_api import Google, RefusedError
from engine.home import Home

FOLDER = "handover"  # in the repository, with one folder for each stack
NOT_YET = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.TOO_MANY_REQUESTS)
# Seconds before a change is tried again; an object takes one write a second (docs.cloud.google.com/storage/quotas).
PAUSES = (0.3, 0.9, 1.4, 2.1, 2.8, 4.2, 5.6)


@dataclass(frozen=True)
class FolderStore:
    """A folder, on this machine or in the repository."""

    folder: Path

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder)

    def get(self, name: str) -> Any:
        """Return what a file holds, None when it is not there; raises ValueError if it is not JSON."""
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def change(self, name: str, make: Callable[[Any], Any]) -> Change:
        """Change a file, while others who want to change one here wait; raises what `make` raises, and ValueError."""
        with _alone(self.folder):
            before = self.get(name)
            after = make(before)
            self.put(name, after)
        return Change(before, after)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def put(self, name: str, values: Any) -> None:
        """Write a file so that a reader sees the old one or the new one, never half of it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(canonical.text(values), encoding="utf-8")
        draft.replace(path)


@dataclass(frozen=True)
class BucketStore:
    """The bucket of the stack's state, whose former versions are kept.

    Cloud Storage's JSON interface: docs.cloud.google.com/storage/docs/json_api/v1/objects. Every method raises
    LaunchError when it cannot be reached or refuses. `pauses` are the seconds before a change is tried again.
    """

    google: Google
    bucket: str
    prefix: str
    pauses: Sequence[float] = PAUSES

    @property
    def where(self) -> str:
        """The folder in the bucket."""
        return f"gs://{self.bucket}/{self.prefix}"

    def get(self, name: str) -> Any:
        """Return what an object holds, None when it is not there."""
        return self.google.get("storage", f"{self._path(name)}?alt=media")

    def put(self, name: str, values: Any) -> None:
        """Put an object in place of the one before."""
        self._upload(name, values)

    def change(self, name: str, make: Callable[[Any], Any]) -> Change:
        """Change an object on the condition that it is still the generation that was read, as often as it takes.

        See docs.cloud.google.com/storage/docs/request-preconditions: generation 0 stands for an object that is not
        there, and 412 says that the condition does not hold.
        """
        for pause in (*self.pauses, None):
            generation, before = self._read(name)
            after = make(before)
            if self._took(name, after, generation):
                return Change(before, after)
            if pause is not None:
                time.sleep(pause)
        what = f"{self.where}/{name} was changed by others each time it was to be changed here, so nothing was kept."
        raise LaunchError(what, cure="Run the command again in a minute.", code=UNREACHABLE)

    def _took(self, name: str, values: Any, generation: str) -> bool:
        try:
            self._upload(name, values, f"&ifGenerationMatch={generation}")
        except RefusedError as error:
            if error.status not in NOT_YET:
                raise
            return False
        return True

    def remove(self, name: str) -> None:
        """Remove an object, if it is there; the bucket keeps its version."""
        self.google.delete("storage", self._path(name))

    def _read(self, name: str) -> tuple[str, Any]:
        about = self.google.get("storage", self._path(name))
        if about is None:
            return "0", None
        generation = str(about["generation"])
        return generation, self.google.get("storage", f"{self._path(name)}?alt=media&generation={generation}")

    def _upload(self, name: str, values: Any, condition: str = "") -> None:
        path = f"upload/storage/v1/b/{self.bucket}/o?uploadType=media&name={self._object(name)}{condition}"
        if self.google.send("POST", "storage", path, values) is None:
            cure = "Is state.bucket in the stack's file right? ./launch init makes the bucket."
            raise LaunchError(f"{self.where}/{name} could not be kept: the bucket is not there.", cure=cure)

    def _path(self, name: str) -> str:
        return f"storage/v1/b/{self.bucket}/o/{self._object(name)}"

    def _object(self, name: str) -> str:
        return quote(f"{self.prefix}/{name}", safe="")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else on this machine changes the folder; the kernel ends the lock with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def of(home: Home, spec: Spec, connect: Callable[[str, Mapping[str, str], str], Google] = Google) -> Store:
    """Return the store of a stack: beside its state where the toolkit knows that place, else in the repository.

    `connect` opens Google Cloud's interfaces; it raises LaunchError when nobody is logged in.
    """
    if home.is_local:
        return FolderStore(home.state / ".launch" / home.stack)
    keeper = state_backend.of(spec, home.stack)
    if keeper is None:
        return FolderStore(home.project / FOLDER / home.stack)
    google = connect(keeper.project, os.environ, f"the command with --stack {home.stack}")
    return BucketStore(google, keeper.bucket, f".launch/{home.stack}")
