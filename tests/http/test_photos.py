"""A photo of a paper, handed in over HTTP, leads to what is stored here, and a foreign code nowhere."""

import io

import pytest

from campus.database import Database
from certificates import verify_routes
from certificates.credential import Addresses
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import World
from tests.unit.certificates import photos

ELSEWHERE = "https://elsewhere.invalid/login"


@pytest.fixture
def world(database: Database) -> World:
    world = pages.world_of(database)
    world.earn("102", "A2")
    return world


def photo_of(address: str) -> bytes:
    return photos.written(photos.photo(photos.sheet(photos.code(address)), size=(900, 1200), angle=7))


@ON_SQLITE
def test_a_photo_of_ours_opens_the_certificates_page(world: World) -> None:
    public_id = world.award("102").public_id
    photo = photo_of(Addresses(world.services.settings.public_url).check(public_id))
    answer = world.browser().post("/pruefen", data={"datei": (io.BytesIO(photo), "IMG_0815.jpg")})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/nachweis/{public_id}")
    told = world.browser().post(verify_routes.PATH, data=photo, content_type="image/jpeg").get_json()
    assert (told["container"], told["award"]) == ("address", public_id)
    assert [report["genuine"] for report in told["reports"]] == [True]


@ON_SQLITE
def test_a_foreign_code_is_told_of_and_not_shown(world: World) -> None:
    answer = world.browser().post("/pruefen", data={"datei": (io.BytesIO(photo_of(ELSEWHERE)), "a.jpg")})
    assert answer.status_code == 422
    assert "Dieser QR-Code führt zu keinem unserer Nachweise" in text_of(answer)
    assert "elsewhere" not in answer.text
    refused = world.browser().post(verify_routes.PATH, data=photo_of(ELSEWHERE))
    assert (refused.status_code, refused.get_json()["code"]) == (422, "certificate.foreign_code")
    assert "elsewhere" not in refused.text
