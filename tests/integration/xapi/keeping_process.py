"""A process that stores statements as a server does: ``python -m tests.integration.xapi.keeping_process``.

For each task, a line of JSON with the database's address and batches, it says "ready", waits for a line, stores one
batch after the other, and prints a JSON list: "kept" or the code of the refusal for each.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from campus.clock import system_clock
from campus.database import Database
from campus.errors import CampusError
from xapi.batches import Origin, Sender, prepare
from xapi.combining import Writer
from xapi.store import CAMPUS

SENDER = Sender(Origin.CLIENT, {"mbox": "mailto:store@example.org"}, CAMPUS)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def keep(writer: Writer, batch: Sequence[dict[str, Any]]) -> str:
    try:
        writer.keep(prepare(batch, SENDER, version="2.0.0"))
    except CampusError as error:
        return error.code
    return "kept"


def main() -> None:
    for line in sys.stdin:
        task = json.loads(line)
        database = Database(task["database"])
        writer = Writer(database, system_clock)
        say("ready")
        sys.stdin.readline()
        said = [keep(writer, batch) for batch in task["batches"]]
        database.dispose()
        say(json.dumps(said))


if __name__ == "__main__":
    main()
