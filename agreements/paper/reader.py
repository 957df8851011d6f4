"""The proof in a file that somebody was given: the print, or the proof by itself.

A PDF comes from anybody, so reading one is done with care: bounded in size, and whatever the reader trips over is one
refusal.  Only the embedded file of our name is looked at; what the pages say is not.
"""

from __future__ import annotations

import io
import logging
from typing import Final

import pypdf

from agreements.domain import proof
from tongban import errors

PROOF_NAME: Final = "proof.tongban"
"""The embedded file."""

MAXIMUM_BYTES: Final = 32 * 1024 * 1024
_PDF: Final = b"%PDF-"


def proof_in(raw: bytes) -> bytes:
    """The file of a proof, from a PDF that embeds it or as it is; not verified."""
    if len(raw) > MAXIMUM_BYTES:
        raise errors.MessageTooLarge(field="file", size=len(raw), limit=MAXIMUM_BYTES)
    if not raw.startswith(_PDF):
        return raw
    found = _embedded(raw)
    if len(found) != 1:
        problem = "PDF 中没有协议证明附件" if not found else "PDF 中有不止一个协议证明附件"
        problem_en = f"{len(found)} proofs are embedded in the PDF; there must be one"
        raise errors.MessageMalformed(field="file", problem=problem, problem_en=problem_en)
    return found[0]


def _embedded(raw: bytes) -> list[bytes]:
    # Its warnings about a broken file would go to whoever runs the command, beside our one sentence.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        attached = pypdf.PdfReader(io.BytesIO(raw)).attachments
        found = list(attached[PROOF_NAME]) if PROOF_NAME in attached else []
    except Exception as error:  # a broken PDF makes the reader fail in any way
        raise errors.MessageMalformed(field="file", problem="PDF 已损坏,无法读取", problem_en="a broken PDF") from error
    if any(len(each) > proof.MAXIMUM_BYTES for each in found):
        raise errors.MessageTooLarge(field="file", size=max(map(len, found)), limit=proof.MAXIMUM_BYTES)
    return found
