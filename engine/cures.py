"""What to do about refusals of the real clouds whose own words do not say it."""

from __future__ import annotations

import re

# What a cloud says → what a person does about it. Sources: terraform-provider-google#13120 and #24500 (quota project;
# the two variables: "Google Provider Configuration Reference", user_project_override and billing_project),
# https://cloud.google.com/run/quotas, terraform-provider-cloudflare#5599 (20217), cf-terraforming#754 and #103 (10000,
# 6003), kubernetes/k8s.io#884 (billing quota), firebase-tools#7209 (the right to count calls for a project).
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
        re.compile(r"(?i)required permission to use project|serviceusage\.services\.use\b"),
        "Your log-in may not have calls counted for that project. Log in as who owns it: gcloud auth "
        "application-default login; or have the owner give you roles/serviceusage.serviceUsageConsumer there, which "
        "works after some minutes.",
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
        re.compile(r"(?i)has not been used in project \S+ before or it is disabled"),
        "The program switches on what it uses, and Google takes some minutes until that is known everywhere: run the "
        "command again. If somebody switched the API off by hand, add --refresh.",
    ),
    (
        re.compile(r"(?i)cloud billing quota exceeded"),
        "A billing account pays for a few projects only (five as a rule). Take a project that is no longer used off it "
        "(console.cloud.google.com/billing/projects), or ask for more; a decision takes a day or two.",
    ),
    (
        re.compile(r"(?i)service accounts cannot create projects without a parent"),
        "Make the project by a person's log-in, or name your organization's number under google.organization.",
    ),
    (
        re.compile(r"\binvalid_(?:grant|rapt)\b"),
        "Your log-in has ended. Log in again: gcloud auth application-default login; then run the command again.",
    ),
    (
        re.compile(r"(?i)\"code\":\s*(?:10000|9109)\b|authentication error \(10000\)|\(9109\)"),
        'CLOUDFLARE_API_TOKEN lacks a permission for this, or is for another account. docs/guide.md, "Production", '
        "lists what it has to be allowed, for all zones of the account.",
    ),
    (
        re.compile(r"(?i)\"code\":\s*(?:6003|6111|9106|10001)\b|missing (?:api_token|X-Auth-Key)"),
        "CLOUDFLARE_API_TOKEN is not set in this shell, or is no token, such as the Global API Key. docs/guide.md, "
        '"Production", says how one is made.',
    ),
    (
        re.compile(r"\b20217\b"),
        "The zone has rules in this phase already, made in Cloudflare's dashboard or by another program, and "
        "Cloudflare keeps one ruleset a phase. Keep what you need of them in the program; then either delete them "
        "(Rules, Overview), or take the ruleset over under adopt: `Ruleset/NAME: zones/ZONE_ID/RULESET_ID`, which puts "
        "the launch's rules in their place.",
    ),
)


TAKEN = re.compile(
    r"(?i)\balready (?:exists|own|owned by you)\b|\bALREADY_EXISTS\b|\balreadyExists\b"
    r"|Identity Platform has already been enabled"  # terraform-provider-google#16520
    r"|\b(?:1061|8105[3478])\b"  # of Cloudflare: the zone, or a record of that name
)
KNOWN = "`adopt: {"
_PROJECT = (
    "A project's id is taken once in the whole world. If the project is yours, set google.mode to existing; otherwise "
    "choose another google.project."
)
_THERE = (
    "It was there before, made by hand, by another program, or by a run that was cut off. To take it over, write in "
    'the stack\'s file, under launch:spec, `adopt: {{"{key}": "ID"}}`, with the id that it has in its cloud '
    '(docs/guide.md, "Taking over what exists"); {otherwise}. Then run the command again.'
)


def with_adoption(message: str, urn: str) -> str:
    """Return the refusal of something that is there already with the line that takes it over.

    Google says "already exists" (409), Cloudflare 1061 of a zone and 81053 to 81058 of a record; neither knows of
    `adopt`. `urn` is that of the resource, empty where none is meant.
    """
    *_, type_, name = ("", "", *urn.split("::", 3))
    kind = type_.rpartition(":")[2]
    if not kind or KNOWN in message or not TAKEN.search(message):
        return message
    otherwise = "if nothing needs it, delete it there"
    if kind == "DnsRecord":
        otherwise = "a record of another type, or one that nothing needs, has to be deleted there"
    told = _PROJECT if kind == "Project" else _THERE.format(key=f"{kind}/{name}", otherwise=otherwise)
    return f"{message.rstrip()} {told}"


def with_cure(message: str) -> str:
    """Return a cloud's refusal with what to do about it, where that is known."""
    for words, cure in CURES:
        found = words.search(message)
        told = cure.format_map(found.groupdict()) if found else ""
        if told and told not in message:
            return f"{message.rstrip()} {told}"
    return message


def is_told(message: str) -> bool:
    """Tell whether a refusal has a cure of its own, so that it is not about what only a person can do elsewhere."""
    return any(words.search(message) for words, _ in CURES)
