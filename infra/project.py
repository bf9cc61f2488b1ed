"""The Google Cloud project and the APIs that are switched on in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.pause import APIS, Pause

BASICS = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com", "iam.googleapis.com")
"""APIs without which nothing else can be asked for."""


@dataclass(frozen=True)
class ProjectConfig:
    """`create` makes the project, otherwise it is adopted as it is; `apis` are switched on either way.

    `organization` (a number) may be left out when a person without a Google Workspace organization deploys.
    """

    project_id: str
    apis: tuple[str, ...]
    billing_account: str
    organization: str | None = None
    create: bool = True
    protect: bool = True

    def __post_init__(self) -> None:
        missing = [api for api in BASICS if api not in self.apis]
        if missing:
            raise ValueError(f"project {self.project_id} has to switch on {', '.join(missing)}: nothing works without")
        strange = [api for api in self.apis if not api.endswith(".googleapis.com")]
        if strange:
            raise ValueError(f"{', '.join(strange)}: not a Google API; write it like run.googleapis.com")

    @classmethod
    def of(cls, spec: Spec, apis: tuple[str, ...]) -> Self:
        """Return the spec's project with the APIs that its components use."""
        google = spec.google
        return cls(
            project_id=google.project,
            apis=apis,
            billing_account=google.billing_account,
            organization=google.organization,
            create=google.mode == "create",
            protect=spec.protect,
        )


class Project(pulumi.ComponentResource):
    """Makes or adopts the project and enables its APIs, which stay enabled when the stack is destroyed.

    No `default` network is made: its open firewall is not wanted, and nothing here needs one. Who depends on an API
    asks `enabled` for it, and waits until it is known everywhere, because the first call after switching it on is
    refused otherwise (terraform-provider-google#8214).
    """

    number: pulumi.Output[str]

    def __init__(self, name: str, config: ProjectConfig, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("launch:infra:Project", name, {}, opts)
        self.project_id = config.project_id
        self._origin: list[pulumi.Resource] = []
        self.number = self._created(config) if config.create else self._adopted(config)
        self._apis = {api: self._switched_on(api) for api in config.apis}
        everywhere = pulumi.ResourceOptions(parent=self, depends_on=list(self._apis.values()))
        self._known = Pause("apis", APIS, config.apis, everywhere)
        self.register_outputs({"number": self.number})

    def enabled(self, *apis: str) -> list[pulumi.Resource]:
        """Return what a resource that uses these APIs has to depend on; ValueError when the project lacks one."""
        missing = [api for api in apis if api not in self._apis]
        if missing:
            raise ValueError(
                f"project {self.project_id} does not switch on {', '.join(missing)}, which this program uses; add the "
                "component that needs it to PARTS in infra/apis.py"
            )
        return [self._known, *(self._apis[api] for api in (*BASICS, *apis))]

    def _created(self, config: ProjectConfig) -> pulumi.Output[str]:
        project = gcp.organizations.Project(
            config.project_id,
            project_id=config.project_id,
            name=config.project_id,
            billing_account=config.billing_account,
            org_id=config.organization,
            auto_create_network=False,
            labels={"firebase": "enabled"},
            deletion_policy="PREVENT" if config.protect else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=config.protect),
        )
        self._origin = [project]
        number: pulumi.Output[str] = project.number
        return number

    def _adopted(self, config: ProjectConfig) -> pulumi.Output[str]:
        found = gcp.organizations.get_project_output(
            project_id=config.project_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        number: pulumi.Output[str] = found.number
        return number

    def _switched_on(self, api: str) -> pulumi.Resource:
        service: pulumi.Resource = gcp.projects.Service(
            api,
            project=self.project_id,
            service=api,
            disable_on_destroy=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._origin),
        )
        return service
