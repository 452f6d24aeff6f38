from __future__ import annotations

import pytest
from django.test import override_settings
from django.utils import translation
from django.utils.translation import gettext

from config import translations

WHAT_TO_DO = "Run: manage.py translations, then fill in locale/zh_Hans/LC_MESSAGES/django.po"


def keys(catalog):
    return {(message.context, str(message.id)) for message in catalog if message.id}


def test_every_string_of_the_source_is_in_the_catalogue_and_no_other():
    assert keys(translations.translated()) == keys(translations.from_source()), WHAT_TO_DO


def test_every_string_is_translated():
    assert translations.missing(translations.translated()) == [], WHAT_TO_DO


def test_translations_keep_the_placeholders():
    wrong = {message.id: errors for message, errors in translations.translated().check() if errors}

    assert wrong == {}


def test_a_chinese_reader_gets_chinese(client):
    translations.compile()

    page = client.get("/login/", headers={"Accept-Language": "zh-CN,zh;q=0.9"})

    assert 'lang="zh-hans"' in page.text
    assert "登录" in page.text


# ---- The tool, on a catalogue of its own


@pytest.fixture
def small_house(tmp_path):
    """A project with one template and a catalogue that knows one string of it, and one that is gone."""
    (tmp_path / "templates").mkdir()
    page = """{% load i18n %}
      <p>{% translate "Kept" %} {% translate "New" context "month" %}</p>
        {% blocktranslate trimmed count n=n %}
          one {{ name }}
        {% plural %}
          {{ n }} of {{ name }}
        {% endblocktranslate %}
    """
    (tmp_path / "templates" / "page.html").write_text(page)
    with override_settings(BASE_DIR=tmp_path, LOCALE_PATHS=[tmp_path / "locale"]):
        translations.po_file().parent.mkdir(parents=True)
        kept = 'msgid "Kept"\nmsgstr "留着"\n\nmsgid "Gone"\nmsgstr "没了"\n'
        translations.po_file().write_text(f"{translations.HEADER}{kept}", encoding="utf-8")
        yield tmp_path


def test_updating_keeps_translations_adds_strings_and_drops_what_is_gone(small_house):
    catalog = translations.update()

    strings = {(message.context, message.id): message.string for message in catalog if message.id}
    assert strings == {
        (None, "Kept"): "留着",
        ("month", "New"): "",
        (None, ("one %(name)s", "%(n)s of %(name)s")): ("",),
    }
    assert "Gone" not in translations.po_file().read_text(encoding="utf-8")
    assert len(translations.missing(catalog)) == 2


def test_updating_twice_changes_nothing(small_house):
    translations.update()
    once = translations.po_file().read_text(encoding="utf-8")

    translations.update()

    assert translations.po_file().read_text(encoding="utf-8") == once


def test_compiling_happens_only_when_something_changed(small_house):
    translations.compile()
    compiled = translations.po_file().with_suffix(".mo")
    first = compiled.stat().st_mtime_ns

    translations.compile()

    assert compiled.stat().st_mtime_ns == first
    assert [path.name for path in compiled.parent.iterdir() if path.suffix not in {".po", ".mo"}] == []


def test_an_untranslated_string_stays_english():
    with translation.override("zh-hans"):
        assert gettext("no catalogue knows this sentence") == "no catalogue knows this sentence"
