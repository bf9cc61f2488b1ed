"""The report as one page that needs nothing else: one screen for a founder, the details below."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, select_autoescape
from markupsafe import Markup

from blueprint.finding import Status
from triage.catalogue import CHECKS
from triage.model import STEP_TITLES, Report, Step
from triage.render.picture import COLOURS, NARROW, svg
from triage.render.text import by_cause, counts, said, where, worst

SHOWN = 6  # flows in the list below the picture
ACCOUNTS = frozenset(check.title for check in CHECKS.values() if check.id.startswith("online."))


def html(report: Report, made_on: str) -> str:
    """Return the page; `made_on` is the day to print on it."""
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True), trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    made = counts(report)
    return template.render(
        report=report,
        name=Path(report.root).name or report.root,
        made_on=made_on,
        picture=Markup(svg(report.flows) + svg(report.flows, NARROW)),  # noqa: S704 - made by us, its names escaped
        flows=report.flows[:SHOWN],
        more=max(len(report.flows) - SHOWN, 0),
        asked=any(title for step in report.checked.values() for title in step if title in ACCOUNTS),
        most=max([1, *by_cause(report).values()]),
        fail=made[Status.FAIL],
        warn=made[Status.WARN],
        unknown=made[Status.UNKNOWN],
        worst=worst(report),
        causes=by_cause(report),
        steps=[_step(report, step) for step in Step],
        where=where,
        said=said,
        colours=COLOURS,
        title=_title(made[Status.FAIL], made[Status.WARN]),
    )


def _title(fail: int, warn: int) -> str:
    if fail:
        return f"{fail} thing{'s' if fail > 1 else ''} to fix now"
    return (
        f"Nothing urgent, {warn} thing{'s' if warn != 1 else ''} to fix soon"
        if warn
        else "Nothing was found in what could be checked"
    )


def _step(report: Report, step: Step) -> dict[str, object]:
    return {
        "number": int(step),
        "title": STEP_TITLES[step],
        "found": [one for one in report.found if one.check.step is step],
        "checked": report.checked.get(step, ()),
        "unchecked": [one for one in report.unchecked if one.step is step],
    }
