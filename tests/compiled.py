"""What every application compiles anew, kept once for all applications of a test process.

A service compiles its routes and templates once; thousands of tests make an application each, and
spent more than half of their time on that.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class TemplatesInMemory(BytecodeCache):
    """Compiled templates by name and place; one whose source has changed is compiled again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template what was compiled for another application."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


def keep_compiled() -> None:
    """Let all applications that are made from now on share templates and routes."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": TemplatesInMemory()}
    compile_builder: Callable[[Rule, bool], Builder] = Rule._compile_builder
    kept: dict[Any, Builder] = {}

    def kept_builder(rule: Rule, append_unknown: bool = True) -> Builder:
        # What is made takes its rule as an argument, so it serves every rule that looks the same.
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = kept_builder  # type: ignore[method-assign, assignment]
