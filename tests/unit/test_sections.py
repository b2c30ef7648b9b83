"""What holds for all sections: their points, their ids, and what they say to what they do not have."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from support.section_histories import BROKEN, GIVEN, NO_SERVICE, ask

from swarmkit_helpers import BadInput, NotFound, Section, language
from swarmkit_helpers.course.checks import Exercise, Prediction
from swarmkit_helpers.course.journal import Score
from swarmkit_helpers.course.scene import Scene
from swarmkit_helpers.course.sections import SECTIONS, progress_table
from swarmkit_helpers.course.sections.progress_table import Progress, Row

POINTS = {
    "00-start": 0,
    "01-orchestration": 10,
    "02-configure-swarm": 15,
    "03-deploy": 20,
    "04-scale": 25,
    "05-drain": 20,
    "06-clean-up": 10,
}


def test_the_points_of_all_sections_make_a_hundred():
    points = {id: sum(each.points for each in module.EXERCISES) for id, module in SECTIONS.items()}
    assert points == POINTS
    assert sum(points.values()) == 100


@pytest.mark.parametrize("id", SECTIONS)
def test_a_prediction_has_one_point_or_none_and_all_together_at_most_a_quarter(id: str):
    points = [each.points for each in SECTIONS[id].EXERCISES if isinstance(each, Prediction)]
    assert set(points) <= {0, 1}
    assert 4 * sum(points) <= POINTS[id]


@pytest.mark.parametrize("id", SECTIONS)
def test_hints_lead_in_three_steps_and_type_no_answer(id: str):
    for each in SECTIONS[id].EXERCISES:
        if isinstance(each, Exercise):
            hints = [hint() for hint in each.hints]
            assert len(set(hints)) == 3
            assert all(hint.endswith((".", "?")) for hint in hints)
            assert not re.search(
                r"(swarm|cluster)\.(?!tasks|services|nodes|predict)\w+\(|docker (?!node --help)", "".join(hints)
            )


@pytest.mark.parametrize("id", SECTIONS)
def test_ids_are_unique_and_every_text_can_be_said(id: str):
    module = SECTIONS[id]
    ids = [each.id for each in module.EXERCISES]
    assert len(ids) == len(set(ids))
    assert module.title()
    for each in module.EXERCISES:
        if isinstance(each, Prediction):
            assert each.first().endswith(".")
            assert each.why().endswith(".")
            assert f'"{each.id}"' in each.ask()


def test_an_unknown_section_is_told_what_there_is():
    with pytest.raises(NotFound, match=r"'04-scael'; there are: 00-start, .*04-scale"):
        Section("04-scael")


@pytest.mark.parametrize("student", [912345, 1e5, None])
def test_an_id_that_is_no_text_is_refused(student: object):
    with pytest.raises(BadInput, match="has to be text") as caught:
        Section("04-scale", student=student)
    assert "-r student" in caught.value.fix


def test_an_unknown_language_is_told_what_there_is():
    with pytest.raises(NotFound, match="'xx'; there are: en"):
        Section("04-scale", language="xx")


@pytest.mark.parametrize("ask", ["predict", "check", "task"])
def test_an_unknown_exercise_is_told_what_there_is(ask: str):
    with pytest.raises(NotFound, match="'sprade'"):
        getattr(Section("04-scale"), ask)("sprade", *[3] * (ask == "predict"))


def test_an_exercise_cannot_be_predicted():
    with pytest.raises(NotFound, match="'even' here; it has: spread, restarted, emptiest, newcomer"):
        Section("04-scale").predict("even", 3)


def test_a_section_has_to_be_started_first():
    with pytest.raises(BadInput, match="has not been started") as error:
        Section("04-scale").check("spread")
    assert "section.start(cluster)" in error.value.fix


def test_progress_is_a_table_with_words():
    scores = {"spread": Score("passed", 3, 3), "even": Score("not yet", 3, 7), "gone": Score("passed", 9, 9)}
    row = Row("04-scale", "Scale", scores, SECTIONS["04-scale"].EXERCISES, here=True)
    assert (row.points, row.of, row.done) == (6, 25, 1)
    bundle = Progress([row], "s042", {"": 85})._repr_mimebundle_()
    assert bundle["text/plain"] == "(progress)"
    assert bundle["text/html"].startswith('<figure class="swk-live" ')
    row = replace(row, scores={"spread": Score("not yet", 1.5, 3), "emptiest": Score("not yet", 1.5, 3)})
    assert str(row.points) == "3"
    assert "3 of 25" in Progress([row], "", {})._repr_mimebundle_()["text/html"]
    bar = '<progress value="6" max="25" aria-label="6 of 25 points in section 04"'
    for words in ("1 of 7", "6 of 25", "(here)", bar, 'scope="row"'):
        assert words in bundle["text/html"]


@pytest.mark.parametrize(
    ("student", "others", "said"),
    [
        ("", {}, "<strong>Without a student id: 0 of 25 points in all</strong></figcaption>"),
        ("s042", {}, "<strong>Student id s042: 0 of 25 points in all</strong></figcaption>"),
        ("s<42", {}, "Student id s&lt;42"),
        (
            "s042",
            {"": 85},
            "Without a student id: 85 points, and at least one exercise is worth more there. Take them",
        ),
        ("", {"s042": 1}, "Student id s042: 1 point, and"),
        ("", {"s042": 1}, "with section.take_over(&#x27;s042&#x27;)"),
    ],
)
def test_progress_says_whose_it_is_and_which_points_stand_under_other_ids(student: str, others: dict, said: str):
    row = Row("04-scale", "Scale", {}, SECTIONS["04-scale"].EXERCISES, here=True)
    assert said in Progress([row], student, others)._repr_mimebundle_()["text/html"]


def test_points_under_another_id_are_written_as_the_language_writes_them():
    language.use("id")
    assert progress_table.of_other("s042", 1.5).startswith("ID mahasiswa s042: 1,5 poin, dan")


def test_students_beside_each_other_have_different_tasks():
    texts = []
    for number in range(40):
        scene = Scene(None, None, [], GIVEN, f"s{number:02}")
        texts.append(
            [
                each.text(scene)
                for module in SECTIONS.values()
                for each in module.EXERCISES
                if isinstance(each, Exercise)
            ]
        )
    assert sum(one == next_one for one, next_one in pairwise(texts)) <= 2


@pytest.mark.parametrize(
    ("section", "id", "now"),
    [("01-orchestration", "mine", NO_SERVICE), ("03-deploy", "pinned", NO_SERVICE), ("03-deploy", "repair", BROKEN)],
)
def test_what_has_not_been_begun_is_not_solved_by_its_message(section, id, now):
    result = ask(section, id, now)
    assert "in this section" in result.message
    assert "swarm." not in repr(result)
    assert "constraint" not in repr(result)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"replicas": "many"}, "replicas='many' is not"),
        ({"replicas": -1}, "replicas=-1 is not"),
        ({"replicas_down": 10_000}, "replicas_down=10000 is not"),
        ({"replicas": 4, "replicas_down": 4}, "replicas=4 has to be more than replicas_down=4"),
        ({"nodes": 0}, "1 to 50 nodes, not 0"),
        ({"nodes": 3, "node_to_drain": "node9"}, "node_to_drain='node9'.* node1, node2, node3"),
        ({"image": 5}, "image=5 is not"),
        ({"replica": 9}, "'replica'; there are: .*replicas"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_own_name(given: dict, said: str):
    with pytest.raises((BadInput, NotFound), match=said):
        Section("04-scale", **given)
