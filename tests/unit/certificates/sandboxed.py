"""What a library could do when it is led astray, to be run in the sandbox."""

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from certificates.errors import EncryptedFileError


def tell(content: bytes, **options: Any) -> dict[str, Any]:
    return {"bytes": len(content), "options": options}


def surroundings(_content: bytes) -> dict[str, Any]:
    limits = [resource.getrlimit(one) for one in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_CORE)]
    return {"environment": sorted(os.environ), "folder": str(Path.cwd()), "limits": limits}


def refuse(_content: bytes) -> None:
    raise EncryptedFileError("as the reader said")


def stumble(content: bytes) -> None:
    raise LookupError(content.decode())


def hog(_content: bytes) -> int:
    return len(bytearray(2 * 1024 * 1024 * 1024))


def sink(content: bytes) -> None:
    sink(content)


def spin(_content: bytes) -> None:
    while True:
        pass


def crash(_content: bytes) -> None:
    os.abort()


def leave(_content: bytes) -> None:
    sys.exit(0)


def babble(_content: bytes) -> str:
    sys.stdout.write("{")
    return "more"


def flood(_content: bytes) -> str:
    return "x" * 64 * 1024 * 1024


def call(_content: bytes) -> None:
    socket.create_connection(("127.0.0.1", 9))


def start(_content: bytes) -> None:
    subprocess.run(["true"], check=True)


def write(_content: bytes) -> None:
    Path("/tmp/written-in-the-sandbox").write_text("x", "utf-8")
