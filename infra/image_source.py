"""The source that is uploaded for the image: exactly which files, and what they hash to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi

from infra import sbom

PACKAGE = "handlers"
DOCKERFILE = "infra/Dockerfile"
ENTRY = f"{PACKAGE}/app.py"
REQUIREMENTS = f"{PACKAGE}/requirements.txt"


@dataclass(frozen=True)
class ImageSource:
    """Files of an archive: name in it → path relative to the project's folder. `digest` is hexadecimal SHA-256.

    `bill` is the image's bill of materials, which goes with them.

    Files are listed one by one: a whole folder would carry `__pycache__` along, and every run would build again.
    """

    files: tuple[tuple[str, str], ...]
    digest: str
    bill: str = ""

    def archive(self) -> pulumi.AssetArchive:
        """Return the files as Pulumi uploads them; paths stay relative, so that no state names this machine."""
        files: dict[str, pulumi.Asset | pulumi.Archive] = {name: pulumi.FileAsset(path) for name, path in self.files}
        return pulumi.AssetArchive({**files, **({sbom.NAME: pulumi.StringAsset(self.bill)} if self.bill else {})})


def read(root: Path) -> ImageSource:
    """Return the handlers' source below `root`; raises ValueError when it could not be built or started."""
    files = tuple(sorted(_files(root)))
    present = {name for name, _ in files}
    missing = sorted({"Dockerfile", ENTRY, REQUIREMENTS} - present)
    if missing:
        raise ValueError(
            f"the image's source lacks {', '.join(missing)} below {root.name or root}; check out the folder again"
        )
    bill = sbom.bill((root / REQUIREMENTS).read_text(), (root / DOCKERFILE).read_text())
    return ImageSource(files, _digest(root, files), bill)


def _files(root: Path) -> Iterator[tuple[str, str]]:
    if (root / DOCKERFILE).is_file():
        yield "Dockerfile", DOCKERFILE
    for path in (root / PACKAGE).rglob("*.py"):
        name = path.relative_to(root).as_posix()
        yield name, name
    if (root / REQUIREMENTS).is_file():
        yield REQUIREMENTS, REQUIREMENTS


def _digest(root: Path, files: tuple[tuple[str, str], ...]) -> str:
    whole = hashlib.sha256()
    for name, path in files:
        content = (root / path).read_bytes()
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()
