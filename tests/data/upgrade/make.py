"""Write down a filled database of the commit that is checked out; the README beside says when and how."""

import gzip
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.journey.browser import Browser
from tests.journey.learner import Learner
from tests.stack import Ports, Stack, running
from tests.waiting import wait_for

PORTS = Ports(tool=18411, lms=18412, moodle=18413)
"""The addresses stand in certificates, so they are the same when the database is upgraded."""
JONAS, SOPHIE, TEACHER = "105", "106", "201"
ACCOUNT = ("jonas@privat.example.invalid", "drei zufaellige woerter")


def fill(stack: Stack) -> None:
    """Do a little of all: launches of both roles, activities, an earned unit with score and certificate, an account."""
    jonas = Learner(Browser(stack), JONAS)
    jonas.work_through("self_study_1")
    browser = Browser(stack)
    unit = browser.launch(JONAS, "link-b1")
    login, password = ACCOUNT
    browser.submit(browser.get(unit.link("/account")), "/account", {"login": login, "password": password})
    Browser(stack).launch(SOPHIE, "link-a1")
    Browser(stack).launch(TEACHER, "link-a1")
    stack.command("demo", "earn", "--learner", JONAS, "--unit", "B1")
    wait_for(lambda: browser.get(unit.url).links("/nachweis/"), "the certificate is made", seconds=60, every=0.2)


def main() -> None:
    """Fill a new database and write it and its key into the folder that is named."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="upgrade-") as made:
        folder = Path(made)
        stack = Stack(folder, f"sqlite:///{folder / 'campus.sqlite'}", PORTS)
        stack.prepare()
        with running(stack):
            fill(stack)
        with closing(sqlite3.connect(folder / "campus.sqlite")) as connection:
            dump = "\n".join(connection.iterdump()) + "\n"
        (target / "0001.sql.gz").write_bytes(gzip.compress(dump.encode(), mtime=0))
        shutil.copy(folder / "key", target / "key")
        config = json.loads((folder / "lms.json").read_text(encoding="utf-8"))
        (target / "lms.json").write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
