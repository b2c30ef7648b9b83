"""The answers in words of a whole class, question by question, and their marks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from ..entry import Entry
from ..overrides import Override


@dataclass(frozen=True)
class ClassAnswer:
    """What one student has answered to one question."""

    student: str
    name: str
    section: str
    question: str  # its cell's id
    text: str  # empty: no answer

    @cached_property
    def id(self) -> str:
        """A name on the page that does not tell whose it is."""
        return sha256(f"{self.section} {self.question} {self.student}".encode()).hexdigest()[:16]

    @cached_property
    def digest(self) -> str:
        """The same for texts that differ only in their spaces."""
        return sha256(" ".join(self.text.split()).encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True)
class Marks:
    """What the teacher has decided about a class's answers."""

    of_answer: dict[tuple[str, str, str], Override]  # by student, section and question
    excused: set[tuple[str, str]]  # students from sections
    texts: Mapping[str, str]  # that the answers had when they were marked: their digests by the answers' ids

    @classmethod
    def of(cls, decided: Iterable[Override], texts: Mapping[str, str]) -> "Marks":
        """Those of overrides.csv, and what was noted beside them."""
        decided = [*decided]
        marks = {(each.student, each.section, each.exercise): each for each in decided if each.is_mark}
        return cls(marks, {(each.student, each.section) for each in decided if each.excused}, texts)

    def mark(self, answer: ClassAnswer) -> Override | None:
        """The mark of that answer; None if it has none."""
        return self.of_answer.get((answer.student, answer.section, answer.question))

    def points(self, answer: ClassAnswer) -> float | None:
        """The points of that answer; None if it is not marked, or was another one then."""
        mark = self.mark(answer)
        return mark.points if mark and not self.has_changed(answer) else None

    def has_changed(self, answer: ClassAnswer) -> bool:
        """Whether the answer was marked, and the student has handed in another one since."""
        mark = self.mark(answer)
        marked = mark is not None and mark.points is not None
        return marked and self.texts.get(answer.id, answer.digest) != answer.digest

    def to_mark(self, answers: Iterable[ClassAnswer]) -> list[ClassAnswer]:
        """Those with words in them, of students who are not excused."""
        return [each for each in answers if each.text and (each.student, each.section) not in self.excused]

    def unmarked(self, answers: Iterable[ClassAnswer]) -> list[ClassAnswer]:
        """Those that still have to be marked."""
        return [each for each in self.to_mark(answers) if self.points(each) is None]


def of_entries(entries: Sequence[Entry]) -> dict[tuple[str, str], list[ClassAnswer]]:
    """The answers of the class by section and question, in an order that does not tell whose is whose."""
    found: dict[tuple[str, str], list[ClassAnswer]] = {}
    for entry in sorted(entries, key=lambda entry: entry.submission.section):
        who, section = entry.submission, entry.submission.section
        for question, answer in entry.answers.items():
            mine = ClassAnswer(who.student, who.name, section, question, answer.text)
            found.setdefault((section, question), []).append(mine)
    return {key: sorted(answers, key=lambda answer: answer.id) for key, answers in sorted(found.items())}


def grouped(answers: Iterable[ClassAnswer], marks: Marks, apart: bool) -> list[list[ClassAnswer]]:
    """The answers, those that are equal together if they are marked alike; `apart` leaves each by itself."""
    groups: dict[object, list[ClassAnswer]] = {}
    for each in answers:
        mark = marks.mark(each)
        alike = (" ".join(each.text.casefold().split()), mark and (marks.points(each), mark.comment))
        groups.setdefault(each.id if apart else alike, []).append(each)
    return [*groups.values()]
