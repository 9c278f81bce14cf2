"""What certificates cost: ``python -m bench.certificates`` issues, verifies, prints and seals, and signs status lists.

Each task is done in turns with its peer in one process, and what they make is compared where it must be the same.
Counted is the time of the processor, not of the clock: others may be using the machine. Figures compare within a run
only.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from bench import certificates_peers as peers
from certificates import status_list, verifying
from certificates.credential import build, status_entry
from certificates.facts import AwardFacts
from certificates.papers import pades, pdf
from certificates.signatures import jwt, proof
from certificates.signatures.jwt import JwtKey
from tests import seals
from tests.unit.certificates import samples

NOW = datetime.now(tz=UTC)
ISSUE_AIM, SEAL_AIM = 12.0, 4.0
"""Times the peer, at least."""
LIST_AIM = 3.0
"""Times gzip's time, at most."""
PLACES = 1_000_000
SET = 20_000
"""Two in a hundred are revoked."""
ROUNDS = 3


@dataclass(frozen=True)
class Sizes:
    """How many are made in each round."""

    credentials: int = 1000
    papers: int = 40
    lists: int = 10


QUICK = Sizes(credentials=200, papers=8, lists=4)


@dataclass
class Turn:
    """One task and its peer: so many in a round, and the seconds of each round."""

    name: str
    peer: str
    count: int
    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """How many times as fast as the peer we are, the slowest round first."""
        return sorted(their / our for our, their in zip(self.ours, self.theirs, strict=True))

    def rate(self, seconds: Sequence[float]) -> str:
        """Return how many are made in a second."""
        return f"{self.count / median(seconds):,.1f}"


def take_turns(
    name: str, peer: str, count: int, ours: Callable[[], Any], theirs: Callable[[], Any], *, recorded: float = 0
) -> Turn:
    """Let both do the same work in turns; ``recorded`` are seconds that the peer takes besides.

    Raises AssertionError unless both make the same, where they return it.
    """
    turn = Turn(name, peer, count, [], [])
    for _ in range(ROUNDS):
        made, theirs_made = _timed(ours, turn.ours), _timed(theirs, turn.theirs)
        if made != theirs_made:
            raise AssertionError(f"{name}: not the same bytes")
        turn.theirs[-1] += recorded
    print(f"  {turn}", file=sys.stderr)
    return turn


def _timed(task: Callable[[], Any], seconds: list[float]) -> Any:
    begun = time.process_time()
    made = task()
    seconds.append(time.process_time() - begun)
    return made


def many_facts(like: AwardFacts, count: int) -> list[AwardFacts]:
    """Return awards of as many people, as one bulk issue has them."""
    draw = Random(1)  # noqa: S311 - a benchmark's
    return [
        replace(
            like,
            award_id=str(UUID(int=draw.getrandbits(128), version=4)),
            recipient=replace(like.recipient, name=f"Person Nr. {number} Müller-Lüdenscheidt"),
            issued_at=NOW,
            score=None if like.score is None else float(draw.randrange(60, 100)),
            parts=tuple(replace(part, score=part.score and float(draw.randrange(60, 100))) for part in like.parts),
        )
        for number in range(count)
    ]


def unsigned(facts: AwardFacts, index: int) -> dict[str, Any]:
    """Build the credential of ``facts`` at a place of the status list."""
    return build(facts, samples.ADDRESSES, status_entry(samples.LIST, index))


def issuing(name: str, like: AwardFacts, sizes: Sizes) -> Turn:
    """Build and sign credentials: ours beside pyld's canonicalization of each."""
    facts = many_facts(like, sizes.credentials)
    return take_turns(
        f"credentials issued ({name})",
        "pyld for each",
        sizes.credentials,
        lambda: [samples.sign(unsigned(one, place), at=NOW) for place, one in enumerate(facts)],
        lambda: [peers.sign(unsigned(one, place), at=NOW) for place, one in enumerate(facts)],
    )


def verification(sizes: Sizes) -> list[Turn]:
    """Check the proofs of credentials that were just issued, and all parts of them."""
    facts = many_facts(samples.COURSE, sizes.credentials)
    signed = [samples.sign(unsigned(one, place), at=NOW) for place, one in enumerate(facts)]
    key = samples.KEY.public_key()
    listed = json.dumps(samples.signed_list(at=NOW))
    found = verifying.Found(samples.did_document(), verifying.Known.OURS)
    sources = verifying.Sources(lambda _: found, lambda _: listed)
    return [
        take_turns(
            "proofs checked",
            "pyld for each",
            sizes.credentials,
            lambda: [proof.holds(one, key) for one in signed],
            lambda: [peers.holds(one, key) for one in signed],
        ),
        take_turns(
            "credentials verified in all parts",
            "pyld, proof only",
            sizes.credentials,
            lambda: [verifying.verify(one, sources, now=NOW).genuine for one in signed],
            lambda: [peers.holds(one, key) for one in signed],
        ),
    ]


def papers(sizes: Sizes) -> Turn:
    """Set and seal papers, with a key that is loaded once."""
    facts = many_facts(samples.COURSE, sizes.papers)
    text = json.dumps(samples.sign(unsigned(facts[0], 1), at=NOW), ensure_ascii=False)
    printed = pdf.render(facts[0], text, samples.ADDRESSES)
    seal = seals.with_rsa()

    def ours() -> None:
        for one in facts:
            pades.seal(pdf.render(one, text, samples.ADDRESSES), seal, now=NOW)

    with TemporaryDirectory() as folder:
        file = Path(folder) / "seal.p12"
        file.write_bytes(seals.as_pkcs12(seal))
        return take_turns(
            "papers set and sealed",
            f"pyHanko's defaults, and WeasyPrint's recorded {peers.RECORDED_WEASYPRINT:g}/s",
            sizes.papers,
            ours,
            lambda: peers.seal(printed, str(file), sizes.papers),
            recorded=sizes.papers / peers.RECORDED_WEASYPRINT,
        )


def lists(sizes: Sizes) -> Turn:
    """Sign a status list of a million places in both forms, beside gzip of its bytes alone."""
    places = Random(1).sample(range(PLACES), SET)  # noqa: S311 - a benchmark's
    key = JwtKey(2, ec.generate_private_key(ec.SECP256R1()))
    bits = status_list.decode(status_list.encode(places, PLACES))

    def ours() -> None:
        for _ in range(sizes.lists):
            unsigned_list = status_list.build(samples.LIST, samples.DID, places, now=NOW, size=PLACES)
            json.dumps(samples.sign(unsigned_list, at=NOW))
            jwt.encode(unsigned_list, key, issuer_did=samples.DID)

    def packed() -> None:
        for _ in range(sizes.lists):
            gzip.compress(bits)

    return take_turns(f"status list of {PLACES:,} signed, both forms", "gzip alone", sizes.lists, ours, packed)


def show(turn: Turn, aim: str, *, met: bool) -> None:
    """Print a row of the table."""
    ratios = turn.ratios
    verdict = f"{aim} ({'met' if met else 'missed'})" if aim else ""
    print(
        f"| {turn.name} | {turn.rate(turn.ours)} | {turn.peer} | {turn.rate(turn.theirs)} | **{median(ratios):.2f}** | "
        f"{ratios[0]:.2f} to {ratios[-1]:.2f} | {verdict} |"
    )


def main() -> None:
    """Measure everything and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.certificates", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the sizes")
    sizes = QUICK if parser.parse_args().quick else Sizes()
    begun = time.monotonic()
    issued = [
        issuing("unit", samples.ATTENDANCE, sizes),
        issuing("course, 3 parts", samples.COURSE, sizes),
        issuing("course, 12 parts", replace(samples.COURSE, parts=samples.COURSE.parts * 4), sizes),
    ]
    checked, printed, listed = verification(sizes), papers(sizes), lists(sizes)
    print("\n| task | ours /s | peer | peer /s | times as fast | rounds | aim |\n|---|---|---|---|---|---|---|")
    for turn in issued:
        show(turn, f"at least {ISSUE_AIM:g}", met=median(turn.ratios) >= ISSUE_AIM)
    for turn in checked:
        show(turn, "", met=True)
    show(printed, f"at least {SEAL_AIM:g}", met=median(printed.ratios) >= SEAL_AIM)
    show(
        listed,
        f"at least {1 / LIST_AIM:.2f}: at most {LIST_AIM:g} times gzip's time",
        met=1 / median(listed.ratios) <= LIST_AIM,
    )
    print(f"\nall of it took {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
