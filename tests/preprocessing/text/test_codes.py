"""Codes of software: templates, formats, code, escapes, files and paths."""

from __future__ import annotations

import pytest

from malgil.preprocessing.text.codes import is_file
from tests.preprocessing.text.test_protected_spans import spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name}님이 {0}개를 {}에", ["{name}", "{0}", "{}"]),
        (
            "{{name}} {{ user.name }} {{{x}}} {{이름}}을",
            ["{{name}}", "{{ user.name }}", "{{{x}}}", "{{이름}}"],
        ),
        ("{% if x %}네{% endif %}", ["{% if x %}", "{% endif %}"]),
        ("${user}와 $user가 #{name} %{count}", ["${user}", "$user", "#{name}", "%{count}"]),
        ("{0:.2f} {a!r} {b[0]} {이름}", ["{0:.2f}", "{a!r}", "{b[0]}", "{이름}"]),
        ("{ a, b } {네, 좋아요} 5 { 3", []),
    ],
)
def test_templates(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%s가 %1$s에게 %(x)d개", ["%s", "%1$s", "%(x)d"]),
        ("%d%% %@ %.2f %5d %lu", ["%d%%", "%@", "%.2f", "%5d", "%lu"]),
        ("%Y-%m-%d %dKB %dx%d", ["%Y-%m-%d", "%d", "%dx%d"]),
        ("%PATH%를", ["%PATH%"]),
        ("50%가 100 % sure 30%d", ["50%"]),
    ],
)
def test_formats(text: str, expected: list[str]) -> None:
    found = spans(text)
    assert [span for span in found if span != "100"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`git commit`을 쓰세요", ["`git commit`"]),
        ("``x = 1``과 :func:`foo.bar`", ["``x = 1``", ":func:`foo.bar`"]),
        ("`so' and `it's'", []),  # quotation marks of plain text
        ("첫 줄\\n둘째 줄\\t끝", ["\\n", "\\t"]),
        ("Hello\\nworld \\textbf", ["\\n", "\\textbf"]),
        ("\\u00e9 \\x1b", ["\\u00e9", "\\x1b"]),
    ],
)
def test_code_and_escapes(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C:\\Users\\kim\\report.docx를", ["C:\\Users\\kim\\report.docx"]),
        ("C:\\사용자\\문서를 D:/a/b", ["C:\\사용자\\문서", "D:/a/b"]),
        ("\\\\server\\share를", ["\\\\server\\share"]),
        ("/usr/local/bin에 /home/사용자/.", ["/usr/local/bin", "/home/사용자/"]),
        ("./a.sh를 ../b ~/docs", ["./a.sh", "../b", "~/docs"]),
        ("src/main/a.py와 lib/x", ["src/main/a.py", "lib/x"]),
        (
            "보고서_2024.hwp를 회의록.docx에 사진(1).PNG",
            ["보고서_2024.hwp", "회의록.docx", "사진(1).PNG"],
        ),
        ("report_2024_final.pdf, a.tar.gz.", ["report_2024_final.pdf", "a.tar.gz"]),
        (".gitignore와 .bashrc", [".gitignore", ".bashrc"]),
        ("and/or km/h 1/2 he/she", []),
        ("fear.So we e.g. J.C. up.The", []),
    ],
)
def test_files_and_paths(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


def test_is_file() -> None:
    assert all(map(is_file, ("a.pdf", "a.PDF", "main.c", "a.mp3", ".docx")))
    assert not any(map(is_file, ("fear.So", "a.c", "x.Pdf", "a.b", "a.company")))
