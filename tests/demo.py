"""``make demo``: the demo world to click through, with its LMS and a Moodle that replays recordings.

Everything lies in ``var/demo-<port>`` and survives a restart; delete the folder to begin anew. DEMO_DATABASE_URL
names another database than the SQLite file there.
"""

import argparse
import os
import signal
import socket
import threading
from pathlib import Path

from lti_tool.demo import world
from tests.stack import HOST, Ports, Stack, running

ROOT = Path(__file__).parents[1]


def is_free(port: int) -> bool:
    """Say whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo")
    parser.add_argument("--port", type=int, default=8000, help="the tool's; LMS and Moodle take the next two")
    port = parser.parse_args().port
    taken = [number for number in range(port, port + 3) if not is_free(number)]
    if taken:
        parser.exit(1, f"Port {taken[0]} is taken. Choose others: make demo PORT={port + 10}\n")
    folder = ROOT / "var" / f"demo-{port}"
    folder.mkdir(parents=True, exist_ok=True)
    database_url = os.environ.get("DEMO_DATABASE_URL") or f"sqlite:///{folder / 'campus.sqlite'}"
    stack = Stack(folder, database_url, Ports(port, port + 1, port + 2))
    print("Migrating the database and loading the demo world …", flush=True)
    stack.prepare()
    with running(stack):
        print(greeting(stack), flush=True)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: stop.set())
        stop.wait()
        print("\nStopping …", flush=True)


def greeting(stack: Stack) -> str:
    """Say where to click."""
    return f"""
KommunalCampus is running. All people and organisations are made up; the passwords are known to everybody.

  Learners and a teacher  {stack.lms_url}   (the LMS of a town: choose who you are, open a unit)
  KommunalCampus          {stack.tool_url}
  Administrator           {stack.tool_url}/anmelden   {world.ADMIN_LOGIN}   password: {world.PASSWORD}
  Provider A              {stack.tool_url}/anmelden   {world.PROVIDER_LOGIN}   password: {world.PASSWORD}

  Unit A1 comes empty: as provider A, import {Path("tests/data/moodle/backups/KC-OZG-A1-nousers.mbz")},
  then grant the unit to "Lernportal Musterhausen". There, the teacher announces a session and marks who came.
  The replayed Moodle {stack.moodle_url} has course 2 (A1) with users 6, 7 and 42: as administrator, link it
  to A1 under Verwaltung, Moodle, and synchronise.

  All of it lies in {stack.folder}; delete the folder to begin anew.

Stop with Ctrl-C.
"""


if __name__ == "__main__":
    main()
