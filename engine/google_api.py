"""Google Cloud's REST interfaces, with this machine's login; a refusal names what a person has to do."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from engine.errors import UNREACHABLE, LaunchError
from infra import emulator_session

if TYPE_CHECKING:
    import requests

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TIMEOUT = 30.0  # seconds for one call
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds; an API that was just enabled refuses for about a minute
NOT_YET = "SERVICE_DISABLED"  # how it does, https://cloud.google.com/service-usage/docs/troubleshooting
BILLING = ("UREQ_PROJECT_BILLING_NOT_FOUND", "BILLING_DISABLED", "accountDisabled", "billing account")
LOG_IN = "Log in with an account that may use the project: gcloud auth application-default login"
ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


class RefusedError(LaunchError):
    """Google did not do it; `status` is that of the answer."""

    def __init__(self, status: int, what: str, why: str, cure: str) -> None:
        self.status = status
        super().__init__(what, why, cure, UNREACHABLE)


class Google:
    """Calls on behalf of one project; `again` is the command that goes on after a person's step.

    `STORAGE_EMULATOR_HOST`, `CLOUDKMS_EMULATOR_HOST` and `SERVICEUSAGE_EMULATOR_HOST`, each HOST:PORT, lead to another
    server, which is shown the same credentials; so does each other `API_EMULATOR_HOST`. With a `bearer` that is shown
    instead of them. Raises LaunchError when nobody is logged in.
    """

    def __init__(
        self,
        project: str,
        environ: Mapping[str, str],
        again: str,
        pauses: Sequence[float] = PAUSES,
        bearer: str = "",
    ) -> None:
        self.project, self.again, self.pauses = project, again, pauses
        self._environ = environ
        self._session = emulator_session.begun(bearer) if bearer else self._logged_in()

    def _logged_in(self) -> requests.Session:
        import google.auth
        from google.auth.exceptions import DefaultCredentialsError
        from google.auth.transport.requests import AuthorizedSession

        try:
            credentials, _ = google.auth.default(scopes=[SCOPE], quota_project_id=self.project)
        except DefaultCredentialsError as error:
            raise self._nobody(str(error)) from error
        session: requests.Session = AuthorizedSession(credentials)
        return session

    def get(self, api: str, path: str) -> dict[str, Any] | None:
        """Return what is at a path, None when nothing is."""
        return self._answer(self._sent("GET", self._url(api, path)))

    def send(self, method: str, api: str, path: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Change something and return the answer, None when it is there already. Waits for an API to come up."""
        url = self._url(api, path)
        answer = self._sent(method, url, body)
        for pause in self.pauses:
            if answer.status_code != HTTPStatus.FORBIDDEN or NOT_YET not in answer.text:
                break
            time.sleep(pause)
            answer = self._sent(method, url, body)
        return self._answer(answer)

    def delete(self, api: str, path: str) -> None:
        """Delete what is at a path; nothing happens where there is nothing."""
        self._answer(self._sent("DELETE", self._url(api, path)))

    def refused(self, status: int, message: str, details: str) -> RefusedError:
        """Return the refusal with what a person has to do."""
        if any(word in details for word in BILLING):
            page = f"https://console.cloud.google.com/billing/linkedaccount?project={self.project}"
            what = f"Project {self.project} has no billing account, and Google makes nothing without one."
            return RefusedError(status, what, message, f"Link one at {page} . Then run {self.again} again.")
        what = f"Google Cloud did not do it for project {self.project} ({status})."
        cure = (
            f"Is the project there, and may you change it? gcloud projects describe {self.project} . "
            f"To make it: gcloud projects create {self.project} . Then run {self.again} again."
        )
        return RefusedError(status, what, message, cure)

    def _url(self, api: str, path: str) -> str:
        emulator = self._environ.get(f"{api.upper()}_EMULATOR_HOST")
        return f"http://{emulator}/{path}" if emulator else f"https://{api}.googleapis.com/{path}"

    def _sent(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        from google.auth.exceptions import RefreshError, TransportError
        from requests import RequestException

        try:
            sent: requests.Response = self._session.request(method, url, json=body, timeout=TIMEOUT)
        except RefreshError as error:
            raise self._nobody(str(error)) from error
        except (RequestException, TransportError) as error:
            cure = f"Check the network, then run {self.again} again."
            raise LaunchError("Google Cloud cannot be reached.", str(error), cure) from error
        return sent

    def _answer(self, answer: requests.Response) -> dict[str, Any] | None:
        if answer.status_code in ABSENT:
            return None
        if not answer.ok:
            raise self.refused(answer.status_code, _message(answer), answer.text)
        found: dict[str, Any] = answer.json() if answer.content else {}  # 204 comes without any
        return found

    def _nobody(self, why: str) -> LaunchError:
        return LaunchError("Google Cloud does not know who you are.", why, f"{LOG_IN} . Then run {self.again} again.")


def _message(answer: requests.Response) -> str:
    try:
        return f"Google says: {answer.json()['error']['message']}"
    except (ValueError, KeyError, TypeError):
        return f"Google says: {answer.text[:200]}"
