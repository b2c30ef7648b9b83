"""The server of the marking page: on this computer only, and only for whoever has the address with its secret.

A page of another website can neither read nor send anything here: it does not know the secret, and a request whose
Host or Origin is not this computer's own name is refused, so that no foreign name leads here (DNS rebinding).
"""

import hmac
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs

from ...course.own_words import QUESTION_POINTS
from ...errors import SwarmkitError
from ...language import _
from . import mark_page
from .desk import Desk
from .mark_page import COMMENT_MAX_CHARS, View

HOST = "127.0.0.1"
OWN_NAMES = (HOST, "localhost")
REQUEST_MAX_BYTES = 200_000  # a form has a comment, and the ids of the equal answers
IDLE_MAX_SECONDS = 30  # of a connection
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class MarkServer(ThreadingHTTPServer):
    """Serves the pages of that desk."""

    daemon_threads = True

    def __init__(self, desk: Desk) -> None:
        super().__init__((HOST, 0), MarkHandler)
        self.desk = desk
        self.secret = secrets.token_urlsafe(24)
        self.lock = Lock()  # of the desk: a browser asks several things at once

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        return f"http://{HOST}:{self.server_address[1]}{self.path}"

    @property
    def path(self) -> str:
        """The beginning of all paths, with the secret."""
        return f"/{self.secret}/"


class MarkHandler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: MarkServer
    timeout = IDLE_MAX_SECONDS
    server_version, sys_version = "swarmlab", ""

    def do_GET(self) -> None:
        """Show the page of a question; the address alone leads to the first with something to mark."""
        if view := self._view():
            with self.server.lock:
                self._show(view)

    def do_POST(self) -> None:
        """Save a mark, and lead back to the page."""
        view = self._view()
        if view is None:
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > REQUEST_MAX_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        form = parse_qs(self.rfile.read(int(length)).decode(errors="replace"), keep_blank_values=True)
        with self.server.lock:
            answers = self.server.desk.answers_with(form.get("answer", []))
            mark = _mark(form)
            if not answers or mark is None:
                self._refuse(HTTPStatus.BAD_REQUEST)
                return
            points, comment = mark
            try:
                self.server.desk.mark(answers, points, comment)
            except SwarmkitError as error:
                self._show(view, f"{_('The mark was not saved.')} {error}", HTTPStatus.CONFLICT)
                return
        self._redirect(f"{view.place(view.question)}#{answers[0].id}")

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing: the terminal has the address, and what matters."""

    def _view(self) -> View | None:
        """What the request asks to be shown; None if it was refused or led elsewhere."""
        path, _mark, query = self.path.partition("?")
        own = path[: len(self.server.path)].encode()  # compared in constant time
        if not self._is_from_here() or not hmac.compare_digest(own, self.server.path.encode()):
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        section, _slash, id = path[len(self.server.path) :].partition("/")
        apart = query == "apart"
        if (section, id) in self.server.desk.questions:
            return View((section, id), apart, self.server.path)
        if section:
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            with self.server.lock:
                first = View(self.server.desk.first(), apart, self.server.path)
            self._redirect(first.place(first.question))
        return None

    def _is_from_here(self) -> bool:
        """Whether the request names this computer as its host, and comes from a page of this server or from none."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        return (host.rpartition(":")[0] or host) in OWN_NAMES and origin in (None, f"http://{host}")

    def _show(self, view: View, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> None:
        try:
            page = self.server.desk.page(view, problem)
        except SwarmkitError as error:  # a row that the teacher has written by hand
            page = mark_page.problem_page(str(error))
            status = HTTPStatus.CONFLICT
        body = page.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self._end_headers()
        self.wfile.write(body)

    def _redirect(self, place: str) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self._end_headers()

    def _refuse(self, status: HTTPStatus) -> None:
        body = f"{status.value} {status.phrase}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self._end_headers()
        self.wfile.write(body)

    def _end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()


def _mark(form: dict[str, list[str]]) -> tuple[float | None, str] | None:
    """The points, which may be none, and the comment; None if the form is not the page's."""
    points = form.get("points", ["?"])[0]
    comment = form.get("comment", [""])[0][:COMMENT_MAX_CHARS]
    if points == "":
        return None, ""
    allowed = {str(number): number for number in range(QUESTION_POINTS + 1)}
    return (allowed[points], comment) if points in allowed else None
