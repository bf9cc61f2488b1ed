"""Reads what the engine keeps of a local stack from its own files, where asking the engine would start a process.

Each `pulumi stack …` starts the engine, which reads the state, derives the key of its secrets and prints what the file
says: a third of a second each, alone, three times in an `up` that changes nothing. Here files are only read, and what
is given is for all who ask, and not to be changed. Whatever is not in them as this module knows it is None, and then
the engine is asked. Sources, in pulumi/pulumi 3.200:
`sdk/go/common/apitype/core.go` (CheckpointV3, version 3), `sdk/go/common/resource/sig/sig.go` (how a secret is marked),
`sdk/go/common/workspace/workspace.go` (which stack is selected).
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.home import Home
from engine.value_changes import SIGNED, STACK

VERSION = 3  # of a checkpoint
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - what stands behind that key at a secret
BLINDED = "[secret]"  # what the engine prints in a secret's place


def deployment(home: Home) -> Mapping[str, Any] | None:
    """Return the state of a local stack as `pulumi stack export` has it under `deployment`, secrets encrypted.

    Where nothing is left after a destroy, the engine leaves `resources` out, and here it is an empty list. None when
    there is no such file, or when it is not of the form that is known here.
    """
    whole = _json(_path(home))
    checkpoint = whole.get("checkpoint") if whole.get("version") == VERSION else None
    latest = checkpoint.get("latest") if isinstance(checkpoint, Mapping) else None
    if not isinstance(latest, Mapping):
        return None
    whole = {"resources": [], **latest} if "manifest" in latest else latest
    return whole if isinstance(whole.get("resources"), list) else None


def outputs(home: Home) -> dict[str, Any] | None:
    """Return the outputs of a local stack as `pulumi stack output --json` prints them, secrets blinded, or None."""
    kept = deployment(home)
    stacks = [each for each in kept["resources"] if each.get("type") == STACK] if kept else []
    if len(stacks) != 1:
        return None
    values = stacks[0].get("outputs") or {}
    if _holds_another_kind(values):
        return None
    return {name: _blinded(value) for name, value in values.items()}


def is_selected(home: Home, environ: Mapping[str, str]) -> bool:
    """Whether the engine has the stack selected for the project, which `pulumi stack select` would do again."""
    project = home.project / "Pulumi.yaml"
    mark = hashlib.sha1(str(project).encode(), usedforsecurity=False).hexdigest()
    files = list((_engine_home(environ) / "workspaces").glob(f"*-{mark}-workspace.json"))
    return len(files) == 1 and str(_json(files[0]).get("stack", "")).rpartition("/")[2] == home.stack


def _engine_home(environ: Mapping[str, str]) -> Path:
    """Return where the engine keeps its own things. Go's os/user asks who we are before it believes HOME."""
    if named := environ.get("PULUMI_HOME"):
        return Path(named)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pulumi"
    except KeyError:
        return Path(environ.get("HOME", "/nowhere")) / ".pulumi"


def exists(home: Home) -> bool:
    """Whether the stack has been created in the file backend."""
    return any(home.state.glob(f".pulumi/stacks/*/{home.stack}.json"))


def _path(home: Home) -> Path | None:
    found = list(home.state.glob(f".pulumi/stacks/*/{home.stack}.json"))
    return found[0] if len(found) == 1 else None


def _json(path: Path | None) -> Mapping[str, Any]:
    """Return a file's object, an empty one when there is none or it was cut off by a kill."""
    try:
        return _parsed(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}


@lru_cache(maxsize=2)  # `up` asks for the state five times, of which each parsing takes 10 ms
def _parsed(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, Mapping) else {}


def _blinded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return BLINDED if _is_secret(value) else {name: _blinded(each) for name, each in value.items()}
    return [_blinded(each) for each in value] if isinstance(value, list) else value


def _is_secret(value: Mapping[str, Any]) -> bool:
    return value.get(SIGNED) == SECRET


def _holds_another_kind(value: Any) -> bool:
    """Whether a value holds an asset, an archive or whatever else is signed and no secret."""
    if isinstance(value, Mapping):
        signed = SIGNED in value and not _is_secret(value)
        return signed or any(map(_holds_another_kind, value.values()))
    return isinstance(value, list) and any(map(_holds_another_kind, value))
