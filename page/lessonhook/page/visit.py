"""One request of one viewer: what every view and every act works with."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lessonhook.desk import SubscriberDesk
    from lessonhook.page.drawing import Drawing
    from lessonhook.page.offer import Offer
    from lessonhook.page.translation import Translation
    from lessonhook.page.viewer import Viewer


class Visit(NamedTuple):
    """Who looks at which subscriber, in which language, and what the operator lets customers set."""

    #: The viewer's own subscriber, and no other.
    desk: "SubscriberDesk"
    viewer: "Viewer"
    t: "Translation"
    drawing: "Drawing"
    offer: "Offer"
