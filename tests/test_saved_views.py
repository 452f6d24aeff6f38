from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls.filters import CallFilterForm
from calls.models import ListPreference, SavedView
from calls.views import view_counts
from reviews.models import Label
from tests.builders import ROOT, make_call
from tests.meanwhile import meanwhile
from tests.stories import a_day_of_calls

HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


def make_view(owner: User, name: str = "Refund talk", query: str = "q=退款", **more: Any) -> SavedView:
    return SavedView.objects.create(owner=owner, name=name, query=query, **more)


def reviewers() -> Group:
    return Group.objects.get(name="Reviewer")


def tabs(page: str) -> list[str]:
    nav = page.partition('<nav class="tabs"')[2].partition("</nav>")[0]
    return re.findall(r'class="tabs__name">([^<]*)<', nav)


def current(page: str) -> str:
    nav = page.partition('<nav class="tabs"')[2].partition("</nav>")[0]
    found = re.search(r'aria-current="page"[^>]*>(.*?)</a>', nav, re.S)
    return re.sub("<[^>]+>", "", found[1]).strip() if found else ""


def rows(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'class="call-row__open" href="/calls/(\d+)/', page)]


def chip(page: str, label: str) -> str:
    """Where the chip of this condition leads."""
    return page.partition(f'aria-label="Remove filter: {label}"')[0].rpartition(' href="')[2].partition('"')[0]


def save(client: Client, name: str, query: str = "intent=A", **more: Any) -> Any:
    return client.post("/views/new/", {"name": name, "query": query, **more})


class TestSaving:
    def test_a_list_is_saved_under_a_name_and_opened(self, reviewer_client, rui):
        answer = save(reviewer_client, " Keen ", "intent=A&result=answered&after=12&view=all&when=&utm=1")

        view = SavedView.objects.get()
        assert (view.owner, view.name, view.group, view.columns) == (rui, "Keen", None, [])
        assert QueryDict(view.query) == QueryDict("intent=A&result=answered")
        assert answer.url == view.get_absolute_url()

    def test_a_dialog_takes_the_whole_page_along(self, reviewer_client):
        answer = reviewer_client.post("/views/new/", {"name": "Keen", "query": "intent=A"}, headers=HTMX)

        assert answer.headers["HX-Redirect"] == SavedView.objects.get().get_absolute_url()

    def test_the_page_says_what_the_view_will_ask_for(self, reviewer_client):
        page = reviewer_client.get("/views/new/?q=退款&intent=A").text

        assert "退款" in page and "Intent A" in page
        assert 'href="/?q=%E9%80%80%E6%AC%BE&amp;intent=A"' in page

    def test_the_dialog_is_a_slice_of_the_page(self, reviewer_client):
        page = TOKEN.sub("", reviewer_client.get("/views/new/?intent=A").text)
        part = TOKEN.sub("", reviewer_client.get("/views/new/?intent=A", headers=HTMX).text)

        assert part.strip() in page
        assert "<html" not in part

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("", "Give the view a name."),
            ("   ", "Give the view a name."),
            ("x" * 200, "at most 80 characters (it has 200)"),
            ("refund TALK", "You have a view of this name."),
            ("a\x00b", "Null characters"),
        ],
    )
    def test_a_name_that_will_not_do_is_said_and_kept(self, reviewer_client, rui, name, words):
        make_view(rui)

        answer = save(reviewer_client, name)

        assert answer.status_code == 422
        assert words in answer.text
        assert "intent=A" in answer.text
        assert SavedView.objects.count() == 1

    def test_two_people_may_use_the_same_name(self, reviewer_client, su):
        make_view(su)

        assert save(reviewer_client, "Refund talk").status_code == 302

    def test_the_database_keeps_names_apart_as_well(self, rui):
        make_view(rui, "Refund talk")

        with pytest.raises(IntegrityError), transaction.atomic():
            make_view(rui, "refund talk")

    def test_an_empty_question_may_be_saved(self, reviewer_client):
        save(reviewer_client, "Everything", "")

        assert SavedView.objects.get().query == ""
        assert reviewer_client.get(SavedView.objects.get().get_absolute_url()).status_code == 200

    @pytest.mark.parametrize(
        "query", ["%00", "x" * 10_000, "result=nope&since=99999", "q=" + "退" * 500, "&&&==", "view=7"]
    )
    def test_a_question_that_makes_no_sense_does_no_harm(self, reviewer_client, query):
        answer = save(reviewer_client, "Odd", query)

        assert reviewer_client.get(f"/views/new/?{query}").status_code == 200
        assert reviewer_client.get(answer.url).status_code == 200

    def test_a_question_that_no_address_can_ask_is_refused_with_what_to_do(self, reviewer_client, rui):
        query = "q=" + "退" * 5000

        page = save(reviewer_client, "Long", query)
        view = make_view(rui, "Keen", "intent=A")
        update = reviewer_client.post(f"/views/{view.pk}/update/", {"query": query}, follow=True)

        assert page.status_code == 422
        assert "Shorten the search" in page.text and 'value="Long"' in page.text
        assert "Shorten the search" in update.text
        assert SavedView.objects.get().query == "intent=A"

    def test_columns_are_kept_with_it_when_asked(self, reviewer_client, rui):
        ListPreference.keep(rui, columns=["time", "turns"])

        save(reviewer_client, "Turns", has_columns="on")

        assert SavedView.objects.get().columns == ["time", "turns"]

    def test_somebody_without_a_group_saves_nothing(self, client, otto):
        client.force_login(otto)

        for path in ("/views/", "/views/new/", "/views/counts/", "/views/1/"):
            assert client.get(path).status_code == 403


class TestTabs:
    def test_views_stand_as_tabs_and_the_one_meant_is_marked(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A&result=answered")
        make_view(rui, "Other", "intent=B")

        assert current(reviewer_client.get("/").text) == "All calls"
        assert current(reviewer_client.get(view.get_absolute_url()).text) == "Keen"
        assert current(reviewer_client.get("/?result=answered&intent=A").text) == "Keen"
        assert current(reviewer_client.get("/?result=answered").text) == ""
        assert tabs(reviewer_client.get("/").text) == ["Keen", "Other"]

    def test_a_list_that_differs_from_its_view_says_so(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A")

        same = reviewer_client.get(f"/?intent=A&view={view.pk}").text
        other = reviewer_client.get(f"/?intent=A&result=busy&view={view.pk}").text

        assert 'id="view-changed"' not in same
        assert 'id="view-changed"' in other and current(other) == "Keen"
        assert "Update view" in other and "Save as…" in other

    def test_every_address_of_the_list_names_its_view(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A")
        make_call(intent="A")

        page = reviewer_client.get(f"/?intent=A&result=answered&view={view.pk}").text
        part = reviewer_client.get(f"/?when=&q=&intent=A&view={view.pk}", headers=HTMX)

        assert chip(page, "Answered") == f"/?intent=A&amp;view={view.pk}"
        assert f'<input type="hidden" name="view" form="filters" value="{view.pk}">' in page
        assert part.headers["HX-Push-Url"] == f"/?intent=A&view={view.pk}"

    def test_the_answer_to_htmx_is_a_slice_with_tabs(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A")
        address = f"/?intent=B&view={view.pk}"

        page = TOKEN.sub("", reviewer_client.get(address).text)
        part = TOKEN.sub("", reviewer_client.get(address, headers=HTMX).text)

        assert part.strip() in page
        assert 'id="views"' in part

    def test_only_the_owner_is_offered_to_update(self, reviewer_client, su):
        view = make_view(su, "Keen", "intent=A", group=reviewers())

        page = reviewer_client.get(f"/?intent=B&view={view.pk}").text

        assert "Update view" not in page
        assert "Save as…" in page

    def test_what_the_list_no_longer_knows_is_said_and_left_out(self, reviewer_client, rui):
        call = make_call(intent="A")
        view = make_view(rui, "Old", "intent=A&mood=<b>bad&score=3")

        page = reviewer_client.get(view.get_absolute_url()).text

        assert "mood, score" in page
        assert rows(page) == [call.pk]

    def test_the_number_of_statements_does_not_grow_with_the_number_of_views(self, reviewer_client, rui):
        def statements() -> int:
            with CaptureQueriesContext(connection) as queries:
                reviewer_client.get("/?intent=A")
            return len(queries)

        make_view(rui)
        few = statements()
        for number in range(20):
            make_view(rui, f"View {number}", f"q={number}")

        assert statements() == few

    @pytest.mark.parametrize("address", ["/views/", "/views/counts/"])
    def test_labels_are_read_once_for_all_views(self, reviewer_client, rui, address):
        label = Label.objects.create(name="回访")

        def looks() -> int:
            with CaptureQueriesContext(connection) as queries:
                page = reviewer_client.get(address, headers=HTMX)
            assert page.status_code == 200
            return sum('FROM "reviews_label"' in each["sql"] for each in queries)

        assert looks() == 0
        for number in range(2):
            make_view(rui, f"View {number}", f"q={number}&label={label.pk}")
        assert looks() == 1
        for number in range(2, 6):
            make_view(rui, f"View {number}", f"q={number}&label={label.pk}")
        assert looks() == 1

    def test_counts_come_afterwards_in_one_answer(self, reviewer_client, rui):
        for _number in range(3):
            make_call(intent="A")
        many = make_view(rui, "Keen", "intent=A")
        none = make_view(rui, "None", "intent=F")

        page = reviewer_client.get("/").text
        counts = reviewer_client.get("/views/counts/", headers=HTMX).text

        assert f'id="count-{many.pk}" hx-preserve></span>' in page
        assert re.findall(r'id="count-(\d+)" hx-swap-oob="innerHTML">([^<]+)<', counts) == [
            (str(many.pk), "3"),
            (str(none.pk), "0"),
        ]

    def test_a_great_count_is_not_counted_out(self, reviewer_client, rui, monkeypatch):
        for _number in range(4):
            make_call(intent="A")
        make_view(rui, "Keen", "intent=A")
        monkeypatch.setattr(view_counts, "MOST", 3)

        assert ">3+<" in reviewer_client.get("/views/counts/", headers=HTMX).text

    def test_what_takes_too_long_leaves_tabs_without_a_number(self, reviewer_client, rui, monkeypatch):
        a_day_of_calls(3)
        make_view(rui, "Keen", "q=退")
        monkeypatch.setattr(view_counts, "SECONDS", 0)
        monkeypatch.setattr("calls.models.deadline.STEPS", 1)

        answer = reviewer_client.get("/views/counts/", headers=HTMX)

        assert answer.status_code == 200
        assert "tabs__count" not in answer.text


class TestSharing:
    def test_a_shared_view_is_a_tab_for_the_group(self, reviewer_client, supervisor_client, admin_client, su):
        make_view(su, "Team", group=reviewers())

        assert tabs(reviewer_client.get("/").text) == ["Team"]
        assert tabs(supervisor_client.get("/").text) == ["Team"]
        assert tabs(admin_client.get("/").text) == []

    def test_supervisors_share_and_reviewers_are_not_asked(self, reviewer_client, supervisor_client, rui, su):
        group = str(reviewers().pk)

        save(supervisor_client, "Team", group=group)
        save(reviewer_client, "Mine", group=group)

        assert SavedView.objects.get(owner=su).group == reviewers()
        assert SavedView.objects.get(owner=rui).group is None
        assert 'name="group"' not in reviewer_client.get("/views/new/").text

    def test_changing_the_name_without_the_right_to_share_leaves_it_shared(self, reviewer_client, rui):
        view = make_view(rui, "Team", group=reviewers())

        reviewer_client.post(f"/views/{view.pk}/change/", {"name": "Team 2"})

        assert (SavedView.objects.get().name, SavedView.objects.get().group) == ("Team 2", reviewers())

    def test_a_view_shared_twice_over_is_one_tab(self, su, supervisor_client):
        make_view(su, "Team", group=Group.objects.get(name="Supervisor"))

        assert tabs(supervisor_client.get("/").text) == ["Team"]

    def test_a_link_shows_the_same_rows_to_whoever_may_not_see_the_view(self, reviewer_client, supervisor_client, su):
        call = make_call(intent="A", callee="13812345678")
        make_call(intent="B")
        link = make_view(su, "Mine", "intent=A", columns=["time", "turns"]).get_absolute_url()

        page = reviewer_client.get(link).text

        assert rows(page) == rows(supervisor_client.get(link).text) == [call.pk]
        assert "13812345678" not in page and "138****5678" in page
        assert tabs(page) == []

    @pytest.mark.parametrize("path", ["", "change/", "delete/"])
    def test_somebody_elses_private_view_is_not_there(self, reviewer_client, su, path):
        view = make_view(su)

        page = reviewer_client.get(f"/views/{view.pk}/{path}")

        assert page.status_code == 404
        assert "There is no such view for you" in page.text
        assert 'href="/?view=all"' in page.text

    @pytest.mark.parametrize("verb", ["change", "update", "delete"])
    def test_only_the_owner_changes_a_shared_view(self, reviewer_client, su, verb):
        view = make_view(su, "Team", "intent=A", group=reviewers())

        answer = reviewer_client.post(f"/views/{view.pk}/{verb}/", {"name": "Stolen", "query": ""})

        assert answer.status_code == 403
        assert "Only its owner changes this view" in answer.text
        assert (SavedView.objects.get().name, SavedView.objects.get().query) == ("Team", "intent=A")

    @pytest.mark.parametrize("verb", ["change", "update", "default", "move", "delete"])
    def test_a_view_deleted_meanwhile_says_so(self, reviewer_client, verb):
        answer = reviewer_client.post(f"/views/4711/{verb}/", {"name": "x"})

        assert answer.status_code == 404
        assert "It was deleted, or somebody keeps it to themselves." in answer.text

    def test_a_short_address_leads_to_the_list(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A")

        assert reviewer_client.get(f"/views/{view.pk}/").url == view.get_absolute_url()

    @pytest.mark.parametrize("word", ["x", "-1", "٣", "9" * 30, "1 or 1", "\x00"])
    def test_a_view_nobody_can_mean_is_none(self, reviewer_client, rui, word):
        make_view(rui)

        assert SavedView.objects.named(word, rui) is None
        assert reviewer_client.get("/", {"view": word}).status_code == 200


class TestDefault:
    def test_the_list_opens_with_it(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A")
        reviewer_client.post(f"/views/{view.pk}/default/", {"default": "yes"})

        assert reviewer_client.get("/").url == view.get_absolute_url()

    def test_all_calls_and_the_last_chip_lead_out_of_it(self, reviewer_client, rui):
        make_call(intent="B")
        ListPreference.keep(rui, default_view=make_view(rui, "Keen", "intent=A"))

        everything = reviewer_client.get("/?view=all")
        narrowed = reviewer_client.get("/?intent=B").text

        assert everything.status_code == 200
        assert current(everything.text) == "All calls"
        assert chip(narrowed, "Intent B") == "/?view=all"
        assert 'id="view-all" href="/?view=all"' in narrowed

    def test_htmx_is_never_sent_on(self, reviewer_client, rui):
        ListPreference.keep(rui, default_view=make_view(rui, "Keen", "intent=A"))

        part = reviewer_client.get("/", headers=HTMX)

        assert part.status_code == 200
        assert part.headers["HX-Push-Url"] == "/?view=all"

    def test_it_ends_when_it_is_deleted_or_no_longer_shared(self, reviewer_client, rui, su):
        view = make_view(su, "Team", "intent=A", group=reviewers())
        ListPreference.keep(rui, default_view=view)
        assert reviewer_client.get("/").status_code == 302

        SavedView.objects.update(group=None)
        assert reviewer_client.get("/").status_code == 200
        view.delete()
        assert reviewer_client.get("/").status_code == 200

    def test_it_is_chosen_while_saving_and_given_up_while_changing(self, reviewer_client, rui):
        save(reviewer_client, "Keen", is_default="on")
        view = SavedView.objects.get()
        assert ListPreference.of(rui).default_view == view
        assert 'name="is_default"' in reviewer_client.get(f"/views/{view.pk}/change/").text

        reviewer_client.post(f"/views/{view.pk}/change/", {"name": "Keen"})

        assert ListPreference.of(rui).default_view is None


class TestKeeping:
    def test_a_view_is_updated_to_the_list(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A")

        answer = reviewer_client.post(f"/views/{view.pk}/update/", {"query": f"intent=B&tag=x%3Dy&view={view.pk}"})

        view.refresh_from_db()
        assert QueryDict(view.query) == QueryDict("intent=B&tag=x%3Dy")
        assert answer.url == view.get_absolute_url()

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("verb", "form", "status"),
        [("update", {"query": "intent=B"}, 404), ("default", {"default": "yes"}, 302), ("change", {"name": ""}, 422)],
    )
    def test_a_view_that_another_window_deletes_at_once_is_no_error(self, reviewer_client, rui, verb, form, status):
        view = make_view(rui, "Keen", "intent=A")

        with meanwhile(SavedView.objects.get().delete, after="FROM calls_savedview WHERE"):
            answer = reviewer_client.post(f"/views/{view.pk}/{verb}/", form)

        assert answer.status_code == status
        assert not SavedView.objects.exists()
        assert not ListPreference.objects.exclude(default_view=None).exists()

    def test_a_view_is_renamed_and_keeps_what_it_asks(self, reviewer_client, rui):
        view = make_view(rui, "Keen", "intent=A", columns=["time", "turns"])

        page = reviewer_client.get(f"/views/{view.pk}/change/").text
        reviewer_client.post(f"/views/{view.pk}/change/", {"name": "Keener", "has_columns": "on"})

        view.refresh_from_db()
        assert 'value="Keen"' in page and "checked" in page
        assert (view.name, view.query, view.columns) == ("Keener", "intent=A", ["time", "turns"])

    def test_a_name_may_change_its_case(self, reviewer_client, rui):
        view = make_view(rui, "keen")

        assert reviewer_client.post(f"/views/{view.pk}/change/", {"name": "Keen"}).status_code == 302

    def test_a_bad_new_name_leaves_the_old_one(self, reviewer_client, rui):
        view = make_view(rui, "Keen")

        answer = reviewer_client.post(f"/views/{view.pk}/change/", {"name": ""})

        assert answer.status_code == 422
        assert "Change “Keen”" in answer.text

    def test_deleting_asks_first(self, reviewer_client, rui):
        view = make_view(rui, "Keen", group=reviewers())

        page = reviewer_client.get(f"/views/{view.pk}/delete/").text
        assert "Delete “Keen”?" in page and "Reviewers" in page and SavedView.objects.exists()
        after = reviewer_client.post(f"/views/{view.pk}/delete/", follow=True).text

        assert not SavedView.objects.exists()
        assert "The view “Keen” is deleted." in after

    def test_each_reader_orders_all_tabs_for_themselves(self, reviewer_client, supervisor_client, rui, su):
        first, second = make_view(su, "One", group=reviewers()), make_view(su, "Two", group=reviewers())
        make_view(rui, "Mine")

        reviewer_client.post(f"/views/{second.pk}/move/", {"step": "up"})
        reviewer_client.post(f"/views/{first.pk}/move/", {"step": "down"})

        assert tabs(reviewer_client.get("/").text) == ["Two", "Mine", "One"]
        assert tabs(supervisor_client.get("/").text) == ["One", "Two"]

    @pytest.mark.parametrize("step", ["", "sideways", "up"])
    def test_a_step_that_leads_nowhere_changes_nothing(self, reviewer_client, rui, step):
        view = make_view(rui, "One")
        make_view(rui, "Two")

        reviewer_client.post(f"/views/{view.pk}/move/", {"step": step})

        assert tabs(reviewer_client.get("/").text) == ["One", "Two"]

    def test_the_page_of_views_says_what_each_asks_for(self, reviewer_client, rui, su):
        view = make_view(rui, "<b>Keen", "q=退款&result=answered", columns=["time"])
        make_view(su, "Team", "", group=reviewers())
        ListPreference.keep(rui, default_view=view)

        page = reviewer_client.get("/views/").text

        for words in ("&lt;b&gt;Keen", "退款", "Answered", "Own columns", "Opens first", "by su", "Reviewers"):
            assert words in page
        assert f"/views/{view.pk}/delete/" in page
        assert page.count("/delete/") == 2  # the link and its hx-get, of one's own view only

    @pytest.mark.parametrize("verb", ["update", "default", "move"])
    def test_changes_are_posted(self, reviewer_client, rui, verb):
        assert reviewer_client.get(f"/views/{make_view(rui).pk}/{verb}/").status_code == 405

    def test_changes_need_a_token(self, rui):
        client = Client(enforce_csrf_checks=True)
        client.force_login(rui)

        assert save(client, "Keen").status_code == 403


def test_the_state_of_a_list_reads_back_as_the_same_list():
    query = QueryDict("q=退款&intent=A&intent=B&tag=x%253Dy%3Dz&since=2026-11-20&length=180-&after=7&when=7d")

    state = CallFilterForm(query, reader=ROOT).state

    assert CallFilterForm(QueryDict(state), reader=ROOT).chosen == CallFilterForm(query, reader=ROOT).chosen
    assert CallFilterForm(QueryDict(state), reader=ROOT).state == state


@pytest.mark.parametrize("model", ["savedview", "listpreference"])
def test_the_back_room_shows_what_people_chose(admin_client, rui, model):
    view = make_view(rui, "Keen", "intent=A", group=reviewers())
    ListPreference.keep(rui, default_view=view, columns=["time"])
    pk = view.pk if model == "savedview" else rui.pk

    for path in ("", "?q=rui", f"{pk}/change/"):
        page = admin_client.get(f"/admin/calls/{model}/{path}")
        assert page.status_code == 200, path
        assert "Keen" in page.text


def test_an_administrator_hands_a_view_over(admin_client, rui, su):
    view = make_view(rui, "Keen", "intent=A")

    answer = admin_client.post(
        f"/admin/calls/savedview/{view.pk}/change/", {"name": "Keen", "owner": su.pk, "group": ""}
    )

    assert answer.status_code == 302
    assert SavedView.objects.get().owner == su
    assert SavedView.objects.get().query == "intent=A"
