"""Codes of software in a text: code in backticks, templates, formats, escapes, files and paths."""

# `code` and ``code``, with the role of reStructuredText before it; no quotation (`so').
CODE = (
    r"(?::[a-z][a-z:+-]{0,30}:)?(?:``(?=[^\s`])[^`]{1,300}(?<!\s)``(?!`)"
    r"|(?<!`)`(?=[^\s`'])[^`]{1,300}(?<![\s`])`_{0,2}(?!`))"
)
_NAME = (
    r"[A-Za-z0-9_가-힣][\w가-힣.-]*(?:\[[^\[\]{}\s]{1,40}\])?(?:![rsa])?(?::[^{}\s가-힣]{0,20})?"
)
# {name} {0:.2f} {} {{ name }} {{{name}}} {% if x %} {# note #} ${name} #{name} %{name} @{name}
TEMPLATE = (
    r"\{\{\{[^{}]{1,200}\}\}\}|[$#%@]?\{\{[^{}]{1,200}\}\}|\{%[^{}%]{1,200}%\}|\{#[^{}#]{1,200}#\}"
    rf"|[$#%@]\{{[^{{}}\s]{{1,80}}\}}|(?<![A-Za-z0-9_\\{{])\{{(?:{_NAME})?\}}(?!\}})"
    r"|(?<![\w$])\$(?:[A-Za-z_]\w*|[0-9@#?*!](?![\d,.]*\d|[\w]))"
    r"|(?<![A-Za-z0-9_%])%[A-Z_][A-Z0-9_]+%"  # %PATH%
)
_CONVERSION = r"(?:hh?|ll?|[qjztL])?[A-Za-z@](?![A-Za-z])"
_MEASURED = r"[dsuif](?=(?:px|pt|em|ms|[KMG]?i?B|[smhx]|%)(?![a-z]))"
_SPECIFIER = (
    r"%(?:\d{1,2}\$)?[-+#0]{0,3}(?:\d{1,3}|\*)?(?:\.(?:\d{1,3}|\*))?"
    rf"(?:{_CONVERSION}|{_MEASURED})|%\(\w{{1,60}}\)[-+#0]?[\d.]{{0,5}}[A-Za-z]"
)
# %s %1$s %(name)d %@ %.2f %Y-%m-%d %d%%
FORMAT = rf"(?<![\d%])(?:{_SPECIFIER})(?:%%|[-:/.x]?(?:{_SPECIFIER}))*"
# \n between the words of a message; \textbf is a command of TeX.
ESCAPE = (
    r"(?:\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0\"'\\]|[nrtvfb](?![a-z])|[nrt](?=[a-z])(?<=[^\s]..)))+"
    r"|\\[A-Za-z]{2,30}\*?"
)
_EXTENSIONS = (
    "docx?|dotx?|hwpx?|hwt|xlsx?|xlsm|pptx?|ppsx?|pdf|odt|ods|odp|rtf|txt|csv|tsv|md|rst|tex|epub|html?|xhtml|xml|xsl|"
    "json|jsonl|ya?ml|toml|ini|cfg|conf|properties|env|log|lock|sql|db|sqlite|png|jpe?g|gif|bmp|svg|webp|tiff?|"
    "ico|psd|heic|raw|mp[34]|m4[av]|wav|flac|ogg|avi|mkv|mov|wmv|webm|srt|vtt|ass|smi|zip|tar|gz|tgz|bz2|xz|7z|"
    "rar|iso|dmg|exe|msi|dll|so|deb|rpm|apk|jar|war|whl|bin|dat|bak|tmp|py|pyc|pyi|ipynb|js|mjs|jsx|tsx?|css|scss|"
    "java|class|kt|swift|c|cc|cpp|h|hpp|cs|go|rs|rb|php|pl|sh|bash|zsh|bat|cmd|ps1|lua|vue|po|mo|pot|tmx|"
    "xliff?|ttf|otf|woff2?|h5|keras|onnx|pt|pth|safetensors|npz|npy|parquet|cer|crt|pem|key|eml|msg|ics|vcf"
)
_SEGMENT = r"[\w.+@%~$-]"
_END_OF_FILE = rf"\.(?i:{_EXTENSIONS})(?![A-Za-z0-9_])(?!\.[A-Za-z0-9])"
# The Hangul before an ASCII file name belongs to it: 보고서_2024.hwp (`protected_spans` adds it).
FILE = rf"(?<![\w.+-])(?:[\w+.-]*[\w+-])?{_END_OF_FILE}"
PATH = (
    r"(?<![A-Za-z0-9_])[A-Za-z]:(?:\\|/(?!/))(?:[^\s\"'<>|*?:,;()]|(?<=[^\s\"'<>|*?:,;])\([^\s()]*\))*"  # C:\Users\kim
    r"|(?<![\w\\])\\\\[\w.$-]+(?:\\[^\s\"'<>|*?:,;\\()]+)+"  # \\server\folder
    rf"|(?<![\w./)~가-힣<-])(?:~|\.{{1,2}})?/(?=[\w.~$*{{-])(?:{_SEGMENT}|(?<=/)[가-힣]+|[가-힣](?=[\w.가-힣-]*[/.])|/(?=[\w.~$가-힣-]))+/?"
    # a/b.txt, src/main/: with an extension, a slash at the end, or a known first folder
    rf"|(?<![\w./@-])[\w.-]+(?:/[\w.-]+)*/(?:[\w+.-]*[\w+-])?{_END_OF_FILE}"
    r"|(?<![\w./@-])(?:src|lib|bin|etc|usr|var|home|opt|tests?|docs|node_modules)/(?:[\w.-]+/?)*"
)
_HIDDEN = "git|env|ssh|github|vscode|venv|cache|config|local|npm|cargo|docker"
HIDDEN_FILE = rf"(?<![\w./가-힣])\.(?:(?:{_HIDDEN})|[a-z]{{1,20}}(?:rc|ignore|_profile|_history|attributes))(?![\w.])"
