"""Who gets what on which route: the rows of the access table."""

from collections.abc import Mapping

ACCOUNTS = ("nobody", "learner", "teacher_a", "editor_a", "editor_b", "office")
LAUNCHES = ("other_browser", "launch_learner", "launch_teacher", "granted_teacher")
ROLES = (*ACCOUNTS, *LAUNCHES)
LAUNCHED = {"launch_learner": "105", "launch_teacher": "106", "granted_teacher": "107"}
"""Who launches, by their number in the LMS; ``launch_teacher`` has every role with an account, but no grant."""

RECORD_STORE = ("statements", "activities_state", "activities_profile", "agents_profile", "agents", "activities")
"""Resources that only programs with a key may call; who has none isn't told which methods there are."""


def everyone(status: int) -> dict[str, int]:
    """Everyone gets the same: public, or closed to browsers."""
    return dict.fromkeys(ROLES, status)


def office(status: int) -> dict[str, int]:
    """Only the office; a launch is no account."""
    return dict.fromkeys(ROLES, 401) | {
        "learner": 403,
        "teacher_a": 403,
        "editor_a": 403,
        "editor_b": 403,
        "office": status,
    }


def editor(status: int) -> dict[str, int]:
    """Editors of this provider and the office."""
    return office(status) | {"editor_a": status}


def account(status: int) -> dict[str, int]:
    """Whoever is signed in, whatever their roles."""
    return dict.fromkeys(ROLES, 401) | dict.fromkeys(ACCOUNTS[1:], status)


def launch(status: int) -> dict[str, int]:
    """Only the browser that holds the launch's secret; teachers see what learners see."""
    return dict.fromkeys(ROLES, 401) | dict.fromkeys(LAUNCHES[1:], status)


def teaching(status: int) -> dict[str, int]:
    """Only a launch whose teacher was granted the unit by the delivering provider; roles don't come with a launch."""
    return dict.fromkeys(ROLES, 401) | dict.fromkeys(LAUNCHES[1:], 403) | {"granted_teacher": status}


TABLE: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("GET", "static"): everyone(200),
    ("GET", "public.start"): everyone(200),
    ("GET", "public.catalogue"): everyone(200),
    ("GET", "public.issuer"): everyone(200),
    ("GET", "public.find_certificate"): everyone(303),
    ("GET", "public.check"): everyone(200),
    ("POST", "public.check_file"): everyone(422),
    ("GET", "shared.shared"): everyone(404),
    ("GET", "shared.picture"): everyone(404),
    ("GET", "shared.download"): everyone(404),
    ("GET", "public.certificate"): everyone(200),
    ("GET", "account.sign_in_form"): everyone(200),
    ("POST", "account.sign_in"): everyone(403),
    ("POST", "account.sign_out"): everyone(303),
    ("GET", "account.invitation"): everyone(410),
    ("POST", "account.accept"): everyone(410),
    ("GET", "account.own"): account(200),
    ("GET", "records.records"): account(200),
    ("GET", "records.picture"): account(404) | {"learner": 200},
    ("GET", "records.download"): account(404) | {"learner": 200},
    ("POST", "records.show"): account(422),
    ("POST", "records.share"): account(422),
    ("POST", "records.end_share"): account(404),
    ("GET", "handed_in.overview"): account(200),
    ("POST", "handed_in.hand_in"): account(422),
    ("GET", "handed_in.one"): account(404) | {"learner": 200},
    ("POST", "handed_in.take_back"): account(404) | {"learner": 409},
    ("GET", "launch_handed_in.overview"): launch(200),
    ("POST", "launch_handed_in.hand_in"): launch(422),
    ("GET", "launch_handed_in.one"): launch(404),
    ("POST", "launch_handed_in.take_back"): launch(404),
    ("GET", "launch_records.records"): launch(200),
    ("GET", "launch_records.picture"): launch(404),
    ("GET", "launch_records.download"): launch(404),
    ("POST", "launch_records.show"): launch(422),
    ("POST", "launch_records.share"): launch(422),
    ("POST", "launch_records.end_share"): launch(404),
    ("GET", "certificates.did_document"): everyone(200),
    ("GET", "certificates.status_list"): everyone(200),
    ("GET", "certificates.credential"): everyone(200),
    ("GET", "verify_api.check_award"): everyone(200),
    ("POST", "verify_api.check"): everyone(422),
    ("GET", "xapi.about_v1"): everyone(200),
    ("GET", "xapi.about_v2"): everyone(200),
    **{
        (method, f"xapi.{resource}_{edition}"): everyone(401)
        for resource in RECORD_STORE
        for edition in ("v1", "v2")
        for method in ("GET", "PUT", "POST", "DELETE")
    },
    ("GET", "xapi.profile"): everyone(200),
    ("GET", "launch.keys"): everyone(200),
    ("GET", "connect.register"): everyone(410),
    ("GET", "launch.begin_login"): everyone(400),
    ("POST", "launch.begin_login"): everyone(400),
    ("POST", "launch.launch"): everyone(400),
    ("GET", "learner.unit"): launch(200),
    ("GET", "learner.activity"): launch(200),
    ("POST", "learner.complete"): launch(303),
    ("POST", "learner.start_attempt"): launch(404),
    ("POST", "learner.hand_in"): launch(404),
    ("GET", "learner.attempt"): launch(404),
    ("POST", "learner.submit_attempt"): launch(404),
    ("POST", "learner.xapi_token"): launch(200),
    ("GET", "learner.account_form"): launch(200),
    ("POST", "learner.claim"): launch(422),
    ("GET", "teacher.tutorial"): teaching(200),
    ("POST", "teacher.create"): teaching(422),
    ("GET", "teacher.session"): teaching(200),
    ("POST", "teacher.mark"): teaching(303),
    ("POST", "teacher.expect"): teaching(303),
    ("GET", "scores.scores"): teaching(200),
    ("POST", "scores.act"): teaching(422),
    ("GET", "scores.export"): teaching(200),
    ("GET", "teacher.roster"): teaching(200),
    ("POST", "teacher.sync_roster"): teaching(404),
    ("GET", "selection.choose"): launch(404),
    ("GET", "selection.preview"): launch(404),
    ("POST", "selection.send"): launch(404),
    ("POST", "selection.cancel"): launch(404),
    ("GET", "review.work"): launch(404),
    ("GET", "provider.units"): editor(200),
    ("GET", "provider.unit"): editor(200),
    ("GET", "provider.import_form"): editor(200),
    ("POST", "provider.import_upload"): editor(422),
    ("GET", "provider.import_preview"): editor(200),
    ("POST", "provider.import_confirm"): editor(422),
    ("POST", "provider.import_discard"): editor(404) | {"editor_a": 303},
    ("POST", "provider.grant_platform"): editor(422),
    ("POST", "provider.grant_person"): editor(422),
    ("POST", "provider.revoke_grant"): editor(404) | {"editor_a": 303},
    ("GET", "provider.rules"): editor(200),
    ("POST", "provider.make_rule"): editor(422),
    ("POST", "provider.end_rule"): editor(404),
    ("POST", "provider.describe_unit"): editor(422),
    ("GET", "provider.courses"): editor(200),
    ("GET", "provider.new_course"): editor(200),
    ("POST", "provider.make_course"): editor(422),
    ("GET", "provider.course"): editor(200),
    ("POST", "provider.edit_course"): editor(422),
    ("POST", "provider.award_course_with"): office(422),
    ("GET", "provider.individual_course"): editor(200),
    ("GET", "provider.participants"): editor(200),
    ("POST", "provider.enrol"): editor(422),
    **{
        (method, f"{pages}.issuer{part}"): who(status)
        for pages, who in (("provider", editor), ("office", office))
        for method, part, status in (
            ("GET", "", 200),
            ("POST", "_save", 422),
            ("POST", "_preview", 422),
            ("GET", "_version", 404),
            ("GET", "_keys", 200),
            ("POST", "_rotate", 303),
            ("GET", "_compromised", 200),
            ("POST", "_compromise", 303),
            ("GET", "_own_document", 422),
            ("POST", "_add_seal", 422),
            ("POST", "_own_seal", 303),
            ("GET", "_seal", 200),
            ("POST", "_compromise_seal", 303),
        )
    },
    ("GET", "provider.issuer_logo"): editor(200),
    ("GET", "office.issuer_logo"): office(404),
    ("POST", "provider.issuer_mandate"): editor(422),
    ("GET", "provider.record_store_keys"): editor(200),
    ("POST", "provider.record_store_make_key"): editor(422),
    ("POST", "provider.record_store_revoke_key"): editor(404),
    ("POST", "provider.record_store_add_origin"): editor(422),
    ("POST", "provider.record_store_remove_origin"): editor(422),
    ("GET", "provider.record_store"): editor(200),
    ("GET", "provider.record_store_statement"): editor(404),
    ("GET", "provider.record_store_statistics"): editor(200),
    ("GET", "provider.record_store_export"): editor(422),
    ("GET", "provider.awards"): editor(200),
    ("GET", "provider.award"): editor(404),
    ("GET", "provider.award_file"): editor(404),
    ("GET", "provider.awards_runs"): editor(200),
    ("GET", "provider.awards_run"): editor(404),
    ("GET", "provider.awards_issue"): editor(200),
    ("POST", "provider.issue_awards"): editor(404),
    ("GET", "office.overview"): office(200),
    ("GET", "office.audit"): office(200),
    ("GET", "office.contradictions"): office(200),
    ("GET", "office.reconciliation"): office(200),
    ("POST", "office.decide"): office(404),
    ("GET", "office.tasks"): office(200),
    ("POST", "office.close_task"): office(422),
    ("GET", "office.awards"): office(200),
    ("GET", "office.award"): office(200),
    ("GET", "office.award_file"): office(200),
    ("POST", "office.suspend_award"): office(422),
    ("POST", "office.resume_award"): office(409),
    ("GET", "office.award_correction"): office(200),
    ("POST", "office.revoke_award"): office(422),
    ("POST", "office.correct_award"): office(303),
    ("GET", "office.awards_selection"): office(422),
    ("POST", "office.begin_awards_run"): office(422),
    ("GET", "office.awards_runs"): office(200),
    ("GET", "office.awards_run"): office(404),
    ("GET", "office.awards_issue"): office(200),
    ("POST", "office.issue_awards"): office(404),
    ("GET", "office.municipalities"): office(200),
    ("GET", "office.municipality"): office(200),
    ("GET", "office.assessment_form"): office(200),
    ("POST", "office.record_assessment"): office(422),
    ("GET", "office.foreign"): office(200),
    ("GET", "office.foreign_credential"): office(200),
    ("POST", "office.decide_foreign"): office(422),
    ("POST", "office.dismiss_foreign"): office(303),
    ("POST", "office.check_foreign"): office(303),
    ("GET", "office.platforms"): office(200),
    ("GET", "office.platform_form"): office(200),
    ("GET", "office.platform_kind"): office(200),
    ("POST", "office.add_platform"): office(422),
    ("GET", "office.platform_invites"): office(200),
    ("POST", "office.invite_platform"): office(422),
    ("POST", "office.revoke_invite"): office(404),
    ("GET", "office.platform"): office(200),
    ("POST", "office.approve_platform"): office(409),
    ("POST", "office.add_deployment"): office(422),
    ("POST", "office.switch_deployment"): office(422),
    ("POST", "office.switch_platform"): office(422),
    ("POST", "office.allow_anonymous"): office(422),
    ("POST", "office.make_platform_key"): office(303),
    ("POST", "office.test_platform"): office(200),
    ("POST", "office.renew_platform"): office(200),
    ("GET", "office.platform_removal"): office(200),
    ("POST", "office.delete_platform"): office(422),
    ("GET", "office.scores"): office(200),
    ("POST", "office.act_on_scores"): office(422),
    ("GET", "office.export_scores"): office(200),
    ("GET", "office.moodle"): office(200),
    ("POST", "office.add_moodle_site"): office(422),
    ("GET", "office.moodle_site"): office(200),
    ("POST", "office.link_moodle_course"): office(422),
    ("POST", "office.name_moodle_user"): office(422),
    ("GET", "office.moodle_course"): office(200),
    ("POST", "office.map_moodle_module"): office(422),
    ("POST", "office.synchronise_moodle"): office(422),
    ("GET", "office.people"): office(200),
    ("GET", "office.person"): office(200),
    ("POST", "office.suspend_person"): office(422),
    ("GET", "office.rosters"): office(200),
    ("GET", "office.identities"): office(200),
    ("GET", "office.identity"): office(200),
    ("POST", "office.link_identity"): office(422),
    ("GET", "office.record_store_keys"): office(200),
    ("POST", "office.record_store_make_key"): office(422),
    ("POST", "office.record_store_revoke_key"): office(404),
    ("POST", "office.record_store_add_origin"): office(422),
    ("POST", "office.record_store_remove_origin"): office(422),
    ("GET", "office.record_store"): office(200),
    ("GET", "office.record_store_statement"): office(200),
    ("GET", "office.record_store_statistics"): office(200),
    ("GET", "office.record_store_export"): office(422),
}
