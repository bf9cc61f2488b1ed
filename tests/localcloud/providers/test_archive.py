from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localcloud.providers.archive import ContentError, content
from localcloud.providers.values import Archive, Asset

OBJECT = "gcp:storage/bucketObject:BucketObject"
BUCKET = "gcp:storage/bucket:Bucket"


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "handlers" / "deep").mkdir(parents=True)
    (tmp_path / "handlers" / "app.py").write_text("app")
    (tmp_path / "handlers" / "deep" / "rules.txt").write_text("rules")
    return tmp_path


def test_nested_archives_keep_their_names(folder: Path) -> None:
    packed = Archive({"hash": "h"}, {"handlers": Archive({"path": "handlers"}), "VERSION": Asset({"text": "1"})})
    assert files(content(packed, folder)) == {
        "handlers/app.py": b"app",
        "handlers/deep/rules.txt": b"rules",
        "VERSION": b"1",
    }


def test_the_same_files_give_the_same_bytes_whatever_their_dates(folder: Path) -> None:
    archive = Archive({"path": "handlers"})
    before = content(archive, folder)
    os.utime(folder / "handlers" / "app.py", (1, 1))
    assert content(archive, folder) == before


def test_a_packed_file_and_an_asset_are_taken_as_they_are(folder: Path) -> None:
    (folder / "app.zip").write_bytes(b"PK")
    assert content(Archive({"path": "app.zip"}), folder) == b"PK"
    assert content(Asset({"path": "handlers/app.py"}), folder) == b"app"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Archive({"path": "nowhere"}), "is not a folder"),
        (Archive({"uri": "https://example.test/a.zip"}), "is not a folder"),
        (Asset({"path": "nowhere"}), "cannot be read"),
        (Asset({"uri": "https://example.test/a"}), "the rehearsal fetches nothing"),
        ("text", "an asset or an archive is wanted"),
    ],
)
def test_what_cannot_be_had_is_named(source: Any, words: str, folder: Path) -> None:
    with pytest.raises(ContentError, match=words):
        content(source, folder)


def test_an_uploaded_archive_lies_among_the_objects_until_it_is_deleted(clouds: Any) -> None:
    clouds.project()
    clouds.gcp.up(BUCKET, "b", project="acme-app", name="acme-source", location="EU")
    Path("handlers").mkdir()
    Path("handlers/app.py").write_text("app")
    source = Archive({"hash": "1"}, {"handlers": Archive({"hash": "2", "path": "handlers"})})
    made = clouds.gcp.up(OBJECT, "source", bucket="acme-source", name="source/1.zip", source=source)
    path = clouds.home / "objects" / "acme-source" / "source" / "1.zip"
    assert files(path.read_bytes()) == {"handlers/app.py": b"app"}
    assert made.id == "acme-source-source/1.zip"
    assert len(made.outputs["md5hexhash"]) == 32
    assert clouds.gcp.read(made) == made
    assert clouds.gcp.diff(made, source=Archive({"hash": "3", "path": "x"})).replaces == ["source"]
    clouds.gcp.delete(made)
    assert not path.exists()


@pytest.mark.parametrize(("name", "words"), [("../../escape", "use a plain path"), ("ok", "cannot be uploaded")])
def test_an_upload_that_cannot_be_kept_is_refused(clouds: Any, name: str, words: str) -> None:
    clouds.project()
    clouds.gcp.up(BUCKET, "b", project="acme-app", name="acme-source", location="EU")
    source = Asset({"hash": "1", "text": "x"}) if "/" in name else Archive({"hash": "1", "path": "nowhere"})
    assert words in clouds.gcp.refusal(OBJECT, "o", bucket="acme-source", name=name, source=source)


def test_a_version_made_by_pulumi_is_one_of_secret_manager(clouds: Any) -> None:
    from localcloud.control.secret_versions import SecretVersionState, Versions

    clouds.project()
    secret = clouds.gcp.up(
        "gcp:secretmanager/secret:Secret", "s", project="acme-app", secretId="s", replication={"auto": {}}
    )
    token = "gcp:secretmanager/secretVersion:SecretVersion"
    made = clouds.gcp.up(token, "v", secret=secret.id, secretData="value")
    assert made.outputs["version"] == "1"
    assert made.id == "projects/100000000001/secrets/s/versions/1"
    stored = clouds.world.resource(secret.token, secret.id)
    assert [version.payload for version in Versions(clouds.world).all(stored)] == [b"value"]
    clouds.gcp.change(made, enabled=False)
    assert Versions(clouds.world).all(stored)[0].state is SecretVersionState.DISABLED
    clouds.gcp.delete(made)
    assert Versions(clouds.world).all(stored)[0].state is SecretVersionState.DESTROYED


def test_a_version_of_a_secret_that_delays_it_is_disabled_first(clouds: Any) -> None:
    from localcloud.control.secret_versions import SecretVersionState, Versions

    clouds.project()
    secret = clouds.gcp.up(
        "gcp:secretmanager/secret:Secret",
        "s",
        project="acme-app",
        secretId="s",
        replication={"auto": {}},
        versionDestroyTtl="604800s",
    )
    clouds.gcp.delete(
        clouds.gcp.up("gcp:secretmanager/secretVersion:SecretVersion", "v", secret=secret.id, secretData="x")
    )
    left = Versions(clouds.world).all(clouds.world.resource(secret.token, secret.id))[0]
    assert (left.state, left.payload, left.due is not None) == (SecretVersionState.DISABLED, b"x", True)
