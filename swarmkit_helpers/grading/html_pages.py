"""The pages of a graded class. Each is one file that needs nothing else: no network, no script.

Whatever came from a student or from their kernel is escaped; the pictures are the examiner's own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape

from .. import language as languages
from ..course.checks import formatted, whole
from ..course.sections import SECTIONS
from ..language import _, ngettext
from ..records import Json, natural_key
from .entry import Entry

_SIGNS = {"passed": "✓", "not yet": "△", "not attempted": "○"}
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # should an escape ever be forgotten
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
  min-width: 80px; }
.bar > i { display: block; float: left; height: 100%; background: var(--accent); } td .bar { margin-top: 7px; }
.bar > .passed { background: var(--good); } .bar > .not-yet { background: var(--part); }
.low { color: var(--part); font-weight: 650; } details { margin-top: 8px; }
article { border: 1px solid var(--line); border-left: 5px solid var(--none); border-radius: 6px; padding: 10px 14px;
  margin: 10px 0; break-inside: avoid; overflow-wrap: anywhere; }
article.passed { border-left-color: var(--good); } article.not-yet { border-left-color: var(--part); }
article > div { margin-top: 2px; } .points { float: right; font-variant-numeric: tabular-nums; }
.passed .sign { color: var(--good); } .not-yet .sign { color: var(--part); } .sign { color: var(--none); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td code { white-space: nowrap; }
figure { margin: 12px 0; padding: 10px; background: #fff; color: #1d2733; border-radius: 6px; overflow-x: auto; }
figure a, figure summary { color: #1d2733; }
summary { cursor: pointer; color: var(--soft); } ul { padding-left: 22px; }
.histogram { display: flex; align-items: flex-end; gap: 6px; height: 170px; margin: 12px 0 0; }
.histogram > div { flex: 1; text-align: center; font-size: .8rem; } .histogram i { display: block;
  background: var(--accent); border-radius: 3px 3px 0 0; }
@media print { body { max-width: none; } details { display: none; } }
"""


def feedback(student: str, entries: Sequence[Entry], asked: Mapping[str, int]) -> str:
    """The page of one student, in the language of their notebooks."""
    code = next((entry.submission.language for entry in entries if entry.submission.language), languages.current())
    with speaking(code):
        points, most = sum(entry.points for entry in entries), sum(asked.values())
        body = [
            f"<h1>{escape(_('Docker Swarm practicum: your results'))}</h1>",
            f'<p class="soft">{escape(student)}</p>',
            f'<p><span class="big">{points:g}</span> {escape(_("of {n} points").format(n=most))}</p>',
            _bar({"all": points}, most),
            f'<p class="soft">{escape(_outcomes(entries))}</p>',
        ]
        by_section = {entry.submission.section: entry for entry in entries if entry.found}
        ungraded = escape(_("This could not be graded. Your teacher was told:"))
        body += [
            f"<article><strong>{ungraded}</strong><div>{escape(problem)}</div></article>"
            for entry in entries
            for problem in entry.problems
        ]
        for section, of in asked.items():
            body.append(_section(section, of, by_section.get(section)))
        return _page(_("Results of {student}").format(student=student), body)


def _outcomes(entries: Sequence[Entry]) -> str:
    """How many exercises went how."""
    went = Counter(each["outcome"] for entry in entries for each in entry.results)
    return _("{passed} passed, {tried} not yet, {left} not attempted").format(
        passed=went["passed"], tried=went["not yet"], left=went["not attempted"]
    )


def _section(section: str, of: int, entry: Entry | None) -> str:
    title = f"{section.partition('-')[0]} · {SECTIONS[section].title()}"
    points = f"{entry.points:g} / {of}" if entry else f"0 / {of}"
    parts = [f'<h2>{escape(title)} <span class="points">{points}</span></h2>']
    if entry is None:
        return f'{parts[0]}<p class="soft">{escape(_("Not handed in."))}</p>'
    parts += [_result(each) for each in entry.results]
    remarks = [*entry.notes, *(_remark(each) for each in entry.found["result"]["remarks"])]
    if remarks:
        items = "".join(f"<li>{escape(text)}</li>" for text in remarks)
        parts.append(f"<h3>{escape(_('To know about this notebook'))}</h3><ul>{items}</ul>")
    charts = "".join(f"<h3>{escape(chart['title'])}</h3>{chart['html']}" for chart in entry.found["result"]["charts"])
    if charts:
        parts.append(f"<details open><summary>{escape(_('What your swarm did'))}</summary>{charts}</details>")
    if timeline := entry.found["result"]["timeline"]:
        start = timeline[0]["at"]
        rows = "".join(
            f'<tr><td class="n">{event["at"] - start:.1f} s</td><td>{escape(event["what"])}</td>'
            f"<td>{escape(event['name'])}</td><td>{escape(event['text'])}</td></tr>"
            for event in timeline
        )
        parts.append(
            f"<details><summary>{escape(_('Everything that happened, in the order of time'))}</summary>"
            f'<div class="scroll"><table><tbody>{rows}</tbody></table></div></details>'
        )
    if entry.found.get("executed"):
        parts.append(f'<p><a href="{section}.ipynb">{escape(_("Your notebook, as it ran"))}</a></p>')
    return "".join(parts)


def _result(result: Json) -> str:
    hint = f"<div><em>{escape(_('What to try'))}:</em> {formatted(result['hint'])}</div>" if result["hint"] else ""
    words = {"passed": _("Passed"), "not yet": _("Not yet"), "not attempted": _("Not attempted yet")}
    return (
        f'<article class="{result["outcome"].replace(" ", "-")}"><span class="points">{result["points"]:g} / '
        f'{result["of"]}</span><strong><span class="sign" aria-hidden="true">{_SIGNS[result["outcome"]]}</span> '
        f"{escape(words[result['outcome']])}</strong> · <code>{escape(result['exercise'])}</code>"
        f"<div>{formatted(result['message'])}</div>{hint}</article>"
    )


def _remark(remark: Json) -> str:
    return f"{remark['cell']}: {remark['text']}" if remark["cell"] else remark["text"]


def overview(
    students: Mapping[str, Sequence[Entry]], asked: Mapping[str, int], commonest: Sequence[tuple[str, str, str, int]]
) -> str:
    """The page of the class, for the teacher."""
    most = sum(asked.values())
    totals = {student: whole(sum(entry.points for entry in entries)) for student, entries in students.items()}
    ranked = sorted(totals.values())
    median = (ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2 if ranked else 0
    body = [
        f"<h1>{escape(_('Docker Swarm practicum: the class'))}</h1>",
        '<p class="soft">',
        escape(
            _(
                "{students} students, {notebooks} notebooks; {points} points can be reached; the median is {median:g}"
            ).format(students=len(students), notebooks=sum(map(len, students.values())), points=most, median=median)
        ),
        "</p>",
        f"<h2>{escape(_('Who may need attention'))}</h2>",
        _attention(students, totals, asked),
        f"<h2>{escape(_('How the points are distributed'))}</h2>",
        _histogram(list(totals.values()), most),
    ]
    body += [f"<h2>{escape(_('How each exercise went'))}</h2>", _exercises(students)]
    if commonest:
        rows = [
            [f"{number} ×", f"<code>{escape(section)}</code> <code>{escape(exercise)}</code>", formatted(message)]
            for section, exercise, message, number in commonest
        ]
        body += [
            f"<h2>{escape(_('What was missed most often'))}</h2>",
            _table([_("how often"), _("exercise"), _("what the check said, for example")], rows, numbers={0}),
        ]
    problems = [problem for entries in students.values() for entry in entries for problem in entry.problems]
    if problems:
        items = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
        body += [f"<h2>{escape(_('What could not be graded'))}</h2><ul>{items}</ul>"]
    body += [f"<h2>{escape(_('Students'))}</h2>", _students(students, totals, asked)]
    return _page(_("The class"), body)


def _attention(students: Mapping[str, Sequence[Entry]], totals: Mapping[str, float], asked: Mapping[str, int]) -> str:
    """Who has less than half of the points, or something that could not be graded; the fewest points first."""
    most, rows = sum(asked.values()), []
    for student in sorted(students, key=lambda student: (totals[student], natural_key(student))):
        problems = sum(bool(entry.problems) for entry in students[student])
        if problems or totals[student] < most / 2:
            seen = {entry.submission.section for entry in students[student]}
            missing = set() if None in seen else set(asked) - seen
            why = (
                [
                    ngettext("{n} notebook could not be graded", "{n} notebooks could not be graded", problems).format(
                        n=problems
                    )
                ]
                if problems
                else []
            )
            if missing:
                why.append(
                    _("not handed in: {sections}").format(
                        sections=", ".join(sorted(section.partition("-")[0] for section in missing))
                    )
                )
            rows.append(
                [
                    _link(student),
                    f"<strong>{totals[student]:g}</strong>",
                    escape("; ".join(why)),
                    escape(_outcomes(students[student]) if seen & set(asked) else ""),
                ]
            )
    if not rows:
        return f"<p>{escape(_('Everybody has half of the points or more, and everything could be graded.'))}</p>"
    return _table([_("student"), _("points"), _("why"), _("exercises")], rows, numbers={1})


def _histogram(totals: Sequence[float], most: int) -> str:
    """How many students have how many tenths of the points."""
    counts = [0] * 10
    for points in totals:
        counts[min(9, int(10 * points / (most or 1)))] += 1
    top = max(counts) or 1
    names = [f"{10 * tenth}–{10 * tenth + 10} %" for tenth in range(10)]
    bars = "".join(
        f'<div>{count or ""}<i style="height: {130 * count / top:.0f}px"></i>{name}</div>'
        for name, count in zip(names, counts, strict=True)
    )
    said = ", ".join(f"{name}: {count}" for name, count in zip(names, counts, strict=True))
    return f'<div class="histogram" role="img" aria-label="{escape(said)}">{bars}</div>'


def _exercises(students: Mapping[str, Sequence[Entry]]) -> str:
    reached: dict[tuple[str, str], list[Json]] = {}
    for entries in students.values():
        for entry in entries:
            for each in entry.results:
                reached.setdefault((each["section"], each["exercise"]), []).append(each)
    order = list(SECTIONS)
    rows = []
    for (section, exercise), results in sorted(reached.items(), key=lambda item: order.index(item[0][0])):
        passed = sum(each["outcome"] == "passed" for each in results)
        tried = sum(each["outcome"] == "not yet" for each in results)
        share = _marked(f"{100 * passed / len(results):.0f} %", 2 * passed < len(results))
        rows.append(
            [
                f"<code>{escape(section)}</code> <code>{escape(exercise)}</code>",
                _bar({"passed": passed, "not-yet": tried}, len(results)),
                share,
                f"{passed}",
                f"{tried}",
                f"{len(results) - passed - tried}",
            ]
        )
    titles = [_("exercise"), "", _("share passed"), _("passed"), _("not yet"), _("not attempted")]
    return _table(titles, rows, numbers={2, 3, 4, 5})


def _students(students: Mapping[str, Sequence[Entry]], totals: Mapping[str, float], asked: Mapping[str, int]) -> str:
    rows = []
    for student in sorted(students, key=natural_key):
        by_section = {entry.submission.section: entry for entry in students[student] if entry.found}
        cells = [f"{by_section[section].points:g}" if section in by_section else "–" for section in asked]
        all_of_it = _marked(f"{totals[student]:g}", 2 * totals[student] < sum(asked.values()))
        rows.append([_link(student), *cells, all_of_it])
    titles = [_("student"), *(f"{section.partition('-')[0]} ({of})" for section, of in asked.items()), _("all")]
    return _table(titles, rows, numbers=set(range(1, len(titles))))


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> str:
    """A table; the titles are text, the cells HTML; `numbers` are the columns that are aligned to the right."""

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


def _link(student: str) -> str:
    return f'<a href="students/{escape(student)}/feedback.html">{escape(student)}</a>'


def _marked(text: str, low: bool) -> str:
    """The text, marked if what it says is little."""
    return f'<span class="low">▼ {text}</span>' if low else f"<strong>{text}</strong>"


def _bar(parts: Mapping[str, float], whole: float) -> str:
    """A bar with a piece for each part, of the class that is its name; the first is what is told."""
    shares = {name: 100 * part / (whole or 1) for name, part in parts.items()}
    pieces = "".join(f'<i class="{name}" style="width: {share:.1f}%"></i>' for name, share in shares.items())
    return f'<div class="bar" role="img" aria-label="{next(iter(shares.values())):.0f} %">{pieces}</div>'


def _page(title: str, body: Sequence[str]) -> str:
    return (
        f'<!doctype html><html lang="{languages.current()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Texts are in that language inside the block."""
    before = languages.current()
    languages.use(code)
    try:
        yield
    finally:
        languages.use(before)
