"""`GET /v1/prompts/BOOK/LABEL` over a socket."""

import json
from collections.abc import Generator
from http.client import HTTPConnection
from itertools import combinations
from pathlib import Path
from urllib.parse import quote

import pytest

from seasoned.compile.reduced import reduced
from seasoned.core.assigning import salt_for_agents
from seasoned.core.canary import BY_POLICY, is_canary_run
from seasoned.core.cutting import Cut, cut
from seasoned.core.operation import skill_id
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.pipeline.canary import begin
from seasoned.pipeline.promoting import Unproven, promote
from tests.api.served import WAIT_S, Answer, Served, post, served, wait_until
from tests.make import make_trace
from tests.prompts import RULES, compiled


@pytest.fixture
def server(tmp_path: Path) -> Generator[Served]:
    with served(tmp_path) as running:
        yield running


def get(server: Served, path: str, **headers: str) -> Answer:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    try:
        connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        reply = connection.getresponse()
        return Answer(reply.status, {key.lower(): value for key, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


def promoted(server: Served, *rules: str, book: str = "default", label: str = "production") -> str:
    prompt = compiled(server.store, *rules, book=book)
    promote(server.store, book, label, prompt, by="ada", reason=Unproven("a test"))
    return prompt.id


def test_a_label_is_answered_with_its_prompt(server: Served) -> None:
    wanted = promoted(server, RULES[0])
    answer = get(server, "/v1/prompts/default/production")
    prompt = server.store.prompts.get(wanted)
    assert answer.status == 200
    document = answer.json()
    keeping = document.pop("keeping")
    assert document == {
        "id": wanted,
        "text": prompt.text,
        "book": "default",
        "revision": 2,
        "label": "production",
        "n_tokens": prompt.n_tokens,
        "tokenizer": prompt.tokenizer,
        "skills": [skill_id(RULES[0])],
    }
    assert (keeping["book"], keeping["probabilities"]) == ("default", {skill_id(RULES[0]): 0.8})
    assert answer.headers["etag"].startswith(f'"{wanted}+keeping-')
    assert answer.headers["cache-control"] == "private, no-cache"


def test_the_salt_that_agents_draw_by_is_not_the_stores_own(server: Served) -> None:
    promoted(server, RULES[0])
    answer = get(server, "/v1/prompts/default/production")
    assert answer.json()["keeping"]["salt"] == salt_for_agents(server.store.salt).hex()
    assert server.store.salt.hex().encode() not in answer.body


def test_what_is_cut_for_skills_leaves_what_the_store_itself_hands_out(server: Served) -> None:
    prompt = server.store.prompts.get(promoted(server, *RULES))
    document = get(server, "/v1/prompts/default/production").json()
    book = server.store.books.read("default")
    for n in range(len(RULES) + 1):
        for left_out in combinations(document["skills"], n):
            text = cut(document["text"], map(Cut.model_validate, document["keeping"]["cuts"]), left_out)
            assert text == reduced(prompt, book, left_out).text


def test_nothing_is_cut_for_a_skill_that_is_always_kept(server: Served) -> None:
    promoted(server, *RULES[:2])
    always, sometimes = (skill_id(rule) for rule in RULES[:2])
    server.store.keeping.keep("default", [always], 1.0, by="ada")
    keeping = get(server, "/v1/prompts/default/production").json()["keeping"]
    assert keeping["probabilities"] == {always: 1.0, sometimes: 0.8}
    assert [piece["skills"] for piece in keeping["cuts"]] == [[sometimes]]


def test_a_prompt_that_cannot_be_taken_apart_is_to_be_kept_whole(server: Served) -> None:
    prompt = server.store.prompts.get(promoted(server, RULES[0]))
    other = prompt.model_copy(update={"text": prompt.text.replace("refuse", "accept")})
    server.store.prompts.add(other)
    promote(server.store, "default", "production", other, by="ada", reason=Unproven("a test"))
    keeping = get(server, "/v1/prompts/default/production").json()["keeping"]
    assert (keeping["probabilities"], keeping["cuts"]) == ({skill_id(RULES[0]): 1.0}, [])


def test_a_change_of_the_rules_of_keeping_changes_the_etag(server: Served) -> None:
    promoted(server, RULES[0])
    etag = get(server, "/v1/prompts/default/production").headers["etag"]
    server.store.keeping.keep("default", [skill_id(RULES[0])], 0.5, by="ada")
    answer = get(server, "/v1/prompts/default/production", If_None_Match=etag)
    assert (answer.status, answer.json()["keeping"]["probabilities"]) == (200, {skill_id(RULES[0]): 0.5})
    assert get(server, "/v1/prompts/default/production", If_None_Match=answer.headers["etag"]).status == 304


def test_a_prompt_without_skills_is_answered_under_its_id_alone(server: Served) -> None:
    wanted = promoted(server)
    answer = get(server, "/v1/prompts/default/production")
    assert (answer.headers["etag"], "keeping" in answer.json()) == (f'"{wanted}"', False)


def test_whoever_has_it_is_not_sent_it_again_until_the_label_moves(server: Served) -> None:
    promoted(server, RULES[0])
    etag = get(server, "/v1/prompts/default/production").headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = get(server, "/v1/prompts/default/production", If_None_Match=known)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    promoted(server, RULES[1])
    assert get(server, "/v1/prompts/default/production", If_None_Match=etag).status == 200


def test_an_unknown_label_is_answered_with_those_that_are_there(server: Served) -> None:
    promoted(server, RULES[0])
    promoted(server, label="staging")
    answer = get(server, "/v1/prompts/default/prodution")
    assert (answer.status, answer.json()["labels"]) == (404, ["production", "staging"])
    assert answer.json()["message"] == "the skillbook 'default' has no label 'prodution'; it has production, staging"
    assert get(server, "/v1/prompts/other/production").json()["labels"] == []


def test_a_label_that_was_taken_away_is_not_found(server: Served) -> None:
    promoted(server, RULES[0])
    server.store.labels.move("default", "production", None, by="ada")
    assert get(server, "/v1/prompts/default/production").status == 404


@pytest.mark.parametrize("book", ["refunds/eu", "Rückgabe & more", "a%2Fb"])
def test_a_skillbook_may_have_any_name(server: Served, book: str) -> None:
    promoted(server, RULES[0], book=book)
    assert get(server, f"/v1/prompts/{quote(book, safe='')}/production").json()["book"] == book


def test_any_text_comes_over_as_it_is(server: Served) -> None:
    rule = 'When “ünïcode” \\ "quotes" </script> come, keep them.'
    prompt = server.store.prompts.get(promoted(server, rule))
    assert json.loads(get(server, "/v1/prompts/default/production").body)["text"] == prompt.text


def test_the_token_is_asked_for_as_for_everything_else(tmp_path: Path) -> None:
    with served(tmp_path, token="open sesame") as server:
        promoted(server, RULES[0])
        refused = get(server, "/v1/prompts/default/production")
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert get(server, "/v1/prompts/default/production", Authorization="Bearer wrong").status == 401
        assert get(server, "/v1/prompts/default/production", Authorization="Bearer open sesame").status == 200


def test_prompts_are_only_read_here(server: Served) -> None:
    assert post(server.port, "/v1/prompts/default/production", {}).status == 405


def test_a_store_that_cannot_be_read_is_said_to_come_back(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    promoted(server, RULES[0])
    with server.store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE label_move")
    answer = get(server, "/v1/prompts/default/production")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "a prompt could not be read" in caplog.text


def test_a_canary_is_sent_along_with_its_share_and_changes_the_etag(server: Served) -> None:
    wanted = promoted(server, RULES[0])
    tried = compiled(server.store, RULES[1])
    begin(server.store, "default", "production", tried, 0.1, by="ada", reason="try it")
    answer = get(server, "/v1/prompts/default/production", If_None_Match=f'"{wanted}"')
    assert answer.status == 200
    skills = [skill_id(rule) for rule in RULES[:2]]
    told = {"id": tried.id, "text": tried.text, "revision": tried.revision, "skills": skills, "share": 0.1}
    canary = answer.json()["canary"]
    keeping = canary.pop("keeping")
    assert (answer.json()["id"], canary) == (wanted, told)
    assert keeping["probabilities"] == dict.fromkeys(skills, 0.8)
    assert get(server, "/v1/prompts/default/production", If_None_Match=answer.headers["etag"]).status == 304
    server.store.canaries.end("default", "production", by="ada", reason="enough")
    again = get(server, "/v1/prompts/default/production", If_None_Match=answer.headers["etag"])
    assert (again.status, "canary" in again.json()) == (200, False)


def test_a_server_ends_a_canary_that_harms_although_nobody_looks(server: Served) -> None:
    promoted(server, RULES[0])
    tried = compiled(server.store, RULES[1])
    begin(server.store, "default", "production", tried, 0.5, by="ada", reason="try it")
    at, harm = server.store.labels.at("default", "production"), list[Parsed]()
    assert at is not None
    for number in range(100):
        is_tried = is_canary_run(f"run {number}", tried.id, 0.5)
        outcome = Outcome(success=not is_tried, source="verifier", name="test")
        trace = make_trace(("assistant", "done"), run_key=f"run {number}")
        changes = {"outcome": outcome, "prompt_id": tried.id if is_tried else at.prompt_id}
        harm.append(Parsed(trace=trace.model_copy(update=changes)))
    server.store.traces.add(harm)
    wait_until(lambda: server.store.canaries.at("default", "production") is None)
    ended = server.store.canaries.history("default", "production")[-1]
    assert (ended.by, "shown to harm" in ended.reason) == (BY_POLICY, True)
