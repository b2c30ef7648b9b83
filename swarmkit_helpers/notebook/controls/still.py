"""How a control looks now, as HTML that needs no kernel: for stored notebooks, and readers without widgets."""

from html import escape

from ipywidgets import HTML, Box, Button, HBox, IntSlider, Widget

from ...language import _, current

_FRAME = "margin: 0 0 4px; padding: 8px 12px; border: 1px solid; border-radius: 6px; max-width: 760px; line-height: 1.8"
_BUTTON = "border: 1px solid; border-radius: 3px; padding: 0 6px"
SLIDER_CHARS = 20  # as wide as the picture of a slider is


def still(control: Widget) -> str:
    """A picture of the control in HTML. It is not compared between runs: the notebooks' sanitize file removes it."""
    caption = (
        f'<figcaption lang="{current()}"><i>{escape(_("This is how it looked when the cell ran."))}</i></figcaption>'
    )
    return f'<figure class="swk-look" style="{_FRAME}">{_look(control)}{caption}</figure>'


def _look(widget: Widget) -> str:
    """The widget and those in it; nothing for what the style sheet hides."""
    if widget.layout.display == "none" or {"swk-queued", "swk-stored"} & {*widget._dom_classes}:
        return ""
    if isinstance(widget, Box):
        inner = " ".join(filter(None, map(_look, widget.children)))
        style = ' style="display: flex; flex-flow: row wrap; gap: 2px 10px"' if isinstance(widget, HBox) else ""
        return f"<div{style}>{inner}</div>" if inner else ""
    if isinstance(widget, HTML):
        return f"<div>{widget.value}</div>" if widget.value else ""
    if isinstance(widget, Button):
        faint = "; opacity: .4" if widget.disabled else ""
        return f'<span style="{_BUTTON}{faint}">{escape(widget.description)}</span>'
    if isinstance(widget, IntSlider):
        left = round(SLIDER_CHARS * widget.value / widget.max)
        return f'<span aria-hidden="true">{"━" * left}●{"─" * (SLIDER_CHARS - left)}</span>'
    return f"<span>{escape(widget.description)} <b>{escape(str(widget.value)) or '…'}</b></span>"
