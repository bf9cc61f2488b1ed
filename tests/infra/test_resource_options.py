"""Resource options that this pair of engine and SDK ignores in silence, or refuses: nothing of ours uses one.

Pulumi's SDK is newer than the engine (requirements.txt, tools/engine): what the engine does not know of a registration,
it leaves out without a word (protobuf), so a guard that somebody wrote would not be there.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pulumi
import pytest

from infra.theirs import BEFORE, CONSOLE, KEPT

ROOT = Path(__file__).parents[2]
IGNORED = {"replacement_trigger", "hide_diffs", "env_var_mappings"}
REFUSED = {"replace_with", "state_migrations"}
ERROR_HOOKS = {"on_error", "ErrorHook", "error_hooks"}
OPTIONS = {"ResourceOptions", "InvokeOptions"}
PATHS = {"ignore_changes", "replace_on_changes"}
PROGRAM = [*sorted((ROOT / "infra").rglob("*.py")), ROOT / "__main__.py", ROOT / "localcloud/example/__main__.py"]


def wrong(source: str) -> list[str]:
    """The options and hooks in a program's text that this pair does not know, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in IGNORED | REFUSED | ERROR_HOOKS:
            found.append(f"{node.value.lineno}: {node.arg}")
        if isinstance(node, ast.Attribute) and node.attr in IGNORED | REFUSED | ERROR_HOOKS:
            found.append(f"{node.lineno}: {node.attr}")
        if isinstance(node, ast.Constant) and node.value in IGNORED | REFUSED:
            found.append(f"{node.lineno}: {node.value}")
    return found


@pytest.mark.parametrize("path", PROGRAM, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_program_uses_no_option_that_the_engine_does_not_know(path: Path) -> None:
    assert wrong(path.read_text()) == []


@pytest.mark.parametrize("option", sorted(IGNORED | REFUSED))
def test_each_is_found_however_it_is_given(option: str) -> None:
    assert wrong(f"Zone('z', opts=pulumi.ResourceOptions({option}=1))")
    assert wrong(f"opts.{option} = 1")
    assert wrong(f"ResourceOptions(**{{'{option}': 1}})")
    assert wrong(f"setattr(opts, '{option}', 1)")


def untranslated(source: str) -> list[str]:
    """The paths into a resource's parts that are written in snake_case, with their lines.

    Pulumi 3.272 translates whole names and no paths, which the engine knows in camelCase alone
    (findings/pulumi_nested_option_names.sh).
    """
    lists = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.keyword) and node.arg in PATHS)
    constants = (node for each in lists for node in ast.walk(each) if isinstance(node, ast.Constant))
    return [f"{each.lineno}: {each.value}" for each in constants if isinstance(each.value, str) and is_lost(each.value)]


def is_lost(path: str) -> bool:
    """Whether a path leads into a part and is not in the engine's spelling."""
    return "_" in path and any(mark in path for mark in ".[")


@pytest.mark.parametrize("path", PROGRAM, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_paths_into_parts_of_resources_are_as_the_engine_spells_them(path: Path) -> None:
    assert untranslated(path.read_text()) == []


def test_what_is_left_to_others_is_as_the_engine_spells_it() -> None:
    names = [name for table in (CONSOLE, BEFORE, KEPT) for each in table.values() for name in each]
    assert [name for name in names if "_" in name] == []


@pytest.mark.parametrize("path", ["settings.ipv4_only", "rules[0].action_parameters", "sub_ject.name"])
def test_a_path_in_snake_case_is_found(path: str) -> None:
    assert untranslated(f"ResourceOptions(ignore_changes=['status', {path!r}])") == [f"1: {path}"]
    assert untranslated(f"ResourceOptions(replace_on_changes=[{path!r}])") == [f"1: {path}"]
    assert untranslated("ResourceOptions(ignore_changes=['settings.ipv4Only', 'private_routing'])") == []


def test_hooks_on_errors_are_found() -> None:
    assert wrong("ResourceOptions(hooks=ResourceHookBinding(on_error=[hook]))")
    assert wrong("pulumi.ErrorHook('x', f)")


def test_the_list_names_options_that_the_sdk_has() -> None:
    known = set(inspect.signature(pulumi.ResourceOptions.__init__).parameters)
    assert known >= (IGNORED | REFUSED)


def test_an_option_that_the_sdk_gains_is_looked_at() -> None:
    """One that is new here was not in the engine's registration either: say in which list it belongs."""
    looked_at = {
        *("parent", "depends_on", "protect", "provider", "providers", "delete_before_replace", "ignore_changes"),
        *("version", "aliases", "additional_secret_outputs", "id", "import_", "custom_timeouts", "transformations"),
        *("transforms", "hooks", "urn", "replace_on_changes", "plugin_download_url", "retain_on_delete"),
        "deleted_with",
    }
    known = set(inspect.signature(pulumi.ResourceOptions.__init__).parameters) - {"self"}
    assert known == looked_at | IGNORED | REFUSED
