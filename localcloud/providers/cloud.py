"""What happens to resources in the world: created, changed, read and deleted, all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc

from localcloud.base.world import Resource, World
from localcloud.providers import diff, permitted, quota_project
from localcloud.providers.answers import answered
from localcloud.providers.codec import from_json, to_json
from localcloud.providers.drift import live_inputs, live_outputs
from localcloud.providers.effects import EFFECTS, erase
from localcloud.providers.facts import facts_of
from localcloud.providers.ignored import left_alone
from localcloud.providers.launch_rules import Case, Stage, refusal
from localcloud.providers.package import Effect, Package
from localcloud.providers.resource_outputs import Chance, completed, facts, identity, made, planned
from localcloud.providers.rules.parents import in_use
from localcloud.providers.schema import Schemas
from localcloud.providers.settling import settled
from localcloud.providers.traits import Traits
from localcloud.providers.values import Properties, hide_like, plain
from localcloud.rpc import Refused


@dataclass(frozen=True)
class ResourceState:
    """A resource as the engine keeps it. The inputs are given by Read only."""

    id: str
    outputs: Properties
    inputs: Properties


class Cloud:
    """The resources of one package in the world of `home`.

    Every method raises localcloud.rpc.Refused with a sentence for people when the real cloud would refuse.
    """

    def __init__(self, package: Package, schemas: Schemas, world: World, home: Path, chance: Chance) -> None:
        self.package = package
        self.schemas = schemas
        self._world = world
        self._home = home
        self._chance = chance
        self._foreseen: dict[str, Properties] = {}
        self.settings: Properties = {}  # the provider's configuration, as far as resources take it over

    def traits(self, token: str) -> Traits:
        """Return the row of a resource type."""
        if token not in self.package.traits:
            raise Refused(
                grpc.StatusCode.UNIMPLEMENTED,
                f"The rehearsal does not know {token}. The real cloud may: leave the resource out of the local stack, "
                "or add a row for it to localcloud/providers/tables/.",
            )
        if self.package.traits[token].refused:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, self.package.traits[token].refused)
        return self.package.traits[token]

    def case(self, token: str, urn: str, inputs: Properties, id_: str = "", held: Properties | None = None) -> Case:
        """Return a resource about to be, for the launch rules; `inputs` as the program wrote them.

        `held` are the properties that it has so far. What is made again from the inputs is not kept.
        """
        traits = self.traits(token)
        kept = None if held is None else {name: value for name, value in held.items() if name not in traits.computed}
        whole = completed(traits, plain(inputs), self.settings, kept)
        return Case(self._world, self._home, traits, urn, whole, id_, self._chance.clock(), self._foreseen)

    def plan(self, token: str, urn: str, inputs: Properties) -> Properties:
        """Return the outputs of a resource that would be created."""
        self._foresee(token, urn, inputs)
        return planned(self.schemas[token], completed(self.traits(token), inputs, self.settings))

    def count(self, token: str, urn: str, settings: Mapping[str, Any], properties: Properties) -> None:
        """Return when the cloud counts a call for some project, made by a provider with these settings."""
        if self.package.name == "gcp":
            traits = self.traits(token)
            title = f'{traits.label} "{urn.rpartition("::")[2]}"'
            quota_project.require(self._world, traits, title, quota_project.named(settings, properties))

    def create(self, token: str, urn: str, inputs: Properties) -> ResourceState:
        """Create the resource and return its id and outputs."""
        case = self.case(token, urn, inputs)
        self._permit(permitted.CREATE, case.traits, case.title, case.inputs)
        prepared = self._effect(token).prepare(case)
        with self._world.transaction():
            self._obey(case)
            known = {**prepared, **self._effect(token).allocate(case)}
            resource = self._stored(case, inputs, known)
            self._refuse_taken(case, resource.id)
            self._world.put(resource)
            self._world.record("provider", urn, op="create", type=token, id=resource.id)
        return self._state(resource, inputs)

    def change(
        self, token: str, urn: str, id_: str, inputs: Properties, *, preview: bool, ignored: Collection[str] = ()
    ) -> ResourceState:
        """Give an existing resource other inputs; a preview only tells the outputs it would have.

        What lies at the paths that are `ignored` stays as it is.
        """
        existing = self._existing(token, urn, id_)
        held = from_json(existing.outputs)
        inputs = left_alone(ignored, inputs, held)
        case = self.case(token, urn, inputs, id_, held)
        if preview:
            self._foresee(token, urn, inputs)
            told = {name: value for name, value in held.items() if name not in self.schemas[token].inputs.properties}
            return ResourceState(id_, {**told, **self._recomputed(case, held), **case.inputs}, {})
        self._permit(permitted.UPDATE, case.traits, case.title, {**held, **case.inputs})
        prepared = self._effect(token).prepare(case)
        with self._world.transaction():
            self._obey(case)
            known = {**prepared, **self._effect(token).allocate(case)}
            resource = self._stored(case, inputs, known, existing)
            self._world.put(resource)
            self._world.record("provider", urn, op="update", type=token, id=id_)
        return self._state(resource, inputs)

    def read(self, token: str, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """Return the resource as it is now, None when it is gone.

        An import may name what lies in it too, as the real providers want it: ZONE/RECORD.

        `inputs` and `outputs` are what the engine remembers: the answer has those inputs that the program set (all of
        them, for an import), keeps secrets secret, and shows what was changed behind the engine's back.
        """
        traits = self.traits(token)
        found = self._world.resource(token, id_) or self._world.resource(token, id_.rpartition("/")[2])
        known = {**plain(outputs), **plain(inputs), **({**found.inputs, **found.outputs} if found else {})}
        self._permit(permitted.READ, traits, f"{traits.label} {id_}", known)
        if found is None:
            return None
        found = answered(self._world, found)
        live = live_inputs(found, plain(inputs), plain(outputs))
        state = {**live_outputs(found, plain(inputs), live), **self.package.told(self._world, found)}
        return ResourceState(found.id, hide_like(state, outputs), hide_like(live, inputs))

    def delete(self, token: str, urn: str, id_: str) -> None:
        """Remove the resource; one that is already gone is not an error."""
        traits = self.traits(token)
        with self._world.transaction():
            found = self._world.resource(token, id_)
            if found is None:
                return
            self._permit(permitted.DELETE, traits, f"{traits.label} {id_}", {**found.inputs, **found.outputs})
            if traits.remains(found.outputs):
                self._world.put(replace(found, urn=""))  # of no stack any more: the engine forgets it
            else:
                self._refuse_guarded(traits, urn, found)
                erase(self._world, self._home, found)
                self._effect(token).bury(self._world, found, self._chance.clock())
            self._world.record("provider", urn, op="delete", type=token, id=id_)

    def difference(
        self, token: str, held: Properties, inputs: Properties, ignored: Collection[str] = ()
    ) -> list[diff.Change]:
        """Return what changes on a resource when it gets other inputs, as the real provider would say it.

        `held` is the resource's state, as the engine remembers it.
        """
        traits = self.traits(token)
        names = self.schemas[token].inputs.properties
        state = {name: value for name, value in plain(held).items() if name in names}
        whole = completed(traits, plain(inputs), self.settings, state)
        shown = {name: value for name, value in whole.items() if name in names}
        return diff.diff(state, shown, facts_of(token), ignored, diff.MANNERS[self.package.name])

    def keeps_id(self, token: str, inputs: Properties, outputs: Properties) -> bool:
        """Tell whether a replacement made of these inputs would have the old one's id, which must then go first."""
        case = self.case(token, "", inputs)
        try:
            return identity(case.traits, {**self.settings, **outputs}, case.inputs) == identity(
                case.traits, self.settings, plain(outputs)
            )
        except KeyError:
            return False

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer one of the package's functions."""
        if token not in self.package.functions:
            raise Refused(
                grpc.StatusCode.UNIMPLEMENTED,
                f"The rehearsal does not do the function {token}; it does {', '.join(sorted(self.package.functions))}.",
            )
        return self.package.functions[token](self._world, plain(arguments))

    def _permit(self, verb: str, traits: Traits, title: str, properties: Mapping[str, Any]) -> None:
        permitted.require(self._world, traits, title, verb, properties)

    def _foresee(self, token: str, urn: str, inputs: Properties) -> None:
        if token in self.package.foresees:
            self._foreseen[urn] = plain(inputs)

    def _effect(self, token: str) -> Effect:
        return EFFECTS.get(token, Effect())

    def _obey(self, case: Case) -> None:
        for stage in Stage:
            sentence = refusal(self.package.rules, stage, case)
            if sentence:
                raise Refused(grpc.StatusCode.FAILED_PRECONDITION, sentence)

    def _stored(
        self, case: Case, inputs: Properties, known: Mapping[str, Any], existing: Resource | None = None
    ) -> Resource:
        surroundings = {**self.settings, **self.package.surroundings(self._world, case.inputs)}
        everything = {**surroundings, **facts(self._chance), **known}
        kept = from_json(existing.outputs) if existing else {}
        schema = self.schemas[case.traits.token]
        outputs = made(case.traits, schema, case.inputs, everything, kept)
        id_ = existing.id if existing else identity(case.traits, everything, outputs)
        shown = {key: value for key, value in plain(inputs).items() if not key.startswith("__") and value is not None}
        if existing:
            shown = settled(facts_of(case.traits.token), shown, from_json(existing.inputs), defaults=False)
        created = existing.created if existing else self._chance.clock()
        return Resource(case.traits.token, id_, case.urn, to_json(shown), to_json(outputs), created)

    def _recomputed(self, case: Case, held: Properties) -> Properties:
        """Return those inputs that the cloud makes itself when the program leaves them out, as they are so far."""
        names = self.schemas[case.traits.token].inputs.properties
        return {name: held[name] for name in case.traits.computed if name in names and name in held}

    def _state(self, resource: Resource, inputs: Properties) -> ResourceState:
        return ResourceState(resource.id, hide_like(from_json(resource.outputs), inputs), inputs)

    def _existing(self, token: str, urn: str, id_: str) -> Resource:
        found = self._world.resource(token, id_)
        if found is None:
            title = self.case(token, urn, {}).title
            raise Refused(
                grpc.StatusCode.NOT_FOUND,
                f"{title} ({id_}) is no longer in the cloud, so it cannot be changed. Somebody removed it outside of "
                "this program; `pulumi refresh` takes note of that, and the next `pulumi up` creates it again.",
            )
        return found

    def _refuse_taken(self, case: Case, id_: str) -> None:
        taken = self._taken(case, id_)
        if taken is None or case.traits.adopts:
            return
        name = case.urn.rpartition("::")[2]
        raise Refused(
            grpc.StatusCode.ALREADY_EXISTS,
            f"{case.title} cannot be created: {taken.id} already exists, and the real cloud takes each name once. "
            "Choose another name, or take the existing one over: in the stack's file, under launch:spec, write "
            f'`adopt: {{"{case.traits.label}/{name}": "{taken.id}"}}`.',
        )

    def _taken(self, case: Case, id_: str) -> Resource | None:
        """Return the resource that has the id, or shares the properties that only one may have."""
        unique = case.traits.unique
        mine = {name: case.inputs.get(name) for name in unique}
        twins = self._world.resources(case.traits.token) if unique else []
        same = (twin for twin in twins if {name: twin.outputs.get(name) for name in unique} == to_json(mine))
        return self._world.resource(case.traits.token, id_) or next(same, None)

    def _refuse_guarded(self, traits: Traits, urn: str, found: Resource) -> None:
        title = f'{traits.label} "{urn.rpartition("::")[2]}" ({found.id})'
        guard = next((guard for guard in traits.guards if found.outputs.get(guard.path) == guard.value), None)
        if guard:
            raise Refused(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"{title} is protected from deletion, because what it holds would be lost: {guard.path} is "
                f"{str(guard.value).lower() if guard.value is True else guard.value}. If it really shall go, "
                f"{guard.cure} and run `pulumi up` before deleting it.",
            )
        reason = self._effect(traits.token).keep(self._world, found) or in_use(self._world, self.package.traits, found)
        if reason:
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, f"{title} cannot be deleted: {reason}.")
