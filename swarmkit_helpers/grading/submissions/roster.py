"""The roster: the class as the teacher's list has it. It says which student an entry is of, and who is missing."""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import BadInput
from ...language import _
from ...records import Json

# What the columns are called: in our form, in Moodle's and Canvas's exports, in Indonesian.
_COLUMNS = {
    "id": ("id", "student", "student id", "studentid", "id number", "idnumber", "username", "user name", "login",
           "sis user id", "sis login id", "nim", "npm", "nrp", "matriculation", "nomor induk"),
    "name": ("name", "full name", "fullname", "student name", "nama", "nama lengkap"),
    "first": ("first name", "firstname", "given name", "nama depan"),
    "last": ("last name", "lastname", "surname", "family name", "nama belakang", "nama akhir"),
    "email": ("e-mail", "email", "email address", "e-mail address", "mail", "surel", "alamat email", "alamat surel"),
    "group": ("group", "groups", "class", "section", "kelas", "grup", "kelompok"),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A student as the roster has them."""

    id: str
    name: str = ""
    email: str = ""
    group: str = ""


class Roster:
    """The students of a class, found by whatever a platform calls them."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = tuple(people)
        self._called: list[dict[str, set[Person]]] = []  # the surest kind of name first
        for names in (_ids, _full_names, _squashed_names):
            called: dict[str, set[Person]] = defaultdict(set)
            for person in people:
                for name in names(person):
                    if name:
                        called[name].add(person)
            self._called.append(called)

    def person(self, *names: str) -> Person | None:
        """The one student whom one of these names means; None if there is none, or more than one."""
        for called, form in zip(self._called, (folded, folded, _squashed), strict=True):
            found = {person for name in names if name for person in called.get(form(name), ())}
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    def numbered(self, number: str, name: str) -> Person | None:
        """The student whose id is the platform's number, if they have that name; None if there is none."""
        found = (person for person in self.people if person.id == number)
        return next((person for person in found if _squashed(name) in _squashed_names(person)), None)

    def named_in(self, text: str) -> Person | None:
        """The one student whose id is a word of that text, such as week6-s01; None if there is none, or several."""
        words = {folded(word) for word in re.split(r"[\s_.,()-]+", text)}
        found = {person for person in self.people if folded(person.id) in words}
        return found.pop() if len(found) == 1 else None


def read(path: Path) -> Roster:
    """Read the roster in that CSV file. Raises `BadInput` if it is none, or has an id twice."""
    rows = read_table(path)
    if not rows:
        raise BadInput(
            _("{path} has no rows"), _("give a CSV file with the columns id, name, e-mail, group"), path=path
        )
    title = {kind: _column(rows[0], names) for kind, names in _COLUMNS.items()}
    id_column = title["id"] or title["email"]
    if not id_column:
        raise BadInput(
            _("{path} has no column with the students' ids; its columns are: {columns}"),
            _("name one of them id"),
            path=path,
            columns=", ".join(rows[0]),
        )

    def cell(row: Json, kind: str) -> str:
        return str(row[title[kind]]).strip() if title[kind] else ""

    people: dict[str, Person] = {}
    for row in rows:
        name = cell(row, "name") or f"{cell(row, 'first')} {cell(row, 'last')}".strip()
        person = Person(str(row[id_column]).strip(), name, cell(row, "email"), cell(row, "group"))
        if not person.id:
            continue
        if folded(person.id) in people:
            raise BadInput(
                _("{path} has the id {id} more than once"), _("give each student one row"), path=path, id=person.id
            )
        people[folded(person.id)] = person
    return Roster([*people.values()])


def read_table(path: Path) -> list[Json]:
    """The rows of a CSV file by their titles, whichever of , ; and tab separates its cells. Raises `BadInput`."""
    text = text_of(path)
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval=""))
    except csv.Error as error:
        raise BadInput(
            _("{path} is no table ({reason})"), _("save it as CSV, in UTF-8"), path=path, reason=error
        ) from error
    return [{str(title).strip(): value for title, value in row.items() if title is not None} for row in rows]


def text_of(path: Path) -> str:
    """The text of a table, in the encoding that a spreadsheet has given it. Raises `BadInput`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            _("{path} cannot be read ({reason})"), _("name a CSV file"), path=path, reason=error.strerror
        ) from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def folded(name: str) -> str:
    """The name without what makes no difference: upper case, spaces and underscores, forms of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def _squashed(name: str) -> str:
    """The name's letters without marks, in lower case: as Canvas writes it into the name of a file."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _ids(person: Person) -> tuple[str, ...]:
    return folded(person.id), folded(person.email), folded(person.email.partition("@")[0])


def _full_names(person: Person) -> tuple[str, ...]:
    words = folded(person.name).replace(",", "").split()
    return (" ".join(words), " ".join([*words[-1:], *words[:-1]]), folded(person.name))


def _squashed_names(person: Person) -> tuple[str, ...]:
    words = person.name.replace(",", " ").split()
    turned = (words[number:] + words[:number] for number in range(len(words)))  # the family name first
    return tuple(_squashed("".join(each)) for each in turned)


def _column(row: Json, names: Sequence[str]) -> str:
    """The row's title that is one of those names; empty if none is."""
    titles = {folded(str(title)): str(title) for title in row}
    return next((titles[name] for name in names if name in titles), "")
