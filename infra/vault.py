"""Where secrets are kept, without their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.project import Project
from infra.sdk import gcp

APIS = ("secretmanager.googleapis.com",)
READ = "roles/secretmanager.secretAccessor"
"""The one role that reading takes. It may not list versions, so readers open `latest` and count down from it."""


@dataclass(frozen=True)
class VaultConfig:
    """`readers` says who may read what: secret id → service account id → IAM member."""

    readers: Mapping[str, Mapping[str, pulumi.Input[str]]]
    protect: bool = True

    def __post_init__(self) -> None:
        for secret, members in self.readers.items():
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", secret):
                raise ValueError(f"secret id {secret!r}: letters, digits, - and _ only")
            if not members:
                raise ValueError(f"secret {secret} has no reader; name one in handlers/roles.py or drop the secret")


class Vault(pulumi.ComponentResource):
    """Makes the secrets and lets their readers in.

    It takes no values: what Pulumi knows lies in its state, even when it is write-only (pulumi-terraform-bridge#3201);
    the one exception is the edge's key, see `EdgeKey`. `./launch secrets push` brings values in afterwards, and
    services read them at run time, so that the first `up` needs none.
    """

    def __init__(
        self, name: str, config: VaultConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Vault", name, {}, opts)
        self.secrets = tuple(config.readers)
        self.grants: list[pulumi.Resource] = []
        self.made: dict[str, gcp.secretmanager.Secret] = {}
        for secret_id, members in config.readers.items():
            secret = self.made[secret_id] = self._secret(secret_id, project, config.protect)
            self.grants += [self._grant(secret, secret_id, account, member) for account, member in members.items()]
        self.register_outputs({"secrets": list(self.secrets)})

    def _secret(self, secret_id: str, project: Project, protect: bool) -> gcp.secretmanager.Secret:
        return gcp.secretmanager.Secret(
            secret_id,
            secret_id=secret_id,
            project=project.project_id,
            replication={"auto": {}},
            deletion_protection=protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=project.enabled(*APIS)),
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
