"""What Cloud Monitoring refuses about the widgets of a dashboard: parts and words that the API does not know.

It reads the JSON strictly (400, unknown name; 400, invalid value). Source: the reference of projects.dashboards
(version 1), Widget, XyChart.DataSet, Scorecard.SparkChartView and Text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.counting import written_board
from localcloud.providers.values import Properties, Value, every, mappings

CONTENTS = frozenset(
    {"alertChart", "blank", "collapsibleGroup", "errorReportingPanel", "filterControl", "incidentList", "logsPanel"}
    | {"pieChart", "scorecard", "sectionHeader", "singleViewGroup", "text", "timeSeriesTable", "treemap", "xyChart"}
)
BESIDE = frozenset({"id", "title", "visibilityCondition"})
WIDGETS = ("gridLayout.widgets", "mosaicLayout.tiles.widget", "rowLayout.rows.widgets", "columnLayout.columns.widgets")
NUMBERS = ("gridLayout.columns", "mosaicLayout.columns")
WORDS: Mapping[str, tuple[str, ...]] = {  # path in a widget → the words that the API has for it, but for no choice
    "xyChart.dataSets.plotType": ("LINE", "STACKED_AREA", "STACKED_BAR", "HEATMAP"),
    "xyChart.dataSets.targetAxis": ("Y1", "Y2"),
    "scorecard.sparkChartView.sparkChartType": ("SPARK_LINE", "SPARK_BAR"),
    "text.format": ("MARKDOWN", "RAW"),
}


def wrong_widgets(case: Case) -> str | None:
    """Refuse widgets of no kind that there is, of two kinds, charts of nothing, and words that the API lacks."""
    board = written_board(case)
    return None if board is None else case.told(_board(board))


def _board(board: Properties) -> Iterator[str]:
    for path in NUMBERS:
        for columns in every(board, path):
            if not isinstance(columns, int) and not (isinstance(columns, str) and columns.isdecimal()):
                yield f'{path} is "{columns}" ({REFUSED}). Write a whole number.'
    for path in WIDGETS:
        for found in every(board, path):
            for widget in mappings(found if isinstance(found, list) else [found]):
                yield from _widget(widget)


def _widget(widget: Properties) -> Iterator[str]:
    name = f'the widget "{widget.get("title", "")}"'
    strange = sorted({*widget} - CONTENTS - BESIDE)
    if strange:
        yield f"{name} has {strange[0]}, which the API does not know ({REFUSED}). Use {', '.join(sorted(CONTENTS))}."
    contents = sorted({*widget} & CONTENTS)
    if len(contents) > 1:
        yield f"{name} has {' and '.join(contents)} ({REFUSED}). Make a widget of each."
    if "xyChart" in widget and not every(widget, "xyChart.dataSets"):
        yield f"{name} has a chart without dataSets ({REFUSED}). Say what it shows."
    for path, words in WORDS.items():
        for word in every(widget, path):
            if not _is_none(word) and word not in words:
                yield f"{name}: {path} is {word} ({REFUSED}). Use one of {', '.join(words)}."


def _is_none(word: Value) -> bool:
    return isinstance(word, str) and word.endswith("UNSPECIFIED")


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("dashboard-widgets", Stage.CHECK, "Monitoring API v1, Widget", wrong_widgets),
)
