"""Where a handover's record is kept, so that a second laptop and CI find it: beside the stack's state, or in git."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from blueprint.spec import Spec
from checklists import canonical
from checklists.record import Store
from engine import state_backend
from engine.google_api import Google
from engine.home import Home

FOLDER = "handover"  # in the repository, with one folder for each stack


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

    Cloud Storage's JSON interface: cloud.google.com/storage/docs/json_api/v1/objects. Both methods raise LaunchError
    when it cannot be reached or refuses.
    """

    google: Google
    bucket: str
    prefix: str

    @property
    def where(self) -> str:
        """The folder in the bucket."""
        return f"gs://{self.bucket}/{self.prefix}"

    def get(self, name: str) -> Any:
        """Return what an object holds, None when it is not there."""
        return self.google.get("storage", f"storage/v1/b/{self.bucket}/o/{self._object(name)}?alt=media")

    def put(self, name: str, values: Any) -> None:
        """Put an object in place of the one before."""
        path = f"upload/storage/v1/b/{self.bucket}/o?uploadType=media&name={self._object(name)}"
        self.google.send("POST", "storage", path, values)

    def _object(self, name: str) -> str:
        return quote(f"{self.prefix}/{name}", safe="")


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
