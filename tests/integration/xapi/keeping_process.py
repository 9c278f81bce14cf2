"""A process that stores statements as a server does: ``python -m tests.integration.xapi.keeping_process URL``.

Reads a JSON list of batches; says "ready", waits for a line, then stores one batch after the other and prints for
each "kept" or the code of the refusal.
"""

import json
import sys

from campus.clock import system_clock
from campus.database import Database
from campus.errors import CampusError
from xapi.batches import Origin, Sender, prepare
from xapi.combining import Writer
from xapi.store import CAMPUS


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    database = Database(sys.argv[1])
    writer = Writer(database, system_clock)
    sender = Sender(Origin.CLIENT, {"mbox": "mailto:store@example.org"}, CAMPUS)
    batches = json.loads(sys.stdin.readline())
    say("ready")
    sys.stdin.readline()
    for batch in batches:
        try:
            writer.keep(prepare(batch, sender, version="2.0.0"))
            say("kept")
        except CampusError as error:
            say(error.code)
    database.dispose()


if __name__ == "__main__":
    main()
