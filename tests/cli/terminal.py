"""A terminal for the published command: what it prints, and what a person types at its prompts."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pexpect

from local.engine import ROOT

COMMAND = ROOT / ".local" / "thestage" / "bin" / "thestage"
_SSH = """#!/bin/sh
for argument in "$@"; do printf '%s\\n' "$argument"; done > "$HOME/ssh-arguments"
"""
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
LONGEST_RUN_SECONDS = 60


@dataclass(frozen=True)
class Run:
    """What a command printed, without colours, and how it ended."""

    output: str
    exit_code: int

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.output.splitlines()


@dataclass
class Terminal:
    """A terminal of 200 columns. `token` is in the environment until the command keeps one in its own configuration."""

    home: Path
    url: str
    token: str | None = None
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.home / "bin"
        programs.mkdir(parents=True)
        ssh = programs / "ssh"
        ssh.write_text(_SSH)
        ssh.chmod(0o755)

    def run(self, *arguments: str, answers: Mapping[str, str] | None = None) -> Run:
        """Run `thestage` with these arguments. `answers` has what a person types at each prompt, in their order."""
        child = pexpect.spawn(
            str(COMMAND),
            list(arguments),
            env=self._environment(),
            cwd=str(self.home),
            encoding="utf-8",
            dimensions=(50, 200),
            timeout=LONGEST_RUN_SECONDS,
        )
        shown = ""
        for prompt, answer in (answers or {}).items():
            met = child.expect_exact([prompt, pexpect.EOF])
            shown += child.before + ("" if met else child.after)
            assert met == 0, f"no prompt {prompt!r} in: {shown}"
            child.sendline(answer)
        # A prompt that the test does not know of gets no answer, rather than wait for one.
        child.sendeof()
        child.expect(pexpect.EOF)
        child.close()
        output = _COLORS.sub("", shown + child.before).replace("\r\n", "\n")
        return Run(output, child.exitstatus if child.exitstatus is not None else -(child.signalstatus or 0))

    def write(self, name: str, text: str) -> Path:
        """A file in the home."""
        file = self.home / name
        file.write_text(text)
        return file

    @property
    def ssh_arguments(self) -> list[str] | None:
        """What ssh was last called with, or None when it was not called."""
        notes = self.home / "ssh-arguments"
        return notes.read_text().splitlines() if notes.exists() else None

    @property
    def configuration(self) -> dict[str, object]:
        """What the command keeps."""
        kept: dict[str, object] = json.loads((self.home / ".thestage" / "config.json").read_text())["main"]
        return kept

    def _environment(self) -> dict[str, str]:
        token = {} if self.token is None else {"THESTAGE_AUTH_TOKEN": self.token}
        return {
            "HOME": str(self.home),
            "PATH": f"{self.home / 'bin'}:{os.defpath}",
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "COLUMNS": "200",
            "THESTAGE_CONFIG_DIR": ".thestage",
            "THESTAGE_API_URL": self.url,
            **token,
            **self.more,
        }
