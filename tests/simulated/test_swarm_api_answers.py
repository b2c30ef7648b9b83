"""What a real engine answered to 147 requests in a row, asked of the simulated one.

Recorded on Docker 20.10.24, a swarm of two nodes; the simulated engine speaks as a later one where that differs.
`after` is how many seconds had passed before the request; version "V" is the object's own.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.simulated_api import SmallSwarmAPI

RECORDED = Path(__file__).parents[1] / "data" / "control-answers.jsonl"
CASES = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
# What is another in every run; a digest of 50 digits is in join tokens, 64 has the id of a container.
MASKS = (
    (r'"\d{4}-\d\d-\d\dT[^"]*Z"', '"moment"'),
    (r"\b[0-9a-z]{50}-[0-9a-z]{25}\b", "REDACTED-REDACTED"),
    (r"\b[0-9a-z]{25}\b", "id"),
    (r"\b[0-9a-z]{50,64}\b", "container"),
    (r'"PID": \d+', '"PID": 1'),
    (r'"Index": \d+', '"Index": 1'),
    (r'"10\.0\.\d+\.\d+/24"', '"address"'),
)
# How engines since 23.0 say the same.
LATER = (
    (r"Invalid filter", "invalid filter"),
    (r'"message": "(json:|illegal base64)', r'"message": "invalid JSON: \1'),
)


def masked(answer: Any) -> str:
    text = json.dumps(answer, sort_keys=True)
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text)
    return text


def expected(case: Any) -> str:
    answer = case["answer"]
    if isinstance(answer, dict):
        answer = {key: value for key, value in answer.items() if key != "TLSInfo"}
    text = masked(answer)
    for earlier, later in LATER:
        text = re.sub(earlier, later, text)
    return text


@pytest.fixture(scope="module")
def answers() -> list[tuple[int, str]]:
    """Status and body for each case, all asked of one swarm in their order."""
    swarm, found = SmallSwarmAPI(), []
    for case in CASES:
        swarm.run(case.get("after", 0.01))
        query, body = dict(case["query"]), case["body"]
        if query.get("version") == "V":
            what = case["path"].removesuffix("/update")
            query["version"] = swarm.answer("GET", what, {}, None)[1]["Version"]["Index"]
        if body and (long := re.fullmatch(r"(\d+) A", str(body.get("Data", "")))):
            body = body | {"Data": "A" * int(long[1])}
        if "ID(s1)" in json.dumps(body):
            secret = swarm.answer("GET", "/secrets/s1", {}, None)[1]["ID"]
            body = json.loads(json.dumps(body).replace("ID(s1)", secret))
        status, answer = swarm.answer(case["verb"], case["path"], query, body)
        found.append((status, masked(answer)))
    return found


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{number}-{case['verb']}{case['path']}" for number, case in enumerate(CASES)]
)
def test_the_simulated_engine_answers_as_the_real_one(number: int, answers: list[tuple[int, str]]):
    assert answers[number] == (CASES[number]["status"], expected(CASES[number]))
