"""Read a gzipped tar forwards, once, strictly: only what Moodle's own packer writes (POSIX ustar).

The standard library's reader takes a damaged header in the middle for the end of the archive, and reads
extended headers of any announced size into memory. Moodle's packer needs neither extension nor leniency.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from moodle_sync.backup.errors import BackupDamagedError

BLOCK = 512
CHUNK = 64 * 1024
CHECKSUM = slice(148, 156)


@dataclass(frozen=True)
class TarEntry:
    """One header: ``kind`` is tar's type flag ("0" a file, "5" a folder), ``size`` in bytes."""

    name: str
    size: int
    kind: str


def read_tar(
    file: BinaryIO, visit: Callable[[TarEntry], bool], unpacked: Callable[[int], None]
) -> Iterator[tuple[TarEntry, bytes]]:
    """Yield the entries for which ``visit`` returns True, with their content.

    ``unpacked`` is told the number of bytes unpacked so far, after each piece. Raises BackupDamagedError.
    """
    stream = _Stream(file, unpacked)
    while (block := stream.read(BLOCK)) != bytes(BLOCK):
        entry = _parse_header(block)
        padding = -entry.size % BLOCK
        if visit(entry):
            content = stream.read(entry.size)
            stream.skip(padding)
            yield entry, content
        else:
            stream.skip(entry.size + padding)
    stream.drain()


def _parse_header(block: bytes) -> TarEntry:
    if block[257:262] != b"ustar":
        raise BackupDamagedError("a tar header is missing or overwritten")
    blank = block[: CHECKSUM.start] + b" " * 8 + block[CHECKSUM.stop :]
    if _octal(block[CHECKSUM]) != sum(blank):
        raise BackupDamagedError("a tar header has a wrong checksum")
    # The GNU variant ("ustar  ") keeps times where POSIX keeps the name's prefix.
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    name = _text(block[:100])
    kind = block[156:157].decode("latin-1")
    size = _octal(block[124:136])
    return TarEntry(f"{prefix}/{name}" if prefix else name, size, "0" if kind == "\0" else kind)


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not digits or not all(0x30 <= digit <= 0x37 for digit in digits):  # noqa: PLR2004 - "0" to "7"
        raise BackupDamagedError("a number in a tar header can't be read")
    return int(digits, 8)


def _text(field: bytes) -> str:
    try:
        return field.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError as error:
        raise BackupDamagedError("a name in the archive is not UTF-8") from error


class _Stream:
    """The unpacked bytes, forwards only, counted."""

    def __init__(self, file: BinaryIO, unpacked: Callable[[int], None]) -> None:
        self._gzip = gzip.GzipFile(fileobj=file, mode="rb")
        self._unpacked = unpacked
        self._count = 0

    def read(self, size: int) -> bytes:
        """Return exactly ``size`` bytes; the caller has checked that it can afford them."""
        pieces = bytearray()
        while len(pieces) < size:
            piece = self._piece(min(CHUNK, size - len(pieces)))
            if not piece:
                raise BackupDamagedError("the archive is cut off")
            pieces += piece
        return bytes(pieces)

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes."""
        while size:
            piece = self._piece(min(CHUNK, size))
            if not piece:
                raise BackupDamagedError("the archive is cut off")
            size -= len(piece)

    def drain(self) -> None:
        """Read to the end, where gzip's own checksum stands."""
        while piece := self._piece(CHUNK):
            if piece.strip(b"\0"):
                raise BackupDamagedError("data after the end of the archive")

    def _piece(self, size: int) -> bytes:
        try:
            piece = self._gzip.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise BackupDamagedError(f"the gzip stream is broken ({type(error).__name__})") from error
        self._count += len(piece)
        self._unpacked(self._count)
        return piece
