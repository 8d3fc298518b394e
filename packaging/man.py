#!/usr/bin/env python3
"""Writes varve.1 from the binary's own --help: man.py BINARY VERSION."""
import sys

from command_line import read

HEAD = r'''.TH VARVE 1 "" "varve {version}" "Varve"
.SH NAME
varve \- long-term metrics for Prometheus: sidecar, store gateway, querier and compactor in one binary
.SH SYNOPSIS
.B varve
.I command
.RI [ flags ]
.br
.B varve
.B \-\-version
.SH DESCRIPTION
Varve keeps the metrics of many Prometheus servers in a bucket (S3, GCS, Azure or a folder) and answers queries over all of them. Its flags, configuration files,
metrics and protocols are those of Thanos. Each command is one role and runs until it gets SIGTERM or SIGINT.
.PP
Flags are \fB\-\-flag=value\fR or \fB\-\-flag value\fR; switches are \fB\-\-flag\fR and \fB\-\-no\-flag\fR. Durations are like 30s, 5m, 2h, 1d or 2w, sizes like 512MB.
A flag of Thanos that Varve has no use for is accepted; \fB\-\-help\fR of a command lists those, with the reason.
'''
TAIL = r'''.SH SIGNALS
.TP
SIGTERM, SIGINT
Refuse new work, end what is under way within the grace periods, and exit with 0.
.SH EXIT STATUS
.TP
0
Stopped by a signal, or a command that ends by itself is done.
.TP
1
Failed; the last lines of the log say why.
.TP
2
The command line is wrong.
.SH FILES
Of the Debian package:
.TP
.I /etc/default/varve\-ROLE
The flags of the service \fBvarve\-ROLE\fR.
.TP
.I /etc/varve/bucket.yaml
The bucket, for all services. Readable by root alone; services get a copy from systemd.
.TP
.I /var/lib/varve
What services keep on disk.
.SH SEE ALSO
.BR prometheus (1),
.BR systemd.service (5)
'''


def escape(text):
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("\n.", "\n\\&.")


def flag(out, one):
    names = ", ".join(f"\\fB{escape(n)}\\fR" for n in one.names)
    value = "" if one.is_switch else f" \\fI{escape(one.value)}\\fR"
    out.append(f".TP\n{names}{value}\n{escape(one.text) or 'No text.'}")


def main():
    binary, version = sys.argv[1:]
    root = read(binary)
    out = [HEAD.format(version=version) + ".SH COMMANDS"]
    for command in root.commands:
        out.append(f".TP\n.B {escape(' '.join(command.words))}\n{escape(command.summary)}")
    for command in root.all():
        if not command.flags:
            continue
        out.append(f".SH {escape(' '.join(command.words)).upper()}\n{escape(command.summary)}")
        for one in command.flags:
            if "--help" not in one.names:
                flag(out, one)
    print("\n".join(out))
    print(TAIL, end="")


if __name__ == "__main__":
    main()
