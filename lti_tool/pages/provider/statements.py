"""Which statements of other programs count for a unit: rules, made after a look at what they would find, and ended."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from campus import catalogue
from campus.errors import CampusError, InvalidInputError
from campus.models.catalogue import LearningUnit
from lti_tool.pages import forms
from lti_tool.pages.office.record_store_names import last_step
from lti_tool.pages.provider.desk import Desk, Visit
from lti_tool.wiring import Services
from xapi import reading, rules
from xapi.descriptions import ACTIVITY
from xapi.evidence import Condition
from xapi.mappings import MAPPINGS, OTHER
from xapi.rules import Tried, Wish
from xapi.vocabulary import Verb

LONGEST_VERBS = 20_000
MOST_SUGGESTED = 200
"""Activities that the form offers."""
LONGEST_PERCENT = 6
CONDITIONS = frozenset(condition.value for condition in Condition)


class StatementPages(Desk):
    """Only who delivers the unit makes and ends rules; each change is written into the audit."""

    def rules(self, provider: str, unit: str) -> str | tuple[str, int]:
        """Show the rules and the form; filled in, also what the rule would find."""
        with self.reading(provider) as visit:
            found = visit.unit(unit)
            if "mapping" not in request.args:
                return _page(visit, found)
            visit.delivered(unit)
            try:
                wanted = rules.read_wish(visit.session, found, _wish(request.args))
            except InvalidInputError as error:
                return _page(visit, found, given=request.args, error=error), error.status
            return _page(visit, found, given=request.args, tried=rules.try_out(visit.session, visit.provider, wanted))

    def make(self, provider: str, unit: str) -> BaseResponse | tuple[str, int]:
        """Make a rule; what is in the store already counts too."""
        try:
            with self.writing(provider) as visit:
                made = rules.make(
                    visit.session,
                    visit.delivered(unit),
                    visit.provider,
                    _wish(request.form),
                    made_by_id=visit.actor.person_id,
                    now=self.services.clock(),
                    publish=self.services.publish(visit.session),
                )
                self.note(visit, "xapi.rule_made", unit=unit, rule=made.public_id)
        except CampusError as error:
            if error.code not in {InvalidInputError.code, rules.RuleExistsError.code}:
                raise
            with self.reading(provider) as visit:
                return _page(visit, visit.unit(unit), given=request.form, error=error), error.status
        return _back(provider, unit)

    def end(self, provider: str, unit: str, rule: str) -> BaseResponse:
        """End a rule: what it has counted stays, or is taken back."""
        with self.writing(provider) as visit:
            found = rules.by_public_id(visit.session, visit.delivered(unit), visit.provider, rule)
            take_back = forms.choice(request.form, "counted", frozenset({"stays", "taken_back"})) == "taken_back"
            now, publish = self.services.clock(), self.services.publish(visit.session)
            rules.end(visit.session, found, take_back=take_back, now=now, publish=publish)
            action = "xapi.rule_taken_back" if take_back else "xapi.rule_ended"
            self.note(visit, action, unit=unit, rule=found.public_id)
        return _back(provider, unit)


def _wish(form: Mapping[str, str]) -> Wish:
    """Read what is asked for. Raises InvalidInputError that names the field."""
    condition = Condition(forms.choice(form, "condition", CONDITIONS))
    mapping = forms.choice(form, "mapping", MAPPINGS)
    verbs = forms.text(form, "verbs", longest=LONGEST_VERBS, required=mapping == OTHER)
    return Wish(
        mapping,
        forms.text(form, "activity", longest=rules.LONGEST_IRI),
        forms.text(form, "requirement", longest=rules.LONGEST_REQUIREMENT),
        condition,
        _percent(form) if condition is Condition.SCORE else None,
        tuple(sorted(set(verbs.split()))),
    )


def _percent(form: Mapping[str, str]) -> float:
    text = forms.text(form, "least_percent", longest=LONGEST_PERCENT).replace(",", ".")
    if not (text.isascii() and text.replace(".", "", 1).isdigit()):
        raise InvalidInputError("least_percent is no percentage", field="least_percent")
    return float(text)


def _page(
    visit: Visit,
    unit: LearningUnit,
    *,
    given: Mapping[str, str] | None = None,
    tried: Tried | None = None,
    error: CampusError | None = None,
) -> str:
    held = rules.of_unit(visit.session, unit, visit.provider)
    ended = rules.of_unit(visit.session, unit, visit.provider, ended=True)
    titles = {catalogue.requirement_key(one): one.title for phase in unit.phases for one in phase.activities}
    return render_template(
        "provider/statements.html",
        provider=visit.provider,
        unit=unit,
        delivers=unit.delivering_provider_id == visit.provider.id,
        rules=held,
        ended=ended,
        counted=rules.counted(visit.session, visit.provider, [*held, *ended]),
        requirements=catalogue.requirements(visit.session, unit.id).requirements,
        titles=titles,
        suggested=_suggested(visit),
        verb_names={verb.value: verb.name.lower() for verb in Verb},
        given=given or {},
        tried=tried,
        tried_verbs=[last_step(verb) for verb in tried.verbs] if tried else [],
        error=forms.shown(error),
    )


def _suggested(visit: Visit) -> list[str]:
    """List activities that statements in the provider's store speak of."""
    return [one.name for one in reading.named(visit.session, ACTIVITY, visit.provider.id, most=MOST_SUGGESTED)]


def _back(provider: str, unit: str) -> BaseResponse:
    return redirect(url_for("provider.rules", provider=provider, unit=unit), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the provider's."""
    handlers, path = StatementPages(services), "/einheiten/<unit>/xapi"
    pages.add_url_rule(path, "rules", handlers.rules, methods=["GET"])
    pages.add_url_rule(path, "make_rule", handlers.make, methods=["POST"])
    pages.add_url_rule(f"{path}/<rule>/beenden", "end_rule", handlers.end, methods=["POST"])
