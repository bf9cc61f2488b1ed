"""Keyless delivery: GitHub's workflows act as two service accounts, one that reads and one that deploys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi

from blueprint.spec import Spec
from blueprint.state_backend import key_name
from infra.delivery_permissions import BILLING, DEPLOYING, POOLS, PREVIEWING
from infra.loading.sdk import gcp
from infra.pause import ACCOUNTS, Pause
from infra.project import Project
from infra.resource_names import BUILDER, DEPLOYER, EVENT_CALLER, PREVIEWER, TASK_CALLER
from infra.service_accounts import ServiceAccounts
from infra.service_selection import roles_of

APIS = ("iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com")
ISSUER = "https://token.actions.githubusercontent.com"
PROVIDER = "github"

WORKFLOW = "/.github/workflows/launch-{name}.yml@"
NIGHTLY = ("drift", "handover")
"""Workflows that look from the deployed branch alone; only pull requests and they act as the account that looks."""
RECORDS = ".launch/"
"""Where in the state's bucket the handover's record is kept (`cli/record_store.py`)."""


@dataclass(frozen=True)
class WorkloadIdentityConfig:
    """The repository by its number, which nobody can take over as a name can be, and what may deploy from it.

    `environment` is the GitHub environment whose reviewers approve a deployment, `preview_environment` the one that a
    pull request's preview runs in. `source_bucket` holds what images are built from. `acts_as` are the service
    accounts that the deployer hands to the services it deploys: account id → full name. `billing_account` is the one
    that the budget lies in, None without a budget; `state_bucket` and `state_key` keep the stack's state, None where
    they are not in the launch's own project.
    """

    repository_id: str
    branch: str
    environment: str
    source_bucket: pulumi.Input[str]
    acts_as: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    preview_environment: str = "preview"
    billing_account: str | None = None
    state_bucket: str | None = None
    state_key: str | None = None

    @classmethod
    def of(cls, spec: Spec, accounts: ServiceAccounts, sources: pulumi.Input[str], stack: str) -> Self | None:
        """Return what the spec's `delivery` trusts for a stack, None without one; `sources` is the source's bucket."""
        wanted, google, state = spec.delivery, spec.google, spec.state
        if wanted is None:
            return None
        deployed = (*(role.name for role in roles_of(spec)), TASK_CALLER, EVENT_CALLER, BUILDER)
        is_here = state is not None and state.project in (None, google.project)
        return cls(
            wanted.repository_id,
            wanted.branch,
            wanted.environment,
            sources,
            {account: accounts.name(account) for account in deployed},
            wanted.preview_environment,
            google.billing_account if google.budget else None,
            state.bucket if state and is_here else None,
            key_name(google.project, google.region, stack) if is_here else None,
        )

    @property
    def previews(self) -> str:
        """The condition of the pool that looks: a pull request's preview, or a nightly workflow of the branch."""
        here = f"assertion.ref == 'refs/heads/{self.branch}'"
        pull = (
            "assertion.event_name == 'pull_request'"
            f" && assertion.environment == '{self.preview_environment}'"
            f" && assertion.workflow_ref.contains('{WORKFLOW.format(name='preview')}')"
        )
        workflows = " || ".join(f"assertion.workflow_ref.endsWith('{self._on_branch(name)}')" for name in NIGHTLY)
        nightly = f"assertion.event_name in ['schedule', 'workflow_dispatch'] && {here} && ({workflows})"
        return f"{self._repository} && (({pull}) || ({nightly}))"

    @property
    def deploys(self) -> str:
        """The condition of the pool that deploys: the branch's own workflow, pushed, after a reviewer's approval."""
        return (
            f"{self._repository} && assertion.ref == 'refs/heads/{self.branch}'"
            f" && assertion.environment == '{self.environment}'"
            " && assertion.event_name in ['push', 'workflow_dispatch']"
            f" && assertion.workflow_ref.endsWith('{self._on_branch('up')}')"
        )

    @property
    def _repository(self) -> str:
        return f"assertion.repository_id == '{self.repository_id}'"

    def _on_branch(self, name: str) -> str:
        return f"{WORKFLOW.format(name=name)}refs/heads/{self.branch}"


class WorkloadIdentity(pulumi.ComponentResource):
    """Trusts GitHub's identity tokens of one repository; there are no keys.

    Two pools, because whoever any provider of a pool lets in is a member of it: the first admits pull requests and the
    nightly workflows, and its account looks; the second admits one workflow of one branch in one environment, and its
    account deploys. Claims: https://docs.github.com/actions/reference/security/oidc (`event_name`, `workflow_ref`).
    What a pull request runs is what its author wrote, so its environment is where a reviewer is put before the
    identity. Roles wait until the accounts are known everywhere, or they would be refused
    (terraform-provider-google#15042).
    """

    def __init__(
        self, name: str, config: WorkloadIdentityConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Delivery", name, {}, opts)
        self._project = project
        self.preview = self._trust(PREVIEWER, config.previews)
        self.deploy = self._trust(DEPLOYER, config.deploys)
        self.previewer, self.deployer = self._account(PREVIEWER), self._account(DEPLOYER)
        made = pulumi.ResourceOptions(parent=self, depends_on=[self.previewer, self.deployer])
        known = Pause("delivery-accounts", ACCOUNTS, (PREVIEWER, DEPLOYER), made)
        self._granting = pulumi.ResourceOptions(parent=self, depends_on=[known])
        self._let_act(PREVIEWER, self.previewer, self.preview)
        self._let_act(DEPLOYER, self.deployer, self.deploy)
        self._may(PREVIEWER, "launch_preview", "Looks what a launch would change", PREVIEWING)
        self._may(DEPLOYER, "launch_deploy", "Deploys a launch", DEPLOYING)
        self._on_project(PREVIEWER, "workload-identity", POOLS["look"])
        self._on_project(DEPLOYER, "workload-identity", POOLS["change"])
        self._on_sources(config)
        for account, resource in config.acts_as.items():
            self._hands_over(account, resource)
        if config.billing_account:
            self._on_billing(config.billing_account)
        if config.state_bucket and config.state_key:
            self._on_state(config.state_bucket, config.state_key)
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

    def _member(self, account_id: str) -> pulumi.Output[str]:
        account = self.previewer if account_id == PREVIEWER else self.deployer
        return pulumi.Output.concat("serviceAccount:", account.email)

    def _let_act(
        self, account_id: str, account: gcp.serviceaccount.Account, trusted: gcp.iam.WorkloadIdentityPoolProvider
    ) -> None:
        """Let GitHub act as the account."""
        pool = trusted.name.apply(lambda name: name.partition("/providers/")[0])
        gcp.serviceaccount.IAMMember(
            f"github-as-{account_id}",
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=pulumi.Output.concat("principalSet://iam.googleapis.com/", pool, "/*"),
            opts=self._granting,
        )

    def _may(self, account_id: str, role_id: str, title: str, permissions: Sequence[str]) -> None:
        """Give the account a role of our own with exactly these permissions."""
        own = gcp.projects.IAMCustomRole(
            f"{account_id}-own",
            role_id=role_id,
            title=title,
            permissions=list(permissions),
            project=self._project.project_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )
        self._on_project(account_id, "own", own.name)

    def _on_project(self, account_id: str, name: str, role: pulumi.Input[str]) -> None:
        gcp.projects.IAMMember(
            f"{account_id}-{name}",
            project=self._project.project_id,
            role=role,
            member=self._member(account_id),
            opts=self._granting,
        )

    def _on_sources(self, config: WorkloadIdentityConfig) -> None:
        """Let both see the uploaded source, and the deployer put it there: it is an object like any other."""
        for account_id, role in ((PREVIEWER, "objectViewer"), (DEPLOYER, "objectUser")):
            self._in_bucket(f"{account_id}-sources", account_id, config.source_bucket, role)

    def _in_bucket(self, name: str, account_id: str, bucket: pulumi.Input[str], role: str, below: str = "") -> None:
        inside = pulumi.Output.concat("resource.name.startsWith('projects/_/buckets/", bucket, f"/objects/{below}')")
        gcp.storage.BucketIAMMember(
            name,
            bucket=bucket,
            role=f"roles/storage.{role}",
            member=self._member(account_id),
            condition={"title": f"below {below}", "expression": inside} if below else None,
            opts=self._granting,
        )

    def _on_billing(self, billing_account: str) -> None:
        for account_id, kind in ((PREVIEWER, "look"), (DEPLOYER, "look"), (DEPLOYER, "change")):
            gcp.billing.AccountIamMember(
                f"{account_id}-billing-{kind}",
                billing_account_id=billing_account,
                role=BILLING[kind],
                member=self._member(account_id),
                opts=self._granting,
            )

    def _on_state(self, bucket: str, key: str) -> None:
        """Let both read the state and decrypt its secrets, one change it, the other add to the handover's record."""
        self._in_bucket(f"{PREVIEWER}-state", PREVIEWER, bucket, "objectViewer")
        self._in_bucket(f"{PREVIEWER}-record", PREVIEWER, bucket, "objectUser", RECORDS)
        self._in_bucket(f"{DEPLOYER}-state", DEPLOYER, bucket, "objectUser")
        for account_id, role in ((PREVIEWER, "cryptoKeyDecrypter"), (DEPLOYER, "cryptoKeyEncrypterDecrypter")):
            gcp.kms.CryptoKeyIAMMember(
                f"{account_id}-state",
                crypto_key_id=key,
                role=f"roles/cloudkms.{role}",
                member=self._member(account_id),
                opts=self._granting,
            )

    def _hands_over(self, account: str, resource: pulumi.Input[str]) -> None:
        gcp.serviceaccount.IAMMember(
            f"{DEPLOYER}-hands-over-{account}",
            service_account_id=resource,
            role="roles/iam.serviceAccountUser",
            member=self._member(DEPLOYER),
            opts=self._granting,
        )
