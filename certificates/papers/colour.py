"""Whether a provider's colour can be read on white paper. Pure."""

LEAST_CONTRAST = 4.5
"""Of text of any size against its ground (WCAG 2.2, success criterion 1.4.3)."""


def contrast_with_white(colour: str) -> float:
    """Return the contrast of a colour (``#rrggbb``) to white, 1 to 21 (WCAG 2.2, contrast ratio)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)  # noqa: PLR2004 - sRGB
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
