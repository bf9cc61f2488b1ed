"""Where secrets are kept, without their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.pause import ROLES, Pause
from infra.project import Project
from infra.service_accounts import ServiceAccounts
from infra.service_selection import roles_of, secrets_of

APIS = ("secretmanager.googleapis.com", "pubsub.googleapis.com")
DAY = 86_400  # seconds
SHORTEST_ROTATION = 3_600  # seconds, reference of projects.secrets, Rotation
MARGIN = 3_600  # seconds from when the time is chosen until Secret Manager is told; it takes 300 or more in the future
ROTATION = "secret-rotation"
READ = "roles/secretmanager.secretAccessor"
"""The one role that reading takes. It may not list versions, so readers open `latest` and count down from it."""


@dataclass(frozen=True)
class SecretManagerConfig:
    """`readers` says who may read what: secret id → service account id → IAM member.

    `rotation` (seconds, 0 for none) is the age at which a secret counts as old, `rotated_from` (RFC 3339) when that is
    first. A destroyed version can be had back for `destroy_delay` seconds.
    """

    readers: Mapping[str, Mapping[str, pulumi.Input[str]]]
    rotation: int = 0
    rotated_from: str = ""
    destroy_delay: int = 7 * DAY
    protect: bool = True

    def __post_init__(self) -> None:
        for secret, members in self.readers.items():
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", secret):
                raise ValueError(f"secret id {secret!r}: letters, digits, - and _ only")
            if not members:
                raise ValueError(
                    f"secret {secret} has no reader; name one in handlers/service_manifest.py or drop the secret"
                )
        if self.rotation and (self.rotation < SHORTEST_ROTATION or not self.rotated_from):
            raise ValueError(f"rotation takes {SHORTEST_ROTATION} s or more, and a time to begin at")
        if self.destroy_delay < DAY:
            raise ValueError(f"destroy_delay is {self.destroy_delay} s; Secret Manager takes a day or more")

    @classmethod
    def of(cls, spec: Spec, accounts: ServiceAccounts, now: datetime) -> Self:
        """Return every secret with the services that read it; rotation counts from `now`."""
        rotation = spec.secrets.rotation_days * DAY
        readers = {
            secret: accounts.members([role.name for role in roles_of(spec) if secret in role.secrets])
            for secret in secrets_of(spec)
        }
        return cls(
            readers,
            rotation=rotation,
            rotated_from=next_rotation(now, rotation) if rotation else "",
            destroy_delay=spec.secrets.destroy_delay_days * DAY,
            protect=spec.protect,
        )


def next_rotation(now: datetime, period: int) -> str:
    """Return when a secret is old the next time (RFC 3339): a multiple of the period, at least MARGIN from `now`.

    The same time comes out until it has nearly passed, and then the one that Secret Manager is about to move on to. A
    launch within the last hour puts the reminder off by a period. Ignoring changes of it instead would keep a secret
    that has no rotation yet from ever getting one.
    """
    passed = (now.timestamp() + MARGIN) // period
    return datetime.fromtimestamp((passed + 1) * period, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class SecretManager(pulumi.ComponentResource):
    """Makes the secrets and lets their readers in.

    Rotation here is a reminder: Secret Manager publishes to the topic `secret-rotation` when a secret is old, by the
    service's own account, and `./launch secrets rotate` brings the new value. It moves the next time on by
    one period each time, and so does the program: see `next_rotation`.

    It takes no values: what Pulumi knows lies in its state, even when it is write-only (pulumi-terraform-bridge#3201);
    the one exception is the edge's key, see `EdgeKey`. `./launch secrets push` brings values in afterwards, and
    services read them at run time, so that the first `up` needs none.
    """

    def __init__(
        self, name: str, config: SecretManagerConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Vault", name, {}, opts)
        self.secrets = tuple(config.readers)
        self.grants: list[pulumi.Resource] = []
        self.made: dict[str, gcp.secretmanager.Secret] = {}
        self._config, self._project = config, project
        topic = self._topic() if config.rotation else None
        for secret_id, members in config.readers.items():
            secret = self.made[secret_id] = self._secret(secret_id, topic)
            self.grants += [self._grant(secret, secret_id, account, member) for account, member in members.items()]
        self.register_outputs({"secrets": list(self.secrets)})

    def _topic(self) -> pulumi.Resource:
        """Return what to wait for before a secret names the topic: Secret Manager tries to publish at once."""
        project = self._project.project_id
        enabled = pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS))
        topic = gcp.pubsub.Topic(ROTATION, name=ROTATION, project=project, opts=enabled)
        agent = gcp.projects.ServiceIdentity("secret-manager", project=project, service=APIS[0], opts=enabled)
        granted = gcp.pubsub.TopicIAMMember(
            f"{ROTATION}-secret-manager",
            project=project,
            topic=topic.name,
            role="roles/pubsub.publisher",
            member=agent.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Pause(f"{ROTATION}-role", ROLES, [ROTATION], pulumi.ResourceOptions(parent=self, depends_on=[granted]))

    def _secret(self, secret_id: str, topic: pulumi.Resource | None) -> gcp.secretmanager.Secret:
        project, config = self._project, self._config
        reminded = {"rotation_period": f"{config.rotation}s", "next_rotation_time": config.rotated_from}
        return gcp.secretmanager.Secret(
            secret_id,
            secret_id=secret_id,
            project=project.project_id,
            replication={"auto": {}},
            version_destroy_ttl=f"{config.destroy_delay}s",
            rotation=reminded if topic else None,
            topics=[{"name": f"projects/{project.project_id}/topics/{ROTATION}"}] if topic else None,
            deletion_protection=config.protect,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=config.protect,
                depends_on=[*project.enabled(*APIS), *([topic] if topic else [])],
            ),
        )

    def _grant(
        self, secret: gcp.secretmanager.Secret, secret_id: str, account: str, member: pulumi.Input[str]
    ) -> pulumi.Resource:
        granted: pulumi.Resource = gcp.secretmanager.SecretIamMember(
            f"{secret_id}-{account}-secretAccessor",
            project=secret.project,
            secret_id=secret.secret_id,
            role=READ,
            member=member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return granted
