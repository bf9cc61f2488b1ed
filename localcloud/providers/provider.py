# ruff: noqa: N802, ARG002 - names and parameters of the methods are the protocol's
"""The gRPC face of a package: Pulumi's ResourceProvider protocol, translated to `Cloud` and back.

Source of the protocol: `proto/pulumi/provider.proto` of pulumi/pulumi. No traceback reaches the engine: a refusal ends
the call with its own sentence, a mistake of ours is logged and answered with INTERNAL.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from localcloud.providers import diff
from localcloud.providers.assessment import assess
from localcloud.providers.check import Failure
from localcloud.providers.cloud import Cloud
from localcloud.providers.codec import decode, encode
from localcloud.providers.configuration import check_configuration, configured
from localcloud.providers.packageschema import package_schema
from localcloud.providers.schema import Schema
from localcloud.providers.values import Properties, plain
from localcloud.rpc import Refused

log = logging.getLogger(__name__)
KINDS = provider_pb2.PropertyDiff
WIRE_KINDS = {
    (diff.Kind.ADD, False): KINDS.ADD,
    (diff.Kind.ADD, True): KINDS.ADD_REPLACE,
    (diff.Kind.DELETE, False): KINDS.DELETE,
    (diff.Kind.DELETE, True): KINDS.DELETE_REPLACE,
    (diff.Kind.UPDATE, False): KINDS.UPDATE,
    (diff.Kind.UPDATE, True): KINDS.UPDATE_REPLACE,
}
Answer = TypeVar("Answer")


def spoken(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """Make what a method raises an answer to the engine: a sentence, never a traceback."""

    @wraps(method)
    def guarded(self: ResourceProviderServicer, request: Any, context: grpc.ServicerContext) -> Answer:
        try:
            return method(self, request, context)
        except Refused as refusal:
            log.info("%s refused: %s", method.__name__, refusal.message)
            context.abort(refusal.code, refusal.message)
        except Exception as error:
            log.exception("%s failed", method.__name__)
            subject = getattr(request, "urn", "") or method.__name__
            context.abort(
                grpc.StatusCode.INTERNAL,
                f"The rehearsal's own provider made a mistake with {subject} ({type(error).__name__}: {error}). This "
                "is not a fault of your program; its log, providers.log, says more.",
            )

    return guarded


class Provider(ResourceProviderServicer):
    """Serves one package. `version` is that of the installed SDK, `configuration` the schema of its settings."""

    def __init__(self, cloud: Cloud, version: str, configuration: Schema) -> None:
        self._cloud = cloud
        self._version = version
        self._configuration = configuration
        self._callers: dict[str, Mapping[str, Any]] = {}  # the engine connects once for each provider of a program

    # Getting to know each other

    @spoken
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell what this provider understands."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    @spoken
    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell the version, that of the SDK package."""
        return plugin_pb2.PluginInfo(version=self._version)

    @spoken
    def Attach(self, request: Any, context: grpc.ServicerContext) -> Empty:
        """Take note that an engine attached; nothing depends on which."""
        return Empty()

    @spoken
    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Empty:
        """Do nothing: every call is short and is finished whole."""
        return Empty()

    @spoken
    def Parameterize(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse: these packages take no parameters."""
        raise Refused(grpc.StatusCode.UNIMPLEMENTED, f"The {self._cloud.package.name} provider takes no parameters.")

    @spoken
    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell of no mapping: converting Terraform programs is not part of a rehearsal."""
        return provider_pb2.GetMappingResponse()

    @spoken
    def GetMappings(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell of no mappings; see GetMapping."""
        return provider_pb2.GetMappingsResponse()

    @spoken
    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the package's schema as far as the rehearsal knows its resource types."""
        schemas = [self._cloud.schemas[token] for token in self._cloud.package.traits]
        described = package_schema(self._cloud.package.name, self._version, self._configuration, schemas)
        return provider_pb2.GetSchemaResponse(schema=json.dumps(described))

    # Configuration

    @spoken
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say which settings the provider does not know."""
        news = decode(request.news)
        failures = check_configuration(news, self._configuration)
        return provider_pb2.CheckResponse(inputs=encode(news), failures=_failures(failures))

    @spoken
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell which settings change; none of them replaces resources."""
        old = decode(request.old_inputs if request.HasField("old_inputs") else request.olds)
        return _difference(diff.diff(old, decode(request.news), {}), delete_first=False)

    @spoken
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Take over the settings that resources fall back on."""
        given = decode(request.args) if request.HasField("args") else dict(request.variables)
        self._cloud.settings = configured(self._cloud.settings, given, self._cloud.package.settings)
        self._callers[context.peer()] = {name.rpartition(":")[2]: plain(value) for name, value in given.items()}
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    # Functions

    @spoken
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer the functions that the package lists."""
        return provider_pb2.InvokeResponse(**{"return": encode(self._cloud.invoke(request.tok, decode(request.args)))})

    @spoken
    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse: no resource here has methods."""
        raise Refused(grpc.StatusCode.UNIMPLEMENTED, f"The rehearsal has no method {request.tok}.")

    @spoken
    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse: there are no remote components here."""
        raise Refused(grpc.StatusCode.UNIMPLEMENTED, f"The rehearsal has no component {request.type}.")

    # Resources

    @spoken
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say what is wrong with a resource's inputs and fill in the name when the program gave none."""
        token = _token(request.urn)
        inputs, failures = assess(
            self._cloud, token, request.urn, decode(request.news), decode(request.olds), bytes(request.randomSeed)
        )
        return provider_pb2.CheckResponse(inputs=encode(inputs), failures=_failures(failures))

    @spoken
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell which properties change, and whether the resource has to be replaced for it."""
        token, held, new = _token(request.urn), decode(request.olds), decode(request.news)
        changes = self._cloud.difference(token, held, new, request.ignoreChanges)
        return _difference(changes, delete_first=self._cloud.keeps_id(token, new, held))

    @spoken
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Create a resource, or tell what a preview can know of it."""
        token, inputs = _token(request.urn), decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(self._cloud.plan(token, request.urn, inputs)))
        self._count(context, request.urn, inputs)
        state = self._cloud.create(token, request.urn, inputs)
        return provider_pb2.CreateResponse(id=state.id, properties=encode(state.outputs))

    @spoken
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return a resource as it is now: for a refresh, an import or a lookup. Nothing when it is gone."""
        state = self._cloud.read(_token(request.urn), request.id, decode(request.inputs), decode(request.properties))
        if state is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=state.id, properties=encode(state.outputs), inputs=encode(state.inputs))

    @spoken
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Change a resource in place."""
        inputs = decode(request.news)
        if not request.preview:
            self._count(context, request.urn, inputs)
        state = self._cloud.change(
            _token(request.urn),
            request.urn,
            request.id,
            inputs,
            preview=request.preview,
            ignored=request.ignoreChanges,
        )
        return provider_pb2.UpdateResponse(properties=encode(state.outputs))

    @spoken
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Empty:
        """Remove a resource."""
        self._cloud.delete(_token(request.urn), request.urn, request.id)
        return Empty()

    def _count(self, context: grpc.ServicerContext, urn: str, properties: Properties) -> None:
        """Refuse what the cloud counts for nobody, by the settings of the one provider that calls."""
        settings = self._callers.get(context.peer())
        if settings is not None:
            self._cloud.count(_token(urn), urn, settings, plain(properties))


def _token(urn: str) -> str:
    """Return the resource type in a URN: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`."""
    return urn.split("::")[2].rpartition("$")[2]


def _failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in failures]


def _difference(changes: list[diff.Change], *, delete_first: bool) -> provider_pb2.DiffResponse:
    replaces = [change.path for change in changes if change.replaces]
    some = provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        replaces=replaces,
        diffs=[change.path for change in changes],
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(kind=WIRE_KINDS[change.kind, change.replaces], inputDiff=True)
            for change in changes
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=bool(replaces) and delete_first,
    )
