"""Places of an app that name different projects, apps or versions."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping

from triage.model import Hit, Sure
from triage.project.firebase_json import NotJsonError, line_of
from triage.project.firebase_json import parse as parse_json
from triage.project.pubspec import Pubspec


def drift_hits(pubspec: Pubspec, texts: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    """Yield (path, hit) for what does not agree around one app; files of other apps in the tree are left out."""
    own = {
        path: text for path, text in texts.items() if path.startswith(f"{pubspec.folder}/" if pubspec.folder else "")
    }
    yield from _versions(pubspec, own)
    yield from _projects(pubspec, own, texts)
    yield from _android_ids(pubspec, own)
    yield from _apple_ids(pubspec, own)


def _under(pubspec: Pubspec, path: str) -> str:
    return posixpath.join(pubspec.folder, path)


def _versions(pubspec: Pubspec, texts: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    wanted = pubspec.version.split("+")[0]
    for name in ("android/app/build.gradle", "android/app/build.gradle.kts"):
        path = _under(pubspec, name)
        found = re.search(r"(?m)^\s*versionName\s*=?\s*\(?[\"']([\d.]+)[\"']", texts.get(path, ""))
        if wanted and found and found[1] != wanted:
            yield (
                path,
                _hit(
                    texts[path],
                    re.escape(found[0].strip()),
                    "version",
                    f"Android ships {found[1]}, pubspec.yaml says {wanted}.",
                ),
            )
    path = _under(pubspec, "ios/Runner/Info.plist")
    found = re.search(r"<key>CFBundleShortVersionString</key>\s*<string>([\d.]+)</string>", texts.get(path, ""))
    if wanted and found and found[1] != wanted:
        yield (
            path,
            _hit(
                texts[path],
                "CFBundleShortVersionString",
                "version",
                f"iOS ships {found[1]}, pubspec.yaml says {wanted}.",
            ),
        )


def _projects(pubspec: Pubspec, own: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    """Compare the project that each platform's configuration names; several flavours are several right answers."""
    named = list(_named_projects(own))
    options = {project for path, project in named if path.endswith(".dart")}
    flavoured = len({path for path, _ in named if path.endswith(".dart")}) > 1 or any(
        "/src/" in path or "flavor" in path.lower() for path, _ in named
    )
    natives = [(path, project) for path, project in named if not path.endswith(".dart")]
    if not flavoured:
        reference = options if len(options) == 1 else {project for _, project in natives[:1]}
        for path, project in natives:
            if reference and project not in reference:
                wanted = next(iter(reference))
                yield (
                    path,
                    _hit(
                        own[path],
                        re.escape(project),
                        "project",
                        f"This file names project {project}, the rest of the app {wanted}.",
                    ),
                )
        if len(options) > 1:
            path = next(path for path, _ in named if path.endswith(".dart"))
            listed = ", ".join(sorted(options))
            yield path, _hit(own[path], "projectId", "project", f"The platforms name different projects: {listed}.")
    yield from _aliases(pubspec, texts, {project for _, project in named})


def _aliases(pubspec: Pubspec, texts: Mapping[str, str], used: set[str]) -> Iterator[tuple[str, Hit]]:
    """Compare .firebaserc with what the app is built for."""
    path = next((path for path in (_under(pubspec, ".firebaserc"), ".firebaserc") if path in texts), "")
    try:
        projects = parse_json(texts.get(path, "{}")).get("projects")
    except NotJsonError:
        return
    deployed = {str(value) for value in projects.values()} if isinstance(projects, dict) else set()
    if deployed and used and not deployed & used:
        text = f"Deploys go to {', '.join(sorted(deployed))}, the app talks to {', '.join(sorted(used))}."
        yield path, _hit(texts[path], re.escape(min(deployed)), "project", text)


def _named_projects(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path, text in texts.items():
        name = posixpath.basename(path)
        if re.fullmatch(r"(default_)?firebase_options\w*\.dart", name):
            yield from (
                (path, project) for project in dict.fromkeys(re.findall(r"projectId:\s*['\"]([\w-]+)['\"]", text))
            )
        elif name == "google-services.json":
            found = re.search(r"\"project_id\"\s*:\s*\"([\w-]+)\"", text)
            if found:
                yield path, found[1]
        elif name == "GoogleService-Info.plist":
            found = re.search(r"<key>PROJECT_ID</key>\s*<string>([\w-]+)</string>", text)
            if found:
                yield path, found[1]


def _android_ids(pubspec: Pubspec, texts: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    path = _under(pubspec, "android/app/google-services.json")
    gradle = next(
        (
            texts[at]
            for name in ("build.gradle", "build.gradle.kts")
            if (at := _under(pubspec, f"android/app/{name}")) in texts
        ),
        "",
    )
    ids = set(re.findall(r"(?m)^\s*applicationId\s*=?\s*[\"']([\w.]+)[\"']", gradle))
    if path not in texts or not ids or re.search(r"applicationIdSuffix|productFlavors", gradle):
        return
    try:
        clients = json.loads(texts[path]).get("client", [])
        names = {one["client_info"]["android_client_info"]["package_name"] for one in clients}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    if names and not ids & names:
        text = f"The app is {', '.join(sorted(ids))}, google-services.json knows {', '.join(sorted(names))}."
        yield path, _hit(texts[path], "package_name", "applicationId", text)


def _apple_ids(pubspec: Pubspec, texts: Mapping[str, str]) -> Iterator[tuple[str, Hit]]:
    path, project = (
        _under(pubspec, "ios/Runner/GoogleService-Info.plist"),
        texts.get(_under(pubspec, "ios/Runner.xcodeproj/project.pbxproj"), ""),
    )
    found = re.search(r"<key>BUNDLE_ID</key>\s*<string>([\w.-]+)</string>", texts.get(path, ""))
    ids = {
        one for one in re.findall(r"PRODUCT_BUNDLE_IDENTIFIER = \"?([\w.-]+)\"?;", project) if not one.endswith("Tests")
    }
    if found and ids and found[1] not in ids:
        text = f"The app is {', '.join(sorted(ids))}, GoogleService-Info.plist is for {found[1]}."
        yield path, _hit(texts[path], "BUNDLE_ID", "bundle id", text)


def _hit(text: str, pattern: str, subject: str, observed: str) -> Hit:
    return Hit("config.drift", line_of(text, pattern), subject, observed, "", Sure.CERTAIN)
