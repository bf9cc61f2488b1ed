"""Monitoring, the back end's speed and Remote Config: who is told, and which versions of the app are let in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from triage.model import Hit, Sure
from triage.online.answers import Answers, Row, inside, is_derived, listed, number, text
from triage.online.judge.records import hit, moment

SHORT = timedelta(minutes=15)  # an alert that closes sooner than anybody can have looked
OFTEN = 4  # such alerts of one policy in a day
SLOW = 2000.0  # milliseconds at the 95th percentile
MINIMUM = re.compile(r"(?i)min\w*_?version|version_?min|required_?version|force_?update|minimum_?(supported_?)?build")
VERSION = re.compile(r"^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[+-].*)?$")


def judge(answers: Answers, app_version: str, now: datetime) -> Iterator[Hit]:
    """Yield what nobody would hear of, or hears too often; `app_version` is the pubspec's, empty when unknown."""
    if answers.has("monitoring/policies"):
        yield from _policies(answers)
    yield from _flapping(answers)
    yield from _silent(answers, now)
    if answers.has("monitoring/uptime"):
        yield from _uptime(answers)
    yield from _slow(answers)
    if answers.has("remoteconfig/template"):
        yield from _versions(answers.of("remoteconfig/template"), app_version)


def _policies(answers: Answers) -> Iterator[Hit]:
    policies = [one for one in answers.of("monitoring/policies") if one.get("enabled") is not False]
    if not policies:
        yield hit("online.alert.none", "Cloud Monitoring", "The project has no alert policy that is switched on.")
    off = {str(one.get("name")) for one in answers.of("monitoring/channels") if _is_mute(one)}
    known = {str(one.get("name")) for one in answers.of("monitoring/channels")}
    for policy in policies:
        channels = [str(one) for one in listed(policy, "notificationChannels")]
        gone = answers.has("monitoring/channels")
        usable = [one for one in channels if one not in off and (one in known or not gone)]
        if not usable:
            lack = "has no channel" if not channels else "has only channels that are gone, switched off or not verified"
            words = f"The alert {policy.get('displayName')} {lack}, so that nobody hears of it."
            yield hit("online.alert.no-channel", str(policy.get("displayName")), words, channels)


def _is_mute(channel: Row) -> bool:
    """Return whether a channel tells nobody: switched off, or of a kind that must be verified and is not.

    docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannels, verificationStatus.
    """
    return channel.get("enabled") is False or channel.get("verificationStatus") == "UNVERIFIED"


def _opened(answers: Answers) -> dict[str, list[tuple[datetime, datetime | None]]]:
    made: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for row in answers.of("monitoring/alerts"):
        if (began := moment(row.get("openTime"))) is not None:
            made[text(row, "policy.name")].append((began, moment(row.get("closeTime"))))
    return made


def _flapping(answers: Answers) -> Iterator[Hit]:
    names = {text(row, "policy.name"): text(row, "policy.displayName") for row in answers.of("monitoring/alerts")}
    for policy, alerts in _opened(answers).items():
        short = [began for began, closed in alerts if closed and closed - began < SHORT]
        if len(short) >= OFTEN:
            name = names[policy] or policy
            words = f"The alert {name} opened and closed {len(short)} times within minutes in a day."
            yield hit("online.alert.flapping", name, words)


def _silent(answers: Answers, now: datetime) -> Iterator[Hit]:
    """Yield the conditions whose threshold was crossed for long enough while their policy opened no alert."""
    if not answers.has("monitoring/crossings", "monitoring/alerts"):
        return
    opened, told = _opened(answers), set[str]()
    watched = {
        text(condition, "name"): (policy, condition)
        for policy in answers.of("monitoring/policies")
        for condition in listed(policy, "conditions")
    }
    for series in answers.of("monitoring/crossings"):
        policy, condition = watched.get(text(series, "condition"), ({}, {}))
        name = str(policy.get("name", ""))
        threshold = inside(condition, "conditionThreshold")
        if not policy or policy.get("enabled") is False or name in told or is_derived(threshold):
            continue
        for began, ended in _stretches(threshold, listed(series, "points")):
            after = [one for one, _ in opened.get(name, ()) if began - SHORT <= one <= ended + SHORT]
            if not after and now - ended > SHORT:
                told.add(name)
                shown = policy.get("displayName")
                words = (
                    f"{shown} opened no alert, though its threshold was crossed from {began:%H:%M} to {ended:%H:%M}."
                )
                yield hit("online.alert.silent", str(shown), words, (), Sure.LIKELY)
                break


def _stretches(threshold: Mapping[str, Any], points: Sequence[Row]) -> Iterator[tuple[datetime, datetime]]:
    """Yield (first, last) of the times for which a series was beyond a threshold as long as the condition asks."""
    limit, above = number(threshold.get("thresholdValue")) or 0.0, threshold.get("comparison") != "COMPARISON_LT"
    lasting = timedelta(seconds=number(str(threshold.get("duration")).rstrip("s")) or 0)
    values = sorted(
        (when, value)
        for one in points
        if (when := moment(text(one, "interval.endTime"))) and (value := _number(one)) is not None
    )
    began: datetime | None = None
    last: datetime | None = None
    for when, value in values:
        if (value > limit) if above else (value < limit):
            began, last = began or when, when
            continue
        if began and last and last - began >= lasting:
            yield began, last
        began = last = None
    if began and last and last - began >= lasting:
        yield began, last


def _number(point: Row) -> float | None:
    value = inside(point, "value")
    for key in ("doubleValue", "int64Value"):
        if key in value:
            return number(value[key])
    return number(inside(value, "distributionValue").get("mean"))


def _uptime(answers: Answers) -> Iterator[Hit]:
    checks = [one for one in answers.of("monitoring/uptime") if one.get("disabled") is not True]
    if not checks:
        yield hit("online.uptime.none", "Cloud Monitoring", "No uptime check asks the app's addresses from outside.")
        return
    filters = " ".join(
        str(value)
        for policy in answers.of("monitoring/policies")
        for condition in listed(policy, "conditions")
        for kind in ("conditionThreshold", "conditionPrometheusQueryLanguage", "conditionMonitoringQueryLanguage")
        for value in inside(condition, kind).values()
    )
    for check in checks:
        name = str(check.get("name", "")).rsplit("/", 1)[-1]
        alerted = name in filters or ("check_passed" in filters and "check_id" not in filters)
        if not alerted and answers.has("monitoring/policies"):
            shown = str(check.get("displayName") or name)
            yield hit("online.uptime.unwatched", shown, f"When the uptime check {shown} fails, no alert opens.")


def _slow(answers: Answers) -> Iterator[Hit]:
    for series in answers.of("monitoring/latencies"):
        values = [value for point in listed(series, "points") if (value := _number(point)) is not None]
        name = text(series, "resource.labels.service_name") or "the back end"
        if values and max(values) > SLOW:
            words = f"One request in twenty to {name} takes {max(values) / 1000:.1f} s or longer."
            yield hit("online.release.slow", name, words)


def _versions(rows: Sequence[Row], app_version: str) -> Iterator[Hit]:
    parameters = {key: value for row in rows for key, value in inside(row, "parameters").items()}
    for row in rows:
        for group in inside(row, "parameterGroups").values():
            parameters |= inside(group, "parameters") if isinstance(group, dict) else {}
    found = {key: list(_values(value)) for key, value in parameters.items() if MINIMUM.search(key)}
    if not found:
        words = "Remote Config holds no minimum version, so that an app with a fault cannot be made to update."
        yield hit("online.config.minimum", "Remote Config", words)
    for key, values in found.items():
        worst = next((one for one in values if _locks_out(one, app_version)), "")
        if worst:
            words = f"{key} is {worst}, and the app in this folder is {app_version}: its users would be locked out."
            yield hit("online.config.locked-out", key, words)


def _values(parameter: object) -> Iterator[str]:
    """Yield what a parameter can be for some user: by default, and under each condition.

    firebase.google.com/docs/reference/remote-config/rest/v1/RemoteConfig: a value may also be the app's own, a rollout
    or a personalization, which say nothing here.
    """
    row = parameter if isinstance(parameter, dict) else {}
    yield text(row, "defaultValue.value")
    yield from (text(one, "value") for one in inside(row, "conditionalValues").values() if isinstance(one, dict))


def _locks_out(minimum: str, app_version: str) -> bool:
    """Return whether a minimum is above the app's version; one without a dot is compared with the number of the build.

    pubspec.yaml writes both as 1.2.0+34 (dart.dev/tools/pub/pubspec#version).
    """
    version, _, build = app_version.partition("+")
    if minimum.strip().isdecimal():
        return build.isdecimal() and int(minimum) > int(build)
    return bool(VERSION.match(minimum) and VERSION.match(version)) and _version(minimum) > _version(version)


def _version(value: str) -> tuple[int, ...]:
    found = VERSION.match(value)
    return tuple(int(part or 0) for part in found.groups()) if found else ()
