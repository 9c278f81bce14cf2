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

from lti_tool.demo import looks, world
from tests.stack import HOST, Ports, Stack, running

LEARNT = next((number, name) for number, name in world.LEARNERS.items() if number == "108")
"""Who has certificates from the start: number in the demo LMS, and name."""
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
    earn(stack)
    with running(stack):
        print(greeting(stack), flush=True)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: stop.set())
        stop.wait()
        print("\nStopping …", flush=True)


def earn(stack: Stack) -> None:
    """Let one learner have learnt already, once: a joint certificate, and one that the office signs by mandate."""
    done = stack.folder / "earned"
    if not done.exists():
        for code in (*looks.JOINT_UNITS, "E1"):
            stack.command("demo", "earn", "--learner", LEARNT[0], "--unit", code)
        done.touch()


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

  {LEARNT[1]} has certificates already: one that three providers award jointly ({looks.JOINT_CODE}), and one
  that the campus office signs for provider E. Open a unit in the LMS as {LEARNT[1]}, then "Meine Nachweise".

  All of it lies in {stack.folder}; delete the folder to begin anew.

Stop with Ctrl-C.
"""


if __name__ == "__main__":
    main()
