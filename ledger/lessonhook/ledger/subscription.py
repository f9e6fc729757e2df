"""A subscription: where a company wants to be told, and with which credentials. Wrong ones are refused before they are saved."""

import re
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError, field_validator

from lessonhook.config import LessonhookError

