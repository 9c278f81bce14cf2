"""The block's own addresses, where edx-platform mounts them, and a few of ours."""

from django.urls import include, path

from tests.openedx.platform import views

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls")),
    path("login/<str:username>", views.login),
    path("block/<str:name>", views.block),
    path("studio/<str:name>", views.studio),
    path("scores/<str:name>", views.scores),
]
