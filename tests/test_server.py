import http.client
import json
import subprocess
import sys

from server import RATE_LIMITED, Fault, ModelServer, vector


def post(server, path, body, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("POST", path, json.dumps(body), headers or {})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_chat_answers_with_what_the_user_said(server):
    body = {"model": "m", "messages": [{"role": "user", "content": "one two"}], "n": 2}
    status, answer = post(server, "/any/prefix/chat/completions", body, {"X-Test": "yes"})
    assert status == 200
    assert [choice["message"]["content"] for choice in answer["choices"]] == ["echo: one two"] * 2
    assert answer["usage"] == {"prompt_tokens": 2, "completion_tokens": 6, "total_tokens": 8}
    (received,) = server.requests
    assert (received.path, received.headers["x-test"], received.body) == (
        "/any/prefix/chat/completions",
        "yes",
        body,
    )


def test_an_embedding_depends_on_the_text_alone(server):
    _, one = post(server, "/v1/embeddings", {"model": "m", "input": "a"})
    _, two = post(server, "/v1/embeddings", {"model": "m", "input": ["b", "a"], "dimensions": 3})
    assert one["data"][0]["embedding"] == vector("a")
    assert [entry["embedding"] for entry in two["data"]] == [vector("b", 3), vector("a")[:3]]


def test_faults_come_once_each_and_before_the_usual_answer(server):
    server.faults += [RATE_LIMITED, Fault(500, {"detail": "no"})]
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert [post(server, "/v1/chat/completions", body)[0] for _ in range(3)] == [429, 500, 200]


def test_a_key_is_asked_for_where_one_is_set(server):
    server.key = "sk-right"
    body = {"model": "m", "messages": []}
    assert [
        post(server, "/v1/chat/completions", body, {"Authorization": f"Bearer {key}"})[0]
        for key in ("sk-wrong", "sk-right")
    ] == [401, 200]


def test_another_path_is_not_found(server):
    assert post(server, "/v1/models", {})[0] == 404


def test_another_process_can_ask(server):
    code = (
        'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], b\'{"model":1,"input":"a"}\').status)'
    )
    url = f"{server.url}/embeddings"
    finished = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert finished.stdout == "200\n"


def test_a_hanging_answer_ends_with_the_server():
    with ModelServer() as server:
        server.faults.append(Fault(hang=True))
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/v1/embeddings", "{}")
        while not server.requests:
            pass
    try:
        connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        connection.close()
    else:
        raise AssertionError("an answer came")
