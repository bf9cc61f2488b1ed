"""What Cloud Monitoring refuses about how checks ask, how long alerts wait, objectives, and the tiles of dashboards.

Sources: the API's descriptions of HttpCheck, ContentMatcher, MetricAbsence, MetricThreshold, ForecastOptions,
NotificationChannelStrategy, TimeSeriesRatio, WindowsBasedSli, MosaicLayout and Tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.quantities import seconds
from localcloud.providers.rules.counting import written_board
from localcloud.providers.tables.gcp_monitoring import ALERT, UPTIME
from localcloud.providers.values import Properties, Unknown, at, every, is_unknown, mappings

OBJECTIVE = "gcp:monitoring/slo:Slo"
DAY = 86_400  # seconds
MOST_HEADERS = 100
MOST_COLUMNS = 48
RATIOS = (
    "requestBasedSli.goodTotalRatio",
    "windowsBasedSli.goodTotalRatioThreshold.performance.goodTotalRatio",
)
RATIO = ("goodServiceFilter", "badServiceFilter", "totalServiceFilter")
PROMPTS = ("OPENED", "CLOSED")
SPANS: Mapping[str, tuple[float, float, str]] = {  # path → seconds at least, at most, in words
    "conditions.conditionAbsent.duration": (120, DAY, "120s or more, in whole minutes"),
    "conditions.conditionThreshold.forecastOptions.forecastHorizon": (3_600, 216_000, "3600s to 216000s, 60 hours"),
    "alertStrategy.notificationChannelStrategies.renotifyInterval": (1_800, DAY, "1800s to 86400s, a day"),
}
FIELDS = frozenset(  # of a dashboard
    {"annotations", "columnLayout", "dashboardFilters", "displayName", "etag", "gridLayout", "labels", "mosaicLayout"}
    | {"name", "rowLayout"}
)


def wrong_request(case: Case) -> str | None:
    """Refuse checks whose content type does not go with their method, and matchers without what they need."""
    return case.told(_request(case.inputs)) if case.traits.token == UPTIME else None


def _request(check: Properties) -> Iterator[str]:
    asked = check.get("httpCheck")
    if isinstance(asked, dict) and not is_unknown(asked):
        yield from _content_type(asked)
        if len(asked.get("headers") or {}) > MOST_HEADERS:
            yield f"httpCheck has {len(asked['headers'])} headers ({REFUSED}). Use at most {MOST_HEADERS}."
    for matcher in mappings(check.get("contentMatchers")):
        kind = str(matcher.get("matcher"))
        if kind.endswith("MATCHES_JSON_PATH") and matcher.get("jsonPathMatcher") is None:
            yield f"a contentMatcher is {kind} without jsonPathMatcher ({REFUSED}). Say where, such as $.status."
    if check.get("displayName") == "":
        yield f"displayName is empty ({REFUSED}). Name the check."


def _content_type(asked: Properties) -> Iterator[str]:
    """Yield which of the API's listed errors of contentType and customContentType a request is."""
    method, kind, own = (asked.get(name) for name in ("requestMethod", "contentType", "customContentType"))
    is_post, is_typed = method == "POST", kind not in (None, "", "TYPE_UNSPECIFIED")
    if is_post and not is_typed:
        yield f"httpCheck is a POST without contentType ({REFUSED}). Set URL_ENCODED, or USER_PROVIDED for JSON."
    if not is_post and is_typed:
        yield f"httpCheck has a contentType, which goes with POST alone ({REFUSED}). Leave it out."
    if is_typed and any(str(name).lower() == "content-type" for name in asked.get("headers") or {}):
        yield f"httpCheck has contentType and a header Content-Type ({REFUSED}). Keep contentType."
    if kind == "USER_PROVIDED" and not own:
        yield f"contentType is USER_PROVIDED without customContentType ({REFUSED}). Set it, such as application/json."
    if own and kind != "USER_PROVIDED":
        yield f"customContentType goes with the contentType USER_PROVIDED alone ({REFUSED}). Set contentType to that."


def wrong_wait(case: Case) -> str | None:
    """Refuse times that are too short or too long, and what is done about missing data at once."""
    return case.told(_waits(case.inputs)) if case.traits.token == ALERT else None


def _waits(policy: Properties) -> Iterator[str]:
    for path, (least, most, words) in SPANS.items():
        for told in every(policy, path):
            time = seconds(told)
            if time is not None and not least <= time <= most:
                yield f"{path.rpartition('.')[2]} is {told} ({REFUSED}). Use {words}."
    for threshold in every(policy, "conditions.conditionThreshold"):
        missing, time = at(threshold, "evaluationMissingData"), seconds(at(threshold, "duration"))
        if isinstance(missing, str) and missing and time is not None and time < 60:
            yield f"evaluationMissingData needs a duration of 60s or more ({REFUSED}). Raise duration to 60s."
    for prompts in every(policy, "alertStrategy.notificationPrompts"):
        strange = [each for each in prompts if each not in PROMPTS] if isinstance(prompts, list) else []
        if strange and not isinstance(strange[0], Unknown):
            yield f"notificationPrompts has {strange[0]} ({REFUSED}). Use {' and '.join(PROMPTS)}."


def wrong_objective(case: Case) -> str | None:
    """Refuse ratios of one or three series, and windows that do not fill a day."""
    return case.told(_objective(case.inputs)) if case.traits.token == OBJECTIVE else None


def _objective(objective: Properties) -> Iterator[str]:
    for path in RATIOS:
        ratio = at(objective, path)
        given = [name for name in RATIO if ratio.get(name)] if isinstance(ratio, dict) else []
        if given and len(given) != 2:
            yield f"goodTotalRatio has {' and '.join(given)} ({REFUSED}). Set exactly two of {', '.join(RATIO)}."
    told = at(objective, "windowsBasedSli.windowPeriod")
    time = seconds(told)
    if time is not None and (time < 60 or DAY % time):
        yield f"windowPeriod is {told} ({REFUSED}). Use 60s or more, of which a day is a multiple, such as 300s."


def wrong_tiles(case: Case) -> str | None:
    """Refuse dashboards with unknown parts, of two layouts, and with tiles beside the grid."""
    board = written_board(case)
    return None if board is None else case.told(_dashboard(board))


def _dashboard(board: Properties) -> Iterator[str]:
    strange = sorted({*board} - FIELDS)
    if strange:
        known = ", ".join(sorted(FIELDS))
        yield f'dashboardJson has "{strange[0]}", which dashboards do not have ({REFUSED}). Use {known}.'
    layouts = [name for name in sorted(board) if name.endswith("Layout")]
    if len(layouts) > 1:
        yield f"dashboardJson has {' and '.join(layouts)} ({REFUSED}). Keep one of them."
    mosaic = board.get("mosaicLayout")
    yield from _mosaic(mosaic) if isinstance(mosaic, dict) else ()


def _mosaic(mosaic: Properties) -> Iterator[str]:
    columns = mosaic.get("columns")
    if isinstance(columns, int) and not 1 <= columns <= MOST_COLUMNS:
        yield f"mosaicLayout has {columns} columns ({REFUSED}). Use 1 to {MOST_COLUMNS}."
    for tile in mappings(mosaic.get("tiles")):
        left, top, width, height = (tile.get(name, 0) for name in ("xPos", "yPos", "width", "height"))
        if not all(isinstance(each, int) for each in (left, top, width, height)):
            continue
        if min(left, top) < 0 or min(width, height) < 1:
            yield f"a tile is {width} × {height} at {left}, {top} ({REFUSED}). Give it a width and height of 1 or more."
        if isinstance(columns, int) and left + width > columns:
            yield f"a tile ends at column {left + width} of {columns} ({REFUSED}). Move it, or make it narrower."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("check-request", Stage.CHECK, "Monitoring API, HttpCheck, ContentMatcher", wrong_request),
    LaunchRule("alert-waits", Stage.CHECK, "Monitoring API, MetricAbsence, ForecastOptions and others", wrong_wait),
    LaunchRule("objective-parts", Stage.CHECK, "Monitoring API, TimeSeriesRatio, WindowsBasedSli", wrong_objective),
    LaunchRule("dashboard-parts", Stage.CHECK, "Monitoring API v1, Dashboard, MosaicLayout, Tile", wrong_tiles),
)
