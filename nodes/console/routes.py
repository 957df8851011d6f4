"""Every page of the console with its address; who may do what is the desks' to say."""

from __future__ import annotations

from nodes.console.pages import (
    agreement_steps,
    agreements,
    applications,
    approval,
    cases,
    catalogue,
    checking,
    collecting,
    correcting,
    drafting,
    filing,
    home,
    ledger,
    line,
    parcels,
    printing,
    supervisor,
    surrender,
    trial,
)

ROUTES = (
    *home.ROUTES,
    *line.ROUTES,
    *filing.ROUTES,
    *correcting.ROUTES,
    *collecting.ROUTES,
    *approval.ROUTES,
    *applications.ROUTES,
    *parcels.ROUTES,
    *cases.ROUTES,
    *checking.ROUTES,
    # Before what they are an exception from: the first address that fits is taken.
    *surrender.ROUTES,
    *drafting.ROUTES,
    *agreements.ROUTES,
    *agreement_steps.ROUTES,
    *trial.ROUTES,
    *printing.ROUTES,
    *ledger.ROUTES,
    *supervisor.ROUTES,
    *catalogue.ROUTES,
)
