"""The options of `grade`."""

import argparse
from pathlib import Path


def add(grade: argparse.ArgumentParser) -> None:
    """Add them to its parser."""
    grade.add_argument("submissions", metavar="SUBMISSIONS", nargs="+", type=Path, help="folders, zips or notebooks")
    grade.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for grades and feedback")
    grade.add_argument("--jobs", type=int, metavar="N", help="notebooks at once (default: one for each processor)")
    grade.add_argument(
        "--layout",
        choices=["folders", "moodle", "canvas", "flat", "clones"],
        help="how it was handed in: a folder, zip or file for each student; as Moodle or Canvas gives it; only files; "
        "a clone for each student (default: recognised by the names)",
    )
    grade.add_argument(
        "--student-from",
        default="folder",
        metavar="WHERE",
        help="where the student's id is: folder (default: as the layout has it), file (its name up to the first _), "
        "notebook (its parameter student), or a regular expression with one group for the path",
    )
    grade.add_argument(
        "--roster",
        metavar="FILE",
        type=Path,
        help="the class as a CSV file with the columns id, name, e-mail, group; given once, it is remembered in --out",
    )
    grade.add_argument(
        "--gradebook",
        metavar="FILE",
        type=Path,
        help="the platform's table (Moodle's offline grading worksheet, Canvas's export) to fill the points into",
    )
    grade.add_argument("--column", metavar="TITLE", help="its column for the points (default: known by its title)")
    grade.add_argument(
        "--answers", action="store_true", help="add the points of answers in words (see `mark`) to the gradebook's"
    )
    grade.add_argument(
        "--again",
        metavar="ID|SECTION",
        action="append",
        default=[],
        help="grade again what is graded already: a student's id or a section; may be given more than once",
    )
    grade.add_argument("--due", metavar="TIME", help="when it had to be handed in, such as '2027-03-01 23:59'")
    grade.add_argument("--late", metavar="RATE", help="what being late costs, such as 10%%/day (also /hour, /week)")
    grade.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="for a notebook (default: 300)")
    grade.add_argument(
        "--engine",
        dest="exam_engine",
        choices=["simulated", "real"],
        default="simulated",
        help="engine of the swarms (default: simulated, which is safer and quicker)",
    )
    grade.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster to use, such as tcp://10.0.0.5:8786")
