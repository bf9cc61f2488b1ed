"""The pack as the engine asks for it: each rule a policy of pulumi-policy, all of them mandatory."""

from __future__ import annotations

from contextlib import suppress

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from infra.guard import REHEARSAL
from infra.policy.data import DATA
from infra.policy.edge import EDGE
from infra.policy.people import PEOPLE
from infra.policy.rule import Resource, Rule, StackRule
from infra.policy.secrets_kept import SECRETS
from infra.policy.services import SERVICES
from infra.policy.whole import ALERTS, WHOLE

NAME = "launch-ready"
RULES: tuple[Rule, ...] = (*PEOPLE, *SERVICES, *DATA, *SECRETS, *EDGE, *ALERTS)


def serve() -> None:
    """Answer the engine until it ends this process."""
    policies = [*(resource_policy(rule) for rule in RULES), *(stack_policy(rule) for rule in WHOLE)]
    PolicyPack(NAME, policies, enforcement_level=EnforcementLevel.MANDATORY)


def resource_policy(rule: Rule) -> ResourceValidationPolicy:
    """Return the rule as a policy. What a preview does not know yet is judged in `up`, before the resource is made."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        with suppress(UnknownValueError):
            wrong = rule.broken_by(Resource(args.resource_type, args.name, args.props, args.urn))
            if wrong and _holds_here(rule):
                report(wrong, args.urn)

    return ResourceValidationPolicy(rule.id, rule.asks, validate)


def stack_policy(rule: StackRule) -> StackValidationPolicy:
    """Return the rule as a policy."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        made = [Resource(each.resource_type, each.name, each.props, each.urn) for each in args.resources]
        with suppress(UnknownValueError):
            for wrong in rule.broken_by(made) if _holds_here(rule) else ():
                report(wrong, None)

    return StackValidationPolicy(rule.id, rule.asks, validate)


def _holds_here(rule: Rule | StackRule) -> bool:
    return rule.in_rehearsal or pulumi.get_stack() != REHEARSAL
