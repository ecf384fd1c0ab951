"""Safe mode: what a session refuses, whoever asks for it, and what it goes on doing."""

from __future__ import annotations

from pathlib import Path

import pytest

_FILES = "hint: files are those of the user volume, and those that the command line names"
_PROGRAMS = "hint: without --safe it is"
_WAYS = "hint: models, connections and endpoints that are there can be used"

FILES = (
    ("\\o made", "made"),
    ("\\once made.csv", "made.csv"),
    ("SELECT 1 \\g made", "made"),
    ("SELECT 1 \\G made", "made"),
    ("\\log made", "made"),
    ("SELECT 1; \\plot -o made.svg", "made.svg"),
    ("\\i there.sql", "there.sql"),
    ("\\ir there.sql", "there.sql"),
    ("\\e there.sql", "there.sql"),
    ("\\open made.db", "made.db"),
    ("\\save made.db", "made.db"),
    ("\\import there.csv", "there.csv"),
    ("\\export t made.csv", "made.csv"),
    ("SELECT * FROM 'there.csv';", "there.csv"),
    ("SELECT * FROM 'there.csv' a JOIN 'there.csv' b;", "there.csv"),
    ("SELECT * FROM read_csv('*.csv');", "*.csv"),
    ("SELECT * FROM 'missing.csv';", "missing.csv"),
    ("DESCRIBE 'there.csv';", "there.csv"),
    ("SELECT ai_complete('builtin:demo', a) FROM 'there.csv';", "there.csv"),
    ("CREATE VIEW w AS SELECT * FROM 'there.csv'; SELECT * FROM w;", "there.csv"),
    ("COPY t FROM 'there.csv';", "there.csv"),
    ("COPY t TO 'made.csv';", "made.csv"),
    ("COPY (SELECT 1) TO 'made.csv';", "made.csv"),
    ("SELECT 1; COPY LAST RESULT TO 'made.csv';", "made.csv"),
    ("ATTACH 'made.db' AS x;", "made.db"),
    ("ATTACH 'made' || '.db' AS x;", "the file"),
    ("EXPLAIN ATTACH 'made.db' AS x;", "made.db"),
    ("VACUUM INTO 'made.db';", "made.db"),
    ("PRAGMA temp_store_directory = '/tmp';", "/tmp"),
    ("CREATE CATALOG c WITH ('type' = 'sqlite', 'path' = 'made.sqlite');", "made.sqlite"),
    ("CREATE DATABASE d WITH ('path' = 'made.sqlite');", "made.sqlite"),
    ("PUT 'there.csv' TO USER VOLUME;", "there.csv"),
    ("PUT '*.csv' TO USER VOLUME;", "*.csv"),
    ("GET USER VOLUME FILE 'a.csv' TO 'made';", "made"),
    ("CREATE VOLUME v;", "volume://v/"),
    ("CREATE EXTERNAL VOLUME v LOCATION '/tmp';", "volume://v/"),
    ("DROP VOLUME own;", "volume://own/"),
    ("LIST VOLUME own;", "volume://own/"),
    ("LIST TABLE VOLUME t;", "volume:table://t/"),
    ("SELECT * FROM VOLUME own USING csv FILES ('a.csv');", "volume://own/"),
    ("COPY INTO VOLUME own FROM TABLE t FILE_FORMAT = (TYPE = CSV);", "volume://own/"),
    ("SELECT get_presigned_url(VOLUME own, 'a.csv');", "volume://own/"),
    (
        "SELECT ai_complete('builtin:demo', ('Read' AS prompt, 'volume://own/a.png' AS image));",
        "volume://own/",
    ),
)
PROGRAMS = (
    ("\\! touch made", "touch made"),
    ("\\!", "/bin/sh"),
    ("\\e", "touch"),
    ("SELECT 1 \\e", "touch"),
    ("\\o | tee made", "tee made"),
    ("\\once |tee made", "tee made"),
    ("SELECT 1 \\g | tee made", "tee made"),
    ("\\pager tee made", "tee made"),
    ("\\pager on", "a pager"),
    ("\\pset pager", "a pager"),
)
_CHAT = "https://other.example/v1/chat/completions"
_ENDPOINT = f'{{"ai_model_name": "chat", "url": "{_CHAT}", "access_key": "k", "provider": "openai"}}'
WAYS = (
    (f"CREATE MODEL n WITH ('provider' = 'openai', 'endpoint' = '{_CHAT}');", "option 'endpoint'"),
    ("CREATE TEMPORARY MODEL n WITH ('provider' = 'openai', 'apiKey' = 'k');", "option 'api-key'"),
    (f"ALTER MODEL m SET ('endpoint' = '{_CHAT}');", "option 'endpoint'"),
    ("ALTER MODEL m SET ('ca-file' = 'there.csv');", "option 'ca-file'"),
    ("ALTER MODEL m SET ('insecure' = 'true');", "option 'insecure'"),
    ("ALTER MODEL m SET ('extra-header' = '{\"X\": \"y\"}');", "option 'extra-header'"),
    ("CREATE API CONNECTION c TYPE ai_function PROVIDER = 'ollama' BASE_URL = 'http://a.b';", "BASE_URL"),
    ("CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = 'k';", "API_KEY"),
    (f"CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('n', '{_ENDPOINT}');", "the param 'url'"),
    (
        "CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT('e', '{\"access_key\": \"k\"}');",
        "the param 'access_key'",
    ),
    ("\\connect", "a new connection"),
)
"""What says where requests go: the model `m`, the AI model `chat` and its endpoint `e` are there."""


@pytest.fixture
def safe(open_typed, server, environment, tmp_path):
    """A safe session, on a catalog in which another one has made a volume, models and an endpoint."""
    environment["VISUAL"] = "touch"
    (tmp_path / "there.csv").write_text("a,b\n1,2\n")
    (tmp_path / "there.sql").write_text("SELECT 1;")
    chat = f"{server.url}/chat/completions"
    made = open_typed()
    made(
        "CREATE TABLE t (a, b); CREATE VOLUME own; PUT 'there.csv' TO USER VOLUME FILE 'a.csv';"
        "PUT 'there.csv' TO VOLUME own FILE 'a.csv';"
        "CREATE MODEL m INPUT (text STRING) OUTPUT (label STRING)"
        f" WITH ('provider' = 'openai', 'endpoint' = '{chat}', 'api-key' = 'k', 'model' = 'gpt-x');"
        'CALL DBMS_AI_SERVICE.CREATE_AI_MODEL(\'chat\', \'{"type": "completion", "model_name": "gpt-y"}\');'
        "CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('e', '"
        f"{_ENDPOINT.replace(_CHAT, chat)}"
        "');"
    )
    assert made.told == []
    return open_typed(answers=("y",), safe=True)


def files(folder):
    return {path.name for path in folder.iterdir() if not path.name.startswith("catalog.")}


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        (FILES, "'{}' is not opened in safe mode", _FILES),
        (PROGRAMS, "'{}' is not started in safe mode", _PROGRAMS),
        (WAYS, "{} is refused in safe mode", _WAYS),
    ],
    ids=["files", "programs", "ways"],
)
def test_a_safe_session_refuses(safe, server, tmp_path, table, message, hint):
    before = files(tmp_path)
    for line, subject in table:
        safe.told.clear()
        safe(line)
        told = "\n".join(safe.told).splitlines()
        assert (told[0], told[-1]) == (f"error: {message.format(subject)}", hint), line
    assert files(tmp_path) == before
    assert server.bodies == []


def test_a_safe_session_refuses_to_keep_a_favourite_for_one_that_is_not(safe, tmp_path):
    file = tmp_path / "config" / "favourites.json"
    file.parent.mkdir()
    file.write_text('{"one": "SELECT 1 AS a"}')
    refused = f"error: '{file}' is not opened in safe mode\n{_FILES}"
    assert safe.error("\\fav two \\! touch made") == refused
    assert safe.error("\\fav one -d") == refused
    assert file.read_text() == '{"one": "SELECT 1 AS a"}'
    assert safe("\\fav one").splitlines()[3] == "| 1 |"


def test_a_safe_session_does_what_reaches_nothing_else(safe, server, tmp_path):
    before = files(tmp_path)
    for line in (
        "CREATE TABLE new (a); INSERT INTO new VALUES (1); CREATE TEMPORARY TABLE p AS SELECT * FROM new;",
        "CREATE DATABASE o; CREATE TABLE o.t (a); SELECT * FROM o.t; DROP DATABASE o CASCADE;",
        "ATTACH ':memory:' AS scratch; ATTACH '' AS spare; DETACH scratch; VACUUM; PRAGMA temp_store = 2;",
        "SELECT * FROM aisql.models; SELECT * FROM oceanbase.DBA_OB_AI_MODEL_ENDPOINTS;",
        "CREATE MODEL own INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin'); DROP MODEL own;",
        "ALTER MODEL m SET ('temperature' = '0'); ALTER MODEL m RENAME TO n; SELECT ai_complete('n', 'hi');",
        "CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT('e', '{\"request_model_name\": \"gpt-z\"}');",
        "SELECT ai_complete('endpoint:e', 'hi'); SELECT ai_complete('openai:gpt-x', 'there');",
        "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'builtin'; SHOW CONNECTIONS; SHOW VOLUMES;",
        "LIST USER VOLUME; SELECT * FROM USER VOLUME USING csv FILES ('a.csv');",
        "COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = (TYPE = CSV); REMOVE USER VOLUME FILE 't.csv';",
        "SELECT get_presigned_url(USER VOLUME, 'a.csv'); SELECT 'volume://own/a.csv';",
        "COPY new TO STDOUT; \\dump new",
        "\\o",
        "\\open",
        "\\pager off",
        "SELECT 2 AS a; \\plot",
        "\\keep kept",
        "\\fav",
        "\\tutorial 1",
        "\\set x 1",
    ):
        safe(line)
        assert [told for told in safe.told if not told.startswith("warning: the connection has no")] == [], (
            line
        )
    assert "| safe mode     | yes " in safe("\\conninfo")
    assert files(tmp_path) == before
    models = [body["model"] for body in server.bodies]
    assert models == ["gpt-x", "gpt-z", "gpt-x"]


def test_a_variable_that_is_set_later_leads_no_model_elsewhere(safe, open_typed, server):
    made = (
        "WITH ('provider' = 'openai', 'endpoint' = '${HOST}', 'api-key' = '${OPENAI_API_KEY}', 'model' = 'x')"
    )
    open_typed()(f"CREATE MODEL led INPUT (text STRING) OUTPUT (label STRING) {made};")
    safe(f"\\set HOST {server.url}/chat/completions")
    assert "error: variable 'HOST' is not set" in safe.error("SELECT ai_complete('led', :HOST);")
    assert safe("SELECT :HOST IS NULL AS a;").splitlines()[3] == "| 0 |"
    assert server.bodies == []


@pytest.mark.parametrize("is_safe", [False, True])
def test_a_long_result_goes_through_no_pager_in_a_safe_session(open_typed, environment, tmp_path, is_safe):
    environment["PAGER"] = f"tee {tmp_path / 'paged'}"
    typed = open_typed(size=(40, 4), safe=is_safe)
    shown = typed("VALUES (1), (2), (3), (4);")
    assert (tmp_path / "paged").exists() is not is_safe
    assert ("4 rows in set" in shown) is is_safe


def test_a_terminal_does_not_look_into_files_that_a_safe_session_refuses(safe, open_typed):
    uris = "VALUES ('volume://own/a.png'), ('volume:user://~/a.png');"
    Path("a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    open_typed()("PUT 'a.png' TO VOLUME own; PUT 'a.png' TO USER VOLUME;")
    shown = open_typed(size=(80, 24), safe=True)(uris)
    assert [line.strip("| ") for line in shown.splitlines()[3:5]] == [
        "volume://own/a.png",
        "volume:user://~/a.png [image/png, 8 bytes]",
    ]
