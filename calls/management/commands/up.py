from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import DatabaseError

from calls import refresh
from calls.models import rebuilding
from config import claims, prepare, translations
from config.child import say
from config.launch import LAUNCHER, Launch, Stopped
from config.probes import address


class Command(BaseCommand):
    help = "Run everything in this terminal: broker, web, workers and beat; Ctrl+C stops it all."
    # Checked by each process that it starts; here it would only cost time.
    requires_system_checks = ()

    def handle(self, *, verbosity: int, **options: Any) -> None:
        try:
            _choose_sandbox_port()
            claims.require_free_port(settings.WEB_HOST, settings.WEB_PORT)
            with claims.only_one(settings.DATA_DIR) as lock, Launch(chatty=verbosity > 1, lock=lock) as launch:
                _start(launch)
                launch.watch()
        except Stopped:
            pass
        except claims.CannotStart as error:
            sys.exit(f"{LAUNCHER}: {error}")
        except DatabaseError as error:
            sys.exit(f"{LAUNCHER}: The database refuses: {str(error).strip()}\nLook at DATABASE_URL.")


def _choose_sandbox_port() -> None:
    """Nobody cares which port the demo's stand-in has: when the usual one is taken, begin again with a free one."""
    is_ours = settings.SANDBOX_PORT != settings.WEB_PORT and claims.is_free("127.0.0.1", settings.SANDBOX_PORT)
    if is_ours or not settings.DEMO:
        return
    os.environ["SANDBOX_PORT"] = str(claims.free_port())
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606


def _start(launch: Launch) -> None:
    say(LAUNCHER, f"Starting on {settings.DATA_DIR}; Ctrl+C stops everything")
    say(LAUNCHER, launch.start_redis())
    call_command("migrate", interactive=False, verbosity=0)
    launch.check()
    translations.compile()
    prepare.collect_static()
    if settings.DEMO:
        launch.start_sandbox()
    launch.start_workers()
    launch.start_web_and_beat()
    if settings.DEMO:
        say(LAUNCHER, "No access key is set: the calls are made up by a sandbox. See README.md for a real account")
        refresh.begin_demo()
        # by its name: calls know nothing of reviews
        call_command("begin_reviews_demo")
    launch.await_web()
    if rebuilding.is_stale():
        say(LAUNCHER, "The search index is made anew; until it is done, searches miss calls from before")
        launch.start_reindexing()
    # Last: a password that is made before a start that fails is one that nobody ever sees.
    password = prepare.make_first_login()
    say(LAUNCHER, f"Earshot is ready at {address()}")
    if password:
        say(LAUNCHER, f"Sign in as {prepare.FIRST_LOGIN} with the password {password} (shown only this once)")
