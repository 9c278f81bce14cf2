"""A process that issues for everybody: ``python -m tests.integration.certificates.issuing_process URL SEED``.

Reads one JSON list of facts; says "ready", waits for a line, then issues one award a transaction and prints its id.
"""

import json
import sys
from random import Random

from campus.database import Database
from certificates.facts import from_json
from tests.integration.certificates.world import issued


def main() -> None:
    url, seed = sys.argv[1:]
    database, random = Database(url), Random(int(seed))
    everybody = [from_json(item) for item in json.loads(sys.stdin.readline())]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for facts in everybody:
        with database.write() as session:
            public_id = issued(session, facts, random).public_id
        sys.stdout.write(f"{public_id}\n")
    database.dispose()


if __name__ == "__main__":
    main()
