"""Papers that come back: old certificates against new ones, originals to the applicant, and what is made void.

An old certificate that was handed in is an original like any other: it has a name, one custodian, and a way home by
parcel.  The decider makes it void when it has it in hand, and only then is its chain at an end.  A lost one is made
void wherever it was last, because a paper that nobody can find must not stay valid; its chain stays open, so whoever
finds it later is asked where it came from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from mailroom.domain.custody import check_in_hand
from nodes.core import NodeCore
from nodes.desk import forms, handover
from nodes.desk.lying import application_of
from nodes.desk.repeats import kind_of
from nodes.desk.staff import APPROVAL, MAILROOM, WINDOW, Staff
from nodes.journal import custody
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from tongban import errors
from tongban.lifecycle import results
from tongban.sealing import salted_digest
from tongban.v1 import application_pb2, parcel_pb2, window_pb2

LOST = "lost"


class SurrenderDesk:
    """What a window takes back and gives back, and what a decider makes void."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def surrender_certificate(
        self, staff: Staff, request: window_pb2.SurrenderCertificateRequest
    ) -> application_pb2.Application:
        """Take an old certificate in; from now on it lies at this post."""
        staff.require("收回旧证", WINDOW, APPROVAL)
        application = await application_of(self._core, request.name)
        forms.check_text(request.serial, "serial", lines=False)
        against = next((each.against for each in application.surrenders if each.code == request.code), "")
        kind = kind_of(self._core, "surrender", request)
        parts: dict[str, bytes] = {}
        digest = b""
        if serial := request.serial.strip():
            salt = self._core.entropy.token(16)
            digest = salted_digest(salt, serial)
            kept = {"code": request.code, "serial": serial, "serial_salt": salt.hex()}
            parts[forms.SURRENDER_PART] = json.dumps(kept, ensure_ascii=False, sort_keys=True).encode("utf-8")

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if view.made(request.request_id, kind):
                return [], None
            view.make(request.request_id, kind, request.name)
            state = view.state(request.name)
            if state.trial:
                raise errors.FieldInvalid(
                    field="name", problem="试运行不收纸质件", problem_en="a trial run takes in no papers"
                )
            came = application_pb2.CertificateSurrendered(
                code=request.code,
                original=fresh_name(request.code, results.originals(state)),
                pages=request.pages,
                serial_digest=digest,
                against=against,
                post=staff.post,
            )
            readers = forms.readers(application.route) if parts else ()
            return [Draft(request.name, "certificate_surrendered", came, parts=parts, readers=readers)], None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states.get(request.name) or await application_of(self._core, request.name)

    async def return_originals(
        self, staff: Staff, request: window_pb2.ReturnOriginalsRequest
    ) -> application_pb2.Application:
        """Give originals back that lie here; what had to come back stays."""
        staff.require("退还原件", WINDOW)
        application = await application_of(self._core, request.name)
        here = results.handed_in(application)
        kept = set(results.voidable(application))
        for place, name in enumerate(request.originals):
            if name not in here or name in kept:
                raise errors.FieldInvalid(
                    field=f"originals[{place}]",
                    problem=f"“{name}”不是可以退还的原件",
                    problem_en=f"{name} is no original that is given back",
                )
        if not request.collector.identity_kind:
            raise errors.FieldInvalid(
                field="collector.identity_kind",
                problem="请核验身份证件",
                problem_en="an identity document must be seen",
            )
        agent = handover.is_agent(request.collector)
        person = handover.seen(request.collector, self._core.entropy, agent=agent)
        returned = application_pb2.OriginalsReturned(
            window=staff.post,
            originals=request.originals,
            identity_kind=person.identity_kind,
            mandate_kind=person.mandate_kind,
            mandate_digest=person.mandate_digest,
            signature_digest=person.signature_digest,
        )
        draft = Draft(
            request.name,
            "originals_returned",
            returned,
            parts=person.parts,
            readers=forms.readers(application.route) if person.parts else (),
        )
        papers = [f"{request.name}/originals/{name}" for name in request.originals]

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            self._check_lies_here(view, papers, "originals")
            return [draft], None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states[request.name]  # type: ignore[no-any-return]

    async def void_original(self, staff: Staff, request: window_pb2.VoidOriginalRequest) -> application_pb2.Application:
        """Make it void; in the decider's hands, unless it is lost."""
        staff.require("缴销", APPROVAL, MAILROOM)
        await application_of(self._core, request.name)
        paper = f"{request.name}/originals/{request.original}"
        lost = request.reason_code == LOST
        voided = application_pb2.OriginalVoided(
            original=request.original, reason_code=request.reason_code, post="" if lost else staff.post
        )

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            state = view.state(request.name)
            if state.route.decider == self._core.name:
                # What is void already is said so, and not that nobody holds it.
                results.check_voided(voided, state, "original")
            if not lost:
                self._check_lies_here(view, [paper], "original")
            return [Draft(request.name, "original_voided", voided)], None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states[request.name]  # type: ignore[no-any-return]

    def _check_lies_here(self, view: View, papers: Sequence[str], field: str) -> None:
        """At one of this node's posts: one that nobody has on record, or that is missing, cannot be handed over."""
        held: dict[str, parcel_pb2.Custody] = {}
        for paper in papers:
            chain = custody.chain(view.tx, self._core.lifecycles, paper)
            last = chain[-1] if chain else None
            if last is not None and last.kind != parcel_pb2.HOLDER_KIND_MISSING:
                held[paper] = last
        try:
            check_in_hand(papers, self._core.name, held)
        except errors.NotTheCustodian as error:
            error.field = field
            raise


def fresh_name(code: str, taken: Collection[str]) -> str:
    """A name that no original of the application has."""
    name, number = code, 2
    while name in taken:
        ending = f"-{number}"
        name, number = f"{code[: 40 - len(ending)]}{ending}", number + 1
    return name
