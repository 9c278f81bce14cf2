"""A process that stores statements: ``python -m tests.integration.xapi.keeping_process URL``.

Reads a JSON list of batches; says "ready", waits for a line, then stores one batch a transaction and prints for each
"kept" or the code of the refusal.
"""

import json
import sys
from datetime import UTC, datetime

from campus.database import Database
from campus.errors import CampusError
from xapi import service
from xapi.service import Origin, Sender


def main() -> None:
    database = Database(sys.argv[1])
    batches = json.loads(sys.stdin.readline())
    sender = Sender(Origin.CLIENT, {"mbox": "mailto:store@example.org"}, None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for batch in batches:
        try:
            with database.write() as session:
                service.keep(session, batch, sender, version="2.0.0", now=datetime.now(tz=UTC))
            sys.stdout.write("kept\n")
        except CampusError as error:
            sys.stdout.write(f"{error.code}\n")
    database.dispose()


if __name__ == "__main__":
    main()
