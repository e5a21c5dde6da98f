# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import tempfile

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf import ini
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.ini import NovaConfError
from hypothesis import example, given
from hypothesis import strategies as st
from oslo_config import cfg


@contextlib.contextmanager
def on_disk(text):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        yield file.name


def read(text, multi=False):
    """The values that nova reads of the option opt in section s."""
    conf = cfg.ConfigOpts()
    conf.register_opt((cfg.MultiStrOpt if multi else cfg.StrOpt)("opt"), group="s")
    with on_disk(text) as path:
        conf([], default_config_files=[path])
    return conf.s.opt


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))
awkward = st.text("$\\\"' {}a=:#;[]%,\t\x0b\x85\u2028")


@given(texts | awkward)
@example("$")
@example("\\$a")
@example("$$a")
@example('"')
@example("''")
@example(" a ")
@example("${host}")
def test_oslo_config_reads_back_every_literal(value):
    assert read(ini.dump({"s": {"opt": [ini.literal(value)]}})) == value


@given(texts | awkward)
def test_plain_undoes_literal(value):
    assert ini.plain(ini.literal(value)) == value


@pytest.mark.parametrize("value", ["a\nb", "a\n", "\r", "a\r\nb"])
def test_a_line_break_is_refused(value):
    with pytest.raises(NovaConfError, match="line break"):
        ini.literal(value)


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (5, "5"), (0.5, "0.5"), ("", "")])
def test_yaml_values_become_novas(value, text):
    assert ini.literal(value) == text


words = st.text("abcdefgh_", min_size=1, max_size=8)
values = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)
multiline = st.lists(values.filter(bool), min_size=1, max_size=3).map("\n".join)
confs = st.dictionaries(
    words,
    st.dictionaries(words, st.lists(values | multiline, min_size=1, max_size=3), min_size=1, max_size=3),
    max_size=3,
)


@given(confs)
def test_parse_reads_what_dump_writes(conf):
    assert ini.parse(ini.dump(conf, header="made by\n\nus")) == conf


@given(st.lists(multiline, min_size=1, max_size=3))
def test_oslo_config_reads_every_value_of_a_repeated_option(found):
    found = [value for value in found if "$" not in value and value[0] not in "\"'"] or ["a"]
    assert read(ini.dump({"s": {"opt": found}}), multi=True) == found


def parsed_by_oslo(text):
    sections = {}
    try:
        with on_disk(text) as path:
            cfg.ConfigParser(path, sections).parse()
    except cfg.iniparser.ParseError:
        return None
    return {section: options for section, options in sections.items() if options}


def parsed_by_us(text):
    try:
        conf = ini.parse(text)
    except NovaConfError:
        return None
    return {section: options for section, options in conf.items() if options}


GRAMMAR = st.lists(
    st.sampled_from(
        ["[s]", "[t]", "[s] x", "[]", "[s", "opt = a", "opt: b", "opt =", "other=x=y", " more", "\tmore", "", "  ",
         "# note", "; note", "word", "= x", "opt = a \x85 b", "a b = c"]
    ),
    max_size=8,
).map("\n".join)  # fmt: skip


@given(GRAMMAR)
@example("[s]\nopt = a\n# note\n more")
@example("[s] # note\nopt = a")
@example("[s]\nopt = a\x85[t]")
@example("[s]\r\nopt = a\r\n")
def test_we_read_and_refuse_what_oslo_config_does(text):
    assert parsed_by_us(text) == parsed_by_oslo(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("opt = a", 1),
        ("[s]\nnothing", 2),
        ("[s]\n\n more", 3),
        ("[s", 1),
        ("[]", 1),
        ("[s]\n= a", 2),
        ("[s]\n# x\n more", 3),
    ],
)
def test_errors_name_the_line_and_never_its_content(text, line):
    with pytest.raises(NovaConfError, match=f"^line {line} "):
        ini.parse(text)


def test_error_does_not_show_a_secret():
    with pytest.raises(NovaConfError) as error:
        ini.parse("[s]\ns3cret")
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], {}),
        ([{"a": {"x": 1, "y": True}}], {"a": {"x": ["1"], "y": ["true"]}}),
        ([{"a": {"x": 1, "y": 2}}, {"a": {"x": 3}, "b": {"z": ""}}], {"a": {"x": ["3"], "y": ["2"]}, "b": {"z": [""]}}),
        ([{"a": {"x": ["1", "2"]}}, {"a": {"x": "3"}}], {"a": {"x": ["3"]}}),
        ([{"a": {"x": 1}}, {"a": {"x": [2, False]}}], {"a": {"x": ["2", "false"]}}),
        ([{"a": {"x": 1, "y": 2}}, {"a": {"x": None}}], {"a": {"y": ["2"]}}),
        ([{"a": {"x": 1}}, {"a": {"x": None}}], {}),
        ([{"a": {"x": 1}}, {"a": None}], {"a": {"x": ["1"]}}),
        ([{"a": {"x": None}}, {"a": {"x": 1}}], {"a": {"x": ["1"]}}),
        ([{1: {2: 3}}], {"1": {"2": ["3"]}}),
    ],
)
def test_later_layers_win_option_by_option(layers, expected):
    assert ini.merge(*layers) == expected


def test_merge_leaves_its_layers_alone():
    base = {"a": {"x": ["1"]}}
    ini.merge(base, {"a": {"x": 2, "y": 3}})
    assert base == {"a": {"x": ["1"]}}


def test_dump_puts_default_first_and_sorts():
    conf = {"b": {"y": ["1"]}, "a": {"y": ["1"], "x": ["1", "2"]}, "DEFAULT": {"z": [""]}}
    assert ini.dump(conf, "made") == "# made\n\n[DEFAULT]\nz =\n\n[a]\nx = 1\nx = 2\ny = 1\n\n[b]\ny = 1\n"


@pytest.mark.parametrize(("text", "expected"), [("True", True), (" on ", True), ("false", False), ("", False)])
def test_truth_is_that_of_oslo_config(text, expected):
    assert ini.is_true(text) is expected


@pytest.mark.parametrize(("option", "expected"), [("several", "b"), ("quoted", " a$b "), ("gone", "")])
def test_the_value_of_an_option(option, expected):
    conf = {"DEFAULT": {"several": ["a", "b"], "quoted": ['" a\\$b "']}}
    assert ini.value(conf, "DEFAULT", option) == expected
    assert ini.value(conf, "elsewhere", option) == ""
