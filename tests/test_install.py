"""The installation: what it asks of a machine, where torch comes from, and what is said when it fails."""

import ast
import os
import shutil
import sys

import pytest
from test_rebuilding import make
from tiny_book import ROOT

from tools import install


def test_an_old_python_can_read_the_installer_and_is_refused():
    ast.parse((ROOT / "tools/install.py").read_text(), feature_version=(3, 5))
    message = install.refusal((3, 8, 10), free_gb=100)
    assert "Python >= 3.11 and < 3.14 is needed, this is 3.8" in message
    assert install.refusal((3, 14, 0), 100) and install.refusal((3, 11, 0), 100) is None


def test_python_2_is_refused_in_the_same_words(monkeypatch):
    assert (ROOT / "tools/install.py").read_bytes().isascii()  # Python 2 takes nothing else without being told
    monkeypatch.setattr(sys, "version_info", (2, 7, 18))
    monkeypatch.setattr(sys, "argv", ["install.py"])
    monkeypatch.setattr(install, "STAMP", "/nowhere")
    monkeypatch.delattr(shutil, "disk_usage")  # it has none
    with pytest.raises(SystemExit, match=r"Python >= 3\.11 and < 3\.14 is needed, this is 2\.7"):
        install.main()


def test_an_environment_of_another_python_is_named(tmp_path, monkeypatch):
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.4\n")
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["install.py", "--same"])
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    assert install.main() is None
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    with pytest.raises(SystemExit, match=r"of Python 3\.12, not 3\.11\. .*make distclean, .*PYTHON=python3\.11"):
        install.main()


def test_only_a_python_that_was_asked_for_is_compared():
    assert "--same" in make("-n", "install", "PYTHON=python3").stdout
    assert "--same" not in make("-n", "install").stdout


def test_a_small_disk_is_refused():
    assert "about 3 GB" in install.refusal((3, 11, 0), free_gb=1.2)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("error: No space left on device (os error 28)", "disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "cannot be reached"),
        ("error: dns error: failed to lookup address information", "cannot be reached"),
        ("error: no such option", "said last"),
    ],
)
def test_a_failed_installation_is_explained(said, meant):
    assert meant in install.diagnose(said)


def test_a_failed_step_shows_its_last_lines(capfd):
    with pytest.raises(SystemExit, match="tried it: The package registry cannot be reached"):
        install.step("tried it", [sys.executable, "-c", "print('Connection refused'); exit(1)"], dict(os.environ))
    assert "Connection refused" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("platform", "links", "options"),
    [
        ("linux", "", ["--torch-backend", "cpu"]),
        ("darwin", "", []),
        ("linux", "/a /b", ["--find-links", "/a", "--find-links", "/b"]),
        ("darwin", "/a", ["--find-links", "/a"]),
    ],
)
def test_torch_comes_for_cpus_from_its_own_index_from_a_folder_of_wheels_or_on_a_mac_as_it_is(
    monkeypatch, platform, links, options
):
    monkeypatch.setattr(sys, "platform", platform)
    assert install.torch_source({"PIP_FIND_LINKS": links} if links else {}) == options
