"""Reports as pages and as JUnit XML: whole, self-contained, and safe whatever names say."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import pytest

from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import Background, CompareConfig, Report, compare
from seasoned.evaluate.compare.one_arm import AlsoKnown, report_on
from seasoned.evaluate.reports.html import page_of_arm, page_of_comparison
from seasoned.evaluate.reports.junit import junit_of_arm, junit_of_comparison
from seasoned.evaluate.reports.page import MAX_ROWS, page, table
from tests.evaluate.make_arms import QUICK, made

BEFORE, AFTER = [(4, 4), (3, 4), (0, 4), (2, 4)] * 3, [(0, 4), (3, 4), (4, 4), (2, 4)] * 3
HOSTILE = [
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "\u202egnp.exe & \u2066friends",
    "x" * 10_000,
    "🚀🧑‍🚀 ünï",
    "nul \x00 bell \x07 escape \x1b[31m",
    "\"'><style>body{display:none}</style>",
]


class Read(HTMLParser):
    """The elements and words of a page."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self.open: list[str] = []
        self.feed(code)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def arms(before: str = "before", after: str = "after") -> list[Arm]:
    return [made(before, BEFORE, cost_usd=0.01), made(after, AFTER, cost_usd=0.02)]


def compared(both: list[Arm], background: Background | None = None) -> Report:
    return compare(both, CompareConfig(resampling=QUICK), background)


def hostile_arms() -> list[Arm]:
    """Arms, tasks and paths with names that would do harm if they were anything but words."""
    found: list[Arm] = []
    for arm, name in zip(arms(), HOSTILE, strict=False):
        keys = dict(zip(arm.by_task, HOSTILE, strict=False))
        trials = [
            trial.model_copy(update={"task_key": keys.get(trial.task_key, trial.task_key), "path": HOSTILE[0]})
            for trial in arm.trials
        ]
        found.append(Arm(name=name, trials=tuple(trials)))
    return found


def pages(both: list[Arm]) -> list[str]:
    return [page_of_comparison(compared(both), both), page_of_arm(report_on(both[0], how=QUICK), both[0])]


def test_the_verdict_comes_first_then_what_was_lost_with_its_runs() -> None:
    both = arms()
    said = Read(pages(both)[0]).words
    places = [said.index(each) for each in ("is not distinguishable from", "Lost by after", "Drawn", "Gained by after")]
    assert places == sorted(places)
    assert "trace-after-0-0" in said


def test_what_was_learned_from_these_tasks_comes_before_the_verdict() -> None:
    both, key = arms(), ("desk", "skill-1")
    known = Background(handed={"after": frozenset({key})}, learned_from={key: frozenset({"task-000"})})
    said = Read(page_of_comparison(compared(both, known), both)).words
    assert said.index("Learned from these tasks") < said.index("is not distinguishable")


@pytest.mark.parametrize("number", [0, 1], ids=["comparison", "one arm"])
def test_a_page_needs_and_runs_nothing_whatever_the_names_are(number: int) -> None:
    code = pages(hostile_arms())[number]
    read = Read(code)
    assert not read.open
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & set(read.tags)
    assert read.tags.count("style") == 1
    assert not {name for name in read.attributes if name.startswith("on") or name in {"src", "href"}}
    assert "url(" not in code
    assert "@import" not in code
    assert "default-src 'none'" in code
    assert "<U+202E>" in read.words
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", code)
    assert "x" * 300 not in code


@pytest.mark.parametrize("number", [0, 1], ids=["comparison", "one arm"])
def test_tables_name_their_rows_and_columns_and_figures_what_they_show(number: int) -> None:
    code = pages(arms())[number]
    assert code.count("<caption>") == code.count("<table>") > 2
    assert not re.search("<th(?! scope=|ead)", code)
    assert code.count("<title>") >= 1 + code.count("<svg")


def test_a_long_table_says_what_it_leaves_out() -> None:
    made_table = page("t", table("c", ("a", "#n"), [(f"row {n}", "1") for n in range(MAX_ROWS + 1)]))
    assert f"The first {MAX_ROWS} of {MAX_ROWS + 1} rows" in made_table
    assert "row 200" not in made_table


def test_junit_has_a_case_for_each_task_and_one_for_the_verdict() -> None:
    both = arms()
    (suite,) = ElementTree.fromstring(junit_of_comparison(compared(both, Background(anchors=("task-000",))), both))
    failed = {case.attrib["name"]: case.find("failure") for case in suite.findall("testcase")}
    kinds = {name: failure.attrib["type"] for name, failure in failed.items() if failure is not None}
    assert kinds == {
        "no worse by 5 points": "not distinguishable",
        "task-000": "anchor regressed",
        "task-004": "lost",
        "task-008": "lost",
    }
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("13", "4")
    numbers = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert numbers["n_lost"] == "3"
    assert numbers["is_not_inferior"] == "false"


def test_junit_fails_what_was_learned_from_these_tasks() -> None:
    both, key = arms(), ("desk", "skill-1")
    known = Background(handed={"after": frozenset({key})}, learned_from={key: frozenset({"task-000"})})
    found = ElementTree.fromstring(junit_of_comparison(compared(both, known), both))
    assert "learned from these tasks" in {each.attrib["type"] for each in found.iter("failure")}


def test_in_an_arms_junit_a_task_fails_where_no_trial_passed() -> None:
    arm = made("alone", [(4, 4), (1, 4), (0, 4)])
    suites = ElementTree.fromstring(junit_of_arm(report_on(arm, how=QUICK), arm))
    passed, sometimes, never = suites.iter("testcase")
    assert list(passed) == []
    assert (sometimes.findtext("system-out") or "").startswith("1 of 4 trials passed; failed: trace-alone-1-1")
    assert [each.tag for each in never] == ["failure"]
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("3", "1")


def test_junit_is_parsed_back_whatever_the_names_are() -> None:
    both = hostile_arms()
    for code in (junit_of_comparison(compared(both), both), junit_of_arm(report_on(both[0], how=QUICK), both[0])):
        suites = ElementTree.fromstring(code)
        names = [each.attrib["name"] for each in suites.iter("testcase")]
        assert HOSTILE[0] in names
        assert len(set(names)) == len(names)
        assert {each.tag for each in suites.iter()} <= {
            "testsuites", "testsuite", "properties", "property", "testcase", "failure", "system-out"
        }  # fmt: skip


@pytest.mark.parametrize("number", [0, 1], ids=["comparison", "one arm"])
def test_a_browser_shows_it_without_a_complaint_and_without_asking_for_anything(number: int, tmp_path: Path) -> None:
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    file = tmp_path / "page.html"
    file.write_text(pages(hostile_arms())[number], encoding="utf-8")
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"]
    log = [
        "--enable-logging=stderr",
        "--v=0",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ]
    shown = subprocess.run(
        [chromium, *words, *log, file.as_uri()], check=False, capture_output=True, text=True, timeout=120
    )
    assert shown.returncode == 0
    assert "</main>" in shown.stdout
    assert "<title>owned" not in shown.stdout
    assert "CONSOLE" not in shown.stderr


def test_what_the_report_knows_of_ends_and_problems_is_on_the_page() -> None:
    arm = made("alone", [(1, 2), (2, 2)])
    known = AlsoKnown(ends={"trace-alone-0-1": "timed out"}, problems=("runs.jsonl, line 3: no JSON",))
    said = Read(page_of_arm(report_on(arm, known, QUICK), arm)).words
    assert "timed out" in said
    assert "1 problem while reading: runs.jsonl, line 3: no JSON" in said
