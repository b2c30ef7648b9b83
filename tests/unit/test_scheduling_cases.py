"""The rules against what SwarmKit's own code did: a sample of the recorded cases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import scheduling_cases

from swarmkit_helpers.rules import outcomes

DATA = Path(__file__).parents[1] / "data"
PLACED, REMOVED = DATA / "sched-cases.jsonl", DATA / "scaledown-cases.jsonl"


def read(path: Path) -> Iterator[dict]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def run(monkeypatch, *files: Path) -> int:
    monkeypatch.setattr("sys.argv", ["scheduling", *map(str, files)])
    return scheduling_cases.main()


def test_all_recorded_cases_are_reproduced(monkeypatch, capsys):
    assert run(monkeypatch, PLACED, REMOVED) == 0
    assert capsys.readouterr().out == "184 of 184\n"


def test_small_sets_were_seen_completely():
    # 40 runs show all of a small set, not all of a large one: Go's maps begin anywhere, but go on in one order.
    for case in read(PLACED):
        hosts, request = scheduling_cases.question(case)
        allowed = list(outcomes(hosts, request, case["new_tasks"]))
        if len(allowed) <= 3:
            seen = [scheduling_cases.counts(outcome, hosts) for outcome in case["outcomes"]]
            assert sorted([new.get(host.id, 0) for host in hosts] for new in allowed) == sorted(
                [new[host.id] for host in hosts] for new in seen
            )


@pytest.mark.parametrize(("path", "change"), [
    (PLACED, lambda case: case | {"new_tasks": case["new_tasks"] + 1}),
    (PLACED, lambda case: case | {"explain": ["no suitable node"]}),
    (PLACED, lambda case: case | {"outcomes": []}),
    (PLACED, lambda case: case | {"outcomes": [*case["outcomes"], with_one_more(case)]}),
    (REMOVED, lambda case: case | {"removed": [*case["removed"][1:], 99]}),
    (REMOVED, lambda case: case | {"to": case["to"] + 1}),
], ids=["more tasks", "another message", "no outcome", "one too many", "other slots", "fewer removed"])  # fmt: skip
def test_any_difference_is_a_miss(monkeypatch, capsys, tmp_path, path, change):
    changed = [json.dumps(change(case)) for case in read(path) if case.get("removed", True)][:8]
    bad = tmp_path / "bad.jsonl"
    bad.write_text("\n".join(changed), encoding="utf-8")
    assert run(monkeypatch, bad) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{bad}:1: ")
    assert said[-1] == "0 of 8"
    assert len(said) == 6


def with_one_more(case: dict) -> str:
    """An outcome that places a task more than there are."""
    numbers, _, pending = case["outcomes"][0].partition("+")
    first, *others = json.loads(numbers)
    return f"{json.dumps([str(int(first) + 1), *others], separators=(',', ':'))}+{pending}"


NODE = '{"id": "A", "svc": 0, "other": 0, "cpu": 1, "availability": "active", "state": "ready"}'


@pytest.mark.parametrize(("line", "why"), [
    ("{", "Expecting property name"),
    ("[]", "[] is no object"),
    ("3", "3 is no object"),
    ("[" * 100_000, "maximum recursion depth"),
    ('{"nodes": [], "outcomes": []}', "it has no new_tasks"),
    ('{"nodes": [], "new_tasks": "1", "outcomes": []}', "new_tasks is '1', not a whole number"),
    ('{"nodes": [], "new_tasks": true, "outcomes": []}', "new_tasks is True, not a whole number"),
    ('{"nodes": [], "new_tasks": 1.5, "outcomes": []}', "new_tasks is 1.5, not a whole number"),
    ('{"nodes": ["A"], "new_tasks": 1, "outcomes": []}', "nodes is 'A', not an object"),
    ('{"nodes": [], "new_tasks": 1, "outcomes": null}', "outcomes is None, not a list"),
    ('{"nodes": [], "new_tasks": 1, "outcomes": ["[]+1"]}', "[]+1 is no outcome"),
    ('{"nodes": [], "new_tasks": 1, "outcomes": ["[\\"1\\"]+0pending"]}', '["1"]+0pending is no outcome of 0 nodes'),
    ('{"nodes": [], "new_tasks": 1, "outcomes": [], "reserve_gpu": 1}', "reserve_gpu is unknown here"),
    (f'{{"nodes": [{NODE}, {NODE}], "new_tasks": 1, "outcomes": []}}', "2 have the id 'A'"),
    (f'{{"nodes": [{NODE.replace("1", "1e999")}], "new_tasks": 1, "outcomes": []}}', "cpu is inf, not a number"),
    (f'{{"nodes": [{NODE[:-1]}, "rack": 1}}], "new_tasks": 1, "outcomes": []}}', "rack is 1, not a text"),
    ('{"slots": [], "to": 1, "removed": [], "mode": "global"}', "mode is unknown here"),
    ('{"slots": [], "to": -1, "removed": []}', "to is -1, not a whole number"),
    ('{"slots": [{"slot": "1", "running": true}], "to": 1, "removed": []}', "slot is '1', not a whole number"),
])  # fmt: skip
def test_a_line_that_is_no_case_is_told_and_the_others_are_checked(monkeypatch, capsys, tmp_path, line, why):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(f"{line}\n\n{REMOVED.read_text(encoding='utf-8').splitlines()[0]}\n", encoding="utf-8")
    assert run(monkeypatch, bad) == 1
    told, counted = capsys.readouterr().out.splitlines()
    assert told.startswith(f"{bad}:1: not a case: {why}")
    assert counted == "1 of 2"


def test_what_other_programs_write_is_read(tmp_path):
    """A mark of the byte order, ends of lines as in Windows, a line separator within a text, and null for nothing."""
    slot = '{"slot": 1, "node": "A\u2028", "running": true}, {"slot": 2, "node": null, "running": false}'
    strange = tmp_path / "strange.jsonl"
    strange.write_text(f'\ufeff{{"slots": [{slot}], "to": 1, "removed": [2]}}\r\n\r\n', encoding="utf-8", newline="")
    assert list(scheduling_cases.check(strange)) == [(1, "")]


@pytest.mark.parametrize(("text", "why"), [(None, "cannot be read"), ("\n", "has no case in it")])
def test_a_file_without_cases_is_named(monkeypatch, capsys, tmp_path, text, why):
    path = tmp_path / "none.jsonl"
    if text:
        path.write_text(text, encoding="utf-8")
    assert run(monkeypatch, path) == 2
    assert f"none.jsonl {why}" in capsys.readouterr().err
