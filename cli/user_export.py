"""What vendors have of a user, for `./launch users export`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli import user_records
from cli.user_vendors import Vendor
from cli.workflow import Workflow
from handlers.failures import Unavailable
from handlers.outside.http_client import Refused


@dataclass(frozen=True)
class Piece:
    """One thing at a vendor; `why` says why the vendor could not be asked, and is empty else."""

    where: str
    id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def at_vendors(flow: Workflow, vendors: Mapping[str, Vendor], user_id: str) -> Iterator[Piece]:
    """Yield all that vendors have of a user, and of each that could not be asked why."""
    known = {each.where: each.ids for each in user_records.elsewhere(flow, user_id)}
    for where, vendor in vendors.items():
        try:
            ours = [found for id_ in known.get(where, ()) for found in vendor.find(id_)]
            for id_ in dict.fromkeys((*ours, *vendor.of_user(user_id))):
                for fields in vendor.read(id_):
                    yield Piece(where, str(fields.get("id") or id_), fields)
        except (Unavailable, Refused) as error:
            yield Piece(where, why=str(error))
