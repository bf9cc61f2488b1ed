"""What a file is, told from its path alone: its language, and the part it plays in an app."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What a file is written in, as far as checks care."""

    DART = "dart"
    SCRIPT = "script"  # TypeScript and JavaScript
    PYTHON = "python"
    ARCHIVE = "archive"
    TEXT = "text"
    OTHER = "other"


class Part(StrEnum):
    """Which part of an app a file belongs to."""

    CLIENT = "client"  # compiled into the app
    SERVER = "server"
    ASIDE = "aside"  # tests, examples, generated code, docs


SCRIPTS = {".ts", ".js", ".mjs", ".cjs", ".tsx", ".jsx", ".mts", ".cts"}
ARCHIVES = {".apk", ".aab", ".ipa"}
BINARY = frozenset(
    re.findall(
        r"\.\w+",
        """
        .png .jpg .jpeg .gif .webp .ico .bmp .tiff .heic .avif .ttf .otf .woff .woff2 .eot .mp3 .mp4 .wav .ogg
        .m4a .mov .webm .avi .pdf .zip .gz .tgz .bz2 .xz .7z .rar .jar .aar .so .dylib .dll .exe .class .dex .o
        .a .lib .wasm .bin .dat .db .sqlite .riv .flr .glb .gltf .fbx .obj .psd .ai .sketch .fig .keystore .jks
        .p12 .pfx .mobileprovision .nib .car .icns .pyc .tflite .onnx .pb .h5 .npy .parquet .idx .pack
        .xcuserstate .frag .lottie .svg .arb .po .css .scss .less .csv .tsv
        """,
    )
)
ASIDE = re.compile(
    r"(^|/)(tests?|test_driver|integration_test|__tests__|__mocks__|spec|e2e|mocks?|fixtures?|testdata|examples?"
    r"|samples?"
    r"|docs?|third_party|\.fvm|l10n|generated|gen)/"
    r"|_test\.(dart|py)$|(^|/)test_[^/]*\.py$|\.(test|spec)\.[cm]?[jt]sx?$|(^|/)conftest\.py$"
    r"|\.(g|freezed|gr|config|mocks|chopper|pb|pbenum|pbjson|pbserver|gen|auto_mappr)\.dart$|\.d\.ts$|\.min\.js$"
    r"|(^|/)(messages_[a-z_A-Z]+|app_localizations[a-z_]*)\.dart$",
    re.IGNORECASE,
)
GENERATED = re.compile(rb"GENERATED CODE - DO NOT MODIFY|AUTO[- ]?GENERATED (FILE|CODE)|@generated", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def kind_of(path: str) -> Kind:
    """Return what a file is, from its name."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    suffix = name[dot:].lower() if dot > 0 else ""
    if suffix == ".dart":
        return Kind.DART
    if suffix in SCRIPTS:
        return Kind.SCRIPT
    if suffix == ".py":
        return Kind.PYTHON
    if suffix in ARCHIVES:
        return Kind.ARCHIVE
    return Kind.OTHER if suffix in BINARY else Kind.TEXT


@lru_cache(maxsize=50_000)
def part_of(path: str) -> Part:
    """Return which part of an app a file belongs to; Dart outside of a server's folder is the client."""
    if ASIDE.search(path):
        return Part.ASIDE
    if path.endswith(".dart"):
        return (
            Part.SERVER
            if re.search(r"(^|/)(server|backend|functions|cloud_functions|tool|bin)/", path)
            else Part.CLIENT
        )
    return Part.SERVER


def is_generated(head: bytes) -> bool:
    """Return whether a file's first bytes say that a program wrote it."""
    return GENERATED.search(head[:600]) is not None
