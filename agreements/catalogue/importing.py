"""From a file to a region's list, batch by batch: one way for the command line and the console."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from agreements.catalogue.files import read_file, report
from agreements.catalogue.report import Line
from tongban.v1 import catalogue_pb2, directory_pb2

BATCH: Final = 20
"""So many documents in a request: each may be as large as an event, and a message has its limit."""

Publish = Callable[[catalogue_pb2.PublishItemsRequest], Awaitable[catalogue_pb2.PublishItemsResponse]]


async def import_file(
    raw: bytes,
    file: str,
    home: str,
    current: Mapping[str, directory_pb2.ItemDocument],
    publish: Publish,
    *,
    check_only: bool = False,
) -> list[Line]:
    """Publish what a file holds; the report, a line for each of its items and for each thing that is wrong."""
    # A workbook takes its time, and other desks of the node must not wait for it.
    reading = await asyncio.to_thread(read_file, raw, file, home, current)
    results: list[catalogue_pb2.PublishResult] = []
    for first in range(0, len(reading.entries), BATCH):
        batch = [entry.document for entry in reading.entries[first : first + BATCH]]
        answer = await publish(catalogue_pb2.PublishItemsRequest(documents=batch, check_only=check_only))
        results.extend(answer.results)
    return report(reading, results)
