"""Notices of changes: to the customer by mail, once for each and in its language; to the operator by a webhook.

The statement of each month is posted from here too.
"""

from lessonhook.worker.notices.customer_notices import CustomerNotices
from lessonhook.worker.notices.monthly_posts import MonthlyPosts
from lessonhook.worker.notices.notice_text import CustomerNotice, NoticeTopic
from lessonhook.worker.notices.operator_webhook import OperatorWebhook
from lessonhook.worker.notices.senders import sender_of

__all__ = ["CustomerNotice", "CustomerNotices", "MonthlyPosts", "NoticeTopic", "OperatorWebhook", "sender_of"]
