"""A server to run the daemon on: a folder that it takes for the whole machine, and a fake nvidia-smi."""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.engine import ROOT

PROGRAM = ROOT / "chalicelib" / "instances" / "daemon" / "thestage_daemon.py"
_NVIDIA_SMI = """#!/bin/sh
echo '0, NVIDIA A100-SXM4-40GB, GPU-5f0c1f2e-8d7a, 40960'
echo '1, NVIDIA [A100] $(reboot), GPU-77, 40960'
"""
_CPUINFO = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\n"
_MEMINFO = "MemTotal:       65536 kB\nMemFree:          1024 kB\n"


@dataclass
class Host:
    """One server. The user whose keys the daemon keeps is whoever runs the tests."""

    root: Path

    def __post_init__(self) -> None:
        for folder in ("etc", "proc", "dev/shm", "bin", self.home.lstrip("/")):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "proc/cpuinfo").write_text(_CPUINFO)
        (self.root / "proc/meminfo").write_text(_MEMINFO)
        self.program("nvidia-smi", _NVIDIA_SMI)

    @property
    def user(self) -> str:
        return pwd.getpwuid(os.getuid()).pw_name

    @property
    def home(self) -> str:
        return pwd.getpwuid(os.getuid()).pw_dir

    @property
    def authorized_keys(self) -> Path:
        return self.root / self.home.lstrip("/") / ".ssh/authorized_keys"

    @property
    def token_file(self) -> Path:
        return self.root / "etc/thestage-daemon-token"

    def program(self, name: str, text: str) -> None:
        """A program on the path."""
        file = self.root / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def keep_token(self, token: str) -> None:
        """As the installer does."""
        self.token_file.write_text(token + "\n")
        self.token_file.chmod(0o600)

    def write_keys(self, content: bytes) -> None:
        """What its owner has in authorized_keys."""
        self.authorized_keys.parent.mkdir(mode=0o700, exist_ok=True)
        self.authorized_keys.write_bytes(content)
        self.authorized_keys.chmod(0o600)

    def environment(self, url: str) -> dict[str, str]:
        return {
            "PATH": f"{self.root / 'bin'}:{os.defpath}",
            "THESTAGE_DAEMON_URL": url,
            "THESTAGE_DAEMON_USER": self.user,
            "THESTAGE_DAEMON_ROOT": str(self.root),
        }

    def run(self, url: str, *arguments: str, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
        """Run the daemon to its end: with "--once" usually."""
        command = [python, str(PROGRAM), *arguments]
        return subprocess.run(
            command, env=self.environment(url), capture_output=True, text=True, timeout=60, check=False
        )

    def start(self, url: str) -> "subprocess.Popen[str]":
        """Run it until somebody ends it."""
        return subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=self.environment(url), stderr=subprocess.PIPE, text=True
        )
