"""Which documents we take for ELMO 1.7.0. Rules of our own; a test compares them with the official schema.

``SHAPES`` gives for each kind of element what may stand in it, in which order. What the schema leaves open (our own
signature's inside, extensions of other namespaces, the choice within a postal address) is left open here too.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from lxml import etree

from certificates.elmo.names import LANG, NAMESPACE, SIGNATURE, tag

MANY = 1_000_000
ADDRESS = "https://github.com/erasmus-without-paper/ewp-specs-types-address/tree/stable-v1"
SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
LOCATIONS = frozenset({f"{SCHEMA_INSTANCE}schemaLocation", f"{SCHEMA_INSTANCE}noNamespaceSchemaLocation"})
DEEPEST = 24
"""Levels of a specification in a specification."""

INCOMPLETE, UNEXPECTED, VALUE, TOO_DEEP = "elmo_incomplete", "elmo_unexpected", "elmo_value", "too_large"
"""What can be wrong."""


@dataclass(frozen=True, slots=True)
class Child:
    """An element that may stand at this place, from ``least`` to ``most`` times."""

    name: str
    kind: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of element: a text of the kind ``text``, or else children; and its attributes' kinds."""

    children: tuple[Child, ...] = ()
    text: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()


def _children(described: str, namespace: str = NAMESPACE) -> tuple[Child, ...]:
    """Read ``title:words+ url:token?``: ``?`` says that it may be missing, ``*`` any number, ``+`` at least one."""
    children = []
    for part in described.split():
        name, _, kind = part.partition(":")
        least = 0 if kind[-1] in "?*" else 1
        most = MANY if kind[-1] in "*+" else 1
        full = SIGNATURE if name == "Signature" else f"{{{namespace}}}{name}"
        children.append(Child(full, kind.rstrip("?*+"), least, most))
    return tuple(children)


def _plain(kind: str, *needed: str, **attributes: str) -> Shape:
    return Shape(text=kind, attributes=attributes, needed=frozenset(needed))


WORDS = {LANG: "language"}
SHAPES: dict[str, Shape] = {
    "elmo": Shape(
        _children(
            "generatedDate:dateTime learner:learner report:report+ attachment:attachment* groups:groups? "
            "extension:extension? Signature:anything?"
        )
    ),
    "learner": Shape(
        _children(
            "citizenship:country? identifier:identifier* givenNames:token familyName:token bday:date? "
            "placeOfBirth:token? birthName:token? currentAddress:address? gender:gender?"
        )
    ),
    "address": Shape(
        _children(
            "recipientName:token* addressLine:token* buildingNumber:token? buildingName:token? streetName:token? "
            "unit:token? floor:token? postOfficeBox:token? deliveryPointCode:token* postalCode:token? "
            "locality:token? region:token? country:country?",
            ADDRESS,
        )
    ),
    "report": Shape(
        _children(
            "issuer:issuer learningOpportunitySpecification:specification* issueDate:dateTime "
            "gradingScheme:scheme* attachment:attachment*"
        )
    ),
    "issuer": Shape(_children("country:country? identifier:identifier+ title:words+ url:token")),
    "specification": Shape(
        _children(
            "identifier:identifier* title:words+ type:level_type? subjectArea:token? iscedCode:token? url:token? "
            "description:words* descriptionHtml:words* specifies:specifies hasPart:part* extension:extension?"
        )
    ),
    "specifies": Shape(_children("learningOpportunityInstance:instance extension:extension?")),
    "part": Shape(_children("learningOpportunitySpecification:specification")),
    "instance": Shape(
        _children(
            "identifier:identifier* start:date? date:date? academicTerm:term? status:status? "
            "gradingSchemeLocalId:token? resultLabel:token? shortenedGrading:shortened? "
            "resultDistribution:distribution? credit:credit* level:level* languageOfInstruction:token? "
            "engagementHours:decimal? attachments:references? grouping:grouping? extension:extension? "
            "diplomaSupplement:supplement?"
        )
    ),
    "term": Shape(_children("title:words+ start:date end:date")),
    "shortened": Shape(_children("percentageLower:decimal percentageEqual:decimal percentageHigher:decimal")),
    "distribution": Shape(_children("category:category+ description:words*")),
    "category": Shape(attributes={"label": "token", "count": "natural"}, needed=frozenset({"label", "count"})),
    "credit": Shape(_children("scheme:token level:degree? value:decimal?")),
    "level": Shape(_children("type:token description:words? value:token?")),
    "references": Shape(_children("ref:token*")),
    "groups": Shape(_children("groupType:group_type*")),
    "group_type": Shape(_children("title:words+ group:group*"), attributes={"id": "token"}),
    "group": Shape(_children("title:words+"), attributes={"id": "token", "sortingKey": "token"}),
    "scheme": Shape(_children("description:words*"), attributes={"localId": "token"}, needed=frozenset({"localId"})),
    "attachment": Shape(
        _children(
            "identifier:identifier* title:words* type:attachment_type? description:words* content:words* "
            "extension:extension?"
        )
    ),
    "supplement": Shape(
        _children("version:token issueDate:date introduction:anything section:section+ Signature:anything?"),
        attributes=WORDS,
    ),
    "section": Shape(
        _children("title:token content:content? additionalInformation:token* attachment:attachment* section:section*"),
        attributes={"number": "section_number"},
        needed=frozenset({"number"}),
    ),
    "words": Shape(text="token", attributes=WORDS),
    "identifier": _plain("token", "type", type="token"),
    "content": _plain("token", type="token"),
    "grouping": _plain("token", typeref="token", idref="token"),
}
XML_SPACE = " \t\r\n"
ZONE = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
PATTERNS = {
    "token": re.compile(r".*", re.DOTALL),
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII),
    "natural": re.compile(r"\+?\d+|-0+", re.ASCII),
    "date": re.compile(rf"\d{{4}}-\d\d-\d\d{ZONE}", re.ASCII),
    "dateTime": re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?{ZONE}", re.ASCII),
    "language": re.compile(r"([a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*)?", re.ASCII),
    "country": re.compile(r"[A-Z]{2}", re.ASCII),
    "gender": re.compile(r"\+?0*[0129]|-0+", re.ASCII),
    "status": re.compile("passed|failed|in-progress"),
    "level_type": re.compile("Degree Programme|Module|Course|Class"),
    "degree": re.compile("Bachelor|Master|PhD"),
    "section_number": re.compile(r"[0-9.]+", re.ASCII),
    "attachment_type": re.compile(
        "Diploma|Diploma Supplement|Transcript of Records|EMREX transcript|Micro Credential|Letter of Nomination|"
        "Certificate of Training|Learning Agreement|Other"
    ),
}


def problem(root: etree._Element) -> str | None:
    """Return what is wrong with a document of which the root is ``elmo``; None when nothing is."""
    return UNEXPECTED if root.tag != tag("elmo") else _wrong(root, "elmo", 0)


def _wrong(element: etree._Element, kind: str, depth: int) -> str | None:
    if depth > 2 * DEEPEST:
        return TOO_DEEP
    if kind == "anything":
        return None
    if kind == "extension":
        return _wrong_extension(element)
    shape = SHAPES.get(kind) or Shape(text=kind)
    return _wrong_attributes(element, shape) or (
        _wrong_text(element, shape.text) if shape.text else _wrong_children(element, shape, depth)
    )


def _wrong_extension(element: etree._Element) -> str | None:
    """Let any elements pass that are of another namespace; what they are, ELMO doesn't say."""
    namespaces = {etree.QName(child).namespace for child in element.iterchildren("*")}
    is_strange = bool(namespaces & {None, NAMESPACE} or set(element.attrib) - {LANG})
    return UNEXPECTED if is_strange or text_of(element).strip(XML_SPACE) else None


def _wrong_attributes(element: etree._Element, shape: Shape) -> str | None:
    for name, value in element.attrib.items():
        if name in LOCATIONS:
            continue
        if name not in shape.attributes:
            return UNEXPECTED
        if not is_value(str(value), shape.attributes[str(name)]):
            return VALUE
    return INCOMPLETE if shape.needed - set(element.attrib) else None


def _wrong_text(element: etree._Element, kind: str) -> str | None:
    if any(True for _ in element.iterchildren("*")):
        return UNEXPECTED
    return None if is_value(text_of(element), kind) else VALUE


def _wrong_children(element: etree._Element, shape: Shape, depth: int) -> str | None:
    """Go through the children in the order that they must have; a name stands for one place only."""
    if text_of(element).strip(XML_SPACE):
        return UNEXPECTED
    found = list(element.iterchildren("*"))
    at = 0
    for expected in shape.children:
        count = 0
        while at < len(found) and found[at].tag == expected.name and count < expected.most:
            if (wrong := _wrong(found[at], expected.kind, depth + 1)) is not None:
                return wrong
            at, count = at + 1, count + 1
        if count < expected.least:
            return INCOMPLETE
    return UNEXPECTED if at < len(found) else None


def text_of(element: etree._Element) -> str:
    """Return all text in it, whatever comments and processing instructions part it."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def is_value(text: str, kind: str) -> bool:
    """Say whether a text is of a simple kind; white space around it counts for none."""
    written, text = text, text.strip(XML_SPACE)
    if not PATTERNS[kind].fullmatch(text) or (kind == "language" and not text and written):
        return False
    if kind in {"date", "dateTime"}:
        return moment(text) is not None
    return True


def moment(text: str) -> datetime | None:
    """Return an xs:date or xs:dateTime as a time, naive without a zone; None when the calendar has no such day."""
    text = text.strip(XML_SPACE)
    try:
        if "T" in text:
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text[:10]), datetime.min.time())
    except ValueError:
        return None
