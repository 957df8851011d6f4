"""Mailrooms that have a hard day: couriers bring parcels to wrong posts, legs are booked twice, people say things.

In some seeds the clerks are these.  Which parcel meets with what is drawn from a chance of their own, so that the other
seeds' stories do not know of it.  Whatever befalls a parcel, people go on as the desk offers it: what came to a wrong
post is sent on from there, what was missing when a parcel was opened is looked for and found, and in the end every
parcel lies where it was sent (`at_rest`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from nodes.desk.staff import Staff
from nodes.journal.drafts import Draft
from tests.federation.whole import Federation, NodeRun
from tests.simulate import sayings
from tests.simulate.clerks import Clerks, Parcels
from tests.simulate.invariants import ENDED
from tests.simulate.sayings import states_of
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2

_S = lifecycle_pb2
_WAYBILL = "EB123456785CN"
_HURT = (_S.PARCEL_STATE_DAMAGED, _S.PARCEL_STATE_SEAL_BROKEN)
_HERE = (*_HURT, _S.PARCEL_STATE_WRONG_POST, _S.PARCEL_STATE_REDIRECTED, _S.PARCEL_STATE_OFFERED)
_ON = (_S.PARCEL_STATE_REDIRECTED, _S.PARCEL_STATE_OFFERED)


@dataclass(slots=True)
class Fate:
    """What one parcel meets with; what has come to pass is taken out."""

    strays: bool
    booked_first: bool
    cancelled: bool
    missing: bool
    sayings: list[str]


class MailClerks(Clerks):
    """The staff of all nodes, on hard days."""

    patience = 30.0
    """A stray that the gateway did not know is told again after ten minutes."""

    def __init__(self, federation: Federation, world: Parcels, chance: random.Random, whim: random.Random) -> None:
        super().__init__(federation, world, chance)
        self._whim = whim
        self._fates: dict[str, Fate] = {}
        self._strayed: dict[str, str] = {}
        """What came to a wrong post, and where."""
        self.done: list[str] = []

    def _fate(self, parcel: str) -> Fate:
        if parcel not in self._fates:
            whim = self._whim
            cancelled = whim.random() < 0.3
            self._fates[parcel] = Fate(
                strays=whim.random() < 0.4,
                booked_first=cancelled or whim.random() < 0.3,
                cancelled=cancelled,
                missing=whim.random() < 0.25,
                sayings=[whim.choice(sayings.KINDS) for _ in range(whim.randrange(6))],
            )
        return self._fates[parcel]

    async def work(self, region: str) -> bool:
        """What strayed here first, then what there is to say, then the day's work."""
        run = self._federation.nodes.get(region)
        if run is None:
            return False
        for parcel, where in list(self._strayed.items()):
            if where == region and (region, parcel) not in self._in_hand:
                self._in_hand.add((region, parcel))
                try:
                    if await self._send_on(run, parcel):
                        return True
                finally:
                    self._in_hand.discard((region, parcel))
        if self._whim.random() < 0.5 and await self._say(run):
            return True
        return await super().work(region)

    async def _say(self, run: NodeRun) -> bool:
        for state in await states_of(run):
            if await sayings.answered(run, state):
                return True
            left = self._fate(state.name).sayings
            if left and state.state not in (_S.PARCEL_STATE_PACKED, _S.PARCEL_STATE_SEALED) and len(state.legs):
                kind = left.pop()
                self.done.append(kind)
                await sayings.say(kind, run, state, self._whim)
                return True
        return False

    async def _send_on(self, run: NodeRun, parcel: str) -> bool:
        """The next thing for a parcel that was brought to the wrong post; False where there is nothing to do."""
        to, application, code, seal = self._world.on_road[parcel]
        state = await self._state(run, parcel)
        desk, staff = run.desks.mailroom, run.staff("mailroom-1")
        if not (isinstance(state, parcel_pb2.Parcel) and _holds(run, state)):
            # What lies here is scanned; what has gone on from here is others' work.
            return to == run.core.name.removeprefix("nodes/") and await self._take_in(run, parcel)
        if state.state == _S.PARCEL_STATE_WRONG_POST:
            request = mailroom_pb2.RedirectParcelRequest(
                name=parcel, destination=state.destination, reason="wrong-post"
            )
            await desk.redirect_parcel(staff, request)
        elif state.state in _ON:
            # The courier takes it at the moment the scan is made, as everywhere.
            self._world.on_road[parcel] = state.destination.node.removeprefix("nodes/"), application, code, seal
            self._world.left.add(f"{parcel} again")
            self.done.append("sent on")
            await desk.dispatch_parcel(staff, _handed(parcel, code, seal))
        else:
            return False
        return True

    async def _take_in(self, run: NodeRun, parcel: str) -> bool:
        state = await self._state(run, parcel)
        if isinstance(state, parcel_pb2.Parcel) and state.state in _HERE and _holds(run, state):
            return False
        return await super()._take_in(run, parcel)

    async def _mail(self, run: NodeRun, region: str, parcel: str, application: str) -> bool:
        state = await self._state(run, parcel)
        if not isinstance(state, parcel_pb2.Parcel):
            return False
        desk, staff = run.desks.mailroom, run.staff("mailroom-1")
        ours, fate = state.origin.node == run.core.name, self._fate(parcel)
        match state.state:
            case _S.PARCEL_STATE_SEALED if ours and fate.booked_first and parcel not in self._world.left:
                offer = mailroom_pb2.OfferParcelRequest(name=parcel, carrier="ems", waybill=_WAYBILL)
                await desk.offer_parcel(staff, offer)
                fate.booked_first = fate.cancelled
                self.done.append("booked first")
            case _S.PARCEL_STATE_OFFERED if ours and fate.cancelled and parcel not in self._world.left:
                fate.cancelled = fate.booked_first = False
                await desk.cancel_leg(staff, mailroom_pb2.CancelLegRequest(name=parcel, leg=len(state.legs)))
                self.done.append("cancelled")
            case _S.PARCEL_STATE_OFFERED if ours and _holds(run, state):
                await self._dispatch(run, staff, state, application)
            case _ if state.state in _HURT and not ours and _holds(run, state):
                opening = mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=False, witness="s-two")
                await desk.open_parcel(staff, opening)
            case _S.PARCEL_STATE_OPENED if not ours and fate.missing:
                fate.missing = False
                missing = parcel_pb2.CHECK_OUTCOME_MISSING
                checks = [parcel_pb2.ItemCheck(item=entry.item, outcome=missing) for entry in state.manifest]
                draft = Draft(parcel, "items_checked", parcel_pb2.ItemsChecked(checks=checks))
                await run.core.record(staff.actor, lambda view: ([draft], None))
                self.done.append("missing at first")
            case _:
                return await super()._mail(run, region, parcel, application)
        return True

    async def _dispatch(self, run: NodeRun, staff: Staff, state: parcel_pb2.Parcel, application: str) -> None:
        first = state.name not in self._world.left
        try:
            await super()._dispatch(run, staff, state, application)
        finally:
            if first and state.name in self._world.left and self._fate(state.name).strays:
                self._stray(state)

    def _stray(self, state: parcel_pb2.Parcel) -> None:
        ends = {post.node.removeprefix("nodes/") for post in (state.origin, state.destination)}
        others = sorted({region for pair in self.applications.values() for region in pair} - ends)
        if others:
            wrong = self._strayed[state.name] = self._whim.choice(others)
            self._world.on_road[state.name] = wrong, *self._world.on_road[state.name][1:]
            self.done.append("strayed")

    async def at_rest(self) -> bool:
        """Whether every parcel lies where it was sent."""
        return await sayings.first_on_its_way(self._federation, list(self.applications), ENDED) is None


def _holds(run: NodeRun, state: parcel_pb2.Parcel) -> bool:
    return state.custody.kind == parcel_pb2.HOLDER_KIND_POST and state.custody.post.node == run.core.name


def _handed(parcel: str, code: str, seal: str) -> mailroom_pb2.DispatchParcelRequest:
    return mailroom_pb2.DispatchParcelRequest(name=parcel, carrier="ems", waybill=_WAYBILL, seals=[seal], stub=code)
