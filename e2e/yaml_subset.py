"""The YAML that manifests are written in, for a machine without a YAML library: block maps and lists, scalars plain and quoted, `|` texts,
flow collections on one line, comments, several documents. Anything else is a ValueError that names the line. Scalars that YAML would make
numbers or booleans become such; everything else stays text."""
import re


def load_all(text):
    return [value for value in (_Document(part).value() for part in re.split(r"(?m)^---[ \t]*$", text)) if value is not None]


def _scalar(text):
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else text


def _uncommented(text):
    """Without a comment at its end; a `#` in quotes or within a word is none."""
    quote = None
    for i, c in enumerate(text):
        if quote:
            quote = None if c == quote else quote
        elif c in "\"'" and (i == 0 or text[i - 1] in " [{,:"):
            quote = c
        elif c == "#" and (i == 0 or text[i - 1] == " "):
            return text[:i].rstrip()
    return text.rstrip()


_FLOW_TOKEN = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[\[\]{},]|:(?=\s|$)|[^\[\]{},:]+(?::(?!\s|$)[^\[\]{},:]+)*)\s*""")


def _quoted(token):
    if token.startswith('"'):
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), token[1:-1])
    return token[1:-1].replace("''", "'") if token.startswith("'") else _scalar(token.strip())


def _flow(text):
    tokens = _FLOW_TOKEN.findall(text)
    if "".join(tokens).replace(" ", "") != text.replace(" ", ""):
        raise ValueError(f"not understood: {text}")

    def read():
        token = tokens.pop(0)
        if token == "[":
            items = []
            while tokens[0] != "]":
                items.append(read())
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)
            return items
        if token == "{":
            entries = {}
            while tokens[0] != "}":
                key = read()
                if tokens.pop(0) != ":":
                    raise ValueError(f"a colon is missing: {text}")
                entries[key] = read()
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)
            return entries
        return _quoted(token)

    value = read()
    if tokens:
        raise ValueError(f"more than one value: {text}")
    return value


_ENTRY = re.compile(r"""("[^"]*"|'[^']*'|[^\s#"'\[{][^#]*?):(?:\s+(.*))?$""")


class _Document:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.at = 0

    def value(self):
        self._skip()
        value = self._block(self._indent()) if self.at < len(self.lines) else None
        self._skip()
        if self.at < len(self.lines):
            raise ValueError(f"not understood: {self.lines[self.at]}")
        return value

    def _skip(self):
        while self.at < len(self.lines) and (not self.lines[self.at].strip() or self.lines[self.at].lstrip().startswith("#")):
            self.at += 1

    def _indent(self):
        line = self.lines[self.at] if self.at < len(self.lines) else ""
        return len(line) - len(line.lstrip(" "))

    def _more(self, indent):
        self._skip()
        return self.at < len(self.lines) and self._indent() == indent

    def _block(self, indent):
        return self._list(indent) if re.match(r" *-( |$)", self.lines[self.at]) else self._map(indent)

    def _list(self, indent):
        items = []
        while self._more(indent) and re.match(r" *-( |$)", self.lines[self.at]):
            line = self.lines[self.at]
            rest = line[indent + 1:]
            inner = indent + 1 + len(rest) - len(rest.lstrip(" "))
            if not _uncommented(rest.strip()):
                self.at += 1
                self._skip()
                items.append(self._block(self._indent()) if self._indent() > indent else None)
            elif _ENTRY.match(_uncommented(rest.strip())):  # a map whose first entry stands beside the dash
                self.lines[self.at] = " " * inner + rest.strip()
                items.append(self._map(inner))
            else:
                self.at += 1
                items.append(_flow(_uncommented(rest.strip())))
        return items

    def _map(self, indent):
        entries = {}
        while self._more(indent):
            found = _ENTRY.match(_uncommented(self.lines[self.at].strip()))
            if not found:
                raise ValueError(f"neither a key nor a list: {self.lines[self.at]}")
            key, text = _quoted(found[1]), found[2] or ""
            self.at += 1
            if text in ("|", "|-"):
                entries[key] = self._literal(indent, keep_end=text == "|")
            elif text:
                entries[key] = _flow(text) if text[0] in "[{\"'" else _scalar(text)
            else:
                self._skip()
                deeper = self.at < len(self.lines) and (self._indent() > indent or
                                                        (self._indent() == indent and self.lines[self.at].lstrip().startswith("- ")))
                entries[key] = self._block(self._indent()) if deeper else None
        return entries

    def _literal(self, indent, keep_end):
        taken = []
        while self.at < len(self.lines) and (not self.lines[self.at].strip() or self._indent() > indent):
            taken.append(self.lines[self.at])
            self.at += 1
        while taken and not taken[-1].strip():
            taken.pop()
        margin = min(len(line) - len(line.lstrip(" ")) for line in taken if line.strip())
        return "\n".join(line[margin:] for line in taken) + ("\n" if keep_end else "")
