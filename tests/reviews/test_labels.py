from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, CallTask, TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews.models import Label, Labelled
from reviews.opinions import labelling
from tests.builders import make_answer, make_call, make_snapshot


def put(client: Client, call: Call, label: str, **fields: str):
    return client.post(reverse("call_labels", args=[call.pk]), {"label": label, **fields})


def test_a_label_is_put_on_once_and_taken_off(reviewer_client, rui):
    call, label = make_call(), Label.objects.create(name="回访")

    put(reviewer_client, call, str(label.pk))
    put(reviewer_client, call, str(label.pk))

    assert [(one.label, one.by) for one in Labelled.objects.all()] == [(label, rui)]
    assert "回访" in reviewer_client.get(reverse("call_people", args=[call.pk])).text

    put(reviewer_client, call, str(label.pk), on="no")
    assert not Labelled.objects.exists()


def test_a_label_outlives_its_call(reviewer_client):
    snapshot, label = make_snapshot(), Label.objects.create(name="回访")
    call = Call.objects.absorb(make_answer(snapshot)).call
    put(reviewer_client, call, str(label.pk))

    Call.objects.filter(pk=call.pk).delete()
    back = Call.objects.absorb(make_answer(snapshot)).call
    put(reviewer_client, back, str(label.pk))

    assert Labelled.objects.count() == 1
    assert 'name="on" value="no"' in reviewer_client.get(reverse("call_people", args=[back.pk])).text


def test_a_retired_label_stays_where_it_is_and_goes_on_no_other_call(admin_client):
    old, new, label = make_call(), make_call(), Label.objects.create(name="回访")
    put(admin_client, old, str(label.pk))

    admin_client.post(reverse("label_change", args=[label.pk]), {"retired": "yes"})
    response = put(admin_client, new, str(label.pk))

    assert "“回访” is retired" in response.text
    assert [one.call for one in Labelled.objects.all()] == [old]

    admin_client.post(reverse("label_change", args=[label.pk]), {"retired": "no"})
    put(admin_client, new, str(label.pk))
    assert Labelled.objects.count() == 2


def test_the_number_of_its_calls_leads_to_them(reviewer_client):
    call, label = make_call(), Label.objects.create(name="回访")
    put(reviewer_client, call, str(label.pk))

    assert f'<a class="link" href="/?label={label.pk}">1</a>' in reviewer_client.get(reverse("label_list")).text


def test_only_calls_that_the_reader_can_find_are_counted(reviewer_client, rui, su):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    TaskScope.objects.create(user=rui).tasks.add(CallTask.objects.get())
    label = Label.objects.create(name="回访")
    for task_id in ("138001", "138001", "138002"):
        labelling.put_on(make_call(task_id=task_id), label, su)
    Call.objects.filter(task_id="138001")[0].delete()

    counted = reviewer_client.get(reverse("label_list")).context["labels"].get().calls

    assert counted == 1
    assert reviewer_client.get(f"/?label={label.pk}").context["total"] == counted


def test_retired_labels_stand_last(reviewer_client):
    for name, retired_at in (("甲", timezone.now()), ("乙", None), ("丙", timezone.now() - timedelta(days=1))):
        Label.objects.create(name=name, retired_at=retired_at)

    labels = reviewer_client.get(reverse("label_list")).context["labels"]

    assert [label.name for label in labels] == ["乙", "丙", "甲"]


def test_a_label_that_is_not_there_is_said(reviewer_client):
    for label in ("9", "x", "", "9" * 30):
        response = put(reviewer_client, make_call(), label)
        assert response.status_code == 422
        assert "This label is not there any more." in response.text


def test_labels_are_added_and_renamed_and_no_name_is_there_twice(admin_client):
    admin_client.post(reverse("label_list"), {"name": "Call back"})
    again = admin_client.post(reverse("label_list"), {"name": "CALL BACK"})

    assert again.status_code == 422
    assert "There is a label of this name." in again.text

    label = Label.objects.get()
    admin_client.post(reverse("label_change", args=[label.pk]), {"name": "call back"})
    assert Label.objects.get().name == "call back"


def test_a_reviewer_sees_the_labels_and_keeps_none(reviewer_client):
    Label.objects.create(name="回访")

    assert "回访" in reviewer_client.get(reverse("label_list")).text
    assert reviewer_client.post(reverse("label_list"), {"name": "x"}).status_code == 403
