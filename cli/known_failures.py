"""What libraries raise for a reason that a person can do away with: no log-in, no quota project, a read-only folder.

The libraries' own classes are known by name, so that a failure in one command loads none of them.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import PurePath

from engine.errors import UNREACHABLE, LaunchError

LOG_IN = "gcloud auth application-default login"
_NO_LOGIN = re.compile(
    r"default credentials were not found|could not automatically determine credentials|invalid_grant"
    r"|reauthentication (?:is needed|failed)|application default credentials are not available",
    re.IGNORECASE,
)
_NO_QUOTA = re.compile(
    r"requires? a quota project|SERVICE_DISABLED.*consumer.*764086051850|USER_PROJECT_DENIED", re.DOTALL
)
_WRITING = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR}
DEEPEST = 10  # causes of causes that are looked at


def known_failure(error: BaseException) -> LaunchError | None:
    """Return an exception of a library, or one that caused it, as what, why and cure; None when none is known."""
    for each in _causes(error):
        found = _login(each) or _google(each) or _storage(each) or _network(each)
        if found:
            return found
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(DEEPEST):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _login(error: BaseException) -> LaunchError | None:
    said = str(error)
    names = {kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("google.")}
    if not names:
        return None
    first = _first_line(error)
    if _NO_QUOTA.search(said):
        return LaunchError(
            "Google does not know which project your calls count for.",
            first,
            f"Name the launch's project: gcloud auth application-default set-quota-project PROJECT. Without a log-in: "
            f"{LOG_IN}",
            UNREACHABLE,
        )
    if names & _LOGGED_OUT or _NO_LOGIN.search(said):
        return LaunchError(
            "Google Cloud does not know who you are.",
            first,
            f"Log in: {LOG_IN}. Where GOOGLE_APPLICATION_CREDENTIALS names a file, that file decides: unset it, or let "
            "it name a key that is whole and still valid. Then run the command again.",
        )
    if names & {"TransportError", "MutualTLSChannelError"}:
        return LaunchError("Google's log-in cannot be reached.", first, _CONNECTION)
    return None


_LOGGED_OUT = {
    *("DefaultCredentialsError", "RefreshError", "UserAccessTokenError", "OAuthError"),
    "Unauthorized",  # 401: a log-in that was taken back, which the service notices and not the library
}
"""Classes whose kinds (a damaged file, a log-in that has to be confirmed) all mean that nobody is logged in."""


def _google(error: BaseException) -> LaunchError | None:
    """Return what Google's clients raise when they are refused or hear nothing."""
    names = {kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("google.api_core.")}
    if "Forbidden" in names:
        return LaunchError(
            "Google Cloud refused: whoever is logged in may not do this.",
            _first_line(error),
            "Ask an owner of the project for the role that it names, or log in as somebody who has it: " + LOG_IN,
            UNREACHABLE,
        )
    if names & {"ServiceUnavailable", "GatewayTimeout", "RetryError"}:
        return LaunchError("Google Cloud cannot be reached.", _first_line(error), _CONNECTION, UNREACHABLE)
    return None


_CONNECTION = "Check this machine's connection and proxy, and try again."


def _network(error: BaseException) -> LaunchError | None:
    """Return what HTTP clients raise when there is no way to a host."""
    kinds = {(kind.__module__.split(".")[0], kind.__name__) for kind in type(error).__mro__}
    unreached = any(module in _CLIENTS and name in _NO_WAY for module, name in kinds)
    if not unreached or ("urllib", "HTTPError") in kinds:  # an answer, though urllib counts it as no way
        return None
    return LaunchError("A host on the internet cannot be reached.", _first_line(error), _CONNECTION, UNREACHABLE)


_CLIENTS = {"httpx", "httpcore", "requests", "urllib3", "urllib", "socket"}
_NO_WAY = {
    *("NetworkError", "TimeoutException", "ProxyError", "RemoteProtocolError"),  # of httpx, each with its kinds
    *("ConnectionError", "Timeout", "ConnectTimeoutError", "NewConnectionError", "URLError", "gaierror"),
}


def _storage(error: BaseException) -> LaunchError | None:
    if _is_full(error):
        return LaunchError(
            "There is no room left on this machine's disk.",
            str(error),
            "Make room, or set LAUNCH_HOME to a folder on another disk, and run the command again.",
        )
    if type(error).__module__ == "sqlite3" and _CLOSED_DATABASE.search(str(error)):
        return LaunchError("A database of the rehearsal cannot be written.", str(error), _ELSEWHERE)
    if not isinstance(error, OSError) or error.errno not in _WRITING or error.filename is None:
        return None
    if PurePath(str(error.filename)).name.startswith("Pulumi."):
        return LaunchError(
            f"{error.filename} cannot be written: {os.strerror(error.errno)}.",
            "A stack's settings lie beside the program, so that both are committed together.",
            "Make room, or copy the project to a folder that can be written, and run the command again there.",
        )
    return LaunchError(
        f"{error.filename} cannot be written: {os.strerror(error.errno)}.",
        "The toolkit keeps what it knows of a stack in .launch, and its logs in there.",
        _ELSEWHERE,
    )


_ELSEWHERE = "Make room, or set LAUNCH_HOME to a folder that can be written, and run the command again."
_CLOSED_DATABASE = re.compile(r"readonly database|unable to open database file")


def _is_full(error: BaseException) -> bool:
    """Tell of a full disk where no file is named: in the middle of a file, or in a database."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename is None
    return type(error).__module__ == "sqlite3" and "disk is full" in str(error)
