from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from infra import image_source


def test_only_what_the_image_needs_is_uploaded(root: Path) -> None:
    cache = root / "handlers" / "__pycache__"
    cache.mkdir()
    (cache / "app.cpython-311.pyc").write_bytes(b"\0")
    (root / "handlers" / "notes.txt").write_text("not for the image")
    names = [name for name, _ in image_source.read(root).files]
    assert names == sorted(names)
    assert {"Dockerfile", "handlers/app.py", "handlers/requirements.txt"} <= set(names)
    assert not [name for name in names if "pycache" in name or name.endswith("notes.txt")]


def test_the_same_source_has_the_same_digest_wherever_it_lies(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = image_source.read(root).digest
    assert image_source.read(root.rename(tmp_path_factory.mktemp("elsewhere") / "copy")).digest == before


def test_any_changed_byte_changes_the_digest(root: Path) -> None:
    before = image_source.read(root).digest
    (root / "handlers" / "app.py").write_text("# changed\n")
    assert image_source.read(root).digest != before


def test_a_file_that_moves_changes_the_digest(root: Path) -> None:
    (root / "handlers" / "one.py").write_text("x = 1\n")
    before = image_source.read(root).digest
    (root / "handlers" / "one.py").rename(root / "handlers" / "two.py")
    assert image_source.read(root).digest != before


def test_paths_in_the_archive_are_relative_so_that_no_state_names_this_machine(root: Path) -> None:
    archive = image_source.read(root).archive()
    assert {asset.path for asset in archive.assets.values() if isinstance(asset, pulumi.FileAsset)} >= {
        "infra/Dockerfile",
        "handlers/app.py",
    }


@pytest.mark.parametrize("lost", ["handlers/app.py", "handlers/requirements.txt", "infra/Dockerfile"])
def test_a_source_that_could_not_be_built_is_refused(root: Path, lost: str) -> None:
    (root / lost).unlink()
    with pytest.raises(ValueError, match=Path(lost).name):
        image_source.read(root)
