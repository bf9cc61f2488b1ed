"""A coverage report for a terminal."""

from rules.coverage.report import Covered, Report

_WIDTH = 60


def as_text(report: Report) -> str:
    """How much was reached, which statements nobody asked, and which expressions had no answer or only one."""
    lines = [f"{report.share:.0%} of {len(report.expressions)} expressions were evaluated."]
    unasked = sorted(line for line, count in report.statements.items() if not count)
    lines += [f"line {line}: this allow was never asked" for line in unasked]
    lines += [f"{_place(one)}: never evaluated: {_short(one)}" for one in report.missed]
    lines += [f"{_place(one)}: always {_only(one)}: {_short(one)}" for one in report.expressions if _only(one)]
    return "\n".join(lines)


def _place(one: Covered) -> str:
    return f"line {one.line}:{one.column}"


def _short(one: Covered) -> str:
    text = " ".join(one.text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _only(one: Covered) -> str:
    """The one answer that a condition ever had; nothing where it had several, or is not a condition."""
    answers = [answer for answer, count in one.values.items() if count]
    return answers[0] if len(answers) == 1 and answers[0] in {"true", "false", "error"} else ""
