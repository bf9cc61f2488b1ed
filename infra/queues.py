"""The queues to the private services: one for each provider that work asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import QUEUES
from infra.loading.sdk import gcp
from infra.project import Project
from infra.service_accounts import ServiceAccounts
from infra.service_selection import roles_of

APIS = ("cloudtasks.googleapis.com",)
MOST_PER_SECOND = 500  # https://cloud.google.com/tasks/docs/quotas


@dataclass(frozen=True)
class QueueConfig:
    """One queue. `senders` maps service account id → IAM member; patience and backoff are in seconds.

    A task is tried after 1 s, 2 s, 4 s … and at last every four minutes, so that a provider that has come back is
    caught up with in five, until it was tried `attempts` times and `patience` has passed, both. The services give up
    first, for they say so and the queue does not: an event and an effect after three days each.
    """

    name: str
    region: str
    senders: Mapping[str, pulumi.Input[str]]
    per_second: int = 50
    at_once: int = 20
    attempts: int = 100
    patience: int = 7 * 86_400
    min_backoff: int = 1
    max_backoff: int = 240

    def __post_init__(self) -> None:
        if not 1 <= self.per_second <= MOST_PER_SECOND:
            raise ValueError(
                f"queue {self.name}: per_second is {self.per_second}; Cloud Tasks allows 1 to {MOST_PER_SECOND}"
            )
        if self.attempts < 1:
            raise ValueError(f"queue {self.name}: attempts is {self.attempts}; a task needs at least one")
        if self.patience < 1:
            raise ValueError(f"queue {self.name}: patience is {self.patience} s; Cloud Tasks takes 0 for no end at all")
        if self.min_backoff > self.max_backoff:
            raise ValueError(f"queue {self.name}: min_backoff {self.min_backoff} s is above max_backoff")
        if not self.senders:
            raise ValueError(f"queue {self.name} has no sender; nothing could ever be put into it")

    @classmethod
    def all_of(cls, spec: Spec, accounts: ServiceAccounts) -> tuple[Self, ...]:
        """Return the queue of each provider, with the services that put work into it."""
        return tuple(
            cls(
                queue.name,
                spec.google.region,
                senders=accounts.members([role.name for role in roles_of(spec) if queue.name in role.queues]),
                per_second=queue.per_second,
                at_once=queue.at_once,
                min_backoff=queue.min_backoff,
            )
            for queue in QUEUES.values()
        )


class Queues(pulumi.ComponentResource):
    """Makes the queues and lets the senders of each add tasks to it, and nothing else.

    Cloud Tasks drops a task that was tried in vain for too long; the event stays in Firestore, whose record decides.
    The name of a deleted queue cannot be used again for days (python-docs-samples#4034).
    """

    prefix: pulumi.Output[str]
    """What the full name of every queue begins with; `/` and the queue's own name follow."""

    def __init__(
        self,
        name: str,
        configs: tuple[QueueConfig, ...],
        project: Project,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Queues", name, {}, opts)
        self._project = project
        self.prefix = pulumi.Output.concat("projects/", project.project_id, "/locations/", configs[0].region, "/queues")
        self.grants: list[pulumi.Resource] = []
        self.paths: list[pulumi.Output[str]] = []
        for config in configs:
            queue = self._queue(config)
            self.paths.append(pulumi.Output.concat(self.prefix, "/", queue.name))
            self.grants += [self._grant(config, queue, account) for account in config.senders]
        self.register_outputs({"paths": self.paths})

    def _queue(self, config: QueueConfig) -> gcp.cloudtasks.Queue:
        return gcp.cloudtasks.Queue(
            config.name,
            name=config.name,
            project=self._project.project_id,
            location=config.region,
            rate_limits={"max_dispatches_per_second": config.per_second, "max_concurrent_dispatches": config.at_once},
            retry_config={
                "max_attempts": config.attempts,
                "max_retry_duration": f"{config.patience}s",
                "min_backoff": f"{config.min_backoff}s",
                "max_backoff": f"{config.max_backoff}s",
                "max_doublings": 16,
            },
            stackdriver_logging_config={"sampling_ratio": 1.0},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )

    def _grant(self, config: QueueConfig, queue: gcp.cloudtasks.Queue, account: str) -> pulumi.Resource:
        granted: pulumi.Resource = gcp.cloudtasks.QueueIamMember(
            f"{config.name}-{account}-enqueuer",
            project=self._project.project_id,
            location=config.region,
            name=queue.name,
            role="roles/cloudtasks.enqueuer",
            member=config.senders[account],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return granted
