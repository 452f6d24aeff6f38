"""Style sheets as they are served: one for everything that it imports."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import FileSystemStorage
from django.templatetags.static import static

from config.storage import IMPORT, StaticStorage

SHEETS = settings.BASE_DIR / "static" / "css"


def served(name: str) -> str:
    return (Path(settings.STATIC_ROOT) / static(name).removeprefix(settings.STATIC_URL)).read_text()


def test_the_pages_of_a_first_visit_wait_for_one_style_sheet():
    sheet, imported = served("css/main.css"), IMPORT.findall((SHEETS / "main.css").read_text())

    assert not re.findall(r"@import", sheet + served("css/admin.css"))
    # all of them, in the order that says which rule wins
    places = [sheet.find((SHEETS / name).read_text()) for name in imported]
    assert len(places) > 40
    assert places == sorted(places)
    assert places[0] >= 0


def test_what_is_imported_by_what_is_imported_stands_in_front_of_it(tmp_path):
    assert collected(tmp_path, last="b { color: red }") == "b { color: red }\ni { color: blue }\nu { color: green }\n"


def test_a_sheet_has_another_name_when_one_that_it_imports_has_changed(tmp_path):
    names = set()
    for color in ("red", "black"):
        collected(tmp_path, last=f"b {{ color: {color} }}")
        names |= {path.name for path in (tmp_path / "to" / "css").glob("first.*.css")}

    assert len(names) == 2


def test_every_static_file_has_a_name_of_its_own():
    assert isinstance(staticfiles_storage, StaticStorage)
    assert re.fullmatch(r"/static/css/main\.[0-9a-f]{12}\.css", static("css/main.css"))


def collected(home: Path, *, last: str) -> str:
    """What is served of a sheet that imports one that imports the last one."""
    source = home / "from" / "css"
    source.mkdir(parents=True, exist_ok=True)
    (source / "first.css").write_text('@import url("second.css");\nu { color: green }\n')
    (source / "second.css").write_text('@import url("third.css");\ni { color: blue }')
    (source / "third.css").write_text(last)
    found = FileSystemStorage(location=home / "from")
    storage = StaticStorage(location=home / "to", base_url="/static/")
    paths = {f"css/{name}.css": (found, f"css/{name}.css") for name in ("first", "second", "third")}
    for at in paths:
        with found.open(at) as sheet:
            storage.delete(at)
            storage.save(at, sheet)
    names = {name: hashed for name, hashed, _processed in storage.post_process(paths)}
    with storage.open(names["css/first.css"]) as sheet:
        return str(sheet.read().decode())
