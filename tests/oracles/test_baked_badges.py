"""Badges that others have baked: the fixtures of 1EdTech's validator."""

import json

import pytest

from certificates import reading
from certificates.papers import baking
from tests.oracles.standards import standards
from tests.unit.certificates import samples


def _read(name: str) -> reading.Presented:
    return reading.read(standards(f"vectors/1edtech/{name}").read_bytes(), public_url=samples.PUBLIC_URL)


def test_a_baked_document_is_the_one_beside_it() -> None:
    found = _read("simple-json.svg")
    assert found.container is reading.Container.SVG
    (baked,) = map(json.loads, found.credentials)
    assert baked.pop("proof")
    assert baked["type"] == ["VerifiableCredential", "OpenBadgeCredential"]


@pytest.mark.parametrize("name", ["simple-jwt.svg", "simple-jwt_v1.svg"])
def test_a_baked_token_comes_out_of_the_attribute(name: str) -> None:
    (token,) = _read(name).credentials
    assert baking.COMPACT_JWS.fullmatch(token)
    assert token.encode() in standards(f"vectors/1edtech/{name}").read_bytes()


@pytest.mark.parametrize("name", ["simple.jwt", "simple.json", "complete.json"])
def test_files_that_are_not_pictures_come_as_they_are(name: str) -> None:
    assert _read(name).credentials == (standards(f"vectors/1edtech/{name}").read_bytes().decode().strip(),)


def test_the_example_of_elmo_is_one() -> None:
    content = standards("elmo/example.xml").read_bytes()
    assert reading.read(content, public_url=samples.PUBLIC_URL).container is reading.Container.ELMO
