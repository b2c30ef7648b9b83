"""Evidence in a report: the page carries it as data, and the signature covers the whole page.

The teacher opens the page in a browser. So a page is taken only if it begins as the course's do: with the policy by
which the browser loads nothing, and runs no script but the course's slider.
"""

import json
from hashlib import sha256
from pathlib import Path

from ...errors import BadInput
from ...language import _, available
from .. import html_pages
from . import signed_file
from .signed_file import Bundle, Evidence

_BEFORE, _AFTER = '<script type="application/json" id="evidence">', "</script>"
# Moves the slider of each replay. Without a script, as on paper, the last picture of each is shown.
SCRIPT = """
for (const replay of document.querySelectorAll(".replay")) {
  const slider = replay.querySelector("input"), frames = [...replay.querySelectorAll(".frame")];
  const show = () => {
    frames.forEach((frame, place) => { frame.hidden = place !== Number(slider.value); });
    slider.setAttribute("aria-valuetext", frames[Number(slider.value)].querySelector("p").textContent);
  };
  slider.addEventListener("input", show);
  slider.hidden = false;
  show();
}
"""


def with_evidence(page: str, evidence: Evidence) -> tuple[str, Bundle]:
    """Sign the evidence together with that page; the value is the page that carries it, and the bundle."""
    content, bundle = signed_file.signed(evidence, _digest(page))
    # Neither the end of the script nor a comment can stand in it.
    data = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
    return f"{page.removesuffix(html_pages.END)}{_BEFORE}{data}{_AFTER}{html_pages.END}", bundle


def is_page(path: Path) -> bool:
    """Whether the file is a page by its name."""
    return path.suffix.lower() == ".html"


def is_other(path: Path, content: bytes | BadInput) -> bool:
    """Whether it is a page that carries no evidence."""
    return is_page(path) and isinstance(content, bytes) and _BEFORE.encode() not in content


def parsed(found: bytes, path: Path) -> Bundle:
    """The bundle in that report, which `path` names. Raises `BadInput`, as `signed_file.read` does."""
    again = _("ask the student to make it again with: python3 -m swarmkit_helpers report --student ID")
    if len(found) > signed_file.FILE_MAX_BYTES:
        raise BadInput(_("{path} is larger than any report").format(path=path), again)
    text = found.decode("utf-8", errors="replace").replace("\r\n", "\n")
    before, middle, rest = text.partition(_BEFORE)
    data, end, after = rest.partition(_AFTER)
    if not middle or not end:
        raise BadInput(_("{path} is no report of this course").format(path=path), again)
    bundle = signed_file.parsed(data.encode(), path)
    if _digest(before + after) != bundle.page:
        raise BadInput(_("{path} was changed after it was signed").format(path=path), again)
    if not _is_safe(before) or after != html_pages.END:
        raise BadInput(
            _("{path} is no page as your version of the course writes it: do not open it in a browser").format(
                path=path
            ),
            again,
        )
    return bundle


def _is_safe(page: str) -> bool:
    """Whether the browser gets the course's policy, and nothing that leads it to another page by itself."""
    beginnings = tuple(html_pages.beginning(language, SCRIPT) for language in available())
    return page.startswith(beginnings) and page.lower().count("<meta") == html_pages.META_TAGS


def _digest(page: str) -> str:
    return sha256(page.encode()).hexdigest()
