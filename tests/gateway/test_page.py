"""The operator's page over a real gateway: what it shows, and what it never does."""

from __future__ import annotations

import logging
from pathlib import Path

import aiohttp
import pytest

from gateway.page import Page
from tests.federation.whole import Federation
from tests.gateway.kit import world
from tests.gateway.sealing import AbsentSigner, sealing, signed_whole, sizes, until
from tongban.clock import SeededEntropy, SystemClock
from tongban.storage.base import Database
from tongban.storage.open import open_database


async def test_it_shows_nodes_links_channels_and_agreements(tmp_path: Path) -> None:
    async def open_file(name: str) -> Database:
        return await open_database(f"sqlite:///{tmp_path / name}.db")

    federation = Federation(SystemClock(), SeededEntropy(1), open_file)
    core = await federation.start_gateway()
    page = Page(core)
    address = f"http://127.0.0.1:{await page.start('127.0.0.1', 0)}"
    async with aiohttp.ClientSession(address) as client:
        async with client.get("/") as answer:
            assert answer.status == 200
            assert "还没有节点加入" in await answer.text()
        for region in ("350600", "445100"):
            await federation.start_node(region)
        await federation.settled()
        await federation.agree()
        federation.nodes["350600"].line.cut()
        async with client.get("/") as answer:
            text = await answer.text()
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Server" not in answer.headers
        assert "漳州市" in text
        assert "在线" in text
        assert "跨省通办" in text
        assert "已签署" in text
        assert "feeds/agreements" in text
        assert "<script" not in text
        async with client.get("/healthz") as answer:
            assert answer.status == 200
            assert (await answer.json())["epoch"] == 1
        async with client.get("/static/tongban.css") as answer:
            assert answer.status == 200
        async with client.post("/") as answer:
            assert answer.status == 405
        core.draining.set()
        async with client.get("/healthz") as answer:
            assert answer.status == 503
    await page.stop()
    await federation.stop()


async def test_it_shows_how_the_log_is_sealed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with world(f"sqlite:///{tmp_path / 'gateway.db'}") as w:
        page = Page(w.core)
        address = f"http://127.0.0.1:{await page.start('127.0.0.1', 0)}"

        async def shown() -> str:
            async with aiohttp.ClientSession(address) as client, client.get("/") as answer:
                return await answer.text()

        text = await shown()
        assert "尚无检查点" in text
        assert "签发迟缓" not in text
        async with sealing(w.core):
            await signed_whole(w.core)
        batches, _, _ = await sizes(w.core)
        w.clock.move(minutes=10)
        text = await shown()
        assert f"最新检查点 {batches} 条" in text
        assert "10 分钟前签发" in text
        assert "签发迟缓" not in text
        await w.admitted(w.file())
        assert "另有 1 批待写入" in await shown()
        with caplog.at_level(logging.CRITICAL):
            async with sealing(w.core, AbsentSigner(), seed=4):
                await until(lambda s: s[0] == s[1], w.core)
        assert "签发迟缓" not in await shown()
        w.clock.move(minutes=2)
        assert "签发迟缓" in await shown()
        await page.stop()


async def test_a_database_that_is_gone_is_not_healthy(tmp_path: Path) -> None:
    async def open_file(name: str) -> Database:
        return await open_database(f"sqlite:///{tmp_path / name}.db")

    federation = Federation(SystemClock(), SeededEntropy(1), open_file)
    page = Page(await federation.start_gateway())
    address = f"http://127.0.0.1:{await page.start('127.0.0.1', 0)}"
    await federation.stop_gateway()
    async with aiohttp.ClientSession(address) as client, client.get("/healthz") as answer:
        assert answer.status == 503
    await page.stop()
