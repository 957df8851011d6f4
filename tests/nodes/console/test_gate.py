"""The gate: sessions, forms that are not ours, headers, cookies."""

from __future__ import annotations

import logging

import pytest

from tests.nodes.console.browser import Browser
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one

pytestmark = pytest.mark.federation


async def test_nobody_gets_in_without_a_session(halls: Halls) -> None:
    async with Browser(halls.ports[ACCEPTING]) as guest:
        for path in ("/", "/applications", "/parcels/pack", "/staff"):
            page = await guest.get(path)
            assert page.path == "/sign-in"
        page = await guest.sign_in("clerk", "a-bad-guess")
        assert page.status == 401
        assert page.says("用户名或密码不对")
        assert page.form().values["user"] == ["clerk"]
        assert "a-bad-guess" not in page.text
        page = await guest.sign_in("", "")
        assert page.status == 400


async def test_signing_in_goes_on_to_where_one_wanted(halls: Halls) -> None:
    async with Browser(halls.ports[ACCEPTING]) as guest:
        page = await guest.get("/parcels")
        page = await guest.send(page.form(), user="porter", password="porter-password")
        assert page.path == "/parcels"
        out = next(f for f in page.forms if f.action == "/sign-out")
        page = await guest.send(out)
        assert page.path == "/sign-in"
        assert (await guest.get("/parcels")).path == "/sign-in"
        for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
            page = await guest.get("/sign-in")
            page = await guest.send(page.form(), user="porter", password="porter-password", next=elsewhere)
            assert page.path == "/", elsewhere
            await guest.send(next(f for f in page.forms if f.action == "/sign-out"))


async def test_five_wrong_passwords_lock_the_name(halls: Halls) -> None:
    async with Browser(halls.ports[ACCEPTING]) as guest:
        for _ in range(5):
            await guest.sign_in("clerk", "a-bad-guess")
        page = await guest.sign_in("clerk")
        assert page.status == 401
        assert page.says("锁定至")


async def test_a_form_that_is_not_ours_does_nothing(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "everybody") as other:
        number = (await file_one(clerk)).path.split("/")[2]
        path = f"/applications/{number}/withdraw"
        form = (await clerk.get(path)).form()
        stolen = (await other.get(path)).form().values["csrf"]
        for token in ("", "x", stolen[0], "é"):
            page = await clerk.send(form, csrf=token)
            assert page.status == 403
            assert page.says("未办理任何事项")
        async with clerk.http.post(path) as answer:
            assert answer.status == 403
        async with clerk.http.post("/sign-in", data={"user": "clerk", "password": "clerk-password"}) as answer:
            assert answer.status == 403
        seen = await clerk.get(f"/applications/{number}")
        assert seen.says("已收件")
        for path in (f"/applications/{number}/open", "/sign-out", "/language"):
            async with clerk.http.get(path) as answer:
                assert answer.status == 405, path


async def test_headers_and_cookies(halls: Halls) -> None:
    async with Browser(halls.ports[ACCEPTING]) as guest:
        page = await guest.get("/sign-in")
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"
        async with guest.http.post(
            "/sign-in",
            data={"csrf": page.form().values["csrf"][0], "user": "clerk", "password": "clerk-password"},
            allow_redirects=False,
        ) as answer:
            cookie = next(c for c in answer.headers.getall("Set-Cookie") if "session-445100=" in c and "=;" not in c)
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert answer.headers["Cache-Control"] == "no-store"
        style = await guest.get("/static/tongban.css")
        assert style.headers["Cache-Control"] == "no-cache"
        assert (await guest.get("/static/..%2fapp.py")).status == 404


async def test_two_consoles_on_one_machine_keep_their_sessions(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as browser:
        other = Browser(halls.ports[HOME])
        await other.http.close()
        other.http = browser.http
        page = await browser.get(f"{other.address}/sign-in")
        page.form().action = f"{other.address}/sign-in"
        page = await browser.send(page.form(f"{other.address}/sign-in"), user="approver", password="approver-password")
        assert page.says("漳州市")
        page = await browser.get("/")
        assert page.path == "/"
        assert page.says("潮州市")


async def test_neither_token_nor_applicant_is_logged(halls: Halls, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with halls.at(ACCEPTING, "clerk") as clerk:
            await file_one(clerk)
            cookies = [c.value for c in clerk.http.cookie_jar if "session" in c.key]
    assert cookies
    assert cookies[0] not in caplog.text
    assert "陈阿婆" not in caplog.text
    assert "350626199003070010" not in caplog.text
