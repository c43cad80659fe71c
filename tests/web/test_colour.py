"""Whatever colour a programme may have, what the stylesheet makes of it can be read."""

import itertools
import math
import re
from pathlib import Path

from portal import programme
from portal.programme.kinds import INK, READABLE, contrast, text_on
from portal.web.colour import brand_css, oklch
from tests.programme.texts import small

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
SHADES = itertools.product(range(0, 256, 17), repeat=3)
COLOURS = ["#{:02x}{:02x}{:02x}".format(*shade) for shade in SHADES]
TAKEN = [colour for colour in COLOURS if contrast(colour, text_on(colour)) >= READABLE]
WHITE_LUMINANCE = 1.0


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an OKLCH colour as browsers show it: what sRGB does not have is cut off."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3  # noqa: E741 - l, m, s are the names
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
    green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
    blue = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
    cut = [min(1.0, max(0.0, channel)) for channel in (red, green, blue)]
    return 0.2126 * cut[0] + 0.7152 * cut[1] + 0.0722 * cut[2]


def ratio(one: float, other: float) -> float:
    lighter, darker = max(one, other), min(one, other)
    return (lighter + 0.05) / (darker + 0.05)


def number(pattern: str) -> float:
    found = re.search(pattern, TOKENS)
    assert found is not None, pattern
    return float(found[1])


def test_links_and_focus_rings_are_read_on_paper_in_any_colour() -> None:
    darkest = number(r"--brand-ink: oklch\(min\(var\(--brand-l\), ([\d.]+)\)")
    paper = luminance(0.985, 0.003, 95)
    assert "--paper: oklch(0.985 0.003 95)" in TOKENS
    for colour in TAKEN:
        lightness, chroma, hue = oklch(colour)
        ink = luminance(min(lightness, darkest), chroma, hue)
        wash = luminance(0.955, chroma * 0.16 + 0.004, hue)
        assert min(ratio(ink, WHITE_LUMINANCE), ratio(ink, paper), ratio(ink, wash)) >= READABLE, colour


def test_a_bar_of_progress_stands_out_from_what_is_still_to_go_in_any_second_colour() -> None:
    darkest = number(r"--fill: oklch\(min\(var\(--accent-l\), ([\d.]+)\)")
    lightest = number(r"--fill: oklch\(max\(var\(--accent-l\), ([\d.]+)\)")
    paler = number(r"--fill: oklch\(max\(.*calc\(var\(--accent-c\) \* ([\d.]+)\)")
    assert "--line: oklch(0.905 0.005 95)" in TOKENS
    assert "--line: oklch(0.305 0.012 var(--brand-h))" in TOKENS
    brightest_line = max(luminance(0.305, 0.012, hue) for hue in range(360))
    for colour in COLOURS:
        lightness, chroma, hue = oklch(colour)
        by_day = luminance(min(lightness, darkest), chroma, hue)
        at_night = luminance(max(lightness, lightest), chroma * paler, hue)
        assert ratio(by_day, luminance(0.905, 0.005, 95)) >= 3, colour
        assert ratio(at_night, brightest_line) >= 3, colour


def test_a_programme_without_a_second_colour_fills_in_its_first() -> None:
    first = "--{0}-l:0.4280;--{0}-c:0.0660;--{0}-h:174.8"
    for second, says in (
        ("", first.format("accent")),
        ('accent = "#9c4221"\n', "--accent-l:0.4937;--accent-c:0.1289;--accent-h:39.6"),
    ):
        shop = programme.parse(small(f'[brand]\ncolour = "#1f5b4d"\n{second}'), "shop.toml")
        assert brand_css(shop).startswith(f":root{{{first.format('brand')};{says};")


def test_the_card_is_read_at_both_of_its_ends_in_any_colour() -> None:
    first = number(r"--card-1: oklch\(calc\(var\(--brand-l\) \+ var\(--away\) \* ([\d.]+)\)")
    second = number(r"--card-2: oklch\(calc\(var\(--brand-l\) \+ var\(--away\) \* ([\d.]+)\)")
    for colour in TAKEN:
        lightness, chroma, hue = oklch(colour)
        text = text_on(colour)
        away = 1 if text == INK else -1
        for share, turn in ((first, -8), (second, 14)):
            ground = luminance(min(1.0, max(0.0, lightness + away * share)), chroma, hue + turn)
            assert ratio(luminance(*oklch(text)), ground) >= READABLE, colour


def test_the_card_moves_away_from_its_text() -> None:
    for colour, says in (
        ("#1f5b4d", "--on-brand:#ffffff;--away:-1}"),
        ("#ffff00", f"--on-brand:{INK};--away:1}}"),
    ):
        shop = programme.parse(small(f'[brand]\ncolour = "{colour}"\n'), "shop.toml")
        assert brand_css(shop).endswith(says)
