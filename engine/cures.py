"""What to do about refusals of the real clouds whose own words do not say it."""

from __future__ import annotations

import re

# What a cloud says → what a person does about it. Sources: terraform-provider-google#13120 and #24500 (quota project;
# the two variables: "Google Provider Configuration Reference", user_project_override and billing_project),
# https://cloud.google.com/run/quotas, terraform-provider-cloudflare#5599 (20217).
CURES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?i)requires? a quota project|USER_PROJECT_DENIED|X-Goog-User-Project"
            r"|(?:project|projects/|consumer[\"': ]+projects/)\s*(?:764086051850|32555940559)\b"  # of gcloud's log-ins
        ),
        "Google does not know which project your log-in's calls count for. Name the launch's for this run, which its "
        "APIs are switched on in by now: USER_PROJECT_OVERRIDE=true GOOGLE_BILLING_PROJECT=PROJECT before the command; "
        "and for other programs: gcloud auth application-default set-quota-project PROJECT.",
    ),
    (
        re.compile(r"cloudbilling\.googleapis\.com has not been used in project (?P<project>\d+)"),
        "That is the project that your log-in's calls count for. Switch the API on there: gcloud services enable "
        "cloudbilling.googleapis.com --project {project}; then run the command again.",
    ),
    (
        re.compile(r"(?i)quota (?:violated|exceeded)[^.]*\bcpu|total allowable CPU|CpuAllocPerProjectRegion"),
        "A region that a project has not used yet may run few CPUs at once (20 as a rule). Lower "
        "services.max_instances, or ask for more: console.cloud.google.com/iam-admin/quotas, Cloud Run Admin API, "
        "total CPU allocation. A decision takes a day or two.",
    ),
    (
        re.compile(r"\b20217\b"),
        "The zone has rules in this phase already, made in Cloudflare's dashboard or by another program, and "
        "Cloudflare keeps one ruleset a phase. Keep what you need of them in the program; then either delete them "
        "(Rules, Overview), or take the ruleset over under adopt: `Ruleset/NAME: zones/ZONE_ID/RULESET_ID`, which puts "
        "the launch's rules in their place.",
    ),
)


def with_cure(message: str) -> str:
    """Return a cloud's refusal with what to do about it, where that is known."""
    for words, cure in CURES:
        found = words.search(message)
        told = cure.format_map(found.groupdict()) if found else ""
        if told and told not in message:
            return f"{message.rstrip()} {told}"
    return message


def is_about_quota(message: str) -> bool:
    """Tell whether a refusal is about the project that calls count for, and not about what they ask for."""
    return CURES[0][0].search(message) is not None
