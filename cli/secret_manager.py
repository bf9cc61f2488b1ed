"""Secret Manager as the commands use it: values go there, and never through Pulumi's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import UNREACHABLE, USAGE, LaunchError
from handlers.outside import google_clients
from handlers.secret_values import UnusableSecret, usable

TIMEOUT = 20.0  # seconds for one call


@dataclass(frozen=True)
class Secret:
    """One secret: its id, how many versions are enabled, and when the newest was made (None without a version)."""

    id: str
    enabled: int
    newest: datetime | None


class SecretManager:
    """The secrets of one Google Cloud project; `environ` says whether the real ones or the rehearsal's.

    Every method raises LaunchError when Secret Manager cannot be reached or refuses.
    """

    def __init__(self, project: str, environ: Mapping[str, str]) -> None:
        self._project = project
        self._client: Any = google_clients.secret_manager(environ)

    def secret(self, id_: str) -> Secret:
        """Return how a secret stands."""
        versions = self._enabled(id_)
        return Secret(id_, len(versions), max((version.create_time for version in versions), default=None))

    def push(self, id_: str, value: bytes) -> None:
        """Add a version."""
        self._call(self._client.add_secret_version, parent=self._name(id_), payload={"data": value})

    def read(self, id_: str) -> bytes:
        """Return the newest enabled version's value.

        `latest` would be the version that was made last, also where it is disabled or destroyed
        (docs.cloud.google.com/secret-manager/docs/access-secret-version).
        """
        value = self._newest(id_)
        if value is None:
            raise LaunchError(f"Secret {id_} has no enabled version.", cure=f"./launch secrets push {id_}")
        return value

    def text(self, id_: str) -> str:
        """Return the newest enabled version's value; raises LaunchError, without quoting it, when it cannot serve."""
        try:
            return usable(id_, self.read(id_))
        except UnusableSecret as error:
            raise LaunchError(
                f"The value of {id_} cannot be used: {error}.",
                cure=f"Copy it again, whole, at the vendor: ./launch secrets push {id_}",
            ) from None

    def values(self, id_: str) -> list[tuple[str, str]]:
        """Return name and value of the enabled versions that can serve, the newest first; see secret_values."""
        found = []
        for version in sorted(self._enabled(id_), key=_number, reverse=True):
            data = self._call(self._client.access_secret_version, name=version.name).payload.data
            with suppress(UnusableSecret):
                found.append((str(version.name), usable(id_, data)))
        return found

    def disable(self, version: str) -> None:
        """Disable a version, by its full name."""
        self._call(self._client.disable_secret_version, name=version)

    def usable(self, id_: str) -> bool:
        """Tell whether the secret has an enabled version whose newest value can serve."""
        value = self._newest(id_)
        return value is not None and not _wrong(id_, value)

    def wrong(self, id_: str) -> str:
        """Return what is wrong with the newest version's value, nothing when it can serve; see secret_values."""
        return _wrong(id_, self.read(id_))

    def _newest(self, id_: str) -> bytes | None:
        newest = max(self._enabled(id_), key=_number, default=None)
        return self._call(self._client.access_secret_version, name=newest.name).payload.data if newest else None

    def _enabled(self, id_: str) -> list[Any]:
        return list(self._call(self._client.list_secret_versions, parent=self._name(id_), filter="state:ENABLED"))

    def _name(self, id_: str) -> str:
        return f"projects/{self._project}/secrets/{id_}"

    def _call(self, method: Any, **request: Any) -> Any:
        from google.api_core import exceptions

        try:
            return method(request=request, timeout=TIMEOUT, retry=None)
        except exceptions.NotFound as error:
            what = f"There is no secret {request.get('parent') or request.get('name')}."
            raise LaunchError(what, error.message, "`./launch up` makes the secrets.", USAGE) from error
        except exceptions.GoogleAPICallError as error:
            cure = "Is the stack up? See ./launch status; for prod, see: gcloud auth application-default login"
            raise LaunchError("Secret Manager refused.", error.message, cure, UNREACHABLE) from error


def _number(version: Any) -> int:
    return int(version.name.rpartition("/")[2])


def _wrong(id_: str, value: bytes) -> str:
    try:
        usable(id_, value)
    except UnusableSecret as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class VersionsOf:
    """The versions of one secret, as a rotation sees them (webhook_rotation.Versions)."""

    secret_manager: SecretManager
    id: str

    def enabled(self) -> Sequence[str]:
        """Return the values of the enabled versions, the newest first."""
        return [value for _, value in self.secret_manager.values(self.id)]

    def push(self, value: str) -> None:
        """Add a version."""
        self.secret_manager.push(self.id, value.encode())

    def disable(self, value: str) -> None:
        """Disable the versions that have this value."""
        for version, known in self.secret_manager.values(self.id):
            if known == value:
                self.secret_manager.disable(version)
