"""What Google refuses about how long things are kept: secrets, backups, budgets."""

from __future__ import annotations

from localcloud import iam
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_data import SECRET
from localcloud.providers.values import Value, every

DAY = 86_400  # seconds
BACKUP = "gcp:firestore/backupSchedule:BackupSchedule"
LONGEST_BACKUP = 14 * 7 * DAY
SHORTEST_ROTATION = 3_600
LONGEST_DELAY = 1_000 * DAY


def rotation_without_topic(case: Case) -> str | None:
    """Refuse a rotation that nobody would hear of (reference of projects.secrets, Secret.rotation)."""
    rotation = case.inputs.get("rotation") or {}
    if case.traits.token != SECRET or not rotation or not isinstance(rotation, dict):
        return None
    if not case.inputs.get("topics"):
        return f"{case.title} has a rotation and no topic to tell it to, which Secret Manager refuses. Set topics."
    if rotation.get("rotationPeriod") and not rotation.get("nextRotationTime"):
        return f"{case.title} has a rotation period, but no nextRotationTime to begin with. Set both."
    if _seconds(rotation.get("rotationPeriod"), SHORTEST_ROTATION) < SHORTEST_ROTATION:
        return f"{case.title} rotates every {rotation['rotationPeriod']}; Secret Manager takes an hour or more (3600s)."
    return None


def short_delay(case: Case) -> str | None:
    """Refuse a destroy delay under a day or above 1000 days (reference of projects.secrets, versionDestroyTtl)."""
    delay = case.inputs.get("versionDestroyTtl")
    if case.traits.token != SECRET or DAY <= _seconds(delay, DAY) <= LONGEST_DELAY:
        return None
    return f"{case.title} delays destruction by {delay}; Secret Manager takes 24 hours (86400s) to 1000 days."


def mute_topic(case: Case) -> str | None:
    """Refuse a topic on which Secret Manager's own account may not publish.

    https://cloud.google.com/secret-manager/docs/event-notifications#grant_access
    """
    for topic in every(case.inputs, "topics.name") if case.traits.token == SECRET else ():
        number = iam.project_number(case.world, str(case.inputs.get("project")))
        agent = f"serviceAccount:service-{number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
        if not iam.allows(case.world, agent, "pubsub.topics.publish", str(topic)):
            return (
                f"{case.title} names the topic {topic}, on which Secret Manager cannot publish. Give {agent} "
                "roles/pubsub.publisher with a TopicIAMMember (the account comes to be by a projects.ServiceIdentity), "
                "and have the secret depend on it."
            )
    return None


def long_backup(case: Case) -> str | None:
    """Refuse backups kept beyond 14 weeks (https://cloud.google.com/firestore/docs/backups)."""
    if case.traits.token != BACKUP or _seconds(case.inputs.get("retention"), 0) <= LONGEST_BACKUP:
        return None
    return f"{case.title} keeps backups for {case.inputs['retention']}; Firestore: at most 14 weeks (8467200s)."


def backup_on_no_day(case: Case) -> str | None:
    """Refuse a weekly backup without its day (Firestore API, WeeklyRecurrence.day)."""
    weekly = case.inputs.get("weeklyRecurrence")
    if case.traits.token != BACKUP or not isinstance(weekly, dict):
        return None
    if weekly.get("day") not in (None, "", "DAY_OF_WEEK_UNSPECIFIED"):
        return None
    return f"{case.title}: weeklyRecurrence names no day ({REFUSED}). Set it, such as SUNDAY."


def _seconds(duration: Value, unset: int) -> float:
    text = duration.removesuffix("s") if isinstance(duration, str) else ""
    return float(text) if text.replace(".", "", 1).isdigit() else unset


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("rotation-topic", Stage.CHECK, "Secret Manager API, Secret.rotation", rotation_without_topic),
    LaunchRule("destroy-delay", Stage.CHECK, "Secret Manager API, Secret.versionDestroyTtl", short_delay),
    LaunchRule("backup-retention", Stage.CHECK, "Firestore, backups", long_backup),
    LaunchRule("backup-day", Stage.CHECK, "Firestore API, WeeklyRecurrence.day", backup_on_no_day),
    LaunchRule("rotation-grant", Stage.APPLY, "Secret Manager, event notifications", mute_topic),
)
