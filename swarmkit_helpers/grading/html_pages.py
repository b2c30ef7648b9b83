"""The parts of the pages of a graded class, and of a report. Each is one file that needs nothing else: no network.

What came from a student or from their kernel is escaped. In case an escape was forgotten, a page begins with a policy
for the browser: it loads nothing, and runs no script but the course's own.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape

from ..language import current

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
# Of a page that a server of ours shows: it may also send forms to that server.
SERVED_POLICY = _POLICY.replace("form-action 'none'", "form-action 'self'; connect-src 'self'")
END = "</body></html>\n"
META_TAGS = 3  # of a page: its encoding, its policy and the width of its view
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --soft: #5b6878; --line: #d5dce4; --fill: #f3f6f9;
  --good: #1f7a48; --part: #9a5b00; --none: #6b7683; --accent: #2563ac; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --paper: #14191f; --soft: #a7b3c0; --line: #36414d;
  --fill: #1d242c; --good: #5cc98c; --part: #f0b050; --none: #98a4b0; --accent: #7db4f0; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 920px; padding: 24px 16px 64px; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 4px; } h2 { font-size: 1.2rem; margin: 36px 0 8px; } h3 { font-size: 1rem; }
a { color: var(--accent); } code { background: var(--fill); padding: 1px 4px; border-radius: 3px; }
.soft { color: var(--soft); } .big { font-size: 2rem; font-weight: 650; }
.bar { height: 10px; background: var(--fill); border: 1px solid var(--line); border-radius: 5px; overflow: hidden;
  min-width: 80px; print-color-adjust: exact; }
.bar > i { display: block; float: left; height: 100%; background: var(--accent); } td .bar { margin-top: 7px; }
.bar > .passed { background: var(--good); } .bar > .not-yet { background: var(--part); }
.bar > .not-as-predicted { background: var(--none); }
.low { color: var(--part); font-weight: 650; } details { margin-top: 8px; }
article { border: 1px solid var(--line); border-left: 5px solid var(--none); border-radius: 6px; padding: 10px 14px;
  margin: 10px 0; break-inside: avoid; overflow-wrap: anywhere; }
article.passed { border-left-color: var(--good); } article.not-yet { border-left-color: var(--part); }
article > div { margin-top: 2px; } .points { float: right; font-variant-numeric: tabular-nums; }
.passed .sign { color: var(--good); } .not-yet .sign { color: var(--part); } .sign { color: var(--none); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; }
td code { white-space: nowrap; }
figure { margin: 12px 0; padding: 10px; background: #fff; color: #1d2733; border-radius: 6px; overflow-x: auto; }
figure a, figure summary { color: #1d2733; }
summary { cursor: pointer; color: var(--soft); } ul { padding-left: 22px; }
.histogram { display: flex; align-items: flex-end; gap: 6px; height: 170px; margin: 12px 0 0; }
.histogram > div { flex: 1; text-align: center; font-size: .8rem; } .histogram i { display: block;
  background: var(--accent); border-radius: 3px 3px 0 0; }
@media print { body { max-width: none; } details { display: none; } }
"""


def page(title: str, body: Sequence[str], style: str = "", script: str = "", policy: str = _POLICY) -> str:
    """The whole page; the title is text, the parts of the body are HTML; `style` is added, `script` runs at its end.

    `policy` is what the browser lets the page do besides that script.
    """
    parts = [*body, f"<script>{script}</script>"] if script else body
    return (
        f'{beginning(current(), script, policy)}<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style></head><body>{''.join(parts)}{END}"
    )


def beginning(language: str, script: str = "", policy: str = _POLICY) -> str:
    """How a page in that language begins, with the policy that lets the browser run that script only."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"{policy}; script-src 'sha256-{digest}'" if script else policy
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    )


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> str:
    """A table; the titles are text, the cells HTML; `numbers` are the columns to align to the right."""

    def row(kind: str, cells: Sequence[str]) -> str:
        return (
            "<tr>"
            + "".join(
                f"<{kind}{' class=n' if place in numbers else ''}>{cell}</{kind}>" for place, cell in enumerate(cells)
            )
            + "</tr>"
        )

    head, body = row("th", [escape(title) for title in titles]), "".join(row("td", cells) for cells in rows)
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def bar(parts: Mapping[str, float], whole: float) -> str:
    """A bar with a piece for each part, whose name is its CSS class; a screen reader says the first part."""
    shares = {name: 100 * part / (whole or 1) for name, part in parts.items()}
    pieces = "".join(f'<i class="{name}" style="width: {share:.1f}%"></i>' for name, share in shares.items())
    return f'<div class="bar" role="img" aria-label="{next(iter(shares.values())):.0f} %">{pieces}</div>'
