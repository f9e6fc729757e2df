"""The meaning of each field of the payload, in the vendor's words if the vendor has some."""

from typing import Final

#: By the field's dotted path.
FIELDS: Final = {
    "user": "The learner.",
    "user.ext_uid": (
        "The company's own id of the learner. Sent only if the company uses external user ids; null for a learner "
        "without one."
    ),
    "user.id": "The learner's id in the LMS.",
    "user.name": "The learner's name, plain text.",
    "user.email": "The learner's email address; empty for a learner without one.",
    "user.custom_fields": (
        "Any custom field info: display names, verbatim, and their values. An object always, empty if there are none."
    ),
    "lesson": "The lesson that was completed.",
    "lesson.id": "The lesson id.",
    "lesson.title": "The lesson title, plain text.",
    "lesson.retake_score": (
        "The lesson's pass mark, an integer between 0 and 100: below it the learner should retake the lesson. It is "
        "not the learner's score; null for a lesson without one."
    ),
    "score": (
        "Deprecated: a decimal between 0 and 1, which is score_percent divided by 100. Sent only if the subscription "
        "has deprecated_score."
    ),
    "score_percent": (
        "The learner's score, a decimal between 0 and 100, always written with a point; null for a lesson without a "
        "score, never 0."
    ),
    "started_at": "Started date: UTC, whole seconds, with Z; null if unknown.",
    "completed_at": "Completed date: UTC, whole seconds, with Z. It distinguishes a retake from the first completion.",
    "assigned_at": "Assigned date: UTC, whole seconds, with Z; null for a lesson that was not assigned.",
    "report_card_url": "Report card URL, for a person to open; null if there is none.",
}
COMPLETION: Final = (
    "One completion of one lesson by one learner. Fields may be added later: ignore the ones that you do not know."
)
