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
    mail_prints,
    parcels,
    printing,
    scan,
    shelf,
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
    *surrender.ROUTES,
    *approval.ROUTES,
    *applications.ROUTES,
    *scan.ROUTES,
    *shelf.ROUTES,
    *parcels.ROUTES,
    *mail_prints.ROUTES,
    *cases.ROUTES,
    *checking.ROUTES,
    # Before what they are an exception from: the first address that fits is taken.
    *drafting.ROUTES,
    *agreements.ROUTES,
    *agreement_steps.ROUTES,
    *trial.ROUTES,
    *printing.ROUTES,
    *ledger.ROUTES,
    *supervisor.ROUTES,
    *catalogue.ROUTES,
)
