"""Keyless delivery: GitHub's workflows act as two service accounts, one that reads and one that deploys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.pause import ACCOUNTS, Pause
from infra.project import Project
from infra.resource_names import BUILDER, DEPLOYER, PREVIEWER, TASK_CALLER
from infra.service_accounts import ServiceAccounts
from infra.service_selection import roles_of

APIS = ("iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com")
ISSUER = "https://token.actions.githubusercontent.com"
PROVIDER = "github"

# What a preview and a refresh ask the APIs, by the services that the program uses.
READING = (
    "roles/artifactregistry.reader",
    "roles/certificatemanager.viewer",
    "roles/cloudasset.viewer",  # who holds which role: a refresh does not see roles that are in no state
    "roles/cloudbuild.builds.viewer",
    "roles/cloudkms.cryptoKeyDecrypter",  # of the secrets in Pulumi's state
    "roles/cloudtasks.viewer",
    "roles/compute.viewer",
    "roles/datastore.viewer",
    "roles/firebase.viewer",
    "roles/iam.securityReviewer",
    "roles/logging.viewer",
    "roles/monitoring.viewer",
    "roles/run.viewer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageConsumer",
    "roles/storage.objectViewer",
)
DEPLOYING = (
    "roles/artifactregistry.admin",
    "roles/certificatemanager.owner",
    "roles/cloudbuild.builds.editor",
    "roles/cloudkms.cryptoKeyEncrypter",
    "roles/cloudtasks.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.securityAdmin",
    "roles/datastore.owner",
    "roles/firebase.admin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.editor",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
)


@dataclass(frozen=True)
class WorkloadIdentityConfig:
    """The repository by its number, which nobody can take over as a name can be, and what may deploy from it.

    `environment` is the GitHub environment whose reviewers approve a deployment. `acts_as` are the
    service accounts that the deployer hands to the services it deploys: account id → full name.
    """

    repository_id: str
    branch: str
    environment: str
    acts_as: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: Spec, accounts: ServiceAccounts) -> Self | None:
        """Return what the spec's `delivery` trusts, None without one."""
        wanted = spec.delivery
        if wanted is None:
            return None
        deployed = (*(role.name for role in roles_of(spec)), TASK_CALLER, BUILDER)
        acts_as = {account: accounts.name(account) for account in deployed}
        return cls(wanted.repository_id, wanted.branch, wanted.environment, acts_as)


class WorkloadIdentity(pulumi.ComponentResource):
    """Trusts GitHub's identity tokens of one repository; there are no keys.

    Two pools, because whoever any provider of a pool lets in is a member of it: pull requests enter the first,
    whose account only reads; the second admits one branch in one environment, and its account deploys
    (https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments). Roles wait until
    the accounts are known everywhere, or they would be refused (terraform-provider-google#15042).
    """

    def __init__(
        self, name: str, config: WorkloadIdentityConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Delivery", name, {}, opts)
        self._project = project
        repository = f"assertion.repository_id == '{config.repository_id}'"
        gate = f"assertion.ref == 'refs/heads/{config.branch}' && assertion.environment == '{config.environment}'"
        self.preview = self._trust(PREVIEWER, repository)
        self.deploy = self._trust(DEPLOYER, f"{repository} && {gate}")
        self.previewer, self.deployer = self._account(PREVIEWER), self._account(DEPLOYER)
        made = pulumi.ResourceOptions(parent=self, depends_on=[self.previewer, self.deployer])
        known = Pause("delivery-accounts", ACCOUNTS, (PREVIEWER, DEPLOYER), made)
        self._granting = pulumi.ResourceOptions(parent=self, depends_on=[known])
        self._let_act(PREVIEWER, self.previewer, self.preview, READING)
        self._let_act(DEPLOYER, self.deployer, self.deploy, (*READING, *DEPLOYING))
        for account, resource in config.acts_as.items():
            self._hands_over(account, resource)
        self.register_outputs({"preview": self.preview.name, "deploy": self.deploy.name})

    def _trust(self, account_id: str, condition: str) -> gcp.iam.WorkloadIdentityPoolProvider:
        pool = gcp.iam.WorkloadIdentityPool(
            account_id,
            project=self._project.project_id,
            workload_identity_pool_id=account_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )
        return gcp.iam.WorkloadIdentityPoolProvider(
            account_id,
            project=self._project.project_id,
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=PROVIDER,
            attribute_mapping={"google.subject": "assertion.sub"},
            attribute_condition=condition,
            oidc={"issuer_uri": ISSUER},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _account(self, account_id: str) -> gcp.serviceaccount.Account:
        return gcp.serviceaccount.Account(
            account_id,
            account_id=account_id,
            display_name=account_id,
            project=self._project.project_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )

    def _let_act(
        self,
        account_id: str,
        account: gcp.serviceaccount.Account,
        trusted: gcp.iam.WorkloadIdentityPoolProvider,
        roles: Sequence[str],
    ) -> None:
        """Let GitHub act as the account, and the account do what its roles say."""
        pool = trusted.name.apply(lambda name: name.partition("/providers/")[0])
        gcp.serviceaccount.IAMMember(
            f"github-as-{account_id}",
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=pulumi.Output.concat("principalSet://iam.googleapis.com/", pool, "/*"),
            opts=self._granting,
        )
        for role in roles:
            gcp.projects.IAMMember(
                f"{account_id}-{role.removeprefix('roles/')}",
                project=self._project.project_id,
                role=role,
                member=pulumi.Output.concat("serviceAccount:", account.email),
                opts=self._granting,
            )

    def _hands_over(self, account: str, resource: pulumi.Input[str]) -> None:
        gcp.serviceaccount.IAMMember(
            f"{DEPLOYER}-hands-over-{account}",
            service_account_id=resource,
            role="roles/iam.serviceAccountUser",
            member=pulumi.Output.concat("serviceAccount:", self.deployer.email),
            opts=self._granting,
        )
