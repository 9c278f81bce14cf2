"""How hard passwords are to guess: what the program itself takes, for tests take less."""

import subprocess
import sys

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

PROGRAM = "from campus import accounts as a; print(a.hash_password('drei zufaellige woerter').argon2, a._NOBODY)"


def test_passwords_are_kept_as_rfc_9106_recommends() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout.split()
    assert [extract_parameters(each) for each in said] == [RFC_9106_LOW_MEMORY] * 2
