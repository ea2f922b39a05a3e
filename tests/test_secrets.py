"""Secrets are taken out of texts, and of every file and word of a real run."""

import json
import logging
from pathlib import Path

import pytest
from make_clips import make_clips
from running import ivg
from web_server import serving

from ivg.secrets import SecretFilter, redacted, redacted_values

PLANTED = {
    "OPENAI_API_KEY": "sk-planted-openai-0001",
    "WANDB_API_KEY": "planted0wandb0002" + "0" * 23,
    "HF_TOKEN": "hf_plantedhub0003",
    "AWS_SECRET_ACCESS_KEY": "planted/aws+0004",
    "PGPASSWORD": "planted-postgres-0009",
    "STORE_URL": "https://me:planted-store-0010@x.org",
}
URL_PASSWORD, QUERY_TOKEN, COOKIE = "planted-url-0005", "planted-query-0006", "planted-cookie-0007"
OPTION, SIGNATURE = "planted-option-0008", "planted-signature-0011"
SECRETS = (
    *list(PLANTED.values())[:-1],
    "planted-store-0010",
    URL_PASSWORD,
    QUERY_TOKEN,
    COOKIE,
    OPTION,
    SIGNATURE,
)


@pytest.fixture(autouse=True)
def planted(monkeypatch):
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://me:secret1@x.org/a?b", "https://REDACTED@x.org/a?b"),
        ("s3://key@bucket and a@b.c", "s3://REDACTED@bucket and a@b.c"),
        ("got sk-planted-openai-0001!", "got REDACTED!"),
        ("store.options.secret=abc,x=1", "store.options.secret=REDACTED,x=1"),
        ("'api_key': 'abc'", "'api_key': 'REDACTED'"),
        (
            "https://x.org/a?u=https%3A%2F%2Fme%3Apw%40y.org%2Fb",
            "https://x.org/a?u=https%3A%2F%2FREDACTED%40y.org%2Fb",
        ),
        ("u=https%3A%2F%2Fme%3Apw%40y.org", "u=https%3A%2F%2FREDACTED%40y.org"),
        ("https://x.org/a?hmac=abc&b=1", "https://x.org/a?hmac=REDACTED&b=1"),
        ("secret_key=abc,x=1", "secret_key=REDACTED,x=1"),
        ("AccountKey=ab==;x", "AccountKey=REDACTED;x"),
        ("password: 'two words' x", "password: 'REDACTED' x"),
        ("captioner.api_key=sk-1,sk-2 x", "captioner.api_key=REDACTED x"),
        ("https://me:p@ss@x.org/a", "https://REDACTED@x.org/a"),
        ("//me:pass@x.org", "//REDACTED@x.org"),
        ("https://x.org/@me/a@b", "https://x.org/@me/a@b"),
        ("s3://a/b?X-Amz-Signature=ab%3D&x=1", "s3://a/b?X-Amz-Signature=REDACTED&x=1"),
        ("https://x.org/a?v=dQw4w9WgXcQ&sig=ab", "https://x.org/a?v=dQw4w9WgXcQ&sig=REDACTED"),
        ("{'Authorization': 'Bearer ab', 'x': 1}", "{'Authorization': 'REDACTED', 'x': 1}"),
        ("Set-Cookie: sid=ab; Secure", "Set-Cookie: REDACTED"),
        ("in planted%2Faws%2B0004 form", "in REDACTED form"),
        ("planted-postgres-0009, planted-store-0010", "REDACTED, REDACTED"),
        ("source.cookies=cookies.txt: none", "source.cookies=cookies.txt: none"),
        ("/a.mp4?token=abc&x=1", "/a.mp4?token=REDACTED&x=1"),
        ("max_tokens: 64, key_env: OPENAI_API_KEY", "max_tokens: 64, key_env: OPENAI_API_KEY"),
        ("a token of thanks: 3 dogs", "a token of thanks: 3 dogs"),
    ],
)
def test_redacted_takes_secrets_and_nothing_else(text, plain):
    assert redacted(text) == plain


def test_redacted_config_loses_values_that_are_called_secret():
    config = {
        "store": {"options": {"secret": "abc", "key": "x"}},
        "max_tokens": 64,
        "token": None,
        "password": 123456,
        "tokens": [{"token": ["abc"]}],
    }
    assert redacted_values(config) == {
        "store": {"options": {"secret": "REDACTED", "key": "x"}},
        "max_tokens": 64,
        "token": None,
        "password": "REDACTED",
        "tokens": [{"token": "REDACTED"}],
    }


def test_logs_lose_secrets_tracebacks_too(caplog):
    try:
        raise ValueError(PLANTED["HF_TOKEN"])
    except ValueError:
        logging.getLogger("ivg").exception("of %s", "http://u:p@x.org")
    (record,) = caplog.records
    assert SecretFilter().filter(record)
    text = logging.Formatter().format(record)
    assert "http://REDACTED@x.org" in text
    assert "ValueError: REDACTED" in text
    assert not [one for one in SECRETS if one in text]


@pytest.mark.slow
def test_planted_secrets_are_in_no_file_and_no_word(tmp_path, sample):
    """A build with a good and a bad video, its release, report and export, and a sweep."""
    (clip,) = make_clips(sample, tmp_path / "clips", 1)
    cookies = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t2147483647\tsid\t"
    (tmp_path / "cookies.txt").write_text(f"{cookies}{COOKIE}\n")
    with serving() as web:
        web.serve(secretive("/good.mp4"), clip.read_bytes())
        urls = [secretive(web.url(path)) for path in ("/good.mp4", "/bad.mp4")]
        said = "".join(steps(tmp_path, urls))
    files = [path for path in written(tmp_path) if not is_input(path)]
    assert any(path.suffix == ".wandb" for path in files)
    assert (tmp_path / "release").is_dir()
    found = {
        str(path.relative_to(tmp_path)): secret
        for path in files
        for secret in SECRETS
        if secret.encode() in path.read_bytes()
    }
    assert not found
    leaking = [line for line in said.splitlines() if any(one in line for one in SECRETS)]
    assert not leaking


def secretive(url):
    return url.replace("://", f"://me:{URL_PASSWORD}@") + (
        f"?token={QUERY_TOKEN}&X-Amz-Signature={SIGNATURE}"
    )


def written(folder: Path):
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def is_input(path: Path):
    """The cookies themselves, and the archive beside the videos, which knows its addresses."""
    return path.name in ("cookies.txt", "failed.jsonl")


def steps(here, urls):
    web = ["source=urls", f"source.urls={json.dumps(urls)}", "source.allow_private=true"]
    base = ["experiment=quickstart", *web, "source.cookies=cookies.txt", "tracker=wandb"]
    run = ("build", *base, "hydra.run.dir=run")
    for arguments in (
        run,
        (*run, f"captioner.api_key={OPTION}"),
        (*run, f"+tracker.api_key={OPTION}"),
        ("build", "-m", *base, "filter.threshold=0.1,0.2", "hydra.sweep.dir=sweep"),
        ("sweep-summary", "sweep"),
        ("report", "run", "out=page"),
        ("release", "run", "name=a", "version=1", "out=release", "force=true"),
        ("export", "run", "format=activitynet", "out=export"),
    ):
        done = ivg(*arguments, cwd=here, check=False)
        yield done.stdout + done.stderr
