"""The Flutter library: it is Dart, its sentences are the catalogue's, and what it writes is what the services take."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import tree_sitter_dart
import yaml
from tree_sitter import Language, Parser

from handlers import words
from handlers.intent_kinds import KINDS
from tools import words as generator

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "clients" / "flutter"
SOURCES = sorted((LIBRARY / "lib").rglob("*.dart"))
PARSER = Parser(Language(tree_sitter_dart.language()))


def faults(node):
    """Every place in a syntax tree that the grammar could not read."""
    own = [f"line {node.start_point[0] + 1}"] if node.type == "ERROR" or node.is_missing else []
    return own + [each for child in node.children for each in faults(child)]


def read(path):
    return (LIBRARY / "lib" / "src" / path).read_text()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_file_is_dart(source):
    assert faults(PARSER.parse(source.read_bytes()).root_node) == []


def test_what_is_no_dart_would_be_noticed():
    assert faults(PARSER.parse(b"class A { void f( { }").root_node)


def test_there_are_sources():
    assert {source.name for source in SOURCES} == {"launch_intents.dart", "intents.dart", "status.dart", "words.dart"}


def test_the_sentences_are_the_catalogues_as_they_are_now():
    assert read("words.dart") == generator.text(), "python -m tools.words > clients/flutter/lib/src/words.dart"


def test_the_generator_writes_what_dart_reads_back():
    found = dict(
        re.findall(r"^  '(\w+)': '((?:[^'\\]|\\.)*)',$", generator.text().partition("states = ")[0], re.MULTILINE)
    )
    assert {code: ast.literal_eval(f"'{text}'").replace("\\$", "$") for code, text in found.items()} == {
        code.value: sentence for code, sentence in words.SENTENCES.items()
    }


def test_the_app_sends_every_kind_that_the_services_know_and_no_other():
    assert set(re.findall(r"_send\('(\w+)'", read("intents.dart"))) == set(KINDS)


def test_a_document_has_the_fields_that_the_rules_ask_for():
    rules = (ROOT / "firestore" / "firestore.rules").read_text()
    wanted = re.search(r"request\.resource\.data\.keys\(\)\.has(?:All|Only)\(\[([^\]]*)\]\)", rules)[1]
    body = read("intents.dart").partition(".set({")[2].partition("});")[0]
    assert re.findall(r"^\s+'(\w+)':", body, re.MULTILINE) == re.findall(r"'(\w+)'", wanted)
    assert set(re.findall(r"intent\.kind == '(\w+)'", rules)) == set(KINDS)


def test_the_app_knows_every_state():
    progress = re.search(r"enum Progress \{([^}]*)\}", read("status.dart"))[1]
    assert {state.value for state in words.IntentState} == {name.strip() for name in progress.split(",")} - {"sent"}


def test_nothing_waits_and_nobody_else_is_called():
    code = "".join(re.sub(r"//.*", "", source.read_text()) for source in SOURCES)
    assert not re.search(r"\bawait\b|\bsleep\b|http|dio|Sync\(", code)
    imports = set(re.findall(r"import '(package:[^/]+|dart:\w+)", code))
    assert imports == {"package:cloud_firestore", "package:firebase_auth", "dart:async", "dart:math"}


def test_the_package_needs_firebase_only():
    pubspec = yaml.safe_load((LIBRARY / "pubspec.yaml").read_text())
    assert set(pubspec["dependencies"]) == {"flutter", "cloud_firestore", "firebase_auth"}
