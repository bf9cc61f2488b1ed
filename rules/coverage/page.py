"""A coverage report as a page that needs nothing but itself."""

from html import escape

from rules.coverage.report import Covered, Report

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c1c1c; background: #fff }
pre { font: 13px/1.6 ui-monospace, monospace; counter-reset: line; tab-size: 2 }
pre .line::before { counter-increment: line; content: counter(line); display: inline-block; width: 3em;
  margin-right: 1em; text-align: right; color: #6b6b6b }
.missed { background: #ffd9d6 } .error { background: #ffe9b8 } .reached { background: #dff3e0 }
"""


def as_html(report: Report, title: str = "Rules coverage") -> str:
    """The rules with every expression coloured by what it came to; a pointer on one shows its counts."""
    body = "".join(f'<span class="line">{line}</span>\n' for line in _marked(report).split("\n"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{report.share:.0%} of {len(report.expressions)} expressions were evaluated. "
        f'<span class="reached">evaluated</span> <span class="error">only errors</span> '
        f'<span class="missed">never evaluated</span></p><pre>{body}</pre></body></html>\n'
    )


def _marked(report: Report) -> str:
    out, waiting, at = [], list[Covered](), 0
    for one in (*report.expressions, None):
        until = len(report.text) if one is None else one.start
        while waiting and waiting[-1].end <= until:
            done = waiting.pop()
            out.append(_plain(report.text[at : done.end], waiting, done) + "</span>")
            at = done.end
        out.append(_plain(report.text[at:until], waiting, waiting[-1] if waiting else None))
        at = until
        if one is not None:
            out.append(_open(one))
            waiting.append(one)
    return "".join(out)


def _open(one: Covered) -> str:
    counts = ", ".join(f"{count} × {value}" for value, count in one.values.items()) or "never evaluated"
    kind = "missed" if not one.count else "error" if set(one.values) == {"error"} else "reached"
    return f'<span class="{kind}" title="{escape(counts)}">'


def _plain(text: str, around: list[Covered], innermost: Covered | None) -> str:
    """Text whose line breaks close and open again all spans that are open, so that every line stands alone."""
    spans = around if innermost is None or innermost in around else [*around, innermost]
    again = "</span>" * len(spans) + "\n" + "".join(_open(one) for one in spans)
    return escape(text).replace("\n", again)
