from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from triage.archives.bundle import search_bundle
from triage.archives.growth import growth_hits
from triage.archives.web import search_web


def bundle(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def ids(path: Path) -> list[str]:
    return [hit.check for hit in search_bundle(path, path.name).hits]


def test_a_secret_in_compiled_code_is_found(tmp_path: Path, values: Mapping[str, str]) -> None:
    code = b"\0" * 5_000_000 + values["stripe_live"].encode() + b"\0" * 100
    made = bundle(tmp_path / "app.apk", {"lib/arm64-v8a/libapp.so": code})
    assert ids(made) == ["bundle.secret"]


def test_a_secret_on_the_edge_of_two_pieces_is_found(tmp_path: Path, values: Mapping[str, str]) -> None:
    code = b"\0" * (4_000_000 - 10) + values["stripe_live"].encode() + b"\0" * 100
    assert ids(bundle(tmp_path / "app.apk", {"lib/arm64-v8a/libapp.so": code})) == ["bundle.secret"]


def test_an_env_asset_and_a_service_account_are_found(tmp_path: Path, values: Mapping[str, str]) -> None:
    account = f'{{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\n{values["pem"]}"}}'
    entries = {
        "assets/flutter_assets/.env": f"OPENAI_API_KEY={values['openai']}\n".encode(),
        "assets/flutter_assets/key.json": account.encode(),
        "base/main.dart.js.map": b"{}",
    }
    assert sorted(ids(bundle(tmp_path / "app.aab", entries))) == ["bundle.secret", "bundle.secret", "bundle.source-map"]


def test_a_clean_bundle_is_clean(tmp_path: Path, values: Mapping[str, str]) -> None:
    public = f"{values['google_web']} pk_live_51Hn3kLQx8y2Wv9ZaTbUcV".encode()
    assert ids(bundle(tmp_path / "app.ipa", {"Payload/Runner.app/Info.plist": public})) == []


def test_a_bomb_is_named_and_not_unpacked(tmp_path: Path) -> None:
    made = bundle(tmp_path / "bomb.apk", {"lib/x.so": b"\0" * 50_000_000})
    assert ids(made) == ["bundle.unreadable"]


def test_an_entry_that_lies_about_its_size_is_named(tmp_path: Path) -> None:
    made = bundle(tmp_path / "lie.apk", {"lib/x.so": b"abc" * 1000})
    data = bytearray(made.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    made.write_bytes(data)
    assert ids(made) in ([], ["bundle.unreadable"])


def test_broken_archives_are_named(tmp_path: Path, values: Mapping[str, str]) -> None:
    whole = bundle(tmp_path / "a.apk", {"lib/x.so": values["stripe_live"].encode() * 50}).read_bytes()
    for number, data in enumerate(
        (b"", b"PK\x05\x06", whole[:-30], whole[:40] + b"\xff" * 40 + whole[80:], b"\0" * 1000)
    ):
        broken = tmp_path / f"{number}.apk"
        broken.write_bytes(data)
        assert "bundle.unreadable" in ids(broken)


def test_names_that_lead_out_are_never_written(tmp_path: Path, values: Mapping[str, str]) -> None:
    bundle(tmp_path / "a.apk", {"../../evil.txt": values["stripe_live"].encode()})
    assert ids(tmp_path / "a.apk") == ["bundle.secret"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.apk"]


def test_a_bundle_that_grew_is_told_with_the_part_that_did() -> None:
    hits = list(
        growth_hits("app.apk", {"assets": 9_000_000, "other": 1_000_000}, {"assets": 4_000_000, "other": 1_000_000})
    )
    assert [hit.observed for hit in hits] == ["10.0 MB, 5.0 MB before; assets grew by 5.0 MB."]
    assert list(growth_hits("app.apk", {"assets": 4_100_000}, {"assets": 4_000_000})) == []
    assert list(growth_hits("app.apk", {"assets": 4_100_000}, {})) == []


def test_source_maps_are_one_finding_that_names_the_one_nearest_to_the_root(tmp_path: Path) -> None:
    files = {
        "main.dart.js.map": 10,
        "node_modules/a/a.js.map": 10,
        "node_modules/a/deep/b.js.map": 10,
        "main.dart.js": 0,
    }
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    (found,) = search_web(tmp_path, files).hits
    assert (found.check, found.subject) == ("bundle.source-map", "main.dart.js.map")
    assert "and 2 more source maps" in found.observed
