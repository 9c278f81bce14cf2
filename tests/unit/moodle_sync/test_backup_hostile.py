"""Archives that were made, or broken, to do harm: each is refused with its own code."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodle_sync.backup import BackupCourse, BackupError, Limits, read_backup
from tests.moodle.archives import A1, BACKUPS, changed, make_tar, make_zip, members_of, tar_entry

MANIFEST = "moodle_backup.xml"
UNSAFE_NAMES = [
    "../moodle_backup.xml",
    "course/../../etc/passwd",
    "/etc/passwd",
    "C:/Windows/x",
    "c:x",
    "course\\..\\..\\x",
    "a//b",
    "a/./b",
    "a\x07b",
]


def zip_link(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    return entry


def encrypted_zip() -> bytes:
    """Set the flag "encrypted" in the only entry's two headers."""
    data = bytearray(make_zip({MANIFEST: b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def bomb_tar() -> bytes:
    return make_tar({}, [tar_entry("files/00/0000", bytes(32 * 1024 * 1024))])


def lying_zip() -> bytes:
    """Announce ten bytes for a file that unpacks to more."""
    data = bytearray(make_zip({MANIFEST: bytes(1000)}))
    data[22:26] = struct.pack("<I", 10)
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    return bytes(data)


def twice_in_zip() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(MANIFEST, b"a")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(MANIFEST, b"b")
    return raw.getvalue()


def with_doctype(text: str) -> bytes:
    return changed("course/course.xml", '<course id="2"', f'{text}<course id="2"')


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    return with_doctype(f'<!DOCTYPE course [<!ENTITY a0 "ha">{entities}]>')


def utf16_doctype() -> bytes:
    files = members_of()
    files["course/course.xml"] = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE c><c/>'.encode("utf-16")
    return make_tar(files)


def without(name: str) -> bytes:
    return make_tar({key: value for key, value in members_of().items() if key != name})


REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "backup.damaged"),
    ("a PDF", lambda: b"%PDF-1.7 ...", "backup.not_a_course"),
    ("a zip without manifest", lambda: make_zip({"imsmanifest.xml": b"<manifest/>"}), "backup.not_a_course"),
    ("a tar without manifest", lambda: make_tar({"readme.txt": b"hello"}), "backup.not_a_course"),
    ("cut off in the middle", lambda: A1.read_bytes()[:9000], "backup.damaged"),
    ("cut off before the checksum", lambda: A1.read_bytes()[:-4], "backup.damaged"),
    ("zip cut off", lambda: make_zip(members_of())[:-30], "backup.damaged"),
    ("zip with a lie about a size", lying_zip, "backup.damaged"),
    ("symbolic link", lambda: make_tar({}, [tar_entry("a", kind=tarfile.SYMTYPE)]), "backup.link"),
    ("hard link", lambda: make_tar({}, [tar_entry("a", kind=tarfile.LNKTYPE)]), "backup.link"),
    ("device", lambda: make_tar({}, [tar_entry("a", kind=tarfile.CHRTYPE)]), "backup.link"),
    ("pipe", lambda: make_tar({}, [tar_entry("a", kind=tarfile.FIFOTYPE)]), "backup.link"),
    ("extended header", lambda: make_tar({"ä" * 90: b""}, pax=True), "backup.damaged"),
    ("link in a zip", lambda: make_zip({}, [zip_link("a", stat.S_IFLNK)]), "backup.link"),
    ("device in a zip", lambda: make_zip({}, [zip_link("a", stat.S_IFCHR)]), "backup.link"),
    ("encrypted zip", encrypted_zip, "backup.encrypted"),
    ("name twice", lambda: make_tar({MANIFEST: b"a", f"./{MANIFEST}": b"b"}), "backup.unsafe_path"),
    ("name twice in a zip", twice_in_zip, "backup.unsafe_path"),
    ("tar bomb", bomb_tar, "backup.bomb"),
    ("zip bomb", lambda: make_zip({"files/0": bytes(32 * 1024 * 1024)}), "backup.bomb"),
    ("external entity", lambda: with_doctype('<!DOCTYPE c SYSTEM "file:///etc/passwd">'), "backup.xml_entities"),
    ("billion laughs", billion_laughs, "backup.xml_entities"),
    ("document type in UTF-16", utf16_doctype, "backup.damaged"),
    ("XML cut off", lambda: changed("course/course.xml", "</course>", ""), "backup.damaged"),
    ("text for a number", lambda: changed("activities/quiz_11/quiz.xml", "2700", "long"), "backup.damaged"),
    ("not a number", lambda: changed("questions.xml", "<tolerance>30", "<tolerance>nan"), "backup.damaged"),
    ("missing course", lambda: without("course/course.xml"), "backup.missing_file"),
    ("missing activity", lambda: without("activities/page_4/page.xml"), "backup.missing_file"),
    ("missing section", lambda: without("sections/section_3/section.xml"), "backup.missing_file"),
    ("missing questions", lambda: without("questions.xml"), "backup.damaged"),
    ("an activity's backup", lambda: changed(MANIFEST, "<type>course<", "<type>activity<"), "backup.not_a_course"),
    ("Moodle 3", lambda: changed(MANIFEST, "2024042200", "2021051700"), "backup.unsupported_version"),
    ("Moodle 1", lambda: changed(MANIFEST, "moodle2", "moodle1"), "backup.unsupported_version"),
    ("path for a module", lambda: changed(MANIFEST, "<modulename>page<", "<modulename>../x<"), "backup.damaged"),
]


@pytest.mark.parametrize(("make", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_with_its_code(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(BackupError) as caught:
        read_backup(make())

    assert caught.value.code == code


@pytest.mark.parametrize("name", UNSAFE_NAMES)
@pytest.mark.parametrize("pack", [make_tar, make_zip])
def test_name_that_leads_out(name: str, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    with pytest.raises(BackupError) as caught:
        read_backup(pack({**members_of(), name: b"x"}))

    assert caught.value.code == "backup.unsafe_path"


def test_bytes_that_are_no_utf8() -> None:
    files = members_of()
    files["course/course.xml"] = files["course/course.xml"].replace("–".encode(), b"\xff")

    with pytest.raises(BackupError) as caught:
        read_backup(make_tar(files))

    assert caught.value.code == "backup.damaged"


@pytest.mark.parametrize(
    "limits",
    [
        Limits(compressed=1000),
        Limits(total=50_000),
        Limits(member=10_000),
        Limits(xml=10_000),
        Limits(xml_total=30_000),
        Limits(entries=50),
    ],
    ids=["compressed", "total", "member", "xml", "xml_total", "entries"],
)
@pytest.mark.parametrize("name", ["KC-OZG-A1-nousers.mbz", "KC-OZG-A1-nousers.zipformat.mbz"])
def test_limits_hold_for_both_formats(limits: Limits, name: str) -> None:
    with pytest.raises(BackupError) as caught:
        read_backup((BACKUPS / name).read_bytes(), limits)

    assert caught.value.code == "backup.too_large"


def test_one_flipped_header_byte_is_not_the_end_of_the_archive() -> None:
    raw = bytearray(gzip.decompress(A1.read_bytes()))
    at = raw.index(b"course/course.xml\0")
    raw[at] ^= 1

    with pytest.raises(BackupError) as caught:
        read_backup(gzip.compress(bytes(raw)))

    assert caught.value.code == "backup.damaged"


def read_or_refuse(data: bytes) -> None:
    """Allow a result or a BackupError, nothing else."""
    try:
        assert isinstance(read_backup(data), BackupCourse)
    except BackupError:
        return


ORIGINALS = {
    name: (BACKUPS / name).read_bytes() for name in ("KC-OZG-A1-nousers.mbz", "KC-OZG-A1-nousers.zipformat.mbz")
}
FLIPS = st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 255)), min_size=1, max_size=8)


def mutate(data: bytes, flips: list[tuple[int, int]]) -> bytes:
    changed_data = bytearray(data)
    for at, value in flips:
        changed_data[at % len(changed_data)] = value
    return bytes(changed_data)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(ORIGINALS)), FLIPS)
def test_no_flipped_bytes_give_anything_but_a_refusal_or_a_course(name: str, flips: list[tuple[int, int]]) -> None:
    read_or_refuse(mutate(ORIGINALS[name], flips))


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(sorted(ORIGINALS)), st.integers(0, 50_000))
def test_no_cut_gives_anything_but_a_refusal(name: str, at: int) -> None:
    read_or_refuse(ORIGINALS[name][: at % len(ORIGINALS[name])])


MEMBERS = members_of()
XML_NAMES = sorted(name for name in MEMBERS if name.endswith(".xml"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(XML_NAMES), FLIPS)
def test_no_flipped_bytes_inside_a_file_give_anything_but_a_refusal_or_a_course(
    name: str, flips: list[tuple[int, int]]
) -> None:
    read_or_refuse(make_tar({**MEMBERS, name: mutate(MEMBERS[name], flips)}))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from([b"", b"\x1f\x8b\x08\x00", b"PK\x03\x04"]))
def test_no_noise_gives_anything_but_a_refusal(noise: bytes, magic: bytes) -> None:
    read_or_refuse(magic + noise)
