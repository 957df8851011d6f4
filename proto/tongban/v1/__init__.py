"""The contract, version 1: `*.proto` with the code generated from it (`make proto`), never edited by hand."""

from __future__ import annotations

from tongban import _buf_validate

_buf_validate.provide()
