"""Extractor specs: what a name, a version and settings on the command line come to; adapter files are read, never run."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import EXTRACTORS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench import plugins, spec
from bench.errors import UsageError
from bench.interpreters import running
from bench.spec import Setting, adapters, format_settings, lacks, parse, read_adapter, resolve

FUNCTION = "def extractor():\n    return lambda page: ''\n"
ALL_KINDS = "def extractor(*, flag: bool = False, count: int = 3, share: float = 0.5, name: str = 'all'):\n    ...\n"


@pytest.fixture
def adapter(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes an adapter file and returns its path as it stands in a spec."""

    def write(source: str | bytes = FUNCTION, name: str = "mine.py") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return str(path)

    return write


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that installs a distribution's metadata where Python looks for it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def write(name: str, version: str, *requirements: str) -> None:
        folder = site / f"{name.replace('-', '_')}-0.dist-info"  # the version that counts is the one inside
        folder.mkdir(exist_ok=True)
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requirements]
        (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
        importlib.invalidate_caches()

    return write


# Names


@pytest.mark.parametrize("name", EXTRACTORS)
def test_every_built_in_extractor_that_is_installed_resolves_at_that_version(name: str) -> None:
    found = resolve(name)
    assert found.name == name
    assert found.settings == {}
    assert found.settings_text == ""
    if found.adapter.distributions and not found.adapter.node and found.interpreter == sys.executable:
        assert found.version == importlib.metadata.version(found.adapter.distributions[0])


def test_every_built_in_adapter_says_what_it_is() -> None:
    found = adapters()
    assert [one.name for one in found] == plugins.names("extractors")
    assert {one.name for one in found if one.control} == {"everything", "nothing"}
    for one in found:
        assert one.summary.endswith(".")
        assert one.licence
        assert str(one.homepage).startswith("https://")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "'' is no extractor; write NAME, NAME==VERSION", id="empty"),
        pytest.param(" \n", "is no extractor; write NAME", id="white space"),
        pytest.param("trafilatura==", "is no extractor; write NAME", id="no version after the signs"),
        pytest.param("trafilatura=2.3", "is no extractor; write NAME", id="one sign for two"),
        pytest.param("==2.3", "is no extractor; write NAME", id="no name"),
        pytest.param(":fast=true", "is no extractor; write NAME", id="no name but settings"),
        pytest.param("trafilaturs", "no extractor named 'trafilaturs'; did you mean trafilatura, ", id="a near name"),
        pytest.param("Trafilatura", "did you mean trafilatura, ", id="capital letters"),
        pytest.param("readability_lxml", "did you mean readability-lxml, ", id="the file's name"),
        pytest.param("trafilatura==1.x", "trafilatura==1.x: that is no version", id="a version that is none"),
        pytest.param("../readers/aeb", "no extractor named '../readers/aeb'", id="a way out of the folder"),
        pytest.param("./nope.py", "./nope.py: no such file", id="no such file"),
        pytest.param("trafilatura:fas=true", "no setting of trafilatura named 'fas'; did you mean fast?", id="a near setting"),
        pytest.param("nothing:fast=true", "no setting of nothing named 'fast'", id="a setting where there are none"),
        pytest.param("trafilatura:fast", "'fast' of trafilatura is true or false (fast=false)", id="no value"),
        pytest.param("trafilatura:fast=", "'fast' of trafilatura is true or false", id="an empty value"),
        pytest.param("trafilatura:fast=maybe", "'fast' of trafilatura is true or false", id="neither true nor false"),
        pytest.param("justext:length_low=2.5", "'length_low' of justext is a whole number (length_low=70)", id="not whole"),
        pytest.param("justext:length_low=" + "9" * 5000, "is a whole number", id="more digits than Python reads"),
        pytest.param("justext:stopwords_low=much", "is a number (stopwords_low=0.3)", id="no number"),
        pytest.param("justext:stopwords_low=nan", "is a number (stopwords_low=0.3)", id="not a number, by its name"),
        pytest.param("trafilatura:fast=true,fast=false", "fast", id="a setting told twice"),
        pytest.param("a" * 5000 + ".py", "no such file", id="a longer name than a file can have"),
    ],
)
def test_a_wrong_spec_is_answered_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(UsageError) as problem:
        resolve(text)
    assert message in str(problem.value)
    assert "\n" not in str(problem.value)


@settings(deadline=None, max_examples=100)
@example("\x00.py")
@example("\ud800.py")
@given(st.text(st.sampled_from("ab.py:=,/ \n\x00é\\") | st.characters(exclude_categories=[])))
def test_any_spec_is_an_extractor_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert resolve(text).key


# Versions


def test_the_installed_version_may_be_asked_for() -> None:
    version = importlib.metadata.version("trafilatura")
    assert resolve(f"trafilatura=={version}").key == resolve("trafilatura").key
    assert resolve(f"trafilatura=={version}:fast=true").key == resolve("trafilatura:fast=true").key


@pytest.mark.parametrize("name", ["trafilatura", "everything"])
def test_another_version_belongs_to_an_environment_which_must_be_built_first(name: str) -> None:
    assert parse(name).environment is None
    own = parse(f"{name}==0.0.1").environment
    assert own is not None
    assert f"{parse(name).adapter.distributions[0]}==0.0.1" in own.requirements
    with pytest.raises(UsageError, match=rf"^{name} 0\.0\.1 is not installed here .*; `bench env build` makes an environment"):
        resolve(f"{name}==0.0.1")


def test_a_version_of_what_has_none_is_refused(adapter: Callable[..., str]) -> None:
    path = adapter()
    assert parse(f"{path}=={resolve(path).version}").environment is None
    with pytest.raises(
        UsageError, match=r"^mine 1\.0: it wraps no distribution; its version is file \w{8}; leave ==\.\.\. out$"
    ):
        parse(f"{path}==1.0")


def test_a_file_without_distributions_has_its_own_bytes_for_a_version(adapter: Callable[..., str]) -> None:
    first = resolve(adapter())
    second = resolve(adapter(FUNCTION + "# changed\n"))
    assert first.version.startswith("file ")
    assert first.version != second.version
    assert first.key != second.key


def test_a_distribution_that_is_not_installed_is_named_with_the_way_to_get_it(adapter: Callable[..., str]) -> None:
    with pytest.raises(
        UsageError, match=r"^mine is not installed here \(lxml no-such-one\); `bench env build` makes an environment"
    ):
        resolve(adapter("DISTRIBUTIONS = ('lxml', 'no-such-one')\n" + FUNCTION))


# Settings


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("", {}, id="none"),
        pytest.param(":", {}, id="none after the colon"),
        pytest.param(":flag=true", {"flag": True}, id="true"),
        pytest.param(":flag=Yes", {"flag": True}, id="yes"),
        pytest.param(":flag=1", {"flag": True}, id="one"),
        pytest.param(":flag=no,count=3,share=.5,name=all", {}, id="every default told"),
        pytest.param(":count=-7", {"count": -7}, id="a negative number"),
        pytest.param(":share=1", {"share": 1.0}, id="a whole number for any number"),
        pytest.param(":share=1e-3", {"share": 0.001}, id="an exponent"),
        pytest.param(":name=", {"name": ""}, id="an empty text"),
        pytest.param(":name=a=b:c", {"name": "a=b:c"}, id="signs within a text"),
        pytest.param(": count = 4 , ,name= x ,", {"count": 4, "name": "x"}, id="spaces and empty parts"),
    ],
)
def test_settings_are_of_the_kind_of_their_defaults(
    adapter: Callable[..., str], text: str, wanted: Mapping[str, Setting]
) -> None:
    found = resolve(adapter(ALL_KINDS) + text).settings
    assert found == wanted
    assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in wanted.items()}


def test_a_default_that_is_told_leaves_the_identity_as_it_is(adapter: Callable[..., str]) -> None:
    path = adapter(ALL_KINDS)
    assert resolve(f"{path}:count=3,name=all").key == resolve(path).key
    assert resolve(f"{path}:count=4,name=x").key == resolve(f"{path}:name=x,count=4").key
    assert resolve(f"{path}:count=4").key != resolve(path).key


def test_settings_are_written_in_order_of_name(adapter: Callable[..., str]) -> None:
    assert resolve(adapter(ALL_KINDS) + ":share=0.1,count=4,flag=true").settings_text == "count=4,flag=true,share=0.1"


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "flag": st.booleans(),
        "count": st.integers(-(10**30), 10**30),
        "share": st.floats(allow_nan=False, allow_infinity=False),
        "name": st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"])).map(str.strip),
    },
)


@settings(deadline=None, max_examples=100)
@given(wanted=VALUES)
def test_settings_written_as_a_spec_are_read_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, wanted: Mapping[str, Setting]
) -> None:
    path = tmp_path_factory.getbasetemp() / "kinds.py"
    path.write_text(ALL_KINDS, encoding="utf-8")
    first = resolve(f"{path}:{format_settings(wanted)}")
    assert {**first.adapter.defaults, **first.settings} == {**first.adapter.defaults, **wanted}
    assert resolve(f"{path}:{first.settings_text}").key == first.key


# Files


def test_a_file_is_named_from_any_folder(adapter: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(adapter())
    monkeypatch.chdir(path.parent)
    for text in ("mine.py", "./mine.py", f"../{path.parent.name}/mine.py", str(path)):
        found = resolve(text)
        assert (found.name, found.adapter.path) == ("mine", path)
        assert found.key == resolve(str(path)).key


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import pathlib\npathlib.Path({mark!r}).touch()\n", id="at its top"),
        pytest.param("SUMMARY = open({mark!r}, 'w')\n", id="in a constant"),
        pytest.param("DISTRIBUTIONS = tuple(open({mark!r}, 'w'))\n", id="in a constant of ours"),
        pytest.param("class Meta(type(open({mark!r}, 'w'))): ...\n", id="in a class"),
        pytest.param("def other(x=open({mark!r}, 'w')): ...\n", id="in a default"),
        pytest.param("@open({mark!r}, 'w').write\ndef other(): ...\n", id="in a decorator"),
    ],
)
def test_a_file_is_read_and_never_run(tmp_path: Path, adapter: Callable[..., str], source: str) -> None:
    mark = tmp_path / "was-run"
    text = adapter(source.format(mark=str(mark)) + FUNCTION, "hostile_adapter.py")
    # Not all of these are well-formed; what matters is that nothing of them happens.
    with contextlib.suppress(UsageError):
        resolve(text)
    assert not mark.exists()
    assert "hostile_adapter" not in sys.modules


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("", "has no function `extractor`", id="an empty file"),
        pytest.param("extractor = print\n", "has no function `extractor`", id="a name for another function"),
        pytest.param("class extractor: ...\n", "has no function `extractor`", id="a class"),
        pytest.param("async def extractor(): ...\n", "has no function `extractor`", id="a coroutine"),
        pytest.param("if True:\n    def extractor(): ...\n", "has no function `extractor`", id="a function further in"),
        pytest.param("\n\ndef extractor(:\n", ".py:3: cannot be read as Python", id="broken syntax"),
        pytest.param("x = 1\0\n" + FUNCTION, "cannot be read as Python", id="a NUL"),
        pytest.param(b"\xff\xfe\xe9", "cannot be read as Python", id="bytes that are no text"),
        pytest.param("# coding: hex\n" + FUNCTION, "cannot be read as Python", id="a coding that is none"),
        pytest.param("x = " + "(" * 5000 + ")" * 5000 + "\n" + FUNCTION, "cannot be read as Python", id="too many brackets"),
        pytest.param("x = " + "1+" * 20_000 + "1\n" + FUNCTION, "cannot be read as Python", id="a sum too long"),
        pytest.param("x = " + "-" * 100_000 + "1\n" + FUNCTION, "cannot be read as Python", id="a sign too often"),
        pytest.param(
            "def extractor(fast): ...\n", ".py:1: `extractor` takes keyword-only settings", id="a place for an argument"
        ),
        pytest.param("def extractor(a, /): ...\n", "takes keyword-only settings", id="an argument by place alone"),
        pytest.param("def extractor(*args): ...\n", "takes keyword-only settings", id="any arguments"),
        pytest.param("def extractor(**settings): ...\n", "takes keyword-only settings", id="any settings"),
        pytest.param("def extractor(*,\n  a): ...\n", ".py:2: setting 'a' needs a literal default", id="no default"),
        pytest.param("def extractor(*, a=None): ...\n", "setting 'a' needs a literal default", id="None for a default"),
        pytest.param("def extractor(*, a=1j): ...\n", "setting 'a' needs a literal default", id="a complex number"),
        pytest.param("def extractor(*, a=b''): ...\n", "setting 'a' needs a literal default", id="bytes"),
        pytest.param("def extractor(*, a=print()): ...\n", "setting 'a' needs a literal default", id="a call"),
        pytest.param(
            "def extractor(*, a={[]: 1}): ...\n", "setting 'a' needs a literal default", id="a dictionary keyed by a list"
        ),
        pytest.param("DISTRIBUTIONS = 'lxml'\n" + FUNCTION, "DISTRIBUTIONS must be written out", id="one name for many"),
        pytest.param("DISTRIBUTIONS = 5\n" + FUNCTION, "DISTRIBUTIONS must be written out", id="a number of names"),
        pytest.param("NODE = ('A b',)\n" + FUNCTION, "NODE must be written out", id="no name that npm knows"),
        pytest.param("DISTRIBUTIONS = None\n" + FUNCTION, "DISTRIBUTIONS must be written out", id="None for names"),
        pytest.param("DISTRIBUTIONS = (1,)\n" + FUNCTION, "DISTRIBUTIONS must be written out", id="numbers for names"),
        pytest.param("DISTRIBUTIONS = ('',)\n" + FUNCTION, "DISTRIBUTIONS must be written out", id="an empty name"),
        # Versions that are not read would not be in the identity: a result could be taken for another version's.
        pytest.param("DISTRIBUTIONS = ('lxml',) + X\n" + FUNCTION, "DISTRIBUTIONS must be", id="names that must be worked out"),
        pytest.param(
            "DISTRIBUTIONS = ('lxml',)\nDISTRIBUTIONS += ('x',)\n" + FUNCTION, "DISTRIBUTIONS", id="names added later"
        ),
        pytest.param("OUTPUT = 'pdf'\n" + FUNCTION, "OUTPUT is one of text, markdown, html", id="an output that is none"),
        pytest.param("STATEFUL = ('flags',)\n" + ALL_KINDS, "STATEFUL names what is no setting", id="a setting that is none"),
        pytest.param("ASIDE = ('flags',)\n" + ALL_KINDS, "ASIDE names what is no setting", id="one to leave aside"),
        pytest.param("NETWORK = 'host'\n" + ALL_KINDS, "NETWORK names what is no setting", id="an address that is none"),
        pytest.param("SECRET = 'key'\n" + ALL_KINDS, "SECRET names what is no setting", id="a secret that is none"),
        pytest.param("LICENCE = 5\n" + FUNCTION, "LICENCE", id="a licence that is no text"),
        pytest.param("REQUIRES = 'lxml'\n" + FUNCTION, "REQUIRES must be written out", id="one requirement for many"),
        pytest.param("REQUIRES = ('-r x',)\n" + FUNCTION, "REQUIRES must be", id="an option of pip's for a requirement"),
        pytest.param("REQUIRES = ('lxml<<6',)\n" + FUNCTION, 'REQUIRES = ("lxml<6",)', id="a requirement pip cannot read"),
        pytest.param("PYTHON = 3.8\n" + FUNCTION, "PYTHON must be written out", id="a number for a Python"),
        pytest.param("PYTHON = '3.8'\n" + FUNCTION, 'PYTHON = ">=3.8,<3.11"', id="a version for a range of them"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_with_its_place(
    adapter: Callable[..., str], source: str | bytes, message: str
) -> None:
    path = adapter(source)
    with pytest.raises(UsageError) as problem:
        resolve(path)
    assert message in str(problem.value)
    assert str(problem.value).startswith(f"{path}:")
    assert ":None:" not in str(problem.value)


def test_a_constant_that_python_itself_would_refuse_is_none_of_ours(adapter: Callable[..., str]) -> None:
    # Only the constants that the contract names are anybody's business here.
    assert resolve(adapter("OTHER = {[]: 1}\n" + FUNCTION)).name == "mine"


def test_a_folder_named_like_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.py").mkdir()
    with pytest.raises(UsageError, match="no such file"):
        resolve(str(tmp_path / "mine.py"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_adapter("mine", tmp_path / "mine.py")


def test_a_file_says_what_it_is_in_constants_and_in_its_first_line(adapter: Callable[..., str]) -> None:
    source = '"""Mine: the best.\n\nMore."""\nLICENCE = "MIT"\nHOMEPAGE = "https://a.example"\nCONTROL = True\nX = print\n'
    found = resolve(adapter("\ufeff" + source + ALL_KINDS)).adapter
    assert (found.summary, found.licence, found.homepage, found.control) == (
        "Mine: the best.",
        "MIT",
        "https://a.example",
        True,
    )
    assert found.defaults == {"flag": False, "count": 3, "share": 0.5, "name": "all"}


def test_what_most_extractors_are_needs_no_saying(adapter: Callable[..., str]) -> None:
    plain = read_adapter("mine", Path(adapter()))
    assert (plain.output, plain.optional, plain.stateful) == ("text", (), ())
    facts = "OUTPUT = 'markdown'\nOPTIONAL = ('jieba',)\nSTATEFUL = ('flag',)\n"
    other = read_adapter("mine", Path(adapter(facts + ALL_KINDS)))
    assert (other.output, other.optional, other.stateful) == ("markdown", ("jieba",), ("flag",))


@pytest.mark.parametrize(
    ("settings", "stateful"),
    [("", False), (":flag=true", True), (":count=0", False), (":flag=true,count=0", True)],
)
def test_an_extractor_remembers_pages_where_a_setting_that_makes_it_so_is_on(
    adapter: Callable[..., str], settings: str, stateful: bool
) -> None:
    assert resolve(adapter("STATEFUL = ('flag',)\n" + ALL_KINDS) + settings).stateful is stateful


def test_constants_with_a_type_beside_them_count_as_well(adapter: Callable[..., str]) -> None:
    found = resolve(adapter("DISTRIBUTIONS: tuple[str, ...] = ('lxml',)\n" + FUNCTION))
    assert found.version == importlib.metadata.version("lxml")


def test_a_setting_without_a_default_must_be_given(adapter: Callable[..., str]) -> None:
    path = adapter("def extractor(*, name: str, size: int, flag: bool = False): ...\n")
    assert lacks(read_adapter("mine", Path(path))) == "it runs as -x mine:name=...,size=..."
    with pytest.raises(UsageError, match=r"mine needs -x mine:name=\.\.\.,size=\.\.\."):
        resolve(f"{path}:name=x")
    with pytest.raises(UsageError, match=r"setting 'size' of mine is a whole number \(size=\.\.\.\)"):
        resolve(f"{path}:name=x,size=much")
    assert resolve(f"{path}:size=3,name=x").settings == {"name": "x", "size": 3}


def test_a_setting_that_changes_no_result_is_handed_on_and_is_no_part_of_the_identity(adapter: Callable[..., str]) -> None:
    path = adapter("ASIDE = ('share',)\n" + ALL_KINDS)
    plain, dear = resolve(f"{path}:count=5"), resolve(f"{path}:count=5,share=0.9")
    assert plain.key == dear.key
    assert plain.settings_text == dear.settings_text == "count=5"
    assert (plain.fixed, dear.fixed) == ({}, {"share": 0.9})


def test_a_tool_must_be_there_and_its_version_changes_nothing(adapter: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match=r"mine is not installed here \(no-such-one\)"):
        resolve(adapter("TOOLS = ('no-such-one',)\n" + FUNCTION))
    assert "tabulate" not in resolve(adapter("TOOLS = ('tabulate',)\n" + FUNCTION)).identity["versions"]


def test_a_host_is_part_of_the_identity_of_who_may_reach_it(adapter: Callable[..., str]) -> None:
    path = adapter("NETWORK = 'at'\ndef extractor(*, at: str): ...\n")
    found = resolve(f"{path}:at=http://localhost:11434/v1")
    assert (found.identity["host"], str(found.address)) == ("localhost:11434", "localhost:11434")
    assert "host" not in resolve(adapter(FUNCTION)).identity


# Identity


def test_two_files_of_one_name_and_other_bytes_are_two_extractors(adapter: Callable[..., str]) -> None:
    first, second = adapter(name="a/mine.py"), adapter(FUNCTION + "#", name="b/mine.py")
    assert resolve(first).key != resolve(second).key


@pytest.mark.parametrize("name", ["extract.py", "markup.py", "encoding.py"])
def test_a_change_in_our_own_code_that_an_output_passes_through_is_a_change_of_identity(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = spec.shared_source.__wrapped__()
    for file in Path(spec.__file__).parent.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(spec, "__file__", str(tmp_path / "spec.py"))
    assert spec.shared_source.__wrapped__() == before
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"#\n")
    assert spec.shared_source.__wrapped__() != before


def test_a_new_version_of_a_dependency_is_a_change_of_identity(
    adapter: Callable[..., str], install: Callable[..., None]
) -> None:
    install("x-main", "1.0", "x-part")
    install("x-part", "1.0")
    path = adapter("DISTRIBUTIONS = ('x-main',)\n" + FUNCTION)
    first = resolve(path)
    assert first.version == "1.0"
    install("x-part", "1.0", "x-other")  # which is not there, so nothing has changed
    assert resolve(path).key == first.key
    install("x-part", "1.0.1")
    assert resolve(path).version == "1.0"
    assert resolve(path).key != first.key


# Distributions


def test_all_that_a_distribution_depends_on_is_found_with_its_version() -> None:
    found = running().closure(["trafilatura"])
    # What trafilatura 2 names itself, what those name, and what lxml's extra brings.
    assert {"trafilatura", "lxml", "lxml-html-clean", "justext", "courlan", "htmldate", "tld", "babel"} <= set(found)
    assert all(found[name] == importlib.metadata.version(name) for name in found)
    assert not {"pytest", "rich", "goose3"} & set(found)


def test_whatever_decodes_a_page_belongs_to_every_extractor() -> None:
    assert "webencodings" in resolve("nothing").identity["versions"]
    assert "webencodings" in resolve("goose3").identity["versions"]


@pytest.mark.parametrize(
    ("requirements", "found"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param(["x-a"], {"x-a": "1"}, id="one"),
        pytest.param(["X_A (>=1)"], {"x-a": "1"}, id="another spelling, with a condition"),
        pytest.param(["x-a; python_version > '3'"], {"x-a": "1"}, id="a marker that holds"),
        pytest.param(["x-a; python_version < '3'"], {}, id="a marker that does not"),
        pytest.param(["x-a; extra == 'fast'"], {}, id="an extra that nobody asked for"),
        pytest.param(["x-b"], {"x-b": "2"}, id="one whose extras nobody asked for"),
        pytest.param(["x-b[more]"], {"x-b": "2", "x-a": "1"}, id="one with an extra"),
        pytest.param(["x-b[MORE]"], {"x-b": "2", "x-a": "1"}, id="an extra in capitals"),
        pytest.param(["x-b", "x-b[more]"], {"x-b": "2", "x-a": "1"}, id="with and without an extra"),
        pytest.param(["x-c"], {"x-c": "3", "x-d": "4"}, id="two that need each other"),
        pytest.param(["x-root"], {}, id="itself"),
        pytest.param(["no-such-one"], {}, id="one that is not installed"),
        pytest.param(["what is this", "x-a"], {"x-a": "1"}, id="a line that is no requirement"),
        pytest.param(["x-a @ https://a.example/x.zip"], {"x-a": "1"}, id="one by its address"),
    ],
)
def test_requirements_are_followed_as_pip_follows_them(
    install: Callable[..., None], requirements: list[str], found: dict[str, str]
) -> None:
    install("x-a", "1")
    install("x-b", "2", "x-a; extra == 'more'")
    install("x-c", "3", "x-d")
    install("x-d", "4", "x-c")
    install("x-root", "9", *requirements)
    assert running().closure(["X.Root"]) == {"x-root": "9", **found}


def test_a_distribution_that_it_can_do_without_is_part_of_the_identity_where_it_is_installed(
    adapter: Callable[..., str], install: Callable[..., None]
) -> None:
    path = adapter("DISTRIBUTIONS = ('lxml',)\nOPTIONAL = ('x-faster',)\n" + FUNCTION)
    without = resolve(path)
    install("x-faster", "1.0")
    found = resolve(path)
    assert found.identity["versions"] == {**without.identity["versions"], "x-faster": "1.0"}
    assert found.key != without.key


@pytest.mark.parametrize(
    ("facts", "version", "requirements"),
    [
        pytest.param("DISTRIBUTIONS = ()", None, None, id="nothing"),
        pytest.param("DISTRIBUTIONS = ('x-a',)", None, None, id="what is installed"),
        pytest.param("DISTRIBUTIONS = ('X_A',)", None, None, id="the same in another spelling"),
        pytest.param("DISTRIBUTIONS = ('x-a',)", "1.5", None, id="the version that is installed"),
        pytest.param("DISTRIBUTIONS = ('x-a',)", "1.5.0", None, id="the same version, written otherwise"),
        pytest.param("DISTRIBUTIONS = ('x-a',)", "1.4", ["x-a==1.4"], id="another version"),
        pytest.param("DISTRIBUTIONS = ('x-b',)", None, ["x-b"], id="what is not installed"),
        pytest.param("DISTRIBUTIONS = ('x-a', 'x-b')", None, ["x-a", "x-b"], id="half of what is needed"),
        pytest.param("DISTRIBUTIONS = ('x-b', 'x-a')", "2", ["x-b==2", "x-a"], id="the version is the first one's"),
        pytest.param("DISTRIBUTIONS = ('x-a',)\nREQUIRES = ('x-a>1',)", None, None, id="a requirement that is met"),
        pytest.param("DISTRIBUTIONS = ('x-a',)\nREQUIRES = ('x-a<1',)", None, ["x-a<1"], id="one that is not"),
        pytest.param("DISTRIBUTIONS = ('x-a',)\nREQUIRES = ('x-b<1',)", None, ["x-b<1", "x-a"], id="one of something else"),
        pytest.param(
            "DISTRIBUTIONS = ('x-a',)\nREQUIRES = ('X.A[c]<1',)", "2", ["X.A[c]==2"], id="a version for a requirement"
        ),
        pytest.param(
            "DISTRIBUTIONS = ('x-a',)\nREQUIRES = ('x-b; python_version<\"3\"',)", None, None, id="one for another Python"
        ),
        pytest.param("DISTRIBUTIONS = ('x-a',)\nPYTHON = '>=3.11'", None, None, id="a Python that this one is"),
        pytest.param("DISTRIBUTIONS = ('x-a',)\nPYTHON = '<3.11'", None, ["x-a"], id="a Python that this one is not"),
    ],
)
def test_what_the_main_environment_does_not_meet_needs_one_of_its_own(
    adapter: Callable[..., str], install: Callable[..., None], facts: str, version: str | None, requirements: list[str] | None
) -> None:
    install("x-a", "1.5")
    own = parse(adapter(f"{facts}\n{FUNCTION}") + (f"=={version}" if version else "")).environment
    assert (own and list(own.requirements)) == requirements


def test_an_environment_has_the_python_of_all_others_unless_its_file_says_another(adapter: Callable[..., str]) -> None:
    facts = "DISTRIBUTIONS = ('no-such-one',)\n"
    usual, other = parse(adapter(facts + FUNCTION)), parse(adapter(facts + "PYTHON = '<3.9'\n" + FUNCTION))
    assert usual.environment
    assert usual.environment.python == "=={}.{}.*".format(*sys.version_info)
    assert other.environment
    assert other.environment.python == "<3.9"
