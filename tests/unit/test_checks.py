"""Exercises and predictions have three outcomes, and show themselves the same each time."""

import json

import pytest
from support.api_bodies import seen

from swarmkit_helpers import BadInput, EngineUnavailable, NotInSwarm, language
from swarmkit_helpers.course import checks
from swarmkit_helpers.course.checks import MIME, Exercise, Prediction, Result, attempted, expect
from swarmkit_helpers.course.scene import Scene, own_value


def scene(**more) -> Scene:
    return Scene(None, None, [seen()], {}, **more)


AGAIN = "Run the check again for another hint."
HINTS = (lambda: "Look here.", lambda: "Look there.", lambda: "Look again.")


def exercise(check, failed: int = 0) -> Result:
    return Exercise("one", 5, lambda scene: "do it", check, HINTS).result("04-scale", scene(), failed)


def prediction(**more) -> Prediction:
    return Prediction(
        "how-many", 3, **({"measure": lambda scene: 3, "first": lambda: "Run it.", "why": lambda: "it is so."} | more)
    )


def test_an_exercise_that_is_done_has_all_points():
    result = exercise(lambda scene: "All run.")
    assert (result.outcome, result.points, result.of, result.message) == ("passed", 5, 5, "All run.")


def test_what_is_expected_and_not_so_is_not_yet():
    result = exercise(lambda scene: expect(False, "6 of 7 run.", "Wait."))
    assert (result.outcome, result.points, result.message, result.hint) == ("not yet", 0, "6 of 7 run.", "Wait.")


def test_a_part_that_stands_for_itself_has_its_points():
    assert exercise(lambda scene: expect(False, "Half.", points=2)).points == 2


def test_what_has_not_been_begun_is_not_attempted():
    result = exercise(lambda scene: attempted(False, "Begin with this."))
    assert (result.outcome, result.points, result.message) == ("not attempted", 0, "Begin with this.")


@pytest.mark.parametrize(
    ("failed", "hint"),
    [(0, f"Look here. {AGAIN}"), (1, f"Look there. {AGAIN}"), (2, "Look again."), (9, "Look again.")],
)
def test_each_check_that_failed_leads_one_step_further(failed, hint):
    assert exercise(lambda scene: expect(False, "6 of 7 run."), failed).hint == hint


@pytest.mark.parametrize(("failed", "hint"), [(0, ""), (1, f"Look here. {AGAIN}"), (3, "Look again.")])
def test_who_has_not_begun_is_led_from_the_second_time_on(failed, hint):
    assert exercise(lambda scene: attempted(False, "Begin."), failed).hint == hint


def test_a_hint_about_what_is_so_goes_before_the_steps():
    assert exercise(lambda scene: expect(False, "6 of 7 run.", "Wait."), 2).hint == "Wait."


def test_what_cannot_be_looked_at_is_said():
    def check(scene):
        raise EngineUnavailable("node2 is exited", "bring it back")

    result = exercise(check)
    assert (result.outcome, result.message, result.hint) == ("not yet", "node2 is exited.", "bring it back.")


def test_a_mistake_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        exercise(lambda scene: 1 // 0)


def test_no_swarm_is_a_state_one_can_ask_for():
    class Apart:
        def observe(self):
            raise NotInSwarm("the cluster's machines are not a swarm", "make them one")

    assert Scene(None, Apart(), [], {}).now_or_none is None


@pytest.mark.parametrize(
    ("noted", "did", "outcome", "points"),
    [
        (None, 3, "not attempted", 0),
        (3, None, "not yet", 0),
        (3, 3, "passed", 3),
        (4, 3, "not as predicted", 3),
        (0, 0, "passed", 3),
        ("no", "no", "passed", 3),
    ],
)
def test_a_prediction_is_compared_with_what_was_done(noted, did, outcome, points):
    result = prediction().result("04-scale", noted, lambda: did)
    assert (result.outcome, result.points, result.of) == (outcome, points, 3)


def test_a_prediction_that_was_wrong_tells_what_was_right_and_why():
    result = prediction().result("04-scale", 4, lambda: 3)
    assert result.message == "You predicted 4; it was 3: it is so."
    bundle = result._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Not as you predicted (3 of 3 points). You predicted 4")
    assert "≠ Not as you predicted</strong>" in bundle["text/html"]
    assert "heading" not in bundle[MIME]


def test_a_prediction_for_practice_says_that_it_has_no_points():
    result = Prediction("how-many", 0, lambda scene: 3, lambda: "", lambda: "").result("04-scale", 3, lambda: 3)
    assert repr(result).startswith("As you predicted (for practice, without points).")


def test_a_prediction_whose_time_has_not_come_is_not_called_wrong():
    assert repr(prediction().result("04-scale", 4, lambda: None)).startswith("Not yet (0 of 3 points).")


def test_as_long_as_nothing_is_noted_the_answer_is_not_told():
    result = prediction().result("04-scale", None, lambda: pytest.fail("it was looked up"))
    assert "3" not in result.message
    assert "`...`" in result.message


def test_before_it_is_done_it_is_said_what_to_run():
    assert prediction().result("04-scale", 4, lambda: None).hint == "Run it."


@pytest.mark.parametrize("value", ["three", "-1", "²", 3.0, True, -1, None, [3]])
def test_a_number_is_asked_for(value):
    with pytest.raises(BadInput, match="asks for a number") as refused:
        prediction().checked(value)
    assert refused.value.fix == 'put a whole number, for example section.predict("how-many", 5)'


def test_a_number_in_quotes_is_told_without_them():
    with pytest.raises(BadInput) as refused:
        prediction().checked("3")
    assert (refused.value.problem, refused.value.fix) == ('"3" is a text', "write it without quotes: 3")


@pytest.mark.parametrize(("value", "word"), [("yes", "yes"), (" No ", "no")])
def test_one_of_the_choices_is_taken(value, word):
    assert prediction(choices=("yes", "no")).checked(value) == word


@pytest.mark.parametrize(("value", "word"), [("ya", "yes"), (" Tidak", "no"), ("yes", "yes")])
def test_yes_and_no_are_taken_in_the_language_in_use_and_kept_in_english(value, word):
    with language.temporarily("id"):
        assert prediction(choices=("yes", "no")).checked(value) == word


def test_yes_and_no_are_offered_and_repeated_in_the_language_in_use():
    asked = prediction(choices=("yes", "no"))
    with language.temporarily("id"):
        assert '`"ya"` atau `"tidak"`' in asked.ask()
        message = asked.result("04-scale", "yes", lambda: "no").message
    assert message.startswith("Prediksi Anda ya; kenyataannya tidak: ")


def test_a_choice_of_numbers_is_offered_and_typed_without_quotes_or_with_them():
    asked = prediction(choices=("0", "10"))
    assert "write `0` or `10` instead of" in asked.ask()
    assert asked.checked(10) == asked.checked("10") == "10"


@pytest.mark.parametrize("value", ["maybe", 1, True, ...])
def test_another_answer_than_the_choices_is_refused(value):
    with pytest.raises(BadInput) as refused:
        prediction(choices=("yes", "no")).checked(value)
    assert refused.value.fix == 'put "yes" or "no"'


def test_a_result_shows_words_and_not_only_colour():
    bundle = Result("04-scale", "one", "not yet", 2, 5, "a < b", "Try `x`.")._repr_mimebundle_()
    assert bundle["text/plain"] == "Not yet (2 of 5 points). a < b Try `x`."
    assert '<div class="swk-result" lang="en"' in bundle["text/html"]
    assert "△ Not yet" in bundle["text/html"]
    assert "a &lt; b" in bundle["text/html"]
    assert "<code>x</code>" in bundle["text/html"]


def test_a_result_is_kept_as_json_without_times_or_ids():
    bundle = Result("04-scale", "one", "passed", 5, 5, "Done.")._repr_mimebundle_()
    assert json.loads(json.dumps(bundle[MIME])) == {
        "section": "04-scale",
        "exercise": "one",
        "outcome": "passed",
        "points": 5,
        "of": 5,
        "message": "Done.",
        "language": "en",
    }


def test_no_text_has_a_colour_of_its_own():
    html = Result("04-scale", "one", "passed", 5, 5, "Done.")._repr_mimebundle_()["text/html"]
    assert " color:" not in html
    assert "background" not in html


def test_without_a_student_there_is_the_default():
    assert own_value("", "mine", (2, 3, 4, 5), 3) == 3
    assert own_value("", "mine", (2, 3), 7) == 3


def test_a_student_has_the_same_value_each_time_and_others_have_others():
    students = [f"s{number:02}" for number in range(60)]
    values = [own_value(student, "mine", (2, 3, 4, 5), 3) for student in students]
    assert values == [own_value(student, "mine", (2, 3, 4, 5), 3) for student in students]
    assert set(values) == {2, 3, 4, 5}


def test_neighbours_have_not_all_their_values_in_common():
    options = {"mine": (2, 3, 4, 5), "pinned": (1, 2, 3), "own-number": (8, 9, 10, 11, 12), "maintenance": (2, 3)}

    def all_of(student: str) -> list[int]:
        return [own_value(student, exercise, values, values[0]) for exercise, values in options.items()]

    same = sum(all_of(f"2301{number:03}") == all_of(f"2301{number + 1:03}") for number in range(100))
    assert same <= 5


def test_a_check_does_not_look_at_the_students_names(monkeypatch):
    import __main__

    for name in ("expect", "attempted", "checks", "Result", "scene", "points", "one"):
        monkeypatch.setattr(__main__, name, lambda *_, **__: True, raising=False)
    assert exercise(lambda scene: expect(False, "6 of 7 run.")).outcome == "not yet"
    assert not any(name in vars(checks) for name in ("__main__", "get_ipython", "globals"))
