"""500 learners, the last two pieces of evidence of each posted by two processes at once, on both databases."""

import json
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus import evidence
from campus.database import Database
from campus.jobs import Jobs
from campus.models.credits import Credit, CreditRevision
from campus.models.organisations import OrganisationKind
from campus.rules.credit import Standing
from certificates.store import Award
from lti_tool.launch import registrations
from lti_tool.launch.store import LinkLearner, ResourceLink
from lti_tool.services.ags import SCORE_SCOPE
from tests.factories import NOW, Heard, all_facts, learner, organisation, tutorial, unit
from tests.stack import Ports, Stack, running
from tests.waiting import wait_for

pytestmark = pytest.mark.processes

LEARNERS = 500
CLIENT = "client"


@contextmanager
def barrier(parties: int) -> Iterator[int]:
    """Give the port of a meeting point: everybody's byte is answered once all have sent theirs."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def meet() -> None:
            with ExitStack() as open_until_the_end:
                connections = [open_until_the_end.enter_context(server.accept()[0]) for _ in range(parties)]
                while all(connection.recv(1) for connection in connections):
                    for connection in connections:
                        connection.sendall(b".")

        thread = threading.Thread(target=meet, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def lms_config(folder: Path) -> None:
    """Write the LMS's configuration: 500 learners and one link."""
    users = [
        {"id": f"u{number}", "name": f"Person {number}", "email": "", "role": "learner"} for number in range(LEARNERS)
    ]
    config = {
        "client_id": CLIENT,
        "deployment_id": "1",
        "course": {"id": "c", "title": "C"},
        "users": users,
        "links": [{"id": "link", "title": "B1", "custom": {}}],
    }
    (folder / "lms.json").write_text(json.dumps(config), encoding="utf-8")


def prepare(session: Session, stack: Stack) -> list[dict[str, Any]]:
    """Bring all learners so far that two pieces of evidence are missing; return these."""
    b1 = unit(session)
    held = tutorial(session, b1)
    registration = registrations.register(
        session,
        organisation(session, OrganisationKind.MUNICIPALITY),
        name="LMS",
        issuer=stack.lms_url,
        client_id=CLIENT,
        auth_login_url=f"{stack.lms_url}/lti/auth",
        auth_token_url=f"{stack.lms_url}/lti/token",
        key_set_url=f"{stack.lms_url}/lti/keys",
        deployment_ids=["1"],
        now=NOW,
    )
    link = ResourceLink(
        deployment_id=registration.deployments[0].id,
        resource_link_id="link",
        unit_id=b1.id,
        lineitem_url=f"{stack.lms_url}/lti/lineitems/link",
        ags_scopes=[SCORE_SCOPE],
        created_at=NOW,
    )
    session.add(link)
    session.flush()
    missing = []
    for number in range(LEARNERS):
        identity, _ = learner(session, f"u{number}", issuer=stack.lms_url)
        session.add(LinkLearner(resource_link_id=link.id, identity_id=identity.id, first_launched_at=NOW))
        *first, one, other = all_facts(b1, held, identity)
        evidence.record(session, first, now=NOW, publish=Heard())
        told = [
            {
                "reference": fact.reference,
                "outcome": fact.outcome,
                "occurred_at": fact.occurred_at.isoformat(),
                "percent": fact.percent,
            }
            for fact in (one, other)
        ]
        missing.append({"identity_id": identity.id, "facts": told})
    return missing


def test_exactly_one_credit_award_and_score_each(database: Database, tmp_path: Path) -> None:
    stack = Stack(tmp_path, database.url, Ports.free())
    lms_config(tmp_path)
    with database.write() as session:
        missing = prepare(session, stack)
    (tmp_path / "missing.json").write_text(json.dumps(missing), encoding="utf-8")
    jobs = Jobs(database.url)
    with running(stack), barrier(2) as port:
        posters = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.processes.evidence_poster"),
                    *(str(tmp_path / "missing.json"), str(index), str(port)),
                ],
                env=stack.environment,
            )
            for index in (0, 1)
        ]
        assert [poster.wait(300) for poster in posters] == [0, 0]
        wait_for(lambda: jobs.unfinished() == 0, "all jobs done", seconds=300, every=0.5)
        assert jobs.failed() == []
        gradebook = requests.get(f"{stack.lms_url}/api/gradebook", timeout=30).json()
    jobs.close()

    with database.read() as session:
        earned = session.scalars(select(Credit)).all()
        assert [credit.standing for credit in earned] == [Standing.ACHIEVED] * LEARNERS
        achieved = select(CreditRevision.credit_id).where(CreditRevision.standing == Standing.ACHIEVED)
        assert Counter(session.scalars(achieved).all()) == Counter(credit.id for credit in earned)
        assert session.scalar(select(func.count()).select_from(Award)) == LEARNERS
        assert session.scalar(select(func.count(Award.person_id.distinct()))) == LEARNERS
    assert Counter(cell["user"] for cell in gradebook) == Counter(f"u{number}" for number in range(LEARNERS))
    assert {cell["score"] for cell in gradebook} == {80.0}
