"""Pages in the place of edx-platform's: who one is, a block in its course, its settings in Studio, its scores."""

from functools import wraps
from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404
from lti_consumer.api import get_lti_1p3_launch_info
from lti_consumer.models import LtiAgsLineItem, LtiAgsScore

from tests.openedx.platform import runtime, world


def login(request: HttpRequest, username: str) -> HttpResponse:
    """Be someone from now on; there are no passwords."""
    user = get_object_or_404(auth.get_user_model(), username=username)
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(status=204)


def _for_members(view: Any) -> Any:
    @wraps(view)
    def guarded(request: HttpRequest, name: str) -> HttpResponse:
        if not request.user.is_authenticated:
            return HttpResponseForbidden()
        return view(request, name)

    return guarded


@_for_members
def block(request: HttpRequest, name: str) -> HttpResponse:
    """Show the block as learners see it. Its script would load the address in ``data-target``."""
    loaded = runtime.load(world.usage_key(name), request.user)
    return HttpResponse(loaded.student_view({}).content)


@_for_members
def studio(request: HttpRequest, name: str) -> HttpResponse:
    """Show what Studio shows to an author: the values that the tool has to know, and where deep linking begins."""
    loaded = runtime.load(world.usage_key(name), request.user)
    return JsonResponse(get_lti_1p3_launch_info(loaded.get_lti_1p3_launch_data()))


def scores(_request: HttpRequest, name: str) -> HttpResponse:
    """Show a block's columns and scores as the application stored them, and the grades that it made of them."""
    found = LtiAgsScore.objects.filter(line_item__resource_link_id=world.usage_key(name))
    fields = ("user_id", "score_given", "score_maximum", "activity_progress", "grading_progress", "timestamp")
    grades = [published for published in runtime.PUBLISHED if published["block"] == name]
    items = LtiAgsLineItem.objects.filter(resource_link_id=world.usage_key(name))
    people = {user.id: user.username for user in auth.get_user_model().objects.all()}
    return JsonResponse(
        {
            "columns": list(items.values("label", "resource_id", "tag", "score_maximum")),
            "scores": list(found.values(*fields)),
            "grades": [{**grade, "user": people[grade["user_id"]]} for grade in grades],
        }
    )
