"""Runs command lines through the AWS CLI of Debian's package awscli, each in a process of its own that is ready to go.

Standard input is JSON, a list of {"arguments": [...], "environment": {...}}; so is standard output, of {"code", "stdout",
"stderr"}.
"""
import json
import os
import sys
import tempfile

import awscli.clidriver
import awscli.handlers  # which each run would import
import distro

distro.major_version()  # which each run would start a program for


def run(arguments, environment):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            data = os.environ["AWS_DATA_PATH"]  # which importing it set
            os.environ.clear()
            os.environ.update(environment, AWS_DATA_PATH=data)
            sys.argv = ["aws", *arguments]
            code = awscli.clidriver.main()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        out.seek(0)
        err.seek(0)
        return {"code": os.waitstatus_to_exitcode(status), "stdout": out.read().decode(), "stderr": err.read().decode()}


json.dump([run(**case) for case in json.load(sys.stdin)], sys.stdout)
