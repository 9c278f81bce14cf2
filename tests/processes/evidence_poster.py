"""Posts one piece of evidence of each learner. ``python -m tests.processes.evidence_poster FILE INDEX PORT``.

FILE lists for each learner the facts that are still missing; this process posts the one at INDEX. Two such processes
meet before each learner at a barrier (a connection on PORT), so that both post at the same moment.
"""

import json
import socket
import sys
from datetime import datetime
from pathlib import Path

from campus import evidence
from campus.evidence import OWN_SOURCE, Fact
from campus.rules.credit import Outcome
from lti_tool.settings import Settings
from lti_tool.wiring import services_for


def main() -> None:
    file, index, port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    services = services_for(Settings.from_env())
    with socket.create_connection(("127.0.0.1", port)) as barrier:
        for learner in json.loads(file.read_text(encoding="utf-8")):
            told = learner["facts"][index]
            fact = Fact(
                identity_id=learner["identity_id"],
                source=OWN_SOURCE,
                reference=told["reference"],
                outcome=Outcome(told["outcome"]),
                occurred_at=datetime.fromisoformat(told["occurred_at"]),
                percent=told["percent"],
            )
            barrier.sendall(b".")
            barrier.recv(1)
            with services.database.write() as session:
                evidence.record(session, [fact], now=services.clock(), publish=services.publish(session))


if __name__ == "__main__":
    main()
