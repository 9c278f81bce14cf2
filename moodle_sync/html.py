"""HTML from a Moodle, made safe to show: texts, lists, tables and links; no scripts, styles, frames or media."""

import re
from html import unescape

import nh3

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dfn", "div", "dl", "dt"),
    *("em", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp"),
    *("small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
}
FILE_PLACEHOLDER = "@@PLUGINFILE@@"
"""How Moodle writes the address of a file that lies beside a text."""
LEFT_OUT = re.compile(rf"<(img|video|audio|iframe|object|embed|svg|form)\b|{FILE_PLACEHOLDER}", re.IGNORECASE)
HEADING_1 = re.compile(r"(</?)h1\b", re.IGNORECASE)

_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    clean_content_tags={"script", "style", "iframe", "object", "svg", "template", "noscript"},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",  # a relative address pointed into the Moodle that the text came from
    link_rel="noopener noreferrer",
)


def sanitise(html: str) -> str:
    """Return ``html`` with nothing in it but text, structure and links to absolute web addresses.

    The page's own heading is the only first-level one, so imported ones step down.
    """
    return _CLEANER.clean(HEADING_1.sub(r"\1h2", html)).strip()


def has_media(html: str) -> bool:
    """Say whether ``sanitise`` leaves out something that people would miss: a picture, a film, a file."""
    return LEFT_OUT.search(html) is not None


def plain(html: str, longest: int) -> str:
    """Return a name or label as plain text on one line, at most ``longest`` characters."""
    text = unescape(nh3.clean(html, tags=set(), clean_content_tags={"script", "style"}))
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
