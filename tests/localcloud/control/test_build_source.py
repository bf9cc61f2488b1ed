from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.control.build_source import Source, SourceError, is_safe, publish, read

REQUIREMENTS = "service/requirements.txt"
FILES = {REQUIREMENTS: b"starlette\n", "service/app.py": b"app = 1\n", "Dockerfile": b"FROM x\n"}


def pack(path: Path, files: dict[str, bytes], year: int = 2026, mode: int = 0o644) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return path


def test_an_image_is_the_files_of_the_archive(tmp_path: Path) -> None:
    digest = publish(read(pack(tmp_path / "a.zip", FILES), REQUIREMENTS), tmp_path / "images")
    image = tmp_path / "images" / digest
    assert {str(p.relative_to(image)): p.read_bytes() for p in image.rglob("*") if p.is_file()} == FILES
    assert len(digest) == 64
    assert [path.name for path in (tmp_path / "images").iterdir()] == [digest]


def test_the_digest_tells_files_apart_and_nothing_else(tmp_path: Path) -> None:
    first = read(pack(tmp_path / "a.zip", FILES, year=2020), REQUIREMENTS)
    reversed_and_younger = read(pack(tmp_path / "b.zip", dict(reversed(FILES.items())), year=2026), REQUIREMENTS)
    assert first.digest == reversed_and_younger.digest
    assert first.digest != Source({**FILES, "service/app.py": b"app = 2\n"}).digest
    assert first.digest != Source({**FILES, "service/app2.py": b""}).digest


def test_publishing_twice_changes_nothing(tmp_path: Path) -> None:
    source, images = read(pack(tmp_path / "a.zip", FILES), REQUIREMENTS), tmp_path / "images"
    digest = publish(source, images)
    before = (images / digest).stat().st_mtime_ns
    assert publish(source, images) == digest
    assert (images / digest).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/evil", "service/../../evil", "a\\..\\evil", "c:/evil", "./a", "a//b", "..", "."]
)
def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="outside its folder"):
        read(pack(tmp_path / "a.zip", {**FILES, name: b"x"}), REQUIREMENTS)


def test_a_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="outside its folder"):
        read(
            pack(tmp_path / "a.zip", {**FILES, "service/link": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), REQUIREMENTS
        )


def test_an_archive_without_requirements_says_what_to_upload(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"service/requirements\.txt"):
        read(pack(tmp_path / "a.zip", {"service/app.py": b""}), REQUIREMENTS)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 but then nothing"])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(SourceError, match="not a zip file"):
        read(tmp_path / "a.zip", REQUIREMENTS)


def test_a_changed_byte_of_a_packed_file_is_noticed(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", FILES)
    archive.write_bytes(archive.read_bytes().replace(b"starlette\n", b"starlettf\n", 1))
    with pytest.raises(SourceError, match="CRC"):
        read(archive, REQUIREMENTS)


@given(st.text(st.sampled_from("ab./\\:\0"), max_size=12))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    if is_safe(name):
        folder = Path("/image")
        inside = (folder / name).resolve(strict=False)
        assert inside != folder
        assert inside.is_relative_to(folder)
