"""Comments on turns and calls, and the inbox of whoever is named in one."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import Call
from calls.models.scope import in_scope
from reviews.models import Comment, Mention
from reviews.models.judged import CallGone
from reviews.opinions import talking
from reviews.opinions.talking_forms import CommentForm

PAGE = 50

may_look = permission_required("calls.view_call", raise_exception=True)
may_comment = permission_required("reviews.comment_call", raise_exception=True)


@require_GET
@may_look
@vary_on_headers("HX-Request")
def comment_list(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """All of them, or with `whose=mine` those of the reader."""
    user = user_of(request)
    call = get_object_or_404(Call.objects.seen_by(user), pk=pk)
    comments = talking.about(call)
    if request.GET.get("whose") == "mine":
        comments = comments.filter(author=user)
    context = {"call": call, "comments": comments, "commented": talking.by_turn(comments)}
    return render(request, page_or_part(request, "reviews/comment_list.html", "turn-comments"), context)


@require_http_methods(["GET", "HEAD", "POST"])
@may_comment
@vary_on_headers("HX-Request")
def comment_new(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    call = get_object_or_404(Call.objects.seen_by(user).select_related("transcript"), pk=pk)
    if request.method != "POST":
        return _form(request, CommentForm(call, initial={"turn": request.GET.get("turn", "")}))
    form = CommentForm(call, request.POST)
    if not form.is_valid():
        return _form(request, form)
    turn, text = form.cleaned_data["turn"], form.cleaned_data["text"]
    try:
        talking.say(call, user, text, turn=turn, people=form.named.people)
    except CallGone:
        form.add_error("text", _("This call is gone: it was deleted here in the meantime."))
        return _form(request, form)
    if not request.htmx:
        return HttpResponseRedirect(address_of(call, turn))
    if (request.htmx.current_url_abs_path or "").partition("?")[0] == request.path:
        # the form was a page of its own and no dialog: there is nothing below it to go back to
        return HttpResponseClientRedirect(address_of(call, turn))
    return trigger_client_event(HttpResponse('<section id="ask"></section>'), "people-changed")


@require_POST
@may_comment
def comment_delete(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    comment = get_object_or_404(Comment.objects.filter(in_scope(user_of(request))), pk=pk)
    if comment.author_id != request.user.pk:
        raise PermissionDenied
    talking.take_back(comment)
    call = Call.objects.filter(source=comment.source, key=comment.key).first()
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "people-changed")
    return redirect("call_people", call.pk) if call else redirect("inbox")


@require_GET
@may_look
def inbox(request: HtmxHttpRequest) -> HttpResponse:
    mentions = talking.inbox_of(user_of(request))
    if is_unread := request.GET.get("show") != "all":
        mentions = mentions.filter(read_at=None)
    page = Paginator(mentions, PAGE).get_page(request.GET.get("page"))
    return render(request, "reviews/inbox.html", {"page": page, "is_unread": is_unread})


@require_GET
@may_look
def inbox_count(request: HtmxHttpRequest) -> HttpResponse:
    """How many are unread, for the rail of a page that is there already."""
    if not request.htmx:
        return redirect("inbox")
    return render(request, "reviews/inbox_count.html", {"unread": talking.unread_of(user_of(request))})


@require_POST
@may_look
def inbox_read(request: HtmxHttpRequest) -> HttpResponse:
    """One that is named, or all."""
    unread = Mention.objects.filter(user=user_of(request), read_at=None)
    if "all" not in request.POST:
        chosen = request.POST.get("mention", "")
        unread = unread.filter(pk=int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else 0)
    unread.update(read_at=timezone.now())
    return redirect("inbox")


def address_of(call: Call, turn: int | None) -> str:
    """The page of the call, at this turn and its sound."""
    return f"{call.get_absolute_url()}#turn-{turn}" if turn else call.get_absolute_url()


def _form(request: HtmxHttpRequest, form: CommentForm) -> HttpResponse:
    turn = form["turn"].value()
    words = talking.words_of(form.call, int(turn)) if str(turn or "").isdecimal() and len(str(turn)) < 9 else ""
    context = {"form": form, "call": form.call, "turn": turn if words else "", "words": words}
    template = page_or_part(request, "reviews/comment_new.html", "ask")
    return render(request, template, context, status=422 if form.errors else 200)
