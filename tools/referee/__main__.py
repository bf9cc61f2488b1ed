"""`python -m tools.referee`: exports a stack, has Checkov judge it, and holds the result against what is explained."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tools.referee.explained import EXPLAINED
from tools.referee.terraform import plan
from tools.referee.verdict import Verdict, judge

HERE = Path(__file__).parent
ENVIRONMENT = Path(".venv-referee")
LOCK = HERE / "requirements.txt"


def main() -> int:
    """Print the verdict; 0 when every finding is explained, 1 when not, 3 when Checkov or the stack was not there."""
    parser = argparse.ArgumentParser(prog="python -m tools.referee", description=main.__doc__)
    parser.add_argument("--stack", default="local", help="a stack that is up; `pulumi` has to find it (./launch env)")
    stack = parser.parse_args().stack
    try:
        exported = json.loads(_run("pulumi", "stack", "export", "--stack", stack))
        verdict = judge(_report(exported, _checkov()), EXPLAINED)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        print(
            f'Could not check: {said.strip()}\nRun `eval "$(./launch env)"` first, with the stack up.', file=sys.stderr
        )
        return 3
    _tell(verdict)
    return 0 if verdict.is_well else 1


def _tell(verdict: Verdict) -> None:
    for line in verdict.unexplained:
        print(f"✗ {line}")
    for line in verdict.stale:
        print(f"✗ {line} is explained, but Checkov does not find it any more; drop the explanation")
    for line in verdict.explained:
        print(f"  {line} is explained in tools/referee/explained.py")
    counts = f"{len(verdict.explained)} explained, {len(verdict.unexplained)} unexplained"
    print(f"Checkov: {verdict.passed} checks passed, {counts}")


def _checkov() -> Path:
    """Return the command, installed from the lock on first use."""
    done, command = ENVIRONMENT / "installed.txt", ENVIRONMENT / "bin" / "checkov"
    if not done.exists() or done.read_bytes() != LOCK.read_bytes():
        print("Installing Checkov (once; a minute or two) …", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        _run(str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK))
        done.write_bytes(LOCK.read_bytes())
    return command


def _report(exported: dict[str, object], checkov: Path) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(json.dumps(plan(exported)), encoding="utf-8")
        options = ("--framework", "terraform_plan", "--output", "json", "--compact", "--skip-download", "--soft-fail")
        report: dict[str, object] = json.loads(_run(str(checkov), "--file", str(file), *options))
    return report


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
