"""Reads pubspec.yaml: version, packages, assets."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from triage.model import Hit
from triage.project.firebase_json import line_of

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ANALYTICS = {
    "firebase_analytics": "Google Analytics",
    "mixpanel_flutter": "Mixpanel",
    "amplitude_flutter": "Amplitude",
    "appsflyer_sdk": "AppsFlyer",
    "adjust_sdk": "Adjust",
    "flutter_branch_sdk": "Branch",
    "facebook_app_events": "Meta",
    "posthog_flutter": "PostHog",
    "segment_analytics": "Segment",
    "flutter_segment": "Segment",
    "clevertap_plugin": "CleverTap",
    "moengage_flutter": "MoEngage",
    "smartlook_flutter": "Smartlook",
    "flutter_smartlook": "Smartlook",
    "flutter_uxcam": "UXCam",
    "flurry_analytics": "Flurry",
    "countly_flutter": "Countly",
    "singular_flutter_sdk": "Singular",
    "kochava_tracker": "Kochava",
    "braze_plugin": "Braze",
    "customer_io": "Customer.io",
    "matomo_tracker": "Matomo",
    "aptabase_flutter": "Aptabase",
    "appmetrica_plugin": "AppMetrica",
    "userpilot_flutter": "Userpilot",
    "clarity_flutter": "Clarity",
    "webengage_flutter": "WebEngage",
}
MANY = 3


@dataclass(frozen=True)
class Pubspec:
    """One app or package: where its pubspec lies, its name and version, what it depends on, what it ships as it is."""

    path: str
    name: str
    version: str
    packages: tuple[str, ...]
    assets: tuple[str, ...]
    is_app: bool

    @property
    def folder(self) -> str:
        """The folder of the app."""
        return posixpath.dirname(self.path)

    def ships(self, path: str) -> bool:
        """Return whether a file is among the assets: named itself, or by its folder."""
        relative = posixpath.relpath(path, self.folder or ".")
        folder = posixpath.dirname(relative)
        return any(
            relative == asset or (asset.endswith("/") and (folder + "/" if folder else "./") == asset)
            for asset in self.assets
        )


def parse(path: str, text: str) -> Pubspec | None:
    """Return a pubspec, None when it is none."""
    try:
        plain = yaml.load(text, Loader)  # noqa: S506 - the loader is a safe one
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if not isinstance(plain, dict) or not isinstance(plain.get("name"), str):
        return None
    packages = tuple(str(name) for name in _mapping(plain.get("dependencies")))
    flutter = _mapping(plain.get("flutter"))
    return Pubspec(
        path,
        plain["name"],
        str(plain.get("version") or ""),
        packages,
        tuple(_assets(flutter.get("assets"))),
        "flutter" in packages,
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _assets(value: object) -> Iterator[str]:
    """Yield the assets, which may be strings or objects with a path."""
    for one in value if isinstance(value, list) else ():
        named = one.get("path") if isinstance(one, dict) else one
        if isinstance(named, str):
            yield posixpath.normpath(named) + "/" if named.endswith("/") else posixpath.normpath(named)


def weight_hits(pubspec: Pubspec, text: str) -> Iterator[Hit]:
    """Yield an app that carries several kits for one purpose."""
    kits = sorted({ANALYTICS[name] for name in pubspec.packages if name in ANALYTICS})
    if len(kits) >= MANY:
        first = next(name for name in pubspec.packages if name in ANALYTICS)
        yield Hit(
            "client.sdk.weight",
            line_of(text, rf"(?m)^\s+{first}\s*:"),
            pubspec.name,
            f"{len(kits)} analytics kits: {', '.join(kits)}.",
        )


def asset_env_files(pubspecs: Iterable[Pubspec], paths: Iterable[str]) -> dict[str, Pubspec]:
    """Return the files of the tree that apps ship as assets, for those names that can hold secrets."""
    kinds = (".env", ".pem", ".p12", ".json", ".key", ".txt", ".yaml", ".yml", ".cfg")
    candidates = [path for path in paths if path.endswith(kinds) or path.rpartition("/")[2].startswith(".env")]
    return {path: pubspec for pubspec in pubspecs if pubspec.assets for path in candidates if pubspec.ships(path)}
