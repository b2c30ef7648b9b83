"""What a control shows in a notebook, read from its widgets."""

from ipywidgets import HTML, Widget

from swarmkit_helpers.notebook.controls.panel import Panel


def shown(panel: Panel) -> str:
    """All texts of its box, as HTML, one below the other."""
    return "\n".join(_texts(panel.box))


def _texts(widget: Widget) -> list[str]:
    if isinstance(widget, HTML):
        return [] if widget.layout.display == "none" else [widget.value]  # what is hidden is the style sheet
    return [text for child in getattr(widget, "children", ()) for text in _texts(child)]
