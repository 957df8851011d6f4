"""Every page of the console with its address; who may do what is the desks' to say."""

from __future__ import annotations

from nodes.console.pages import (
    applications,
    approval,
    catalogue,
    checking,
    collecting,
    correcting,
    filing,
    home,
    line,
    parcels,
    supervisor,
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
    *checking.ROUTES,
    *supervisor.ROUTES,
    *catalogue.ROUTES,
)
