"""The questions of the predictions are read from the course's own notebooks."""

import pytest

from swarmkit_helpers.course import prediction_questions
from swarmkit_helpers.course.checks import Prediction
from swarmkit_helpers.course.sections import SECTIONS


@pytest.mark.parametrize("code", ["en", "id"])
def test_every_prediction_has_a_question_that_is_not_too_long(code: str):
    for section, module in SECTIONS.items():
        asked = prediction_questions.questions(section, code)
        assert {*asked} == {each.id for each in module.EXERCISES if isinstance(each, Prediction)}
        assert all(question.endswith("?") and len(question) < 300 for question in asked.values()), asked


def test_a_long_question_is_shortened_to_its_last_sentences_without_what_is_said_after_it():
    text = f"Before.\n\n{'Long ' * 50}. A **node** ends. How many run? Answer a number.\n\n*For practice.*"
    assert prediction_questions._question(text) == "… A node ends. How many run?"
