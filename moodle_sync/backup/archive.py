"""Take the XML files out of an .mbz (gzipped tar or zip) without unpacking it.

Nothing is written to disk, and only members that ``wanted`` names are read into memory; all others are counted
and checked. A name, a type or a size that Moodle would not have written refuses the whole archive.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO

from moodle_sync.backup.errors import (
    BackupBombError,
    BackupDamagedError,
    BackupEncryptedError,
    BackupLinkError,
    BackupTooLargeError,
    BackupUnsafePathError,
    NotACourseBackupError,
)
from moodle_sync.backup.tar import TarEntry, read_tar

MIB = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
ZIP_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What the library raises for damage; RuntimeError is also its "not implemented" and "encrypted"."""


@dataclass(frozen=True)
class Limits:
    """What an archive may have at most; sizes in bytes."""

    compressed: int = 256 * MIB
    total: int = 1024 * MIB
    member: int = 256 * MIB
    xml: int = 16 * MIB
    xml_total: int = 64 * MIB
    entries: int = 20_000
    ratio: int = 150
    """Unpacked to packed. XML reaches 50; a bomb of zeros 1,000."""
    ratio_floor: int = 8 * MIB
    """Below this many unpacked bytes the ratio doesn't matter."""


DEFAULT_LIMITS = Limits()


class Tally:
    """Checks what an archive's reader meets against the limits, and keeps what is wanted."""

    def __init__(self, limits: Limits, compressed: int, wanted: Callable[[str], bool]) -> None:
        self.limits = limits
        self.members: dict[str, bytes] = {}
        self._compressed = compressed
        self._wanted = wanted
        self._names: set[str] = set()
        self._declared = 0
        self._kept = 0

    def enter(self, name: str, size: int) -> bool:
        """Register one member; return whether its content is to be read.

        Raises BackupUnsafePathError and BackupTooLargeError.
        """
        clean = safe_name(name)
        if clean in self._names:
            raise BackupUnsafePathError("a name stands in the archive twice")
        self._names.add(clean)
        self._declared += size
        if len(self._names) > self.limits.entries:
            raise BackupTooLargeError(f"more than {self.limits.entries} entries")
        if size > self.limits.member:
            raise BackupTooLargeError(f"a file of more than {self.limits.member} bytes")
        self.unpacked(self._declared)
        if not self._wanted(clean):
            return False
        self._kept += size
        if size > self.limits.xml or self._kept > self.limits.xml_total:
            raise BackupTooLargeError("more XML than a learning unit needs")
        return True

    def unpacked(self, size: int) -> None:
        """Check how much the archive has unpacked to so far."""
        if size > self.limits.ratio_floor and size > self.limits.ratio * self._compressed:
            raise BackupBombError(f"unpacks to more than {self.limits.ratio} times its size")
        if size > self.limits.total:
            raise BackupTooLargeError(f"unpacks to more than {self.limits.total} bytes")

    def keep(self, name: str, content: bytes) -> None:
        """Store a wanted member's content."""
        self.members[safe_name(name)] = content


def safe_name(name: str) -> str:
    """Return ``name`` as a relative path with ``/``, or raise BackupUnsafePathError."""
    clean = name.removeprefix("./").rstrip("/")
    parts = clean.split("/")
    if (
        name.startswith("/")
        or "\\" in name
        or re.match(r"[A-Za-z]:", clean)
        or not name.isprintable()
        or (clean and any(part in {"", ".", ".."} for part in parts))
    ):
        raise BackupUnsafePathError("a name in the archive is absolute or leads out of it")
    return clean


def read_members(
    source: bytes | BinaryIO, wanted: Callable[[str], bool], limits: Limits = DEFAULT_LIMITS
) -> dict[str, bytes]:
    """Return the content of all wanted members by name. ``source`` is bytes or a seekable file, left open.

    Raises a BackupError; what is wrong with any member refuses all of them.
    """
    file = BytesIO(source) if isinstance(source, bytes) else source
    size = file.seek(0, SEEK_END)
    if size > limits.compressed:
        raise BackupTooLargeError(f"larger than {limits.compressed} bytes")
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    tally = Tally(limits, size, wanted)
    if magic.startswith(GZIP_MAGIC):
        _read_tar_members(file, tally)
    elif magic == ZIP_MAGIC:
        _read_zip_members(file, size, tally)
    elif not magic:
        raise BackupDamagedError("an empty file")
    else:
        raise NotACourseBackupError("neither a gzipped tar nor a zip archive")
    return tally.members


def _read_tar_members(file: BinaryIO, tally: Tally) -> None:
    def visit(entry: TarEntry) -> bool:
        if entry.kind in "12":
            raise BackupLinkError("a link in the archive")
        if entry.kind in "346":
            raise BackupLinkError("a device in the archive")
        if entry.kind not in "05":
            raise BackupDamagedError("an archive entry of a kind that Moodle does not write")
        return tally.enter(entry.name, entry.size) and entry.kind == "0"

    for entry, content in read_tar(file, visit, tally.unpacked):
        tally.keep(entry.name, content)


def _read_zip_members(file: BinaryIO, size: int, tally: Tally) -> None:
    _check_zip_directory(file, size, tally.limits)
    try:
        with zipfile.ZipFile(file) as archive:
            for info in _checked_infos(archive, tally):
                content = archive.read(info)
                if len(content) != info.file_size:
                    raise BackupDamagedError("a file is not as long as the archive says")
                tally.keep(info.orig_filename, content)
    except ZIP_TROUBLE as error:
        raise BackupDamagedError(f"the zip archive can't be read ({type(error).__name__})") from error


def _check_zip_directory(file: BinaryIO, size: int, limits: Limits) -> None:
    """Look at the zip's directory before the library reads it whole: its size is the sender's to choose."""
    tail_at = max(0, size - 65_557 - 20)
    file.seek(tail_at)
    tail = file.read()
    at = len(tail) - 22
    if tail[at : at + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:  # noqa: PLR2004 - the record's fixed length
        raise BackupDamagedError("the zip archive is cut off")
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        raise BackupTooLargeError("a zip64 archive")
    (entries, directory) = struct.unpack("<HI", tail[at + 10 : at + 16])
    if entries > limits.entries or directory > limits.entries * 256:
        raise BackupTooLargeError(f"more than {limits.entries} entries")
    file.seek(0)


def _checked_infos(archive: zipfile.ZipFile, tally: Tally) -> Iterator[zipfile.ZipInfo]:
    """Check every entry, then give the wanted ones: nothing is unpacked from an archive that is refused."""
    wanted = []
    for info in archive.infolist():
        mode = stat.S_IFMT(info.external_attr >> 16)
        if mode not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise BackupLinkError("a link or a device in the archive")
        if info.flag_bits & 0x1:
            raise BackupEncryptedError("the archive is protected by a password")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BackupDamagedError("a compression that Moodle does not use")
        if tally.enter(info.orig_filename, info.file_size) and not info.is_dir():
            wanted.append(info)
    yield from wanted
