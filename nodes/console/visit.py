"""One request of one person: who asks, what was typed, and how an answer is made."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web
from google.protobuf.message import Message

from nodes.console import labels, show
from nodes.console.forms import Form
from nodes.console.house import House
from nodes.console.menu import menu_for
from nodes.desk.staff import Staff
from tongban import errors
from tongban.faults import PARTY_WORDS, Finding, Party
from tongban.faults.reasons import CONDITIONS, finding_of
from tongban.lifecycle.table import RULES
from tongban.v1 import registry_pb2, window_pb2
from tongban.validation import check
from tongban.web import page, wants_json

Asked = TypeVar("Asked", bound=Message)
Answer = TypeVar("Answer")
Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]

_NUMBERED = re.compile(r"(applications|parcels)/[0-9A-Z]+")
NOBODY = Staff("", "", "", frozenset(), "")
_CUT_OFF = Finding(CONDITIONS["CONSOLE_CUT_OFF"])


@dataclass(frozen=True, slots=True)
class Route:
    """A page's address.  `open` pages need no sign-in, `quiet` ones are asked for by pages."""

    method: str
    path: str
    handler: Handler
    open: bool = False
    quiet: bool = False
    """Asked by an open page by itself: nobody is working because of it."""
    public: bool = False
    """For a screen that stands where everybody is: a locker has such pages and no other."""


@dataclass(slots=True)
class Visit:
    """A request, with everything that a page needs."""

    request: web.Request
    house: House
    staff: Staff = NOBODY
    csrf: str = ""
    language: str = "zh"
    form: Form = field(default_factory=Form)
    error: errors.TongbanError | None = None
    names: dict[str, str] = field(default_factory=dict)

    async def ask(self, desk: Callable[[Staff, Asked], Awaitable[Answer]], request: Asked) -> Answer:
        """Check a message as the gRPC door does, and hand it to a desk."""
        check(request, refuse_unknown=True)
        return await desk(self.staff, request)

    def part(self, name: str) -> str:
        """A piece of the path."""
        return self.request.match_info[name]

    def query(self, name: str) -> str:
        """A value of the query."""
        return self.request.query.get(name, "").strip()

    def refuse(self, error: errors.TongbanError) -> None:
        """What the next page shows.  A form whose number is spent on what was refused since gets a new number."""
        self.error = error
        if isinstance(error, errors.RequestRefused):
            self.form.values.pop("request_id", None)

    def go(self, path: str) -> web.Response:
        """Send the browser on; what was posted is done."""
        return web.Response(status=303, headers={"Location": path})

    async def render(self, template: str, **context: Any) -> web.Response:
        """A page.  After a refusal it shows the error, with its status; a program gets the problem instead."""
        if self.error is not None and wants_json(self.request):
            raise self.error
        html = await self.fragment(template, **context)
        return page(html, self.error.http_status if self.error else 200)

    async def fragment(self, template: str, **context: Any) -> str:
        """A page or a part of one, as text."""
        line = await self.house.line()
        return self.house.templates.get_template(template).render(
            v=self,
            _=self.say,
            staff=self.staff,
            core=self.house.core,
            node=self.house.core.name,
            words=labels,
            menu=menu_for(self.staff, self.request.path),
            line=line,
            cut_off=_CUT_OFF,
            **context,
        )

    # For templates

    def say(self, text: str) -> str:
        """A label in the reader's language."""
        return labels.ENGLISH.get(text, text) if self.language == "en" else text

    def event(self, entry: window_pb2.HistoryEntry) -> str:
        """What happened, as the contract calls it."""
        rule = RULES.get(entry.event_type)
        return rule.title_en.capitalize() if rule and self.language == "en" else entry.title_zh

    def value(self, name: str, default: object = "") -> str:
        """What was typed, or else a default."""
        return self.form.text(name, str(default))

    def chosen(self, name: str, value: object, default: bool = False) -> bool:
        """Whether a box was ticked; before anything was sent, `default`."""
        return str(value) in self.form.texts(name) if self.form.values else default

    def wrong(self, path: str) -> str:
        """What is wrong with the field of this path, or nothing."""
        if self.error is None or not path:
            return ""
        found = _plain(self.error.field)
        if found == path or found.startswith((f"{path}.", f"{path}[")):
            return self.problem()
        return ""

    def problem(self) -> str:
        """The refusal as a sentence, naming the field by its label."""
        assert self.error is not None
        label = self.names.get(_plain(self.error.field)) or labels.FIELDS.get(_plain(self.error.field))
        if label:
            self.error.facts["field"] = self.say(label)
        for name, fact in self.error.facts.items():
            self.error.facts[name] = _for_people(fact)
        return self.error.text(self.language)

    def blame(self) -> Finding:
        """Who failed, and what to do."""
        assert self.error is not None
        return finding_of(self.error)

    def party(self, told: registry_pb2.Finding) -> str:
        """The party of a finding that came as a message."""
        words = PARTY_WORDS[Party(told.party)][1 if self.language == "en" else 0]
        return f"{words} {self.house.title(told.node)}" if told.party == Party.PARTNER and told.node else words

    def who(self, found: Finding) -> str:
        """The party of a finding, by name where it is one of several."""
        return found.who(self.language, self.house.title(found.name) if found.name else "")


def _for_people(fact: str) -> str:
    """An application or a parcel by its number, as its label shows it; anything else as it is."""
    return show.number(fact) if _NUMBERED.fullmatch(fact) else fact


def _plain(path: str) -> str:
    """`form[name]` as `form.name`: a map's key and a field are the same to whoever typed it."""
    return re.sub(r"\[([a-z][a-z0-9_]*)\]", r".\1", path)
