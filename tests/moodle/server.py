"""A Moodle web service on loopback that replays what a real one answered (tests/data/moodle/recorded).

Run it by hand with ``python -m tests.moodle.server --port 8090``. It knows course 2 with its 32 participants, and
completions of the users 6, 7 and 42. Three answers are derived from recorded ones, because Moodle computes them from
parameters: pages of the list of participants, one person's part of all grades, and, for anybody whose completion was
not recorded, Moodle's answer about somebody who is not a participant.
"""

import argparse
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

DATA = Path(__file__).resolve().parents[1] / "data" / "moodle" / "recorded"
PATH = "/webservice/rest/server.php"
TOKEN = "demo-moodle-token"
RESERVED = {"wstoken", "wsfunction", "moodlewsrestformat"}

Params = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    content_type: str
    body: bytes


class Recordings:
    """The recorded answers, by file and by call."""

    def __init__(self, folder: Path = DATA) -> None:
        self._folder = folder
        index = json.loads((folder / "index.json").read_text("utf-8"))
        self._entries = {entry["file"].rpartition(".")[0]: entry for entry in index}
        self._by_call: dict[tuple[str, frozenset[tuple[str, str]]], str] = {}
        for name, entry in self._entries.items():
            recorded = (folder / entry["file"]).exists() and not name.startswith("err_")
            if recorded and entry["token"] == "sync":
                call = (entry["wsfunction"], frozenset(flatten(entry["parameters"])))
                self._by_call.setdefault(call, name)

    def named(self, name: str) -> Answer:
        """Return a recorded answer by its file's name without ending."""
        entry = self._entries[name]
        body = (self._folder / entry["file"]).read_bytes()
        return Answer(entry["http_status"], entry["content_type"], body)

    def json(self, name: str) -> Any:
        """Return a recorded answer's content."""
        return json.loads(self.named(name).body)

    def for_call(self, function: str, params: Params) -> Answer | None:
        """Return what was answered to exactly this call."""
        name = self._by_call.get((function, frozenset(params.items())))
        return None if name is None else self.named(name)


def flatten(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield recorded parameters as PHP gets them. Written apart from the client's, which it is to check."""
    pending: deque[tuple[str, Any]] = deque(params.items())
    while pending:
        name, value = pending.popleft()
        if isinstance(value, dict):
            pending.extend((f"{name}[{key}]", inner) for key, inner in value.items())
        elif isinstance(value, list):
            pending.extend((f"{name}[{place}]", inner) for place, inner in enumerate(value))
        else:
            yield name, str(value)


def answer_call(recordings: Recordings, function: str, params: Params) -> Answer:
    """Return the recorded or derived answer to a call with a good token."""
    if params.get("courseid") == "2":
        if function == "core_enrol_get_enrolled_users":
            return _page_of_users(recordings, params)
        if function == "gradereport_user_get_grade_items" and params.get("userid", "0") != "0":
            return _grades_of(recordings, params["userid"])
    recorded = recordings.for_call(function, params)
    if recorded is not None:
        return recorded
    if function == "core_completion_get_activities_completion_status" and params.get("courseid") == "2":
        return recordings.named("err_user_not_in_course_activities")
    if "courseid" in params:
        return recordings.named("err_unknown_course_contents")
    return recordings.named("err_function_unknown")


def _page_of_users(recordings: Recordings, params: Params) -> Answer:
    options = {
        params[f"options[{place}][name]"]: params[f"options[{place}][value]"]
        for place in range(len(params))
        if f"options[{place}][name]" in params
    }
    users = sorted(recordings.json("c1_enrolled_users"), key=lambda user: int(user["id"]))
    start, number = int(options.get("limitfrom", 0)), int(options.get("limitnumber", 0))
    page = users[start : start + number] if number else users[start:]
    if fields := options.get("userfields"):
        kept = {"id", "fullname", *fields.split(",")}  # Moodle never leaves these two out
        page = [{name: value for name, value in user.items() if name in kept} for user in page]
    return _json(page)


def _grades_of(recordings: Recordings, user_id: str) -> Answer:
    everybody = recordings.json("c1_gradeitems_all_users")
    found = [grades for grades in everybody["usergrades"] if str(grades["userid"]) == user_id]
    return _json({"usergrades": found, "warnings": []})


def _json(content: Any) -> Answer:
    return Answer(200, "application/json", json.dumps(content).encode())


class FakeMoodle:
    """The server, as a context manager. ``calls`` lists (function, parameters) of what was asked."""

    def __init__(self, *, port: int = 0, token: str = TOKEN, recordings: Recordings | None = None) -> None:
        self.token = token
        self.calls: list[tuple[str, Params]] = []
        self.recordings = recordings or Recordings()
        self._errors: deque[str] = deque()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def replay_error(self, name: str, *, times: int = 1) -> None:
        """Answer the next calls with a recorded error, for example ``err_maintenance_cli``."""
        self._errors.extend([name] * times)

    def answer(self, function: str, params: Params, token: str) -> Answer:
        """Return what the recorded Moodle answers."""
        self.calls.append((function, params))
        if self._errors:
            return self.recordings.named(self._errors.popleft())
        if token != self.token:
            return self.recordings.named("err_invalid_token")
        return answer_call(self.recordings, function, params)

    def serve(self) -> None:
        """Serve in this thread until interrupted."""
        self._http.serve_forever()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler_for(moodle: FakeMoodle) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Reads the parameters of GET and POST, as Moodle does."""

        def do_GET(self) -> None:
            self._reply(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._reply(parse_qsl(body.decode(), keep_blank_values=True))

        def _reply(self, pairs: list[tuple[str, str]]) -> None:
            values = dict(pairs)
            if urlsplit(self.path).path != PATH:
                answer = Answer(404, "text/html", b"")
            else:
                params = {name: value for name, value in values.items() if name not in RESERVED}
                answer = moodle.answer(values.get("wsfunction", ""), params, values.get("wstoken", ""))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Stay quiet."""

    return Handler


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A Moodle that replays recorded answers")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--error", help="answer every call with this recorded error")
    options = parser.parse_args()
    moodle = FakeMoodle(port=options.port, token=options.token)
    if options.error:
        moodle.replay_error(options.error, times=100_000)
    try:
        moodle.serve()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
