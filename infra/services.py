"""The Cloud Run services: one image, one service for each role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import ServiceManifest
from infra.loading.sdk import gcp
from infra.project import Project
from infra.resource_names import EVENT_CALLER, TASK_CALLER
from infra.service_accounts import ServiceAccounts
from infra.service_environment import environment
from infra.service_selection import HEALTH, roles_of

APIS = ("run.googleapis.com",)
PORT = 8080


@dataclass(frozen=True)
class ServiceConfig:
    """One service. `env` is its environment; `timeout` is in seconds, `memory` as Cloud Run writes it.

    `callers` may call a private one: service account id → IAM member. One that `answers` other services is reached at
    its default address from anywhere, because Cloud Run does not count another service as internal; IAM alone decides.
    """

    name: str
    public: bool
    service_account: pulumi.Input[str]
    env: Mapping[str, pulumi.Input[str]]
    callers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    answers: bool = False
    timeout: int = 60
    concurrency: int = 40
    memory: str = "512Mi"

    def __post_init__(self) -> None:
        reserved = sorted({"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"} & set(self.env))
        if reserved:
            raise ValueError(f"service {self.name}: Cloud Run sets {', '.join(reserved)} itself and refuses ours")
        if not 1 <= self.timeout <= 3_600:
            raise ValueError(f"service {self.name}: timeout is {self.timeout} s; Cloud Run allows 1 to 3600")

    @classmethod
    def of(
        cls,
        spec: Spec,
        role: ServiceManifest,
        accounts: ServiceAccounts,
        queue_prefix: pulumi.Input[str],
        project_number: pulumi.Input[str],
    ) -> Self:
        """Return the service of a role, with its environment."""
        return cls(
            name=role.name,
            public=role.public,
            service_account=accounts.email(role.name),
            env=environment(spec, role, accounts, queue_prefix, project_number),
            callers=accounts.members(_callers(role)),
            answers=bool(role.asked_by),
            timeout=role.timeout,
        )


@dataclass(frozen=True)
class ServicesConfig:
    """All services and what they share: where they run and how they scale."""

    region: str
    services: tuple[ServiceConfig, ...]
    min_instances: int = 0
    max_instances: int = 10
    direct: bool = False
    protect: bool = True

    def __post_init__(self) -> None:
        if sum(service.public for service in self.services) != 1:
            raise ValueError("exactly one service has to be public: the load balancer leads to it")

    @classmethod
    def of(
        cls,
        spec: Spec,
        accounts: ServiceAccounts,
        queue_prefix: pulumi.Input[str],
        project_number: pulumi.Input[str],
    ) -> Self:
        """Return all services of the spec, with their environments."""
        return cls(
            region=spec.google.region,
            services=tuple(
                ServiceConfig.of(spec, role, accounts, queue_prefix, project_number) for role in roles_of(spec)
            ),
            min_instances=spec.services.min_instances,
            max_instances=spec.services.max_instances,
            direct=spec.origin == "worker",
            protect=spec.protect,
        )


class Services(pulumi.ComponentResource):
    """Deploys the image by digest as public and private services.

    The public one admits the load balancer only: its default address is off, and its callers are not asked for an
    identity (`invoker_iam_disabled`, because organizations refuse `allUsers` since 2024). The private ones admit this
    project's Cloud Tasks and Eventarc, which call with the token of a caller; that works at the default address alone,
    so it stays on. `after` lists the roles a service needs from its first request on.
    """

    public: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        config: ServicesConfig,
        project: Project,
        image: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Services", name, {}, opts)
        self._project, self._config = project, config
        self._before = [*project.enabled(*APIS), *after]
        self.admitted: dict[str, list[pulumi.Resource]] = {}
        for wanted in config.services:
            service = self._service(wanted, image)
            if wanted.public:
                self.public = service.name
            else:
                self.admitted[wanted.name] = self._admit(wanted, service)
        self.register_outputs({"public": self.public})

    def _service(self, wanted: ServiceConfig, image: pulumi.Input[str]) -> gcp.cloudrunv2.Service:
        config = self._config
        return gcp.cloudrunv2.Service(
            wanted.name,
            name=wanted.name,
            project=self._project.project_id,
            location=config.region,
            ingress=_ingress(wanted, direct=config.direct),
            default_uri_disabled=wanted.public and not config.direct,
            invoker_iam_disabled=wanted.public,
            deletion_protection=config.protect,
            template={
                "service_account": wanted.service_account,
                "timeout": f"{wanted.timeout}s",
                "max_instance_request_concurrency": wanted.concurrency,
                "scaling": {
                    "min_instance_count": config.min_instances,
                    "max_instance_count": config.max_instances,
                },
                "containers": [_container(wanted, image)],
            },
            traffics=[{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
            opts=pulumi.ResourceOptions(parent=self, protect=config.protect, depends_on=self._before),
        )

    def _admit(self, wanted: ServiceConfig, service: gcp.cloudrunv2.Service) -> list[pulumi.Resource]:
        return [
            gcp.cloudrunv2.ServiceIamMember(
                f"{wanted.name}-{account}",
                project=self._project.project_id,
                location=self._config.region,
                name=service.name,
                role="roles/run.invoker",
                member=member,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for account, member in wanted.callers.items()
        ]


def _ingress(wanted: ServiceConfig, *, direct: bool) -> str:
    if wanted.answers or (wanted.public and direct):
        return "INGRESS_TRAFFIC_ALL"
    return "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" if wanted.public else "INGRESS_TRAFFIC_INTERNAL_ONLY"


def _callers(role: ServiceManifest) -> tuple[str, ...]:
    if role.public:
        return ()
    return (EVENT_CALLER,) if role.takes_events else role.asked_by or (TASK_CALLER,)


def _container(wanted: ServiceConfig, image: pulumi.Input[str]) -> dict[str, Any]:
    probe = {"http_get": {"path": HEALTH, "port": PORT}, "timeout_seconds": 3}
    return {
        "image": image,
        "ports": {"container_port": PORT},
        "envs": [{"name": name, "value": value} for name, value in sorted(wanted.env.items())],
        "resources": {"limits": {"cpu": "1", "memory": wanted.memory}, "cpu_idle": True, "startup_cpu_boost": True},
        "startup_probe": {**probe, "period_seconds": 3, "failure_threshold": 20},
        "liveness_probe": {**probe, "period_seconds": 30, "failure_threshold": 3},
    }
