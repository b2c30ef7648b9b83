"""The rules against what SwarmKit's own code did: a sample of the recorded cases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.scheduling import cases, outcomes
from swarmkit_helpers.scheduling.__main__ import main

DATA = Path(__file__).parents[1] / "data"
PLACED, REMOVED = DATA / "sched-cases.jsonl", DATA / "scaledown-cases.jsonl"


def read(path: Path) -> Iterator[dict]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def run(monkeypatch, *files: Path) -> int:
    monkeypatch.setattr("sys.argv", ["scheduling", *map(str, files)])
    return main()


def test_all_recorded_cases_are_reproduced(monkeypatch, capsys):
    assert run(monkeypatch, PLACED, REMOVED) == 0
    assert capsys.readouterr().out == "184 of 184\n"


def test_small_sets_were_seen_completely():
    # 40 runs show all of a small set, not all of a large one: Go's maps begin anywhere, but go on in one order.
    for case in read(PLACED):
        hosts, request = cases.question(case)
        allowed = list(outcomes(hosts, request, case["new_tasks"]))
        if len(allowed) <= 3:
            seen = [cases.counts(outcome, hosts) for outcome in case["outcomes"]]
            assert sorted([new.get(host.id, 0) for host in hosts] for new in allowed) == sorted(
                [new[host.id] for host in hosts] for new in seen)


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


@pytest.mark.parametrize(("line", "why"), [
    ("{", "line 1 of .* is not a case: "),
    ("[]", "line 1 of .* is not a case: "),
    ('{"nodes": []}', "it has no 'new_tasks'"),
    ('{"nodes": [], "new_tasks": 1, "outcomes": ["[]+1"]}', r"\[\]\+1 is no outcome"),
    ('{"nodes": [], "new_tasks": 1, "outcomes": [], "reserve_gpu": 1}', "reserve_gpu is unknown here"),
    ('{"slots": [], "to": 1, "removed": [], "mode": "global"}', "mode is unknown here"),
])
def test_a_line_that_is_no_case_is_named(tmp_path, line, why):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(line, encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        list(cases.check(bad))


def test_a_file_that_is_not_there_is_named(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, tmp_path / "none.jsonl") == 2
    assert "none.jsonl cannot be read" in capsys.readouterr().err
