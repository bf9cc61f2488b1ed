"""The pack: all rules, served to the engine by a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc

from blueprint.protection import UNPROTECTED
from infra.policy.analyzer import Analyzer
from infra.policy.edge import EDGE
from infra.policy.iam import IAM
from infra.policy.rule import Rule
from infra.policy.secret_values import SECRETS
from infra.policy.security_rules import SECURITY_RULES
from infra.policy.services import SERVICES
from infra.policy.stack_rules import ALERTS, STACK_RULES
from infra.policy.storage import STORAGE
from infra.preflight import REHEARSAL

RULES: tuple[Rule, ...] = (*IAM, *SERVICES, *STORAGE, *SECURITY_RULES, *SECRETS, *EDGE, *ALERTS)
MESSAGE_SIZE = 400 * 1024 * 1024  # bytes, as Pulumi's own plugins allow


def of(stack: str, *, unprotected: bool = False) -> Analyzer:
    """Return the judge of a stack: a rehearsal is spared the rules on what it throws away.

    So is a stack that is `unprotected` for an edit by which something goes: docs/guide.md, "When you change your mind".
    """
    is_spared = unprotected or stack == REHEARSAL
    rules = [rule for rule in RULES if rule.in_rehearsal or not is_spared]
    whole = [rule for rule in STACK_RULES if rule.in_rehearsal or not is_spared]
    return Analyzer(rules, whole)


def serve(environ: Mapping[str, str]) -> None:
    """Answer the engine, which reads the port from standard output, until it ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # by which the engine ends it, and waits: nothing here is to be saved
    options = [("grpc.max_receive_message_length", MESSAGE_SIZE)]
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=options)  # the engine asks one thing at a time
    judge = of(environ.get("PULUMI_STACK", ""), unprotected=environ.get(UNPROTECTED) == "1")
    server.add_generic_rpc_handlers((judge.handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the protocol
    server.wait_for_termination()
