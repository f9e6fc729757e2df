"""Who is told of a change: the customer by mail, in its language and once for each; the operator by a webhook.

The statement of each month is posted from here too.
"""

from lessonhook.worker.notices.customer_notice import CustomerNotice, NoticeTopic
from lessonhook.worker.notices.monthly_posts import MonthlyPosts
from lessonhook.worker.notices.operator_webhook import OperatorWebhook
from lessonhook.worker.notices.senders import sender_of
from lessonhook.worker.notices.service import CustomerNotices

__all__ = ["CustomerNotice", "CustomerNotices", "MonthlyPosts", "NoticeTopic", "OperatorWebhook", "sender_of"]
