"""Awards as the domain can produce them, and hostile texts in them, for hypothesis."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from certificates.facts import (
    Achievement,
    AwardFacts,
    AwardKind,
    Competency,
    EvidenceSummary,
    Grade,
    Part,
    PartResult,
    Provider,
    Rating,
    Recipient,
    Rule,
    Text,
)
from tests.unit.certificates import samples

HOSTILE = (
    *("Müller & Söhne <GmbH>", "\"quoted\" 'text'", "]]>", "<!-- no -->", "&amp;amp;", "http://a.example/?a=1&b=2"),
    *("مرحبا بالعالم", "שלום", "e\N{COMBINING ACUTE ACCENT}", "\N{RIGHT-TO-LEFT OVERRIDE}kcab", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢"),
    *("two\nlines", "a\ttab", " spaces  inside ", "Ă" * 300, "\x0b\x00\x1f control", "\ufffe noncharacter"),
)
WORDS = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=30)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
PERCENT = st.none() | st.floats(0, 100)
HOURS = st.none() | st.integers(1, 400)
ECTS = st.none() | st.sampled_from([0.5, 1.0, 2.5, 30.0])


def texts() -> st.SearchStrategy[Text]:
    """Return German texts, with or without an English one; what is left of the German one is never empty."""
    german = WORDS.map(lambda text: f"x{text}")
    return st.fixed_dictionaries({"de": german}, optional={"en": WORDS})


def providers() -> st.SearchStrategy[Provider]:
    """Return other providers."""
    slugs = st.from_regex("[a-z]{1,20}", fullmatch=True)
    return st.builds(
        lambda slug, name: Provider(f"did:web:{slug}.example", name, f"https://{slug}.example/"), slugs, texts()
    )


def parts() -> st.SearchStrategy[Part]:
    """Return lines of a transcript."""
    return st.builds(
        Part,
        code=st.from_regex("[A-Z][0-9]{0,3}", fullmatch=True),
        title=texts(),
        achieved_on=DAYS,
        score=PERCENT,
        result=st.sampled_from(PartResult),
        provider=st.none() | texts(),
        hours=HOURS,
        ects=ECTS,
    )


@st.composite
def awards(draw: st.DrawFn, kinds: tuple[AwardKind, ...] = tuple(AwardKind)) -> AwardFacts:
    """Return an award of one of these kinds, by the samples' issuer."""
    kind = draw(st.sampled_from(kinds))
    is_course = kind in {AwardKind.COURSE, AwardKind.INDIVIDUAL}
    issued_at = datetime.combine(draw(DAYS), datetime.min.time(), tzinfo=UTC)
    return AwardFacts(
        award_id=str(draw(st.uuids(version=4))),
        kind=kind,
        recipient=Recipient(str(draw(st.uuids(version=4))), draw(st.just("") | WORDS)),
        achievement=Achievement(
            public_id=str(draw(st.uuids(version=4))),
            code=draw(st.from_regex("[A-Z][A-Z0-9-]{0,10}", fullmatch=True)),
            title=draw(texts()),
            description=draw(texts()),
            criteria=draw(texts()),
            hours=draw(HOURS),
            ects=draw(ECTS),
            eqf_level=draw(st.none() | st.integers(1, 8)),
            competencies=tuple(
                draw(
                    st.lists(st.builds(Competency, texts(), st.none() | st.just("https://esco.example/1")), max_size=3)
                )
            ),
        ),
        issuer=replace(samples.ATTENDANCE.issuer, name=draw(texts())),
        delivered_by=draw(st.none() | providers()) if kind is AwardKind.ATTENDANCE else None,
        issued_at=issued_at,
        achieved_on=issued_at.date(),
        rule=draw(st.builds(Rule, texts().map(lambda text: text["de"]), st.sampled_from(["1", "2"]))),
        score=draw(PERCENT),
        pass_score=draw(st.none() | st.just(60.0)),
        parts=tuple(draw(st.lists(parts(), min_size=1, max_size=12))) if is_course else (),
        evidence=tuple(
            draw(st.lists(st.builds(EvidenceSummary, st.sampled_from(["exam", "unit"]), WORDS), max_size=3))
        ),
        on_behalf_of=draw(st.none() | providers()),
        awarding_bodies=tuple(draw(st.lists(providers(), max_size=4))),
        grade=draw(st.none() | st.builds(Grade, st.sampled_from(["1,7", "A"]), texts())),
        ratings=draw(_ratings()) if kind is AwardKind.MUNICIPALITY else (),
        valid_until=issued_at + timedelta(days=365) if draw(st.booleans()) else None,
        supersedes=draw(st.none() | st.uuids(version=4).map(str)),
    )


def _ratings() -> st.SearchStrategy[tuple[Rating, ...]]:
    levels = st.builds(Rating, texts(), st.integers(1, 5), st.just(5))
    return st.lists(levels, min_size=1, max_size=4).map(tuple)
