"""The colours of the charts are legible, and nothing is told by colour alone."""

import pytest
from matplotlib.colors import to_rgb

from swarmkit_helpers import language
from swarmkit_helpers.display.charts import palette


def contrast(one: str, other: str) -> float:
    """As WCAG 2.1 defines it."""

    def light(color: str) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", palette.STYLES.values(), ids=palette.STYLES)
def test_text_on_a_box_is_legible_and_its_edge_is_seen(style: palette.Style):
    assert contrast(palette.INK, style.fill) >= 4.5
    assert max(contrast(style.edge, style.fill), contrast(style.edge, palette.COLUMN)) >= 1.9


@pytest.mark.parametrize("number", range(26))
def test_the_edge_of_a_service_is_seen_on_every_fill(number: int):
    edge = palette.service_style(number).edge
    fills = [style.fill for style in palette.STYLES.values()]
    assert min(contrast(edge, fill) for fill in (*fills, palette.COLUMN, palette.CARD)) >= 3


def test_no_two_services_share_a_letter_and_no_two_neighbours_an_edge():
    styles = [palette.service_style(number) for number in range(26)]
    assert len({style.letter for style in styles}) == 26
    assert len({style.edge for style in styles[:6]}) == 6


def test_pale_text_is_legible():
    assert contrast(palette.QUIET, palette.STYLES["ended"].fill) >= 4.5
    assert contrast(palette.QUIET, palette.COLUMN) >= 4.5
    assert contrast(palette.CARD, palette.QUIET) >= 4.5


def test_no_two_kinds_share_a_sign_or_a_look():
    looks = [(style.fill, style.edge, style.dashed, style.hatch) for style in palette.STYLES.values()]
    assert len(set(looks)) == len({style.sign for style in palette.STYLES.values()}) == len(palette.STYLES)


def test_the_words_of_a_legend_are_all_in_the_language_in_use():
    with language.temporarily("id"):
        assert [palette.title(kind) for kind in palette.STYLES] == [
            *("pending", "dimulai", "berjalan", "selesai", "dihentikan", "gagal", "berakhir"),
            "tidak diketahui",
        ]
