"""The Merkle log built anew from its batches: leaves, whole nodes, checkpoints."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from google.protobuf.message import DecodeError

from gateway import log
from gateway.domain.log import append
from gateway.store import FSCK
from tongban import checkpoints, errors, merkle
from tongban.fsck import Finding, Phase, Report
from tongban.fsck.report import Key, Remedy, short
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2

_PAGE = 500


class LogCheck:
    """Builds the log again; what it keeps is the right edge.  `public`: the checkpoint key, where it is known."""

    def __init__(self, tx: Transaction, report: Report, gateway: str, public: bytes | None) -> None:
        self._tx = tx
        self._report = report
        self._gateway = gateway
        self._public = public
        self._edge = merkle.Frontier()

    def run(self) -> None:
        """Leaves in order, their nodes, and each checkpoint where the log had its size."""
        kept = self._tx.stream(FSCK.fsck_checkpoints)
        pending = next(kept, None)
        leaves = self._tx.stream(FSCK.fsck_leaves)
        whole = True
        while whole and (page := list(itertools.islice(leaves, _PAGE))):
            before = self._edge
            hashes = self._hashes(page)
            whole = len(hashes) == len(page)
            for leaf in hashes:
                pending = self._judged(pending, kept)
                self._edge = self._edge.append(leaf)
            self._nodes(before, hashes)
        pending = self._judged(pending, kept)
        if not whole:
            return
        while pending is not None:
            self._report.read("log_checkpoints")
            self._bad_checkpoint(pending, "ahead", f"size ≤ {self._edge.size}", pending["size"])
            pending = next(kept, None)
        for row in self._tx.stream(FSCK.fsck_log_nodes, {"size": self._edge.size}):
            self._bad_node("extra", (row["level"], row["place"]), f"日志有 {self._edge.size} 叶 (leaves)", "")

    def _hashes(self, page: list[Row]) -> list[bytes]:
        """Leaf hashes, as far as no leaf is missing and each batch can be read."""
        found: list[bytes] = []
        for expected, row in enumerate(page, start=self._edge.size):
            self._report.read("log leaves")
            if row["leaf_index"] != expected:
                self._bad("admissions", "missing", {"leaf_index": expected}, "一个批次 (a batch)", row["batch_id"])
                return found
            try:
                found.append(log.leaf_of(envelope_pb2.SignedAdmission.FromString(row["signed"])))
            except DecodeError:
                return found  # said of the batch
        return found

    def _nodes(self, before: merkle.Frontier, leaves: list[bytes]) -> None:
        made = dict(append(before, leaves).nodes)
        stored = log.read_nodes(self._tx, made)
        for node, node_hash in sorted(made.items()):
            self._report.read("log_nodes")
            if stored.get(node) != node_hash:
                self._bad_node("state" if node in stored else "missing", node, short(node_hash), stored.get(node, b""))

    def _judged(self, pending: Row | None, kept: Iterator[Row]) -> Row | None:
        """Judge the checkpoints of exactly the present size; the next one to come."""
        while pending is not None and pending["size"] == self._edge.size:
            self._report.read("log_checkpoints")
            self._judge(pending)
            pending = next(kept, None)
        return pending

    def _judge(self, row: Row) -> None:
        origin = checkpoints.origin_of(self._gateway, row["epoch"])
        try:
            if self._public is not None:
                said = checkpoints.verify(row["note"], self._public, origin=origin)
            else:
                said = checkpoints.read(row["note"])
        except (errors.TongbanError, ValueError) as error:
            self._bad_checkpoint(row, "signature", f"{origin} 的签名 / its signature", error)
            return
        if (said.origin, said.size, said.root) != (origin, row["size"], self._edge.root()):
            self._bad_checkpoint(row, "state", f"{origin} {row['size']} {short(self._edge.root())}", short(said.root))

    def _bad_checkpoint(self, row: Row, kind: str, expected: str, found: object) -> None:
        self._bad("log_checkpoints", kind, {"epoch": row["epoch"], "size": row["size"]}, expected, found)

    def _bad_node(self, kind: str, node: tuple[int, int], expected: str, found: object) -> None:
        self._bad("log_nodes", kind, {"level": node[0], "place": node[1]}, expected, found)

    def _bad(self, table: str, kind: str, key: Key, expected: str, found: object) -> None:
        self._report.add(Finding(Phase.LOG, table, kind, key, expected, short(found), Remedy.DERIVED))
