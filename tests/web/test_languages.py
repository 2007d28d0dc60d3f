"""Each language, end to end over HTTP: pages, refusals, amounts, spans, the switch, the console, problem documents."""

from __future__ import annotations

import html
import re

import pytest

from appliance.core.sale import Order
from appliance.weblib.locales import LANGUAGES
from provisioning.keys import new_contact_key
from tests.web.clients import PERSON, PROGRAM
from tests.web.served import Box

SPOKEN = [
    ("en", "What you get", "€8.00", "Download everything", "1 h 59 min", "This code is not known here"),
    ("de", "Was drin ist", "8,00 €", "Alles herunterladen", "1 h 59 min", "Diesen Code kennt die Box nicht"),
    ("fr", "Ce que vous recevez", "8,00 €", "Tout télécharger", "1 h 59 min", "Ce code n’est pas connu ici"),
    ("es", "Qué incluye", "8,00 €", "Descargar todo", "1 h 59 min", "Este código no se conoce aquí"),
    ("it", "Che cosa include", "8,00 €", "Scarica tutto", "1 h 59 min", "Questo codice qui non è noto"),
    ("pt", "O que inclui", "8,00 €", "Descarregar tudo", "1 h 59 min", "Este código não é conhecido aqui"),
    ("ja", "内容", "€8.00", "すべてダウンロード", "1時間59分", "このコードはここでは見つかりません"),
]


async def read(box: Box, path: str, headers: dict[str, str], status: int = 200) -> tuple[str, dict[str, str]]:
    """The page as a person reads it, no-break spaces as blanks, and its header."""
    async with box.client.get(box.shop + path, headers=PERSON | headers) as answer:
        assert answer.status == status
        text = html.unescape(await answer.text())
        return re.sub("[\u00a0\u202f]", " ", text), dict(answer.headers)


@pytest.mark.parametrize(("language", "inside", "price", "everything", "span", "unknown"), SPOKEN)
async def test_each_language(
    box: Box, language: str, inside: str, price: str, everything: str, span: str, unknown: str
) -> None:
    """Drop, claim and refusal are in the language that the browser asks for, amounts and spans as it writes them."""
    asked = {"Accept-Language": f"{language};q=0.9, nl"}
    page, headers = await read(box, "/drops/harbour-lights", asked)
    assert f'<html lang="{language}">' in page
    assert headers["Content-Language"] == language
    assert headers["Vary"] == "Accept-Language, Cookie"
    assert inside in page
    assert price in page
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    claim, _ = await read(box, f"/c/{copy.claim}", asked)
    assert everything in claim
    assert span in claim
    refusal, _ = await read(box, "/c/0000", asked, 404)
    assert unknown in refusal
    assert "unknown-claim" in refusal


async def test_languages_side_by_side(box: Box) -> None:
    """Two buyers who ask in turns each read their own language: nothing of one page stays for the next."""
    for _ in range(2):
        for language, inside, *_rest in SPOKEN:
            page, _ = await read(box, "/drops/harbour-lights", {"Accept-Language": language})
            assert inside in page


async def test_the_switch_stands_on_every_page(box: Box) -> None:
    """A tap on a language shows the same page in it and is remembered by a cookie that scripts cannot read."""
    page, _ = await read(box, "/drops/harbour-lights", {})
    for language, name in LANGUAGES.items():
        assert f'href="?lang={language}" lang="{language}" hreflang="{language}"' in page
        assert f">{name}</a>" in page
    german, headers = await read(box, "/drops/harbour-lights?lang=de", {"Accept-Language": "fr"})
    assert "Was drin ist" in german
    cookie = headers["Set-Cookie"]
    assert cookie.startswith("lang=de;")
    assert "HttpOnly" in cookie
    again, _ = await read(box, "/", {"Accept-Language": "fr", "Cookie": cookie.partition(";")[0]})
    assert '<html lang="de">' in again


async def test_a_refused_form_in_the_buyers_language(box: Box) -> None:
    """A wrong number comes back beside the field in the language of the page; the switch leads to the front page."""
    headers = PERSON | {"Accept-Language": "it"}
    async with box.client.post(f"{box.shop}/pickup", data={"number": "0000"}, headers=headers) as answer:
        page = html.unescape(await answer.text())
    assert '<html lang="it">' in page
    assert "<b>Con questo numero non c’è nulla in attesa.</b>" in page
    assert 'href="/?lang=ja"' in page


async def test_a_tampered_language_is_harmless(box: Box) -> None:
    """Nothing of the field, the cookie or the header comes back on a page, and every page comes."""
    sign = "<script>"
    page, headers = await read(
        box, f"/?lang={sign}&x={sign}", {"Accept-Language": f"{sign};q=1", "Cookie": f"lang={sign}"}
    )
    assert '<html lang="en">' in page
    assert "Set-Cookie" not in headers
    async with box.client.get(f"{box.shop}/?x={sign}", headers=PERSON) as answer:
        assert sign not in (await answer.text()).replace("<script src=", "")


async def test_problem_documents(box: Box) -> None:
    """Programs get English unless they ask for another language; type, code and status are the same in all."""
    async with box.client.get(f"{box.shop}/c/0000", headers=PROGRAM) as answer:
        english = await answer.json()
        assert answer.headers["Content-Language"] == "en"
    async with box.client.get(f"{box.shop}/c/0000", headers=PROGRAM | {"Accept-Language": "de"}) as answer:
        german = await answer.json()
        assert answer.headers["Content-Language"] == "de"
    assert english["title"] == "This code is not known here"
    assert german["title"] == "Diesen Code kennt die Box nicht"
    assert german["detail"] == "Jedes Zeichen prüfen oder am Stand fragen."
    assert {**english, "title": "", "detail": ""} == {**german, "title": "", "detail": ""}


async def test_a_refusal_that_only_english_can_tell(box: Box) -> None:
    """Where the English sentence has details that no catalogue knows, others say what to do about that code."""
    async with box.client.get(f"{box.shop}/drops/nope", headers=PROGRAM) as answer:
        english = await answer.json()
    async with box.client.get(f"{box.shop}/drops/nope", headers=PROGRAM | {"Accept-Language": "de"}) as answer:
        german = await answer.json()
    assert "nope" in english["detail"]
    assert german["detail"] == "Am Stand fragen, welche Drops es gibt."


async def test_the_console_follows_its_owners_browser(box: Box) -> None:
    """The console speaks the language of the phone that sells, with a refusal's English original."""
    asked = {"Accept-Language": "de-DE,de;q=0.9"}
    page, _ = await read(box, "/console", asked)
    assert '<html lang="de">' in page
    assert "Bar verkaufen" in page
    headers = PERSON | asked
    order = {"offer": "harbour-lights/print", "quantity": "1", "more": "9", "method": "cash", "key": "k" * 22}
    async with box.client.post(f"{box.shop}/console/sell", data=order, headers=headers) as answer:
        assert answer.status == 409
        refused = html.unescape(await answer.text())
    assert "Auf dieser Box ausverkauft" in refused
    assert "left here. Offer another price option." in refused


async def test_live_stock_in_the_listeners_language(box: Box) -> None:
    """Two phones that listen to the same news read it each in its own language."""
    box.board.post(await box.stall.stock.status())
    for language, said in (("de", "Noch 10 von 10"), ("ja", "残り 10 / 10")):
        headers = {"Accept-Language": language}
        async with box.client.get(f"{box.shop}/news", headers=headers) as answer:
            news = b""
            while b"\n\n" not in news.partition(b"event: stock")[2]:
                news += await answer.content.readany()
        assert said in news.decode()


async def test_a_title_that_runs_the_other_way(box: Box) -> None:
    """A right-to-left title inside a sentence does not turn the sentence round, and its markup is text."""
    box.organizer.add_trust(contact_key=new_contact_key().public)
    await box.bring(box.organizer.drop("dawn", None, title="أضواء <b>الميناء</b>"))
    (copy,) = await box.stall.seller.sell(Order("dawn"))
    async with box.client.get(f"{box.shop}/c/{copy.claim}?lang=de", headers=PERSON) as answer:
        page = await answer.text()
    assert "„<bdi>أضواء &lt;b&gt;الميناء&lt;/b&gt;</bdi>“" in page
