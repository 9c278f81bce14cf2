"""Checklist C: choosing content (Deep Linking 2.0). The answer is read by jwcrypto, against the standard's text.

The demo LMS reads it too (``tests/lms/choosing.py``): signature, audience, issuer, times, nonce, deployment and data.
"""

import time
from typing import Any

import lxml.html
import pytest
import requests
from jwcrypto import jwk, jws
from sqlalchemy import select

from campus.models.access import TeachingGrant
from lti_tool.launch.store import LaunchRow, Registration, ResourceLink
from tests.conformance.lti import grading
from tests.conformance.lti.choosing import ABSENT, DL, Dialog, Sent, course_of, has_claims, launch
from tests.lms import choosing
from tests.lms.config import User
from tests.lms.live import BERND, TEACHER, World

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"


def arrive(lti: World, sent: Sent) -> str:
    """Post the answer as the browser does; return the LMS's page."""
    page = requests.post(sent.action, data=dict(sent.fields), timeout=30)
    assert page.status_code == 200, page.text
    return page.text


@pytest.mark.parametrize("role", [f"{MEMBERSHIP}#Instructor", "Instructor", f"{MEMBERSHIP}#ContentDeveloper"])
def test_C1_picker_is_shown_to_who_may_author(shared: World, role: str) -> None:
    client = shared.tool.test_client()
    answer = launch(shared, client, {}, roles=[role])
    page = client.get(answer.headers["Location"], headers={"Accept-Language": "en"})
    assert (answer.status_code, page.status_code) == (303, 200)
    assert "Choose learning units" in page.get_data(as_text=True)
    assert shared.unit.public_id in page.get_data(as_text=True)


@pytest.mark.parametrize("roles", [[f"{MEMBERSHIP}#Learner"], [INSTITUTION], []], ids=["learner", "elsewhere", "none"])
def test_C1_learner_gets_no_picker(shared: World, roles: list[str]) -> None:
    client = shared.tool.test_client()
    before = count(shared)
    answer = launch(shared, client, {}, user=shared.aylin, roles=roles)
    assert (answer.status_code, "launch.not_a_teacher" in answer.get_data(as_text=True)) == (403, True)
    assert count(shared) == before


def count(lti: World) -> int:
    with lti.services.database.read() as session:
        return len(session.scalars(select(LaunchRow.id)).all())


def test_C2_answer_is_a_form_with_the_field_JWT_that_the_platform_takes(shared: World) -> None:
    sent = Dialog(shared).send(shared.unit.public_id)
    assert (sent.action, list(sent.fields)) == (f"{shared.platform.config.url}/lti/deep-linking", ["JWT"])
    assert shared.unit.code in arrive(shared, sent)


def test_C3_message_type_version_and_deployment(shared: World) -> None:
    said = Dialog(shared).send(shared.unit.public_id).body
    expected = {"message_type": "LtiDeepLinkingResponse", "version": "1.3.0", "deployment_id": "1"}
    assert has_claims(said, **expected)


def test_C4_times_are_sane_and_there_is_a_nonce_for_each_dialog(shared: World) -> None:
    dialog, now = Dialog(shared), time.time()
    first, again = dialog.send(shared.unit.public_id).body, dialog.send(shared.unit.public_id).body
    assert abs(first["iat"] - now) < 30
    assert 0 < first["exp"] - first["iat"] <= 600
    assert isinstance(first["nonce"], str)
    assert len(first["nonce"]) >= 22
    assert first["nonce"] == again["nonce"], "loaded again, it is the same answer"
    assert first["nonce"] != Dialog(shared).send(shared.unit.public_id).body["nonce"]


def test_C4_answer_that_is_sent_again_is_taken_once(shared: World) -> None:
    dialog = Dialog(shared)
    arrive(shared, dialog.send(shared.unit.public_id))
    again = dialog.send(shared.unit.public_id)
    page = requests.post(again.action, data=dict(again.fields), timeout=30)
    assert (page.status_code, "has arrived already" in page.text) == (400, True)


def test_C5_signed_by_RS256_with_a_published_key(shared: World) -> None:
    sent = Dialog(shared).send(shared.unit.public_id)  # reading it has checked the signature
    assert sent.header["alg"] == "RS256"
    token = jws.JWS()
    token.deserialize(sent.fields["JWT"])
    with pytest.raises(jws.InvalidJWSSignature):
        token.verify(jwk.JWK.generate(kty="RSA", size=2048), alg="RS256")


def test_C5_a_platforms_own_key_signs_for_it(lti: World) -> None:
    own = lti.services.tool_keys.rotate(lti.registration_id, at_once=True)
    assert Dialog(lti).send(lti.unit.public_id).header["kid"] == own.kid


def test_C6_from_our_client_to_the_platform_with_items(shared: World) -> None:
    said = Dialog(shared).send(shared.unit.public_id).body
    assert (said["iss"], said["aud"]) == ("kc-client", shared.platform.config.url)
    assert isinstance(said[f"{DL}content_items"], list)
    assert len(said[f"{DL}content_items"]) == 1


@pytest.mark.parametrize("data", ["csrftoken:c7fbba78", "", None, {"a": [1, "ü"]}, "a&b=\"<'>\n"], ids=repr)
def test_C6_data_comes_back_exactly_as_it_was_sent(shared: World, data: Any) -> None:
    said = Dialog(shared, {"data": data}).send(shared.unit.public_id).body
    assert f"{DL}data" in said
    assert said[f"{DL}data"] == data


@pytest.mark.parametrize("path", ["senden", "abbrechen"])
def test_C6_data_that_was_not_sent_does_not_come_back(shared: World, path: str) -> None:
    said = Dialog(shared, {"data": ABSENT}).send(shared.unit.public_id, path=path).body
    assert f"{DL}data" not in said


def test_C7_items_are_what_was_chosen_and_shown(shared: World) -> None:
    course, units = course_of(shared, "A2", "A3", "B2")
    dialog = Dialog(shared)
    keys = [f"{units[0].public_id}:tutorial", f"course:{course.public_id}", shared.unit.public_id]
    preview = dialog.get("ansehen", item=keys)
    shown = [each.text_content().strip() for each in preview.xpath("//ol//strong")]
    sent = dialog.send(*preview.xpath("//form//input[@name='item']/@value"))
    assert [item["title"] for item in sent.items] == shown
    assert [item["custom"] for item in sent.items] == [
        {"unit": units[0].public_id, "phase": "tutorial"},
        *({"unit": unit.public_id} for unit in units),
        {"unit": shared.unit.public_id},
    ]
    assert {item["type"] for item in sent.items} == {"ltiResourceLink"}
    page: Any = lxml.html.fromstring(arrive(shared, sent))
    assert [each.text for each in page.xpath("//li/strong")] == shown


@pytest.mark.parametrize("phase", [None, "tutorial", "self_study_2"])
def test_C8_placed_link_is_launched_and_its_custom_parameters_come_back(lti: World, phase: str | None) -> None:
    key = f"{lti.unit.public_id}:{phase}" if phase else lti.unit.public_id
    sent = Dialog(lti).send(key)
    arrive(lti, sent)
    (link,) = choosing.place(lti.platform, sent.body[f"{DL}data"])
    client = lti.tool.test_client()
    page: Any = lxml.html.fromstring(client.get(lti.launch(client, link=link)).get_data())
    with lti.services.database.read() as session:
        kept = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == link.id)).one()
    assert (kept.unit_id, kept.phase) == (lti.unit.id, phase)
    sections = [each.removeprefix("phase-") for each in page.xpath("//section[starts-with(@id, 'phase-')]/@id")]
    assert sections == ([phase] if phase else ["self_study_1", "tutorial", "self_study_2"])


def test_C8_link_of_a_copied_course_leads_to_the_same_unit_and_has_a_column_of_its_own(lti: World) -> None:
    sent = Dialog(lti).send(lti.unit.public_id)
    arrive(lti, sent)
    (link,) = choosing.place(lti.platform, sent.body[f"{DL}data"])
    copied = lti.platform.state.add_link({"title": link.title, "custom": dict(link.custom)})  # another id, no column
    assert copied.id != link.id
    for each, user in ((link, lti.aylin), (copied, User(**BERND))):
        client = lti.tool.test_client()
        assert client.get(lti.launch(client, user, each)).status_code == 200
    grading.earn(lti, 80.0, "8")
    grading.follow(lti)
    columns = {column.id: column for column in lti.platform.state.line_items()}
    ((line_item, score),) = [(cell.link, cell.score) for cell in lti.platform.state.gradebook() if cell.user == "8"]
    assert (columns[line_item].resource_link, columns[line_item].resource_id) == (copied.id, lti.unit.public_id)
    assert score == 80.0
    assert columns[link.id].resource_id == lti.unit.public_id


def test_C9_one_link_where_the_platform_takes_only_one(shared: World) -> None:
    course, units = course_of(shared, "A2", "A3", "B2")
    dialog = Dialog(shared, {"accept_multiple": False})
    page = dialog.get()
    assert page.xpath("//input[@name='item']/@type")
    assert set(page.xpath("//input[@name='item']/@type")) == {"radio"}
    assert not page.xpath("//input[starts-with(@value, 'course:')]")
    for keys in ([units[0].public_id, units[1].public_id], [f"course:{course.public_id}"]):
        assert len(dialog.send(*keys).items) == 1


@pytest.mark.parametrize(("accepts", "asked"), [(False, False), (True, True), (ABSENT, True)], ids=["no", "yes", "-"])
def test_C9_line_item_where_the_platform_does_not_refuse_it(shared: World, *, accepts: object, asked: bool) -> None:
    (item,) = Dialog(shared, {"accept_lineitem": accepts}).send(shared.unit.public_id).items
    assert ("lineItem" in item) is asked


@pytest.mark.parametrize("types", [["link"], ["html", "image"], ["file", "LtiResourceLink"]])
def test_C9_platform_that_takes_no_links_is_told_so(shared: World, types: list[str]) -> None:
    dialog = Dialog(shared, {"accept_types": types})
    assert not dialog.get().xpath("//input[@name='item']")
    sent = dialog.send(path="abbrechen")
    assert sent.items == []
    assert sent.body[f"{DL}errormsg"]
    assert "ltiResourceLink" in sent.body[f"{DL}errorlog"]
    forced = dialog.client.post(f"{dialog.url}senden", data={"item": shared.unit.public_id})
    assert forced.status_code == 422


def test_C10_cancelling_answers_without_items(shared: World) -> None:
    sent = Dialog(shared).send(shared.unit.public_id, path="abbrechen")
    assert sent.items == []
    assert sent.body[f"{DL}msg"] == "Es wurde nichts ausgewählt."
    assert f"{DL}errormsg" not in sent.body
    assert "Es wurde nichts ausgewählt." in arrive(shared, sent)


def test_C11_return_address_is_escaped_and_the_form_works_under_our_policy(shared: World) -> None:
    url = f'{shared.platform.config.url}/lti/deep-linking?a=1&amp="><script>alert(1)</script>'
    sent = Dialog(shared, {"deep_link_return_url": url}).send(shared.unit.public_id)
    assert sent.action == url
    assert "<script>alert" not in sent.response.get_data(as_text=True)
    policy = dict(
        part.strip().partition(" ")[::2] for part in sent.response.headers["Content-Security-Policy"].split(";")
    )
    assert policy["form-action"] == f"'self' {shared.platform.config.url}"
    (script,) = sent.page.xpath("//script")
    assert policy["script-src"] == f"'nonce-{script.get('nonce')}'"
    assert sent.page.xpath("//form[@id='answer']//button[@type='submit']"), "it works without JavaScript"


@pytest.mark.parametrize(
    "url", ["http://lms.example/return", "https://lms.example;script-src *", "https://a b.example/"]
)
def test_C11_answer_goes_only_to_https_addresses(shared: World, url: str) -> None:
    client = shared.tool.test_client()
    answer = launch(shared, client, {"deep_link_return_url": url})
    page = client.get(answer.headers["Location"]) if answer.status_code == 303 else answer
    assert page.status_code == 400
    assert "lms.example" not in page.headers["Content-Security-Policy"]


def test_C12_item_says_all_that_is_known(shared: World) -> None:
    dates = {"available_from": "2026-12-01T08:00", "available_until": "2027-01-31T18:00", "due": "2027-01-15T23:59"}
    (item,) = Dialog(shared).send(shared.unit.public_id, **dates).items
    tool = shared.services.settings.public_url
    assert item["text"] == shared.unit.summary["de"]
    assert item["url"] == f"{tool}/lti/launch"
    for name in ("icon", "thumbnail"):
        assert item[name] == {"url": f"{tool}/static/unit.png", "width": 128, "height": 128}
    with shared.tool.test_client().get("/static/unit.png") as picture:
        assert picture.mimetype == "image/png"
    assert item["available"] == {
        "startDateTime": "2026-12-01T07:00:00+00:00",
        "endDateTime": "2027-01-31T17:00:00+00:00",
    }
    assert item["submission"] == {"endDateTime": "2027-01-15T22:59:00+00:00"}
    assert item["iframe"].keys() == {"width", "height"}
    asked = item["lineItem"]
    assert (asked["scoreMaximum"], asked["resourceId"], asked["tag"]) == (100, shared.unit.public_id, "unit")
    assert asked["label"] == item["title"]
    assert asked["submissionReview"]["reviewableStatus"] == ["Completed"]
    assert asked["submissionReview"]["custom"] == item["custom"]


def test_C12_what_is_not_known_or_not_taken_is_left_out(shared: World) -> None:
    targets = {"accept_presentation_document_targets": ["window"]}
    (item,) = Dialog(shared, targets).send(f"{shared.unit.public_id}:tutorial").items
    assert item.keys() & {"available", "submission", "iframe", "lineItem"} == set()
    assert item["window"] == {"targetName": "_blank"}


def test_C12_phase_with_the_exam_has_the_units_column(shared: World) -> None:
    (item,) = Dialog(shared).send(f"{shared.unit.public_id}:self_study_2").items
    assert (item["lineItem"]["resourceId"], item["lineItem"]["tag"]) == (shared.unit.public_id, "unit")


def test_E13_submission_review_opens_the_right_learners_work(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    client = lti.tool.test_client()
    bernd, teacher = User(**BERND), User(**TEACHER)
    address = lti.launch(client, teacher, lti.platform.review(lti.link, lti.aylin))
    assert (client.get(address).status_code, address.endswith("/arbeit/")) == (403, True)
    with lti.services.database.write() as session:
        platform = session.scalars(select(Registration)).one()
        grant = TeachingGrant(unit_id=lti.unit.id, granted_at=lti.clock())
        grant.issuer, grant.client_id = platform.issuer, platform.client_id
        session.add(grant)
    assert "Arbeit von Aylin Kaya" in client.get(address).get_data(as_text=True)
    nobody = client.get(lti.launch(client, teacher, lti.platform.review(lti.link, bernd)))
    assert (nobody.status_code, "Bernd" in nobody.get_data(as_text=True)) == (200, False)
