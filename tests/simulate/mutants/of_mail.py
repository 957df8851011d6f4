"""Planted bugs of the mailroom: what only parcels that go astray, and people who say things, can bring out."""

from __future__ import annotations

from tests.simulate.mutants.planted import Mutant
from tests.simulate.mutants.planting import Edit

OF_MAIL: tuple[Mutant, ...] = (
    Mutant(
        "redirected-by-anybody",
        "who has not got a parcel sends it somewhere else all the same",
        (
            Edit(
                "mailroom.domain.legs:check_redirected",
                "    to = event.parcel_redirected\n",
                "    return\n    to = event.parcel_redirected\n",
            ),
        ),
        seed=25,
        of_mail=True,
    ),
    Mutant(
        "heard-twice-kept-twice",
        "a carrier's word that two have heard stands in its leg twice",
        (
            Edit(
                "mailroom.domain.transit:_same",
                "return one.observation_id == other.observation_id",
                "return False",
            ),
        ),
        of_mail=True,
    ),
    Mutant(
        "exception-without-owner",
        "what is wrong with a parcel is noted, and nobody has to end it",
        (Edit("mailroom.domain.parcels:ParcelFolder.apply", "        exceptions.give_owners(state, step)\n", ""),),
        of_mail=True,
    ),
    Mutant(
        "stray-not-told",
        "a scan of a parcel that came to a wrong post stays there, and nobody hears of it",
        (
            Edit(
                "nodes.desk.mailroom:MailroomDesk._keep_early",
                "return [self._witnessed(stub.parcel, scan, None)], None",
                "return [], None",
            ),
            Edit("nodes.desk.mailroom:_was_stray", "is not None", "is None and not parcel"),
        ),
        of_mail=True,
    ),
)
