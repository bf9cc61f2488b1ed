"""Takes over what exists already: by import, never by making it again, and never to destroy it.

It also keeps the program's hands off what people set in a console; see `infra.theirs`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from blueprint.field_types import ADOPTED
from infra.theirs import ignored


class Adoption:
    """The spec's `adopt`: TYPE/NAME, as a preview writes a resource, and the id that it has in its cloud.

    The engine imports such a resource and brings it in line in the same run; a change that would replace it is
    refused. It stays when the stack goes, because it was there before.
    """

    def __init__(self, wanted: Mapping[str, str]) -> None:
        self._wanted = dict(wanted)
        self._found: set[str] = set()
        self._is_open = False

    def __enter__(self) -> None:
        """Have every resource that is made in the block looked up here."""
        self._is_open = True
        pulumi.runtime.register_stack_transformation(self._left_to_its_owner)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Raise ValueError when something was not found in the block; it names what."""
        lost, self._is_open = sorted(set(self._wanted) - self._found), False
        if lost and kind is None:
            raise ValueError(
                f"adopt names {', '.join(lost)}, which this program does not make. Write TYPE/NAME such as "
                f"{ADOPTED}, with the names that `./launch preview` shows"
            )

    def _left_to_its_owner(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not self._is_open:
            return None
        key = f"{args.type_.rpartition(':')[2]}/{args.name}"
        id_ = self._wanted.get(key)
        given = [name for name, value in args.props.items() if value is not None]
        kept = pulumi.ResourceOptions(ignore_changes=ignored(args.type_, given, adopted=id_ is not None))
        if id_ is not None:
            self._found.add(key)
            kept = pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(import_=id_, retain_on_delete=True))
        elif not kept.ignore_changes:
            return None
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, kept))
