"""The commands and flags of a varve binary, as its --help tells them: what the man page and the completion are made from."""
import re
import subprocess
from dataclasses import dataclass, field

TEXT_COLUMN = 46  # where CLI11 begins the text of a flag


@dataclass
class Flag:
    names: list
    value: str  # DURATION=2m, TEXT:{a,b}, or empty
    text: str = ""

    @property
    def choices(self):
        found = re.search(r":\{([^}]*)\}", self.value)
        return found[1].split(",") if found else []

    @property
    def is_switch(self):
        return self.value.startswith("{") or not self.value


@dataclass
class Command:
    words: list
    summary: str
    commands: list = field(default_factory=list)
    flags: list = field(default_factory=list)
    ignored: list = field(default_factory=list)  # Thanos' flags without effect

    def all(self):
        yield self
        for command in self.commands:
            yield from command.all()


def help_of(binary, words):
    return subprocess.run([binary, *words, "--help"], capture_output=True, text=True, check=True).stdout


def parse_flag(line):
    head, text = line[:TEXT_COLUMN].rstrip(), line[TEXT_COLUMN:].strip()
    if len(line) > TEXT_COLUMN and line[TEXT_COLUMN - 1] != " ":  # a long head has its text on the next line
        head, text = line.rstrip(), ""
    names, _, value = head.strip().partition(" ")
    default = re.search(r"\{false\}(=\w+)?$", names)
    switch = default[0] if default else ""
    names = names.removesuffix(switch).replace("{false}", "").split(",")
    return Flag(names, value.strip() or switch, text)


def parse_flags(command, text):
    flags = command.flags
    for line in text.splitlines():
        if line.startswith("Taken from Thanos"):
            flags = command.ignored
        elif line.startswith("  -"):
            flags.append(parse_flag(line))
        elif line.startswith("   ") and flags:
            flags[-1].text = f"{flags[-1].text} {line.strip()}".strip()


def read(binary, words=(), summary=""):
    command, text = Command(list(words), summary), help_of(binary, words)
    if "<command>" not in text:
        parse_flags(command, text)
        return command
    below = re.search(r"^usage: varve((?: [\w-]+)*) <command>", text, re.MULTILINE)[1].split()[len(words):]
    if below:  # `tools` has one group of commands, and shows those
        command.commands.append(read(binary, [*words, below[0]], summary))
        return command
    for name, about in re.findall(r"^  (\w[\w-]*) {2,}(\S.*)$", text, re.MULTILINE):
        command.commands.append(read(binary, [*words, name], about))
    return command
