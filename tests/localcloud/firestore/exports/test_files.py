"""Exports as folders: what is written is read again, what another program wrote too, and what is damaged is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from localcloud.firestore.exports import entities, files, record_log
from localcloud.firestore.exports.files import ExportError
from localcloud.firestore.exports.messages import Metadata, Overall
from localcloud.firestore.messages import Document

PROJECT = "demo-x"
ROOT = f"projects/{PROJECT}/databases/(default)"
KEPT = Path(__file__).parent / "kept"  # an export of hidane 0.6.0 of the documents below
FIELDS: dict[str, Any] = {
    "n": {"nullValue": None},
    "b": {"booleanValue": True},
    "i": {"integerValue": "-7"},
    "I": {"integerValue": str(2**63 - 1)},
    "d": {"doubleValue": -0.5},
    "nan": {"doubleValue": "NaN"},
    "t": {"timestampValue": "2026-02-03T04:05:06.123456Z"},
    "old": {"timestampValue": "1950-02-03T04:05:06.500Z"},
    "s": {"stringValue": "äö😀"},
    "e": {"stringValue": ""},
    "y": {"bytesValue": "//8A"},
    "r": {"referenceValue": f"{ROOT}/documents/a/b/c/7"},
    "g": {"geoPointValue": {"latitude": 10.5, "longitude": -20.0}},
    "l": {
        "arrayValue": {
            "values": [
                {"integerValue": "1"},
                {"stringValue": "x"},
                {"mapValue": {"fields": {"k": {"booleanValue": False}}}},
                {"nullValue": None},
            ]
        }
    },
    "l1": {"arrayValue": {"values": [{"integerValue": "1"}]}},
    "l0": {"arrayValue": {}},
    "m": {
        "mapValue": {
            "fields": {
                "l": {"arrayValue": {}},
                "deep": {"mapValue": {"fields": {"z": {"timestampValue": "2026-02-03T04:05:06Z"}}}},
            }
        }
    },
    "m0": {"mapValue": {}},
    "v": {
        "mapValue": {
            "fields": {
                "__type__": {"stringValue": "__vector__"},
                "value": {"arrayValue": {"values": [{"doubleValue": 1.0}, {"doubleValue": 2.5}]}},
            }
        }
    },
    "odd name.`x`": {"integerValue": "1"},
}
DOCUMENTS = {("a", "b"): FIELDS, ("a", "b", "c", "7"): {"x": {"integerValue": "1"}}, ("z", "y"): {}}


def documents(root: str = ROOT) -> list[Any]:
    return [
        json_format.ParseDict({"name": f"{root}/documents/{'/'.join(path)}", "fields": fields}, Document())
        for path, fields in DOCUMENTS.items()
    ]


def as_json(found: list[entities.Exported]) -> Any:
    return {each.segments: json_format.MessageToDict(Document(fields=each.fields)).get("fields", {}) for each in found}


def written(folder: Path, root: str = ROOT) -> Path:
    return files.write(folder, "mine", documents(root), 1, 2)


def test_what_is_written_is_read_again(tmp_path):
    assert as_json(files.read(written(tmp_path), PROJECT)) == DOCUMENTS


def test_the_export_of_another_program_is_read_and_its_records_are_ours_byte_by_byte(tmp_path):
    assert as_json(files.read(KEPT / "kept.overall_export_metadata", PROJECT)) == DOCUMENTS
    output = files.PART.parent / files.OUTPUT
    assert (written(tmp_path).parent / output).read_bytes() == (KEPT / output).read_bytes()


def test_an_export_without_documents_is_one_file(tmp_path):
    path = files.write(tmp_path, "none", [], 1, 2)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert files.read(path, PROJECT) == []


def test_an_export_is_written_into_a_folder_of_its_own_or_not_at_all(tmp_path):
    written(tmp_path)
    with pytest.raises(ExportError, match="is there already"):
        written(tmp_path)
    for name in ("", ".", "..", "a/b", "/tmp/x", "a\0"):
        with pytest.raises(ExportError, match="no name of a folder"):
            files.write(tmp_path, name, [], 1, 2)
    broken = documents()
    broken[0].fields["r"].reference_value = "nonsense"
    with pytest.raises(Exception, match="nonsense"):
        files.write(tmp_path, "broken", broken, 1, 2)
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


def test_a_reference_of_an_indexed_property_means_the_project_that_imports():
    record = entities.Entity.FromString(entities.encode(documents()[0]))
    reference = next(one for one in record.raw_property if one.name == b"r")
    record.property.add().CopyFrom(reference)
    record.raw_property.remove(reference)
    found = entities.decode(record.SerializeToString(), "other").fields["r"].reference_value
    assert found == "projects/other/databases/(default)/documents/a/b/c/7"


def test_a_database_with_a_name_keeps_its_documents_apart(tmp_path):
    second = f"projects/{PROJECT}/databases/second"
    found = files.read(written(tmp_path, second), PROJECT)
    assert set(files.documents_of(found, second)) == set(DOCUMENTS)
    with pytest.raises(ExportError, match=r"is of the database second, not of \(default\)"):
        files.documents_of(found, ROOT)
    assert files.documents_of([], ROOT) == {}


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KEPT, tmp_path / "copy")) / "kept.overall_export_metadata"


@pytest.mark.parametrize("name", [files.PART, files.PART.parent / files.OUTPUT, Path("kept.overall_export_metadata")])
def test_a_file_that_is_gone_or_damaged_is_named(tmp_path, name):
    path = copied(tmp_path)
    hurt = path.parent / name
    hurt.write_bytes(hurt.read_bytes()[:-1] + b"\xff\xff")
    with pytest.raises(ExportError, match=name.name):
        files.read(path, PROJECT)
    hurt.unlink()
    with pytest.raises(ExportError, match=f"{name.name} cannot be read"):
        files.read(path, PROJECT)


@pytest.mark.parametrize("outside", ["../../../secret", "/etc/hostname", "a/../../../../secret"])
def test_an_export_reads_no_file_outside_of_its_folder(tmp_path, outside):
    path = copied(tmp_path)
    metadata = Metadata(files=[{"folder": b"", "file": [outside.encode()]}])
    (path.parent / files.PART).write_bytes(metadata.SerializeToString())
    with pytest.raises(ExportError, match="names a file that is not part of the export"):
        files.read(path, PROJECT)
    overall = Overall(pointer=[{"path": outside.encode()}])
    path.write_bytes(record_log.write([files.VERSION, overall.SerializeToString()]))
    with pytest.raises(ExportError, match="names a file that is not part of the export"):
        files.read(path, PROJECT)


def test_a_record_that_is_no_document_is_refused(tmp_path):
    path = copied(tmp_path)
    output = path.parent / files.PART.parent / files.OUTPUT
    for record in (b"", b"\xff", entities.Entity(raw_property=[{"name": b"\xff"}]).SerializeToString()):
        output.write_bytes(record_log.write([record]))
        with pytest.raises(ExportError, match="output-0: a record"):
            files.read(path, PROJECT)
