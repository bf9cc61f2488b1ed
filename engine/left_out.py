"""Leaves out of the engine's sources what nothing here uses, a third of the packages that Go would have to compile.

Each folder of `tools/engine/left_out` stands for a module, and each folder in it that holds Go takes a package's place.
What is left out refuses with a sentence. State in files and at gs://, passphrases and gcpkms:// stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

MODULES = {  # folder → module
    "esc": "github.com/pulumi/esc",
    "glamour": "github.com/charmbracelet/glamour",
    "gocloud": "gocloud.dev",
    "hashivault": "gocloud.dev/secrets/hashivault",
    "pulumi": "github.com/pulumi/pulumi/pkg/v3",
}


def prepare(draft: Path, pins: Path, instead: Path, modules: Mapping[str, Path]) -> None:
    """Make `draft` a folder of pins like `pins`, which names copies of the modules with the packages of `instead`.

    `modules` says where Go keeps each module. It has compared them with go.sum, which does not cover copies.
    """
    draft.mkdir()
    shutil.copyfile(pins / "go.sum", draft / "go.sum")
    replaced = [f"replace {module} => ./{folder}\n" for folder, module in MODULES.items()]
    (draft / "go.mod").write_text((pins / "go.mod").read_text() + "".join(replaced))
    for folder, module in MODULES.items():
        _copy(modules[module], draft / folder)
        for package in {file.parent for file in (instead / folder).rglob("*.go")}:
            _exchange(draft / folder / package.relative_to(instead / folder), package)


def _exchange(package: Path, other: Path) -> None:
    for file in package.glob("*.go"):
        file.unlink()
    for file in other.glob("*.go"):
        shutil.copyfile(file, package / file.name)


def _copy(source: Path, target: Path) -> None:
    """Copy what is compiled; the copies can be written and removed, which Go's own files cannot."""
    for file in source.rglob("*"):
        place = target / file.relative_to(source)
        if file.is_file() and "testdata" not in place.parts and not file.name.endswith("_test.go"):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
