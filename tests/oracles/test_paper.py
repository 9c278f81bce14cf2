"""Papers of every kind before foreign readers: Poppler's pdfsig on the seal, veraPDF on PDF/A-3a and PDF/UA-1.

veraPDF is the command in VERAPDF, else ``verapdf`` on the PATH; where there is none, its tests are skipped, also under
REQUIRE_ALL: it is no Debian package.
"""

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from certificates.facts import AwardFacts, AwardKind, Provider, Recipient
from certificates.papers import pades, pdf, specimen
from certificates.papers.branding import Branding, Signatory
from tests import examples, seals
from tests.conftest import require_or_skip
from tests.unit.certificates import awards, samples

SEAL = seals.elliptic()
ISSUER = samples.ATTENDANCE.issuer
BODIES = tuple(
    Provider(f"did:web:{one}.example", {"de": f"Hochschule {one}"}, f"https://{one}.example") for one in "BCDE"
)
LOOK = Branding(
    accent="#ffcc00",
    signatories=(Signatory("Prof. Dr. Anna Beispiel", {"de": "Präsidentin", "en": "President"}),),
    greeting={"de": "Wir bescheinigen:", "en": "We certify:"},
)
PAPERS: dict[str, tuple[AwardFacts, Branding | None]] = {
    **{kind.value: (specimen.facts(kind, ISSUER), LOOK) for kind in AwardKind},
    "plain": (samples.COURSE, None),
    "joint": (specimen.facts(AwardKind.COURSE, ISSUER, BODIES), LOOK),
    "arabic": (replace(samples.ATTENDANCE, recipient=Recipient("x", "محمد بن سلمان")), LOOK),
    "hebrew": (replace(samples.ATTENDANCE, recipient=Recipient("x", "שרה לוי")), None),
    "gaps": (replace(samples.ATTENDANCE, recipient=Recipient("x", "山田 太郎")), None),
}
CREDENTIAL = json.dumps(samples.sign(samples.unsigned()), ensure_ascii=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all papers, sealed."""
    folder = tmp_path_factory.mktemp("papers")
    for name, (facts, look) in PAPERS.items():
        paper = pdf.render(facts, CREDENTIAL, samples.ADDRESSES, look)
        (folder / f"{name}.pdf").write_bytes(pades.seal(paper, SEAL, now=samples.NOW))
    return folder


def _pdfsig(file: Path) -> str:
    require_or_skip(shutil.which("pdfsig"), "pdfsig (Poppler)")
    done = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, check=False)
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


@pytest.mark.parametrize("name", PAPERS)
def test_poppler_finds_a_valid_seal_over_the_whole_file(folder: Path, name: str) -> None:
    said = _pdfsig(folder / f"{name}.pdf")
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "Hochschule A" in said


@settings(max_examples=examples.FEW, deadline=None)
@given(awards.awards())
def test_any_award_gives_a_paper_that_poppler_finds_sealed(facts: AwardFacts) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.pdf"
        file.write_bytes(pades.seal(pdf.render(facts, "{}", samples.ADDRESSES, LOOK), SEAL, now=samples.NOW))
        said = _pdfsig(file)
    assert "Signature is Valid." in said
    assert "Total document signed" in said


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_poppler_sees_one_changed_byte(folder: Path, share: float, tmp_path: Path) -> None:
    content = bytearray((folder / "course.pdf").read_bytes())
    stream = content.index(b"stream\n", int(len(content) * share)) + len(b"stream\n") + 5
    content[stream] ^= 1
    (tmp_path / "a.pdf").write_bytes(content)
    said = _pdfsig(tmp_path / "a.pdf")
    assert "Signature is Valid." not in said
    assert not pades.check(bytes(content))[0].intact


def test_the_attached_credential_is_in_the_sealed_paper(folder: Path, tmp_path: Path) -> None:
    require_or_skip(shutil.which("pdfdetach"), "pdfdetach (Poppler)")
    out = tmp_path / "credential.json"
    subprocess.run(["pdfdetach", "-save", "1", "-o", str(out), str(folder / "joint.pdf")], check=True)
    assert out.read_text() == CREDENTIAL


@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_verapdf_finds_every_paper_conformant(folder: Path, flavour: str) -> None:
    verapdf = shlex.split(os.environ.get("VERAPDF") or "verapdf")
    if shutil.which(verapdf[0]) is None:
        pytest.skip("not found: verapdf")
    command = [*verapdf, "--flavour", flavour, "--format", "text", *map(str, sorted(folder.glob("*.pdf")))]
    # Java writes its own settings to its home.
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(folder)})
    verdicts = {Path(line.split()[1]).stem: line.split()[0] for line in done.stdout.splitlines() if ".pdf" in line}
    assert verdicts == dict.fromkeys(PAPERS, "PASS")
