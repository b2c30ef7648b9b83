"""`mark`: a page on this computer on which a teacher gives points to the answers in words."""

from pathlib import Path

from ...language import _, ngettext
from .. import overrides
from .desk import Desk
from .server import MarkServer


def mark(out: Path) -> int:
    """Serve the page until Ctrl-C, and bring the course's tables and pages up to date. The value is the exit status.

    Each mark is saved at once. Raises `BadInput` if there is nothing to mark.
    """
    desk = Desk(out)
    with MarkServer(desk) as server:
        print(_("Open this address in a browser of this computer; nobody else should have it:"))
        print(f"\n   {server.address}\n")
        print(
            _("Each mark is saved at once, in {file}. Ctrl-C ends the marking.").format(file=out / overrides.FILE),
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    desk.update_tables()
    left = desk.left()
    print(ngettext("{n} answer has no points yet", "{n} answers have no points yet", left).format(n=left))
    print(
        _(
            "Tables and pages in {out} are up to date. For feedback.zip and the gradebook type your `grade` command "
            "again: it grades nothing twice."
        ).format(out=out)
    )
    return 0
