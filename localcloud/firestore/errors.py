"""The refusals that several parts of Firestore share, worded as the real service words them."""

from __future__ import annotations

from grpc import StatusCode

from localcloud.rpc import Refused


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is wrong whatever is stored (INVALID_ARGUMENT)."""
    return Refused(StatusCode.INVALID_ARGUMENT, message)


def not_done(message: str) -> Refused:
    """Return the refusal of something that the rehearsal does not do (UNIMPLEMENTED)."""
    return Refused(
        StatusCode.UNIMPLEMENTED, f"{message} The rehearsal's Firestore does not do this; the real one does."
    )


def contention() -> Refused:
    """Return the refusal of a request that met a lock for too long (ABORTED); clients retry the transaction."""
    return Refused(StatusCode.ABORTED, "Too much contention on these documents. Please try again.")


def expired_transaction() -> Refused:
    """Return the refusal of a transaction that is unknown, over, or idle for too long (INVALID_ARGUMENT)."""
    return invalid("The referenced transaction has expired or is no longer valid.")
