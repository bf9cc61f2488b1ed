"""What a fresh project may use of Google's machines, and how many projects a fresh billing account pays for.

A project that was there before the launch has whatever its owner asked for, so it is not held to these.
"""

from __future__ import annotations

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.quantities import mebibytes, number
from localcloud.providers.tables.gcp_common import PROJECT
from localcloud.providers.tables.gcp_run import SERVICE
from localcloud.providers.values import Properties, at, mappings

# What Cloud Run says of a fresh project: "CpuAllocPerProjectRegion … allowed: 20000 MemAllocPerProjectRegion …
# allowed: 42949672960" (googlecodelabs/feedback#1856, #2311; https://cloud.google.com/run/quotas)
CPUS = 20
MEMORY = 40 * 1_024  # MiB
PAID_PROJECTS = 5  # terraform-example-foundation#269, pbmm-on-gcp-onboarding#33
CURE = (
    "or ask for more, which takes a day or two: console.cloud.google.com/iam-admin/quotas, Cloud Run Admin API, "
    "total {} allocation"
)


def many_instances(case: Case) -> str | None:
    """Refuse a revision that may grow beyond what a fresh project has of a region."""
    most = at(case.inputs, "template.scaling.maxInstanceCount") or at(case.inputs, "scaling.maxInstanceCount")
    if case.traits.token != SERVICE or not isinstance(most, int | float) or not _is_fresh(case):
        return None
    cores, size = _of_one(case.inputs)
    for needed, allowed, unit, name in (
        (most * cores, CPUS, "CPUs", "CpuAllocPerProjectRegion"),
        (most * size / 1_024, MEMORY / 1_024, "GiB of memory", "MemAllocPerProjectRegion"),
    ):
        if needed > allowed:
            return (
                f"{case.title} may grow to {most:g} instances, {needed:g} {unit} in all, and a new project has "
                f"{allowed:g} in a region (Cloud Run answers 400, quota violated: {name}). Lower "
                f"template.scaling.maxInstanceCount to {int(most * allowed / needed)} (services.max_instances in a "
                f"launch spec), {CURE.format(unit.split()[-1].removesuffix('s'))}."
            )
    return None


def many_paid_projects(case: Case) -> str | None:
    """Refuse a project more than a fresh billing account pays for (400, with a QuotaFailure that is not shown)."""
    account = case.inputs.get("billingAccount")
    if case.traits.token != PROJECT or case.id or not isinstance(account, str):
        return None
    paid = [each for each in case.world.resources(PROJECT) if each.outputs.get("billingAccount") == account]
    if len(paid) < PAID_PROJECTS:
        return None
    return (
        f"{case.title}: billing account {account} pays for {len(paid)} projects already, as many as a new account may "
        "(the real cloud answers 400 failedPrecondition: Cloud billing quota exceeded). Take a project that is no "
        "longer used off the account, or ask for more: https://support.google.com/code/contact/billing_quota_increase"
    )


def _is_fresh(case: Case) -> bool:
    """Tell whether a program makes the project: one that it has made, or will make in this preview."""
    wanted = case.inputs.get("project")
    found = case.world.resource(PROJECT, f"projects/{wanted}")
    planned = (each.get("projectId") for urn, each in case.foreseen.items() if f"{PROJECT}::" in urn)
    return bool(found.urn) if found else wanted in planned


def _of_one(service: Properties) -> tuple[float, float]:
    """Return the CPUs and the MiB of one instance, all its containers together."""
    parts = mappings(at(service, "template.containers"))
    given = mappings([at(part, "resources.limits") or {} for part in parts])
    cores = sum(number(each.get("cpu", "1")) or 0 for each in given)
    return cores, sum(mebibytes(each.get("memory", "512Mi")) or 0 for each in given)


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("region-quota", Stage.CHECK, "https://cloud.google.com/run/quotas", many_instances),
    LaunchRule("billing-quota", Stage.APPLY, "terraform-provider-google#1892", many_paid_projects),
)
