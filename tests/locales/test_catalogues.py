"""Nothing that is said to people is missing in any language, and what stands there fits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from appliance.errors import titles
from appliance.weblib.advice import ADVICE
from appliance.weblib.catalogues import catalogue
from tests.locales.strings import TRANSLATED, brought_up_to_date, gather, path_of, read, written
from tests.locales.unmarked import SCRIPTS, TEMPLATES, unmarked

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TAG = re.compile(r"</?[a-z][^>]*>")
_NEWS = "run `make strings` and translate what is new"


@pytest.fixture(scope="module")
def said() -> Catalog:
    return gather()


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text),)


def _messages(language: str) -> list[Message]:
    return [message for message in read(language) if message.id]


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_missing(language: str, said: Catalog) -> None:
    """Every sentence has its translation in every language; none is only guessed, none is left over."""
    found = {message.id: message for message in _messages(language)}
    wanted = {message.id for message in said if message.id}
    assert wanted - found.keys() == set(), _NEWS
    assert found.keys() - wanted == set(), _NEWS
    assert [message.id for message in found.values() if message.fuzzy] == []
    assert [message.id for message in found.values() if not all(_forms(message.string))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_tags_and_plural_forms(language: str) -> None:
    """A translation holds the same placeholders and tags as the sentence, and as many forms as its language has."""
    plurals = read(language).num_plurals
    for message in _messages(language):
        source, forms = _forms(message.id), _forms(message.string)
        assert len(forms) == (plurals if len(source) == 2 else 1), message.id
        for form in forms:
            assert set(_PLACEHOLDER.findall(form)) == set(_PLACEHOLDER.findall(source[-1])), message.id
            assert sorted(_TAG.findall(form)) == sorted(_TAG.findall(source[-1])), message.id
            assert "%" not in _PLACEHOLDER.sub("", form).replace("%%", ""), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogues_are_up_to_date(language: str, said: Catalog) -> None:
    """`make strings` would change nothing, so that a change of a sentence shows in the same commit."""
    assert path_of(language).read_bytes() == written(brought_up_to_date(read(language), said, language)), _NEWS


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_the_box_reads(language: str) -> None:
    """The catalogue that a running box holds is the file, plural forms included."""
    for message in _messages(language):
        if isinstance(message.id, str):
            assert catalogue(language).gettext(message.id) == message.string
        else:
            one, many = message.id
            assert catalogue(language).ngettext(one, many, 1) == _forms(message.string)[0]
            assert catalogue(language).ngettext(one, many, 2) == _forms(message.string)[-1]


@pytest.mark.parametrize(
    ("language", "zero", "one", "many"),
    [
        ("de", "0 Dateien", "1 Datei", "20 Dateien"),
        ("fr", "0 fichier", "1 fichier", "20 fichiers"),
        ("es", "0 archivos", "1 archivo", "20 archivos"),
        ("it", "0 file", "1 file", "20 file"),
        ("pt", "0 ficheiros", "1 ficheiro", "20 ficheiros"),
        ("ja", "0個のファイル", "1個のファイル", "20個のファイル"),
    ],
)
def test_plural_forms(language: str, zero: str, one: str, many: str) -> None:
    """Each language counts by its own rule."""
    forms = catalogue(language)
    counted = [forms.ngettext("%(count)s file", "%(count)s files", count) % {"count": count} for count in (0, 1, 20)]
    assert counted == [zero, one, many]


def test_an_unknown_sentence_stays_english() -> None:
    """What no catalogue holds is said as it stands, never lost."""
    assert catalogue("de").gettext("Nobody has said this before.") == "Nobody has said this before."


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_every_word_of_the_templates_is_marked(template: Path) -> None:
    """No template says a word that could not be translated."""
    assert unmarked(template) == []


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.stem)
def test_scripts_say_nothing_of_their_own(script: Path) -> None:
    """What a script says stands in its page, where it is translated."""
    code = re.sub(r"^\s*//.*$", "", script.read_text(), flags=re.M)
    assert re.findall(r"[\"'`][A-Z][a-z]+ [a-z]+[^\"'`]*", code) == []


def test_every_code_has_advice() -> None:
    """Each code of the formats has a title and one sentence of what to do."""
    assert ADVICE.keys() == titles().keys()
    assert all(sentence.endswith(".") for sentence in ADVICE.values())
