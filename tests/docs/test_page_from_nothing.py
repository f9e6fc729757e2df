"""The page's guide "From nothing, in Django" is followed as it is written: its lines, in a project of Django's own."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

_GUIDE: Final = (ROOT / "docs" / "page.md").read_text(encoding="utf-8").partition("## From nothing, in Django")[2]
#: Logs in as the guide's person, and saves the URL that it names.
_VISIT: Final = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "school.settings"
import django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
User.objects.create_superuser("ada", password="pw")
client = Client(SERVER_NAME="127.0.0.1")
led = client.get("/webhook/")
print(led.status_code, led["Location"])
client.login(username="ada", password="pw")
shown = client.get("/webhook/").content.decode()
token = shown.partition('name="lessonhook_token" value="')[2].partition('"')[0]
saved = client.post("/webhook/save", {"lessonhook_token": token, "callback_url": sys.argv[1]})
print(saved.status_code)
"""


def test_the_guide_ends_at_a_saved_subscription(tmp_path: Path, redis_url: str) -> None:
    """Who is not logged in is led to the login; the URL of this machine, which the guide names, is accepted."""
    [urls] = re.findall(r"```python\n(.*?)```", _GUIDE.partition("\n## ")[0], re.DOTALL)
    exports = dict(re.findall(r"^export (LESSONHOOK_\w+)=(?:'([^']+)')", _GUIDE, re.MULTILINE))
    [url] = re.findall(r"`(http://127\.0\.0\.1:\d+/acme)`", _GUIDE)
    environment = {**os.environ, **exports, "LESSONHOOK_REDIS_URL": redis_url}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "django", "startproject", "school", ".")
    (tmp_path / "school" / "urls.py").write_text(urls, encoding="utf-8")
    run("manage.py", "migrate", "-v0")
    (tmp_path / "visit.py").write_text(_VISIT, encoding="utf-8")
    assert run("visit.py", url).split() == ["302", "/admin/login/?next=/webhook/", "303"]
