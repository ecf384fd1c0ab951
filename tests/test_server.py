import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import server as server_module
from server import BROKEN, LOOPBACK, RATE_LIMITED, STUCK, Fault, ModelServer, loopback_tls, sized, vector
from server_interfaces import score


def post(server, path, body, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=STUCK)
    try:
        connection.request("POST", path, json.dumps(body), headers or {})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def chat(text):
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


def raw(body, more="", path="/v1/embeddings"):
    """A request as it is on the wire."""
    content = json.dumps(body)
    return f"POST {path} HTTP/1.1\r\nContent-Length: {len(content)}\r\n{more}\r\n{content}".encode()


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


def test_a_key_is_found_where_either_interface_has_it(server):
    server.key = "sk-right"
    path, body = "/v1/messages", {"model": "m", "messages": []}
    headers = [{"x-api-key": "sk-right"}, {"x-api-key": "sk-wrong"}, {"Authorization": "sk-right"}, {}]
    assert [post(server, path, body, each)[0] for each in headers] == [200, 401, 401, 401]


SAID = [{"role": "user", "content": "one two"}]


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        (
            "/any/messages",
            {"model": "m", "system": "Be short.", "messages": SAID},
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [{"type": "text", "text": "echo: one two"}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 4, "cache_read_input_tokens": 0, "output_tokens": 3},
            },
        ),
        (
            "/api/chat",
            {"model": "m", "messages": SAID, "stream": False},
            {
                "model": "m",
                "message": {"role": "assistant", "content": "echo: one two"},
                "done": True,
                "done_reason": "stop",
                "prompt_eval_count": 2,
                "eval_count": 3,
            },
        ),
        (
            "/api/v1/services/aigc/text-generation/generation?x=1",
            {"model": "m", "input": {"messages": SAID}},
            {
                "output": {
                    "choices": [
                        {
                            "index": 0,
                            "finish_reason": "stop",
                            "message": {"role": "assistant", "content": "echo: one two"},
                        }
                    ]
                },
                "usage": {"input_tokens": 2, "output_tokens": 3},
                "request_id": "request-1",
            },
        ),
        (
            "/api/embed",
            {"model": "m", "input": ["a", "b c"], "dimensions": 3},
            {"model": "m", "embeddings": [vector("a", 3), vector("b c", 3)], "prompt_eval_count": 3},
        ),
        (
            "/api/v1/services/embeddings/text-embedding/text-embedding",
            {"model": "m", "input": {"texts": ["a"]}, "parameters": {"dimension": 3}},
            {
                "output": {"embeddings": [{"text_index": 0, "embedding": vector("a", 3)}]},
                "usage": {"total_tokens": 1},
                "request_id": "request-1",
            },
        ),
    ],
)
def test_every_interface_is_served_below_any_path(server, path, body, answer):
    assert post(server, path, body) == (200, answer)


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("/v1/chat/completions", [{"type": "image_url", "image_url": {"url": "u"}}, {"text": "t"}], "u t"),
        ("/v1/messages", [{"source": {"type": "url", "url": "u"}}, {"text": "t"}], "u t"),
        ("/v1/messages", [{"source": {"media_type": "image/png", "data": "d"}}], "data:image/png;base64,d"),
        ("/services/aigc/multimodal-generation/generation", [{"image": "u"}, {"text": "t"}], "u t"),
    ],
)
def test_an_image_is_answered_with_its_url(server, path, content, said):
    messages = [{"role": "user", "content": content}]
    _, answer = post(server, path, {"model": "m", "messages": messages, "input": {"messages": messages}})
    assert f"echo: {said}" in json.dumps(answer)


def test_a_ranking_begins_with_the_best(server):
    body = {"model": "m", "query": "q", "documents": ["a", "b", "c"], "top_n": 2}
    _, answer = post(server, "/v1/rerank", body)
    scores = {index: score("q", text) for index, text in enumerate("abc")}
    best = sorted(scores, key=lambda index: -scores[index])[:2]
    ranked = [{"index": index, "relevance_score": scores[index]} for index in best]
    assert answer["results"] == ranked
    native = {"model": "m", "input": {"query": "q", "documents": ["a", "b", "c"]}, "parameters": {"top_n": 2}}
    _, answer = post(server, "/api/v1/services/rerank/text-rerank/text-rerank", native)
    assert answer["output"]["results"] == ranked


def streamed(server, path, body, headers=None):
    """The content type of a stream, and the JSON objects in it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=STUCK)
    connection.request("POST", path, json.dumps(body), headers or {})
    response = connection.getresponse()
    lines = response.read().decode().splitlines()
    connection.close()
    data = [line.removeprefix("data:").strip() for line in lines if line.startswith(("data:", "{"))]
    return response.headers["Content-Type"], [json.loads(text) for text in data if text != "[DONE]"], lines


def test_a_chat_may_be_streamed(server):
    body = {"model": "m", "messages": SAID, "stream": True, "n": 2, "stream_options": {"include_usage": True}}
    kind, chunks, lines = streamed(server, "/v1/chat/completions", body)
    assert (kind, lines[0], lines[-2]) == ("text/event-stream", ": keep-alive", "data: [DONE]")
    deltas = [each for chunk in chunks for each in chunk["choices"] if each["index"] == 1]
    assert [delta["delta"].get("content") for delta in deltas] == ["", "echo:", " one ", "two", None]
    assert [delta["finish_reason"] for delta in deltas] == [None, None, None, None, "stop"]
    usage = {"prompt_tokens": 2, "completion_tokens": 6, "total_tokens": 8}
    assert (chunks[-1]["choices"], chunks[-1]["usage"]) == ([], usage)
    del body["stream_options"]
    assert all("usage" not in chunk for chunk in streamed(server, "/v1/chat/completions", body)[1])


def test_anthropic_streams_named_events(server):
    body = {"model": "m", "messages": SAID, "stream": True}
    _, events, lines = streamed(server, "/v1/messages", body)
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names == [event["type"] for event in events]
    assert [*dict.fromkeys(names)] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    text = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    assert text == ["echo:", " one ", "two"]


def test_ollama_streams_lines_where_it_is_not_told(server):
    kind, events, _ = streamed(server, "/api/chat", {"model": "m", "messages": SAID})
    assert kind == "application/x-ndjson"
    assert [event["message"]["content"] for event in events] == ["echo:", " one ", "two", ""]
    assert [event["done"] for event in events] == [False, False, False, True]
    assert events[-1]["eval_count"] == 3


@pytest.mark.parametrize(
    ("incremental", "texts"),
    [
        (True, ["echo:", " one ", "two", ""]),
        (False, ["echo:", "echo: one ", "echo: one two", "echo: one two"]),
    ],
)
def test_dashscope_streams_where_a_header_says_so(server, incremental, texts):
    path = "/services/aigc/text-generation/generation"
    body = {"model": "m", "input": {"messages": SAID}, "parameters": {"incremental_output": incremental}}
    _, events, lines = streamed(server, path, body, {"X-DashScope-SSE": "enable"})
    assert lines[2:5] == ["id:1", "event:result", ":HTTP_STATUS/200"]
    choices = [event["output"]["choices"][0] for event in events]
    assert [choice["message"]["content"] for choice in choices] == texts
    assert [choice["finish_reason"] for choice in choices] == ["null", "null", "null", "stop"]


def test_an_answer_may_be_given_to_any_interface(server):
    server.answer = lambda body: f"{body['model']} {[each['role'] for each in body['messages']]}"
    bodies = {
        "/v1/chat/completions": {"messages": SAID},
        "/v1/messages": {"messages": SAID, "system": "s"},
        "/api/chat": {"messages": SAID, "stream": False},
        "/services/aigc/text-generation/generation": {"input": {"messages": SAID}},
    }
    answers = [json.dumps(post(server, path, {"model": "m", **body})[1]) for path, body in bodies.items()]
    assert ["m ['system', 'user']" in answer for answer in answers] == [False, True, False, False]
    assert ["m ['user']" in answer for answer in answers] == [True, False, True, True]


def test_a_server_may_speak_in_secret():
    with ModelServer(loopback_tls()) as server:
        assert server.url == f"https://127.0.0.1:{server.port}/v1"
        context = ssl.create_default_context(cafile=LOOPBACK)
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=STUCK, context=context)
        for text in "ab":
            connection.request("POST", "/v1/chat/completions", json.dumps(chat(text)))
            assert f"echo: {text}" in connection.getresponse().read().decode()
        connection.close()
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            post(server, "/v1/chat/completions", chat("c"))
    assert len(server.finished) == 2


def test_another_path_is_not_found(server):
    assert [post(server, path, {})[0] for path in ("/v1/models", "/api/generate", "/")] == [404] * 3


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
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=STUCK)
        connection.request("POST", "/v1/embeddings", "{}")
        while not server.requests:
            pass
    try:
        connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        connection.close()
    else:
        raise AssertionError("an answer came")


def test_a_fault_may_depend_on_any_body(server):
    server.fault_for = lambda body: BROKEN if "bad" in body.get("input", ()) else None
    bodies = [{"model": "m", "input": "ok"}, {"model": "m", "input": ["ok", "bad"]}]
    assert [post(server, "/v1/embeddings", body)[0] for body in bodies] == [200, 500]
    assert post(server, "/v1/chat/completions", chat("bad"))[0] == 200


def test_two_requests_in_one_piece_are_answered_one_after_the_other(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=STUCK) as client:
        bodies = [{"model": "m", "input": text} for text in "ab"]
        client.sendall(raw(bodies[0]) + raw(bodies[1], "Connection: close\r\n"))
        with client.makefile("rb") as answers:
            read = answers.read().decode()
    assert [read.count(json.dumps(vector(text))) for text in "ab"] == [1, 1]
    assert read.index(json.dumps(vector("a"))) < read.index(json.dumps(vector("b")))
    assert server.bodies == bodies


def test_noise_ends_its_connection_alone(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=STUCK) as client:
        client.sendall(b"\x16\x03\x01")
        assert client.recv(1) == b""
    assert post(server, "/v1/chat/completions", chat("x"))[0] == 200


def test_finished_are_the_requests_whose_answer_went_out_whole():
    with ModelServer() as server:
        large = Fault(200, b" " * 64 * 1024 * 1024)
        server.faults += [Fault(hang=True), large, Fault(200, "{}", truncate=1), Fault(close=True), BROKEN]
        clients = []
        for number in range(4):
            clients.append(socket.create_connection(("127.0.0.1", server.port), timeout=STUCK))
            clients[-1].sendall(raw({"input": number}))
            while len(server.requests) <= number:
                pass
        for number in (4, 5):
            post(server, "/v1/chat/completions", chat(str(number)))
    for client in clients:
        client.close()
    assert len(server.requests) == 6
    assert server.finished == server.requests[4:]


def test_a_large_answer_is_finished_once_it_is_read():
    with ModelServer() as server:
        server.faults.append(Fault(200, json.dumps("x" * 16 * 1024 * 1024)))
        assert post(server, "/v1/embeddings", {})[0] == 200
    assert server.finished == server.requests


def test_requests_wait_at_a_closed_gate_until_it_opens(server):
    server.gate.clear()
    with ThreadPoolExecutor(3) as clients:
        answers = [clients.submit(post, server, "/v1/chat/completions", chat(text)) for text in "abc"]
        server.gate.wait_for(3)
        assert (len(server.requests), server.max_in_flight, server.finished) == (3, 3, [])
        assert not server.gate.is_set()
        server.gate.set()
        assert [answer.result(STUCK)[0] for answer in answers] == [200] * 3
    assert post(server, "/v1/chat/completions", chat("d"))[0] == 200


def test_requests_that_gather_are_answered_once_there_are_enough(server):
    server.gate.gather(3)
    with ThreadPoolExecutor(3) as clients:
        answers = [clients.submit(post, server, "/v1/chat/completions", chat(text)) for text in "ab"]
        server.gate.wait_for(2)
        assert (server.finished, server.gate.is_set()) == ([], False)
        assert post(server, "/v1/chat/completions", chat("c"))[0] == 200
        assert [answer.result(STUCK)[0] for answer in answers] == [200] * 2
    assert (server.max_in_flight, server.gate.is_set()) == (3, True)
    assert post(server, "/v1/chat/completions", chat("d"))[0] == 200


def test_a_gate_that_nobody_comes_to_does_not_wait_for_ever(server):
    server.gate.clear()
    with pytest.raises(TimeoutError, match="0 requests wait, not 1"):
        server.gate.wait_for(1, timeout=0.01)


def test_a_server_may_end_with_requests_at_its_gate():
    with ModelServer() as server:
        server.gate.clear()
        client = socket.create_connection(("127.0.0.1", server.port), timeout=STUCK)
        client.sendall(raw({"model": "m", "input": "a"}))
        server.gate.wait_for(1)
    server.gate.set()
    with client:
        assert client.recv(1) == b""
    assert server.finished == []


@pytest.mark.parametrize(("text", "size"), [("hello", 3), ("hello", 9), ("héé", 2), ("", 0)])
def test_an_answer_has_the_size_asked_for(text, size):
    assert len(sized(text, size).encode()) == size


class Elsewhere:
    """A counting server in a process of its own."""

    def __init__(self, *options):
        command = [sys.executable, server_module.__file__, *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.process:
            self.process.stdin.close()
            assert self.process.wait(STUCK) == 0

    def log(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=STUCK)
        connection.request("GET", "/log")
        found = json.loads(connection.getresponse().read())
        connection.close()
        return found


def test_a_server_of_its_own_process_counts_until_it_is_reset():
    with Elsewhere("--latency", "0.2", "--answer-bytes", "20") as server:
        server.process.send_signal(signal.SIGSTOP)  # so that it finds all of them at once
        clients = [socket.create_connection(("127.0.0.1", server.port), timeout=STUCK) for _ in "aba"]
        for client, text in zip(clients, "aba", strict=True):
            client.sendall(raw(chat(text), "Connection: close\r\n", "/v1/chat/completions"))
        server.process.send_signal(signal.SIGCONT)
        for client, text in zip(clients, "aba", strict=True):
            with client, client.makefile("rb") as answer:
                assert f'"echo: {text}............."'.encode() in answer.read()
        counts = {"requests": 3, "distinct": 2, "max_in_flight": 3}
        assert server.log() == server.log() == counts
        assert post(server, "/reset", None) == (200, counts)
        assert server.log() == {"requests": 0, "distinct": 0, "max_in_flight": 0}


def test_a_server_of_its_own_process_ends_with_the_one_that_started_it():
    code = (
        "import subprocess as s, sys; "
        "p = s.Popen([sys.executable, sys.argv[1]], stdin=s.PIPE, stdout=s.PIPE); "
        "print(p.stdout.readline().decode().strip(), flush=True); import os; os._exit(0)"
    )
    command = [sys.executable, "-c", code, server_module.__file__]
    port = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=STUCK).close()
        except ConnectionError:
            break
