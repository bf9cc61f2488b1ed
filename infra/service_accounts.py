"""Who the services are: one service account each, and what all of them may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import ServiceManifest
from infra.loading.sdk import gcp
from infra.pause import ACCOUNTS, Pause
from infra.project import Project
from infra.resource_names import BUILDER, EVENT_CALLER, TASK_CALLER
from infra.service_selection import roles_of

APIS = ("iam.googleapis.com", "iamcredentials.googleapis.com", "cloudasset.googleapis.com")
HELPERS = (TASK_CALLER, EVENT_CALLER, BUILDER)


@dataclass(frozen=True)
class ServiceAccountsConfig:
    """The services to give an identity to, each with what it does."""

    roles: tuple[ServiceManifest, ...]

    def __post_init__(self) -> None:
        names = [role.name for role in self.roles]
        for name in (*names, *HELPERS):
            if not 6 <= len(name) <= 30:
                raise ValueError(f"service account {name}: Google wants 6 to 30 characters; rename the service")
        if len({*names, *HELPERS}) != len(names) + len(HELPERS):
            raise ValueError(f"two of {', '.join(names)} share a service account; give each service its own name")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the identities of all services that run for the spec."""
        return cls(roles_of(spec))


class ServiceAccounts(pulumi.ComponentResource):
    """Makes a service account for each service, for Cloud Tasks, Eventarc and the image build (HELPERS).

    Roles are the least that work, on the least resource: services that keep something use Firestore, which knows roles
    on the project only; those who create tasks may sign as the task caller; the event caller may receive events; the
    builder may write logs. What only a wide role of Google's would grant is a role of our own. All other roles are
    granted where their resource is made. There are no keys, and nobody gets Editor.
    """

    def __init__(
        self, name: str, config: ServiceAccountsConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Identity", name, {}, opts)
        self._project = project
        self._accounts = {
            account: self._account(account) for account in (*(role.name for role in config.roles), *HELPERS)
        }
        made = pulumi.ResourceOptions(parent=self, depends_on=list(self._accounts.values()))
        self._known = Pause("accounts", ACCOUNTS, tuple(self._accounts), made)
        self.grants: list[pulumi.Resource] = [
            *(self._on_project(role.name, "roles/datastore.user") for role in config.roles if role.stores),
            *(self._signs_as_task_caller(role.name) for role in config.roles if role.calls),
            self._on_project(EVENT_CALLER, "roles/eventarc.eventReceiver"),
            self._on_project(BUILDER, "roles/logging.logWriter"),
            *(self._with_own_role(role) for role in config.roles if role.permissions),
        ]
        self.register_outputs({"emails": {account: self.email(account) for account in self._accounts}})

    def email(self, account: str) -> pulumi.Output[str]:
        """Return the address of the account with this id, known after its pause; KeyError when there is none.

        A role for an account that was just made is refused (terraform-provider-google#15042).
        """
        both = pulumi.Output.all(self._accounts[account].email, self._known.urn)
        return both.apply(lambda found: str(found[0]))

    def name(self, account: str) -> pulumi.Output[str]:
        """Return the account's full resource name, which roles on the account itself are granted by."""
        found: pulumi.Output[str] = self._accounts[account].name
        return found

    def member(self, account: str) -> pulumi.Output[str]:
        """Return the account as IAM names it: `serviceAccount:EMAIL`."""
        return pulumi.Output.concat("serviceAccount:", self.email(account))

    def members(self, accounts: Sequence[str]) -> dict[str, pulumi.Output[str]]:
        """Return account id → member for several accounts."""
        return {account: self.member(account) for account in accounts}

    def _account(self, account: str) -> gcp.serviceaccount.Account:
        return gcp.serviceaccount.Account(
            account,
            account_id=account,
            display_name=account,
            project=self._project.project_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )

    def _on_project(self, account: str, role: str) -> pulumi.Resource:
        granted: pulumi.Resource = gcp.projects.IAMMember(
            f"{account}-{role.rpartition('.')[2]}",
            project=self._project.project_id,
            role=role,
            member=self.member(account),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return granted

    def _with_own_role(self, role: ServiceManifest) -> pulumi.Resource:
        own = gcp.projects.IAMCustomRole(
            f"{role.name}-own",
            role_id=role.name.replace("-", "_"),
            title=f"What {role.name} does",
            permissions=list(role.permissions),
            project=self._project.project_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )
        granted: pulumi.Resource = gcp.projects.IAMMember(
            f"{role.name}-own",
            project=self._project.project_id,
            role=own.name,
            member=self.member(role.name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return granted

    def _signs_as_task_caller(self, account: str) -> pulumi.Resource:
        granted: pulumi.Resource = gcp.serviceaccount.IAMMember(
            f"{account}-as-{TASK_CALLER}",
            service_account_id=self._accounts[TASK_CALLER].name,
            role="roles/iam.serviceAccountUser",
            member=self.member(account),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return granted
