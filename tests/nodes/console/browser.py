"""A browser without a screen: it keeps cookies, follows the forms of the pages it is given, and sees what they say."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType

import aiohttp

Values = dict[str, str | list[str]]


@dataclass(slots=True)
class Seen:
    """A form on a page: where it goes, and its fields as they stand."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Seen] = []
        self.links: dict[str, str] = {}
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._area = self._select = ""
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {key: value or "" for key, value in attrs}
        if "id" in got:
            self.ids.append(got["id"])
        if tag == "label" and "for" in got:
            self.labelled.add(got["for"])
        if tag == "form":
            self.forms.append(Seen(got.get("action", ""), got.get("method", "get")))
        if tag == "a":
            self._href = got.get("href", "")
        if not self.forms:
            return
        values = self.forms[-1].values
        kind = got.get("type", "text")
        if tag in {"input", "select", "textarea"} and kind != "hidden":
            self.controls.append(got.get("id", ""))
        stands = "checked" in got if kind in {"checkbox", "radio"} else kind != "file"
        if tag == "input" and stands:
            values.setdefault(got["name"], []).append(got.get("value", ""))
        elif tag == "textarea":
            self._area = got["name"]
            values[self._area] = [""]
        elif tag == "select":
            self._select = got["name"]
        elif tag == "option" and ("selected" in got or self._select not in values):
            values[self._select] = [got.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "a":
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].values[self._area][0] += data
        if self._href:
            self.links[data.strip()] = self._href


@dataclass(slots=True)
class Sight:
    """A page as it came."""

    status: int
    path: str
    text: str
    headers: dict[str, str]
    forms: list[Seen]
    links: dict[str, str]
    ids: list[str]
    unlabelled: list[str]

    def form(self, action: str = "") -> Seen:
        """The form that goes to this address; the page's own main form by default."""
        own = [f for f in self.forms if f.action not in {"/language", "/sign-out"}]
        return next(f for f in own if not action or f.action.split("?")[0] == action)

    def says(self, words: str) -> bool:
        """Whether the page has these words, as text."""
        return words in re.sub(r"\s+", " ", self.text)


class Browser:
    """One person at one console."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        jar = aiohttp.CookieJar(unsafe=True)
        self.http = aiohttp.ClientSession(self.address, cookie_jar=jar, headers={"Accept": "text/html"})

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def get(self, path: str) -> Sight:
        """Go to a page."""
        async with self.http.get(path) as answer:
            return await _sight(answer)

    async def send(
        self, form: Seen, files: dict[str, tuple[bytes, str]] | None = None, /, **changes: str | list[str]
    ) -> Sight:
        """Fill a form and send it; `f__name` is the field f-name."""
        values = {**form.values, **{_name(k): v if isinstance(v, list) else [v] for k, v in changes.items()}}
        if form.method == "get":
            async with self.http.get(form.action, params=[(k, x) for k, xs in values.items() for x in xs]) as answer:
                return await _sight(answer)
        data = aiohttp.FormData()
        for key, each in values.items():
            for value in each:
                data.add_field(key, value)
        for key, (content, kind) in (files or {}).items():
            data.add_field(key, io.BytesIO(content), filename="scan", content_type=kind)
        async with self.http.post(form.action, data=data) as answer:
            return await _sight(answer)

    async def sign_in(self, user: str, password: str = "") -> Sight:
        """Sign in by the form."""
        page = await self.get("/sign-in")
        return await self.send(page.form("/sign-in"), user=user, password=password or f"{user}-password")


def _name(key: str) -> str:
    return key.replace("__", "-")


async def _sight(answer: aiohttp.ClientResponse) -> Sight:
    text = await answer.text(errors="replace")
    reader = _Reader()
    reader.feed(text)
    loose = [c for c in reader.controls if c and c not in reader.labelled]
    return Sight(
        answer.status, answer.url.path, text, dict(answer.headers), reader.forms, reader.links, reader.ids, loose
    )
