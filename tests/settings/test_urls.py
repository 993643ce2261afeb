from __future__ import annotations

import pytest

from ganstudio.settings.urls import is_webhook, redacted


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.org/services/T0/S3CRET?k=S3CRET#S3CRET", "https://hooks.example.org/..."),
        ("http://user:S3CRET@10.0.0.1:8080/x", "http://10.0.0.1:8080/..."),
        ("http://user:S3CRET@host", "http://host/..."),
        ("https://[::1]:9/S3CRET", "https://[::1]:9/..."),
        ("https://host/", "https://host"),
    ],
)
def test_only_scheme_and_host_of_a_webhook_are_shown(url: str, shown: str) -> None:
    assert is_webhook(url)
    assert redacted(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example.org/x", "ftp://host/x", "file:///etc/passwd", "http://", "https:///x", "http://h:port/"),
        *(
            "http://h:0/",
            "http://h:99999/",
            "http://[::1/x",
            "http://h/a b",
            "http://h/\n",
            "http://h/\x1b",
            "http://ä/",
        ),
    ],
)
def test_what_no_message_can_be_sent_to_is_refused(url: str) -> None:
    assert not is_webhook(url)
    assert redacted(url) == "(no URL)"
