"""Takes over what exists already: by import, never by making it again, and never to destroy it."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from blueprint.field_types import ADOPTED

# What stays theirs while it is adopted, because changing it is replacing it: type → inputs. Google's provider deletes
# the release of other rules and recreates it (terraform-provider-google#25823), and an app that is live needs its own.
THEIRS: Mapping[str, tuple[str, ...]] = {"Release": ("rulesetName",)}


class Adoption:
    """The spec's `adopt`: TYPE/NAME, as a preview writes a resource, and the id that it has in its cloud.

    The engine imports such a resource and brings it in line in the same run; a change that would replace it is
    refused. It stays when the stack goes, because it was there before.
    """

    def __init__(self, wanted: Mapping[str, str]) -> None:
        self._wanted = dict(wanted)
        self._found: set[str] = set()

    def __enter__(self) -> None:
        """Have every resource that is made in the block looked up here."""
        if self._wanted:
            pulumi.runtime.register_stack_transformation(self._adopted)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Raise ValueError when something was not found in the block; it names what."""
        lost, self._wanted = sorted(set(self._wanted) - self._found), {}
        if lost and kind is None:
            raise ValueError(
                f"adopt names {', '.join(lost)}, which this program does not make. Write TYPE/NAME such as "
                f"{ADOPTED}, with the names that `./launch preview` shows"
            )

    def _adopted(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        type_ = args.type_.rpartition(":")[2]
        key = f"{type_}/{args.name}"
        if key not in self._wanted:
            return None
        self._found.add(key)
        kept = pulumi.ResourceOptions(
            import_=self._wanted[key], retain_on_delete=True, ignore_changes=list(THEIRS.get(type_, ()))
        )
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, kept))
