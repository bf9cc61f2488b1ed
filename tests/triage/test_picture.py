from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from triage.flows import ANYONE, APP, BACK_END, DATA
from triage.model import Flow
from triage.render.picture import NARROW, WIDE, Canvas, svg

VENDORS = ("OpenAI", "HubSpot", "Stripe", "SendGrid", "Slack", "Zendesk", "Twilio", "A vendor of a very long name & Co")
FLOWS = (
    *(Flow(APP, name, "leak", "1 place that calls it") for name in VENDORS),
    Flow(ANYONE, DATA, "leak", "2 rules let strangers in"),
    Flow("Stripe", BACK_END, "risk", "3 faults of webhooks"),
    Flow(BACK_END, DATA, "ok", "what events change"),
)


@pytest.mark.parametrize("canvas", [WIDE, NARROW])
@pytest.mark.parametrize("flows", [(), FLOWS[:1], FLOWS])
def test_the_picture_is_sound_and_nothing_lies_outside_or_on_top_of_another(canvas: Canvas, flows: tuple) -> None:
    root = ElementTree.fromstring(svg(flows, canvas))
    boxes = [
        tuple(float(one.attrib[key]) for key in ("x", "y", "width", "height"))
        for one in root.iter()
        if one.tag.endswith("rect")
    ]
    assert len(boxes) >= 3
    for x, y, width, height in boxes:
        assert x >= 0
        assert y >= 0
        assert x + width <= canvas.width
        assert y + height <= canvas.height
    for at, (x, y, width, height) in enumerate(boxes):
        for left, top, *_ in boxes[at + 1 :]:
            assert abs(x - left) >= width or abs(y - top) >= height


def test_every_flow_is_said_in_words_for_those_who_do_not_see() -> None:
    label = ElementTree.fromstring(svg(FLOWS)).attrib["aria-label"]
    for flow in FLOWS:
        assert f"{flow.start} to {flow.end}" in label
        assert flow.words in label


def test_the_markers_of_both_pictures_have_their_own_names() -> None:
    wide, narrow = (set(re.findall(r'id="([^"]+)"', svg(FLOWS, canvas))) for canvas in (WIDE, NARROW))
    assert wide
    assert not wide & narrow
