"""The brand's colours for the stylesheet: sRGB to OKLCH, so that tokens can derive the whole ramp from them."""

import math

from portal.programme import WHITE, Programme


def brand_css(programme: Programme) -> str:
    """The custom properties that make the pages wear a programme's colours; all is in the first without a second."""
    brand = programme.brand
    numbers = f"{_named('brand', brand.colour)};{_named('accent', brand.accent or brand.colour)}"
    away = -1 if brand.text == WHITE else 1  # in lightness, so that what moves this way is read better
    return f":root{{{numbers};--on-brand:{brand.text};--away:{away}}}"


def _named(name: str, colour: str) -> str:
    lightness, chroma, hue = oklch(colour)
    return f"--{name}-l:{lightness:.4f};--{name}-c:{chroma:.4f};--{name}-h:{hue:.1f}"


def oklch(colour: str) -> tuple[float, float, float]:
    """Lightness (0 to 1), chroma and hue (degrees) of `#rrggbb`; B. Ottosson's Oklab matrices."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    l = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)  # noqa: E741 - l, m, s are the names
    m = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    s = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
