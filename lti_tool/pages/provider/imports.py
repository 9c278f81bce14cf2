"""A Moodle backup becomes a unit: upload, look at what it would become, then keep or discard it.

The upload is read once and forgotten; what lies between the two steps is the draft, as JSON. So what was shown is
what is kept.
"""

from dataclasses import replace
from typing import BinaryIO, cast

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, ConflictError, InvalidInputError
from campus.models.catalogue import LearningUnit
from campus.units import UnitDraft, create_unit
from lti_tool.pages import drafts, forms
from lti_tool.pages.provider.desk import Desk, Visit
from lti_tool.pages.store import ImportDraft
from lti_tool.wiring import Services
from moodle_sync.backup import read_backup
from moodle_sync.html import plain
from moodle_sync.mapping import LONGEST_CODE, map_course

LONGEST_TITLE = 200
LONGEST_SUMMARY = 2000
MOST_HOURS = 500


class ImportPages(Desk):
    """Nothing is written into the catalogue before an editor confirms."""

    def form(self, provider: str) -> str:
        """Show the upload form."""
        with self.reading(provider) as visit:
            return render_template("provider/import.html", provider=visit.provider, error=None)

    def upload(self, provider: str) -> BaseResponse | tuple[str, int]:
        """Read the backup and keep the draft. A backup that can't be read is refused beside the form."""
        with self.reading(provider) as visit:
            here = visit.provider  # asked before the upload is read
        request.max_content_length = self.services.settings.max_upload_bytes
        try:
            uploaded = request.files.get("backup")
            if uploaded is None or not uploaded.filename:
                raise InvalidInputError("no file was sent", field="backup")
            mapped = map_course(read_backup(cast("BinaryIO", uploaded.stream)))
        except CampusError as error:
            return render_template("provider/import.html", provider=here, error=forms.shown(error)), error.status
        with self.writing(provider) as visit:
            kept = drafts.keep(
                visit.session,
                mapped.draft,
                mapped.notices,
                provider_id=visit.provider.id,
                created_by_id=visit.actor.person_id,
                now=self.services.clock(),
            )
            preview = url_for("provider.import_preview", provider=provider, draft=kept.public_id)
        return redirect(preview, 303)

    def preview(self, provider: str, draft: str) -> str:
        """Show what the backup would become."""
        with self.reading(provider) as visit:
            kept = drafts.find(visit.session, visit.provider.id, draft)
            return _preview(visit, kept, error=None)

    def confirm(self, provider: str, draft: str) -> BaseResponse | tuple[str, int]:
        """Keep the draft as a unit, with the texts that only a person can give."""
        form = request.form
        try:
            with self.writing(provider) as visit:
                kept = drafts.find(visit.session, visit.provider.id, draft)
                unit = create_unit(
                    visit.session,
                    replace(drafts.read(kept.draft), code=forms.text(form, "code", longest=LONGEST_CODE)),
                    provider=visit.provider,
                    title=forms.both_languages(form, "title", longest=LONGEST_TITLE),
                    summary=forms.both_languages(form, "summary", longest=LONGEST_SUMMARY),
                    hours=forms.whole_number(form, "hours", least=1, most=MOST_HOURS),
                    now=self.services.clock(),
                )
                visit.session.delete(kept)
                self.note(visit, "unit.imported", unit=unit.public_id)
        except (InvalidInputError, ConflictError) as error:
            with self.reading(provider) as visit:
                kept = drafts.find(visit.session, visit.provider.id, draft)
                return _preview(visit, kept, error=error), error.status
        return redirect(url_for("provider.unit", provider=provider, unit=unit.public_id), 303)

    def discard(self, provider: str, draft: str) -> BaseResponse:
        """Forget the draft."""
        with self.writing(provider) as visit:
            visit.session.delete(drafts.find(visit.session, visit.provider.id, draft))
        return redirect(url_for("provider.import_form", provider=provider), 303)


def _preview(visit: Visit, kept: ImportDraft, *, error: CampusError | None) -> str:
    draft = drafts.read(kept.draft)
    announced = visit.session.scalars(
        select(LearningUnit).where(LearningUnit.provider_id == visit.provider.id, LearningUnit.code == draft.code)
    ).first()
    return render_template(
        "provider/preview.html",
        provider=visit.provider,
        kept=kept,
        draft=draft,
        exam_summary=drafts.exam_summary,
        announced=announced,
        given=request.form or _proposal(draft, announced),
        error=forms.shown(error),
    )


def _proposal(draft: UnitDraft, announced: LearningUnit | None) -> dict[str, object]:
    """Fill the form: from the catalogue when the unit was announced there, else from the backup."""
    if announced is None:
        summary = plain(draft.summary_html, LONGEST_SUMMARY)
        return {"code": draft.code, "title_de": draft.title, "summary_de": summary}
    return {
        "code": announced.code,
        "title_de": announced.title.get("de"),
        "title_en": announced.title.get("en"),
        "summary_de": announced.summary.get("de"),
        "summary_en": announced.summary.get("en"),
        "hours": announced.hours,
    }


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers, one = ImportPages(services), "/import/<draft>"
    pages.add_url_rule("/import", "import_form", handlers.form, methods=["GET"])
    pages.add_url_rule("/import", "import_upload", handlers.upload, methods=["POST"])
    pages.add_url_rule(one, "import_preview", handlers.preview, methods=["GET"])
    pages.add_url_rule(one, "import_confirm", handlers.confirm, methods=["POST"])
    pages.add_url_rule(f"{one}/verwerfen", "import_discard", handlers.discard, methods=["POST"])
