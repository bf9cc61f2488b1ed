"""IAM: roles that are too broad, keys that are too old, programs that run as the default account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from triage.model import Hit, Sure
from triage.online.answers import Answers, listed, text
from triage.online.judge.records import hit, moment
from triage.online.judge.services import logged_as

BROAD = frozenset({"roles/owner", "roles/editor"})
OLD = timedelta(days=90)  # docs.cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys
DEFAULT = re.compile(r"^\d+-compute@developer\.gserviceaccount\.com$|^[\w-]+@appspot\.gserviceaccount\.com$")
GOOGLES = re.compile(r"@(cloudservices|gcp-sa-[\w-]+|[\w-]+-robot)\b")
# docs.cloud.google.com/iam/docs/principal-identifiers: accounts, and those whom another cloud or a pipeline vouches for
PROGRAMS = ("serviceAccount:", "principal://", "principalSet://")
PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers"})


def judge(answers: Answers, now: datetime) -> Iterator[Hit]:
    """Yield what is too open in a project."""
    for binding in answers.of("iam/policy"):
        yield from _binding(str(binding.get("role")), [str(one) for one in listed(binding, "members")])
    for key in answers.of("iam/keys"):
        made = moment(key.get("validAfterTime"))
        over = moment(key.get("validBeforeTime"))
        if made and now - made > OLD and not key.get("disabled") and not (over and over < now):
            account = str(key.get("name", "")).partition("/keys/")[0].rsplit("/", 1)[-1]
            words = f"A key of {account} is {(now - made).days} days old."
            yield hit("online.iam.old-key", account, words, [str(key.get("name", "")).rsplit("/", 1)[-1][:12]])
    for name, account in _accounts(answers):
        if not account or DEFAULT.search(account):
            yield hit("online.iam.default-account", name, f"{name} runs as the default account.", [account])


def _accounts(answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield (name, service account) of what runs; functions of the second generation are among Cloud Run's services."""
    for row in answers.of("run/services"):
        yield logged_as(row), text(row, "template.serviceAccount")
    listed_too = answers.has("run/services")
    for row in answers.of("functions/functions"):
        account = text(row, "serviceConfig.serviceAccountEmail")
        if account and (row.get("environment") == "GEN_1" or not listed_too):
            yield logged_as(row), account


def _binding(role: str, members: list[str]) -> Iterator[Hit]:
    public = [one for one in members if one in PUBLIC]
    if public:
        yield hit("online.iam.public", role, f"{', '.join(public)} has {role} in the whole project.", public)
    programs = [one for one in members if one.startswith(PROGRAMS) and not GOOGLES.search(one)]
    if role in BROAD and programs:
        many = f"{len(programs)} service accounts have" if len(programs) > 1 else "A service account has"
        words = f"{many} {role}, which may do nearly everything."
        yield hit("online.iam.broad", role, words, programs)
    people = [one for one in members if one.startswith(("user:", "group:", "domain:"))]
    if role == "roles/owner" and len(people) > 3:
        yield hit("online.iam.owners", role, f"{len(people)} people and groups own the project.", people, Sure.LIKELY)
