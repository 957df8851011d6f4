"""The nodes of 莆田 that two scenarios share."""

from __future__ import annotations

from tests.scenarios.acting import place

PUTIAN = place("350300", "莆田市", "Putian")
CHENGXIANG = place("350302", "莆田市城厢区", "Chengxiang")
XIANYOU = place("350322", "莆田市仙游县", "Xianyou")
