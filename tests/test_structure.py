"""The structure of the code: which package may import which, names, and what is packaged."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.common.locations import ROOT

try:
    import tomllib
except ImportError:  # Python 3.10
    tomllib = None  # type: ignore[assignment]

# Each may import those before it, and itself.
ORDER = (
    "common",
    "settings",
    "preprocessing",
    "modeling",
    "evaluation",
    "workflows",
    "server",
    "cli",
)
PACKAGES = tuple(name for name in ORDER if (ROOT / name).is_dir())
OUTSIDE = ("tools", "benchmarks", "tests")  # may import all
# Public functions of which several modules have one of their own: they are called as `module.name`.
SHARED_FUNCTIONS = {
    "run": "the one signature of all modes",
    "load": "the settings, or what a kind of file holds",
    "save": "into a kind of file",
    "inputs": "of the graphs of an architecture",
    "encode": "the encoder of an architecture, as a graph",
    "step": "a step of the decoder of an architecture, as a graph",
}
# American spelling in identifiers, as in the libraries that the code builds on.
BRITISH = re.compile(
    r"(token|normal|recogn|initial|optim|summar|serial|capital|minim|maxim|organ|random|general|"
    r"regular|special|penal|util|synchron|parallel|vector|visual|memor)is(e|es|ed|er|ing|ation)(?=_|$|[A-Z])"
    r"|colour|behaviour|favour|neighbour|centre(?=_|$)|licence|grey|catalogue_|labelled|cancelled",
    re.IGNORECASE,
)


def modules(*tops: str) -> Iterator[tuple[Path, ast.Module]]:
    """Parse the files of some folders."""
    for top in tops:
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Return the names of all modules that are imported anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def definitions(tree: ast.Module) -> Iterator[ast.stmt]:
    """Return the statements of a module, including those under its `if` and `try`."""
    for node in tree.body:
        if isinstance(node, (ast.If, ast.Try)):
            yield from definitions(ast.Module([*node.body, *node.orelse], []))
        else:
            yield node


def type_names(tree: ast.Module) -> Iterator[str]:
    """Return the classes and type aliases of a module: CamelCase names at its top level."""
    for node in definitions(tree):
        names: list[str] = []
        if isinstance(node, ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        for name in names:
            if re.fullmatch(r"_?[A-Z]\w*[a-z]\w*", name):
                yield name


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way(package: str) -> None:
    allowed = ORDER[: ORDER.index(package) + 1]
    for path, tree in modules(package):
        for name in imported(tree):
            top, _, rest = name.partition(".")
            assert top not in (*ORDER, *OUTSIDE, "app"), f"{path} imports {name}, not malgil.{name}"
            if top == "malgil" and rest:
                assert rest.split(".")[0] in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("top", OUTSIDE)
def test_what_stands_outside_imports_by_the_full_name(top: str) -> None:
    for path, tree in modules(top):
        for name in imported(tree):
            assert name.split(".")[0] not in ORDER, f"{path} imports {name}, not malgil.{name}"


def test_no_package_is_imported_under_two_names() -> None:
    assert {name for name in sys.modules if name.split(".")[0] in PACKAGES} == set()


def test_no_two_classes_or_type_aliases_share_a_name() -> None:
    places = defaultdict(list)
    for path, tree in modules("malgil", *PACKAGES, "tools", "benchmarks"):
        for name in type_names(tree):
            places[name].append(str(path))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_public_functions_are_known_by_their_names() -> None:
    places = defaultdict(list)
    for path, tree in modules("malgil", *PACKAGES):
        for node in definitions(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                places[node.name].append(str(path))
    shared = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert set(shared) == set(SHARED_FUNCTIONS)


def test_identifiers_are_spelled_as_in_american_english() -> None:
    for path, tree in modules("malgil", *PACKAGES, "tools", "benchmarks", "tests"):
        for node in ast.walk(tree):
            for field in ("id", "attr", "arg", "name"):
                name = getattr(node, field, None)
                if isinstance(name, str) and not isinstance(node, ast.alias):
                    assert not BRITISH.search(name), f"{path}: {name}"


def test_the_data_folder_holds_no_code() -> None:
    assert list((ROOT / "data").rglob("*.py")) == []


def run_python(program: str, folder: Path) -> str:
    """Run a program in a folder, with the checkout on its path, and return its output."""
    code = f"import sys; sys.path.append({str(ROOT)!r})\n{program}"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return ran.stdout


def test_a_project_with_a_settings_module_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("mine = 1\n")
    program = (
        "sys.path.insert(0, ''); import settings\n"
        "import malgil\n"
        "from malgil.settings import Settings\n"
        "print(settings.mine, malgil.Translator.__name__, Settings().model.units)"
    )
    assert run_python(program, tmp_path).split() == ["1", "Translator", "256"]


def test_importing_malgil_loads_nothing(tmp_path: Path) -> None:
    program = "import malgil; print(sorted(n for n in sys.modules if n.startswith('malgil')))"
    assert run_python(program, tmp_path).strip() == "['malgil']"


@pytest.mark.skipif(tomllib is None, reason="needs Python 3.11")
class TestPackaging:
    @pytest.fixture
    def project(self) -> dict:
        return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    def test_every_package_is_in_the_wheel(self, project: dict) -> None:
        wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
        assert {"malgil", *PACKAGES} <= set(wheel["only-include"])
        others = set(wheel["only-include"]) - {"malgil"}
        assert wheel["sources"] == {name: f"malgil/{name}" for name in others}

    def test_packages_have_an_init(self) -> None:
        folders = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
        assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []

    def test_requirements_are_those_of_the_wheel(self, project: dict) -> None:
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        needed = {line for line in lines if line and not line.startswith("#")}
        table = project["project"]
        assert needed == {*table["dependencies"], *table["optional-dependencies"]["train"]}
