"""Build .mbz archives for tests: from real ones, changed here and there, and from nothing, hostile."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

BACKUPS = Path(__file__).resolve().parents[1] / "data" / "moodle" / "backups"
A1 = BACKUPS / "KC-OZG-A1-nousers.mbz"


def members_of(path: Path = A1) -> dict[str, bytes]:
    """Return all files of a real backup by name."""
    with tarfile.open(path) as archive:
        return {
            member.name: stream.read()
            for member in archive
            if member.isreg() and (stream := archive.extractfile(member)) is not None
        }


def tar_entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    """Return a header for ``name``."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type = len(content), kind
    return entry


def make_tar(files: Mapping[str, bytes], extra: Iterable[tarfile.TarInfo] = (), *, pax: bool = False) -> bytes:
    """Pack files, then the extra headers (whose content is zeros), into a gzipped tar."""
    raw = io.BytesIO()
    form = tarfile.PAX_FORMAT if pax else tarfile.USTAR_FORMAT
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for name, content in files.items():
            archive.addfile(tar_entry(name, content), io.BytesIO(content))
        for entry in extra:
            archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    return gzip.compress(raw.getvalue())


def make_zip(files: Mapping[str, bytes], extra: Iterable[zipfile.ZipInfo] = ()) -> bytes:
    """Pack files, then the extra entries (empty), into a zip."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for entry in extra:
            archive.writestr(entry, b"")
    return raw.getvalue()


def changed(name: str, old: str, new: str) -> bytes:
    """Return the real backup with one text replaced in one of its files."""
    files = members_of()
    assert old.encode() in files[name], f"{name} holds no {old}"
    files[name] = files[name].replace(old.encode(), new.encode())
    return make_tar(files)
