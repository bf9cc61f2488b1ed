"""What the project may cost a month, and who hears when it costs more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project

APIS = ("billingbudgets.googleapis.com", "cloudbilling.googleapis.com")
"""The second for whom a CI's accounts may see and change the budget: `infra/workload_identity.py`."""
SPENT = (0.5, 0.9, 1.0)
"""Shares of the amount at which somebody is told."""
FORECAST = 1.0
"""The share that the month is going to reach, as Google sees it."""


@dataclass(frozen=True)
class BudgetConfig:
    """`amount` is a month's, in whole units of the billing account's currency."""

    billing_account: str
    amount: int

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"google.budget is {self.amount}; a budget below 1 would alert every day")

    @classmethod
    def of(cls, spec: Spec) -> Self | None:
        """Return what a month may cost, None where the spec sets no budget."""
        amount = spec.google.budget
        return cls(spec.google.billing_account, amount) if amount else None


class Budget(pulumi.ComponentResource):
    """Makes one budget for the project. It tells, and stops nothing: Google has no limit that a project cannot pass.

    The currency is left out, for it has to be the billing account's. Whoever deploys needs Billing Account Costs
    Manager on that account, and the API asks whose quota a call uses: `opts` must bring a provider that bills this
    project (terraform-provider-google#18717). The billing account's own administrators hear of it too.
    """

    def __init__(
        self,
        name: str,
        config: BudgetConfig,
        project: Project,
        channels: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Budget", name, {}, opts)
        gcp.billing.Budget(
            "monthly",
            billing_account=config.billing_account,
            display_name=f"{project.project_id} a month",
            amount={"specified_amount": {"units": str(config.amount)}},
            budget_filter={
                "projects": [pulumi.Output.concat("projects/", project.number)],
                "calendar_period": "MONTH",
                "credit_types_treatment": "INCLUDE_ALL_CREDITS",
            },
            threshold_rules=[
                *({"threshold_percent": share, "spend_basis": "CURRENT_SPEND"} for share in SPENT),
                {"threshold_percent": FORECAST, "spend_basis": "FORECASTED_SPEND"},
            ],
            all_updates_rule={
                "monitoring_notification_channels": list(channels),
                "disable_default_iam_recipients": False,
                "schema_version": "1.0",
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS)),
        )
        self.register_outputs({})
