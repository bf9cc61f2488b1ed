"""Faults on demand: what a stand-in does instead of its work, so that recovery can be rehearsed.

A fault is a row in the world: switched on for one target, met by the calls that it names, over at a fixed time at the
latest. `table.py` keeps them, `http.py` and `grpc.py` play them, `control.py` is the loopback door that switches them.
"""

from localcloud.faults.fault import TARGETS, Fault, FaultError, Kind
from localcloud.faults.table import Faults

__all__ = ["TARGETS", "Fault", "FaultError", "Faults", "Kind"]
