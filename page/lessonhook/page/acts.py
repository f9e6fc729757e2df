"""What the buttons do. Each act is a POST with a token, ends in a redirect, and is done in the viewer's name."""

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lessonhook.desk import ErrandRecord, UnknownSubscriber
from lessonhook.page.exchange import PageResponse, see_other
from lessonhook.page.form import FORMER_TIMES, form_values, former_words, is_odd_value, read_form, with_problems
from lessonhook.page.views import Views
from lessonhook.page.wording import UNTRIED, is_untried, may_be_resumed
from lessonhook.producer import InvalidSubscription

if TYPE_CHECKING:
    from collections.abc import Callable

    from lessonhook.page.exchange import PageRequest
    from lessonhook.page.visit import Visit

#: How long a request waits for a worker's result before it shows a page that says "not yet".
_PATIENCE_SECONDS: Final = 5.0
#: Between two looks at an errand, which a worker of another process ends.
_LOOK_EACH_SECONDS: Final = 0.2
#: Events that one press of a button can send again.
_MOST_AT_ONCE: Final = 25


class Acts:
    """What one viewer may do for one subscriber."""

    def __init__(self, visit: "Visit", *, resume_on_save: bool, insist: bool) -> None:
        self._visit = visit
        self._resume_on_save = resume_on_save
        self._insist = insist

    def by_path(self) -> "dict[str, Callable[[PageRequest], PageResponse]]":
        """Return each act by the path that its form is sent to."""
        return {
            "save": self._save,
            "try": self._try,
            "send": self._send,
            "resume": self._resume,
            "secret": self._rotate,
        }

    def _save(self, request: "PageRequest") -> PageResponse:
        written = read_form(request, self._visit.offer)
        views = Views(self._visit)
        try:
            saved = self._visit.desk.save(**written, by=self._visit.viewer.name)
        except InvalidSubscription as wrong:
            shown = form_values(self._visit.t, views.subscription())
            form = with_problems(self._visit.t, shown, written, wrong)
            return views.overview(request, status=HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
        if not saved.callback_url:
            # The company fetches, so there is nothing to try.
            return see_other(self._visit.drawing.url(saved="1"))
        if self._insist:
            # Changes nothing if an operator has paused it already.
            self._visit.desk.pause(by=UNTRIED)
        errand = self._tried()
        if errand.accepted and self._resume_on_save:
            self._lift_pause()
        odd = "1" if is_odd_value(written) else None
        return see_other(self._visit.drawing.url("result", id=errand.errand_id, saved="1", odd=odd))

    def _tried(self) -> ErrandRecord:
        """Try the endpoint, and use from now on what was saved if it accepts."""
        errand = self._waited_for(self._visit.desk.ask_for_sample(by=self._visit.viewer.name))
        if errand.accepted and is_untried(self._visit.desk.state()):
            self._visit.desk.resume(by=self._visit.viewer.name)
        return errand

    def _try(self, _: "PageRequest") -> PageResponse:
        errand = self._tried()
        return see_other(self._visit.drawing.url("result", id=errand.errand_id))

    def _send(self, request: "PageRequest") -> PageResponse:
        event_ids = list(request.form.get("id", ()))[:_MOST_AT_ONCE]
        if not event_ids:
            return see_other(self._visit.drawing.url())
        errand = self._waited_for(self._visit.desk.ask_for_replay(*event_ids, by=self._visit.viewer.name))
        return see_other(self._visit.drawing.url("result", id=errand.errand_id))

    def _resume(self, _: "PageRequest") -> PageResponse:
        self._lift_pause()
        return see_other(self._visit.drawing.url())

    def _rotate(self, request: "PageRequest") -> PageResponse:
        had_one = self._visit.desk.subscription().signing_secret_set
        seconds = FORMER_TIMES.get(request.value("former"), next(iter(FORMER_TIMES.values())))
        secret = self._visit.desk.rotate_secret(by=self._visit.viewer.name, former_for_seconds=seconds)
        # Not a redirect, because the secret is shown once and in no URL.
        former = former_words(self._visit.t, self._visit.desk.subscription())
        return self._visit.drawing.page("secret", secret=secret, had_one=had_one, former=former)

    def _lift_pause(self) -> None:
        """Resume after used-up attempts. What an operator paused is left alone."""
        try:
            state = self._visit.desk.state()
        except UnknownSubscriber:
            return
        if may_be_resumed(state):
            self._visit.desk.resume(by=self._visit.viewer.name)

    def _waited_for(self, errand: ErrandRecord) -> ErrandRecord:
        """Return the errand when a worker has ended it, or as far as it is after some seconds."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not errand.done and time.monotonic() < deadline:
            time.sleep(_LOOK_EACH_SECONDS)  # a worker ends the errand, and only a look shows it; with a bound
            errand = self._visit.desk.errand(errand.errand_id)
        return errand
