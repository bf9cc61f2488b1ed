"""What Firestore refuses in rough weather: indexes and fields of one database that are made at the same time.

Everything here is made in a moment, so that two calls would hardly ever meet: in rough weather each takes a while.
"""

from __future__ import annotations

import threading
import time

import grpc

from localcloud.base import weather
from localcloud.providers.launch_rules import Case
from localcloud.providers.values import Properties
from localcloud.rpc import Refused

TAKES = 0.1  # seconds in which no other index or field of the database can be made
_lock = threading.Lock()
_busy: set[str] = set()  # databases


def alone(case: Case) -> Properties:
    """Take a while, and refuse what comes meanwhile for the same database (409, terraform-provider-google#16664)."""
    if weather.of(case.world) is None:
        return {}
    database = f"{case.home} {case.inputs.get('project')} {case.inputs.get('database') or '(default)'}"
    with _lock:
        is_free = database not in _busy
        _busy.add(database)
    if not is_free:
        raise Refused(
            grpc.StatusCode.ABORTED,
            f"{case.title}: googleapi: Error 409: Please retry, underlying data changed. (Another index or field of "
            "the database was being made. Have each depend on the one before: infra/firestore.py.)",
        )
    try:
        time.sleep(TAKES)
    finally:
        with _lock:
            _busy.discard(database)
    return {}
