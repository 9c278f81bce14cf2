"""Course Groups Service 1.0: what the groups are called that members of a course are enrolled in."""

from lti_tool.launch.registrations import Platform
from lti_tool.launch.values import name_of
from lti_tool.services.calls import Call, ServiceClient
from lti_tool.services.nrps import id_of, objects_of

SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"


def read_group_names(
    client: ServiceClient, platform: Platform, groups_url: str, sets_url: str | None
) -> dict[str, str]:
    """Return the course's groups, name by id; ``Set: Group`` for those of a set, for each set may have a "Group 1".

    Raises what :meth:`ServiceClient.pages` raises, and ListUnreadableError.
    """
    sets: dict[str, str] = {}
    if sets_url is not None:
        call = Call(platform, SCOPE, "GET", sets_url, {"Accept": SETS_TYPE})
        for answer in client.pages(call):
            sets |= {id_of(told.get("id")): name for told in objects_of(answer.body, "sets") if (name := name_of(told))}
    groups: dict[str, str] = {}
    for answer in client.pages(Call(platform, SCOPE, "GET", groups_url, {"Accept": GROUPS_TYPE})):
        for told in objects_of(answer.body, "groups"):
            group, name, parent = id_of(told.get("id")), name_of(told), sets.get(id_of(told.get("set_id")))
            if group and name:
                groups[group] = f"{parent}: {name}" if parent else name
    return groups
