"""Who read what: Google's data access logs, which Google leaves off by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project

ESSENTIAL = ("iam.googleapis.com", "secretmanager.googleapis.com")
"""Few calls, and the ones that matter after a break-in: who used an identity, who read a secret."""
EVERYTHING = "allServices"
KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")


@dataclass(frozen=True)
class AuditLogsConfig:
    """`essential` logs who read secrets and identities, `full` every call to every API (CIS GCP 2.1)."""

    logs: Literal["essential", "full"] = "essential"

    @property
    def services(self) -> tuple[str, ...]:
        """Return the APIs whose calls are logged."""
        return (EVERYTHING,) if self.logs == "full" else ESSENTIAL

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return which calls the spec wants logged."""
        return cls(spec.google.audit_logs)


class AuditLogs(pulumi.ComponentResource):
    """Switches data access logs on. What changes things is logged by Google anyway, free of charge.

    Full logs hold each read of a document, and cost what the logs cost: the reason why they are not the default.
    """

    def __init__(
        self, name: str, config: AuditLogsConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Audit", name, {}, opts)
        for service in config.services:
            gcp.projects.IAMAuditConfig(
                f"audit-{service}",
                project=project.project_id,
                service=service,
                audit_log_configs=[{"log_type": kind} for kind in KINDS],
                opts=pulumi.ResourceOptions(parent=self, depends_on=project.enabled()),
            )
        self.register_outputs({})
