"""A subscription, and the rules for its parts."""

from lessonhook.ledger.subscriptions.acknowledgement import Acknowledgement, steps_of
from lessonhook.ledger.subscriptions.callback_url import CallbackUrl
from lessonhook.ledger.subscriptions.certificate_end import CertificateEnd
from lessonhook.ledger.subscriptions.certificate_loading import load_client_certificate
from lessonhook.ledger.subscriptions.credentials import SECRET_PREFIX, new_signing_secret, secret_key
from lessonhook.ledger.subscriptions.endpoint import CredentialsDict, EndpointDict, SignedDict
from lessonhook.ledger.subscriptions.option import Option, options_of
from lessonhook.ledger.subscriptions.options import (
    BodyOptions,
    LateCompletions,
    NoticeLanguage,
    Options,
    OptionsDict,
    body_options,
    every_body_option,
)
from lessonhook.ledger.subscriptions.private_addresses import (
    Network,
    refuse_private_address,
    why_blocked,
    why_literal_blocked,
)
from lessonhook.ledger.subscriptions.pull_token import PullToken, new_pull_token, pull_token_digest, read_pull_token
from lessonhook.ledger.subscriptions.signing import signature
from lessonhook.ledger.subscriptions.subscriber import read_subscriber
from lessonhook.ledger.subscriptions.subscription import (
    FORMER_SIGNS_SECONDS,
    FieldsDict,
    Subscription,
    SubscriptionView,
)
from lessonhook.ledger.subscriptions.token import Token

__all__ = [
    "FORMER_SIGNS_SECONDS",
    "SECRET_PREFIX",
    "Acknowledgement",
    "BodyOptions",
    "CallbackUrl",
    "CertificateEnd",
    "CredentialsDict",
    "EndpointDict",
    "FieldsDict",
    "LateCompletions",
    "Network",
    "NoticeLanguage",
    "Option",
    "Options",
    "OptionsDict",
    "PullToken",
    "SignedDict",
    "Subscription",
    "SubscriptionView",
    "Token",
    "body_options",
    "every_body_option",
    "load_client_certificate",
    "new_pull_token",
    "new_signing_secret",
    "options_of",
    "pull_token_digest",
    "read_pull_token",
    "read_subscriber",
    "refuse_private_address",
    "secret_key",
    "signature",
    "steps_of",
    "why_blocked",
    "why_literal_blocked",
]
