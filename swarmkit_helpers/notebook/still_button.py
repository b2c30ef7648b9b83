"""The button under a chart that stands still: it makes the chart live again, and leads back to the still."""

from collections.abc import Callable

from IPython.display import display
from ipywidgets import HTML, Button, VBox

from ..language import _

# Without a kernel it could do nothing, so it is not there.
_CSS = "<style>.swk-again.jupyter-widgets-disconnected { display: none; }</style>"


class StillButton:
    """A button in the output of the present cell; it is hidden until its chart has stood still once."""

    def __init__(self, switch: Callable[[], None]) -> None:
        self._button = Button(layout={"width": "auto"})
        self._button.on_click(lambda _button: switch())
        self._box = VBox(
            [HTML(_CSS, layout={"display": "none"}), self._button],
            layout={"display": "none", "align_items": "flex-start"},
        )
        self._box.add_class("swk-again")
        view = self._box._repr_mimebundle_()
        display({**view, "text/plain": "(button)", "text/html": ""}, raw=True)

    def show(self, standing: bool) -> None:
        """Say what a click does: `standing` is whether the chart stands still."""
        if standing:
            self._box.layout.display = ""
        self._button.description = _("Live again") if standing else _("Back to the still")
