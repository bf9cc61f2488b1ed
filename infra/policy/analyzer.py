# ruff: noqa: ARG002, N802 - names and parameters of the methods are the protocol's
"""The pack as the engine asks for it: Pulumi's analyzer protocol, each resource read once for all rules.

`pulumi_policy.PolicyPack` reads a resource again for each of its policies, thirty times and more, while the engine
waits with the next one. What it reads and how is kept. Source of the protocol: `proto/pulumi/analyzer.proto` of
pulumi/pulumi.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import analyzer_pb2, plugin_pb2
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from infra.policy.rule import Resource, Rule, StackRule

NAME = "launch-ready"
VERSION = "0.0.1"
SERVICE = "pulumirpc.Analyzer"
ASKED = {  # method → what it is sent. `Remediate` is left out: "unimplemented" is half the price of remediating nothing
    "GetPluginInfo": Empty,
    "GetAnalyzerInfo": Empty,
    "Configure": analyzer_pb2.ConfigureAnalyzerRequest,
    "Analyze": analyzer_pb2.AnalyzeRequest,
    "AnalyzeStack": analyzer_pb2.AnalyzeStackRequest,
}


class Analyzer:
    """Judges by `rules` each resource before it is made, and by `whole` all of them in the end; all are mandatory.

    What a preview does not know yet is judged in `up`, before the resource is made.
    """

    def __init__(self, rules: Sequence[Rule], whole: Sequence[StackRule]) -> None:
        self._rules = rules
        self._whole = whole

    def handlers(self) -> Any:
        """Return the methods as a gRPC server takes them."""
        methods = {
            name: grpc.unary_unary_rpc_method_handler(
                getattr(self, name), message.FromString, lambda answer: answer.SerializeToString()
            )
            for name, message in ASKED.items()
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Return the pack's version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        """Return what is judged by, each rule a policy."""
        rules: tuple[Rule | StackRule, ...] = (*self._rules, *self._whole)
        policies = [
            analyzer_pb2.PolicyInfo(name=rule.id, description=rule.asks, enforcementLevel=analyzer_pb2.MANDATORY)
            for rule in rules
        ]
        return analyzer_pb2.AnalyzerInfo(name=NAME, version=VERSION, policies=policies)

    def Configure(self, request: Any, context: Any) -> Empty:
        """Take no settings: no rule can be switched off."""
        return Empty()

    def Analyze(self, request: Any, context: Any) -> Any:
        """Return what is wrong with one resource."""
        return analyzer_pb2.AnalyzeResponse(diagnostics=self._judged(_read(request)))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        """Return what is wrong with the stack as a whole."""
        made = [_read(each) for each in request.resources]
        return analyzer_pb2.AnalyzeResponse(diagnostics=self._judged_together(made))

    def _judged(self, resource: Resource) -> Iterator[Any]:
        for rule in self._rules:
            with suppress(UnknownValueError):
                if wrong := rule.broken_by(resource):
                    yield _told(rule, wrong, resource.urn)

    def _judged_together(self, resources: Sequence[Resource]) -> Iterator[Any]:
        for rule in self._whole:
            with suppress(UnknownValueError):
                for wrong in rule.broken_by(resources):
                    yield _told(rule, wrong)


class _Properties(Mapping[str, Any]):
    """A message's properties, read when a rule first looks. A value that is not known yet raises UnknownValueError."""

    def __init__(self, message: Any) -> None:
        self._message = message

    @cached_property
    def _read(self) -> Mapping[str, Any]:
        read: Mapping[str, Any] = unknown_checking_proxy(deserialize_properties(MessageToDict(self._message)))
        return read

    def __getitem__(self, key: str) -> Any:
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def _read(request: Any) -> Resource:
    return Resource(request.type, request.name, _Properties(request.properties), request.urn)


def _told(rule: Rule | StackRule, wrong: str, urn: str = "") -> Any:
    return analyzer_pb2.AnalyzeDiagnostic(
        policyName=rule.id,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description=rule.asks,
        message=f"{rule.asks}\n{wrong}",
        enforcementLevel=analyzer_pb2.MANDATORY,
        urn=urn,
    )
