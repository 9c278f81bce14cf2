"""XML from strangers: parsed so that nothing is expanded, nothing is loaded and nothing grows.

One way for all of them, because each protection that a parser lacks is a hole: libxml2 expands entities in attributes
even where it is told not to expand them in text.
"""

from xml.parsers import expat

from lxml import etree

from certificates.errors import EntitiesFileError, UnreadableFileError

ENCODING = "utf-8"


class _RootReachedError(Exception):
    """The prolog is over; nothing of what follows can declare anything."""


def parse(content: bytes, *, public_type: bool = False) -> etree._Element:
    """Return the root element of XML in UTF-8, CDATA kept.

    ``public_type`` lets a document type pass that only names a public DTD, as SVG files do: it is never loaded, and
    declares nothing here. Raises EntitiesFileError for any other document type, UnreadableFileError for bad XML,
    for nesting deeper than 256 and for texts over 10 MB (libxml2's limits).
    """
    _check_prolog(content, public_type=public_type)
    parser = etree.XMLParser(
        encoding=ENCODING, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):  # its message quotes the file
        raise UnreadableFileError("this is not well-formed XML in UTF-8") from None


def _check_prolog(content: bytes, *, public_type: bool) -> None:
    """Let expat, another parser than the one that reads the document, look at what stands before the root element."""

    def declared(_name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:  # noqa: FBT001 - expat's signature
        if has_internal_subset or not public_type:
            raise EntitiesFileError("the XML declares a document type")

    def reached(_name: str, _attributes: dict[str, str]) -> None:
        raise _RootReachedError

    prolog = expat.ParserCreate(ENCODING)
    prolog.StartDoctypeDeclHandler = declared
    prolog.StartElementHandler = reached
    try:
        prolog.Parse(content, True)
    except _RootReachedError:
        return
    except expat.ExpatError:
        raise UnreadableFileError("this is not well-formed XML in UTF-8") from None
