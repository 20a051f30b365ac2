"""forking-python.py MODULE ...: loads modules once, then plays each script that it is asked for in a fork of itself.

Reads a JSON array [SCRIPT, ARGUMENT ...] a line, and replies with a line: {"code": EXIT CODE, "printed": OUTPUT}.
"""

import importlib
import json
import os
import runpy
import sys
import traceback

for module in sys.argv[1:]:
    importlib.import_module(module)

for line in sys.stdin:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, sys.stdout.fileno())
        code = 0
        try:
            sys.argv = json.loads(line)
            runpy.run_path(sys.argv[0], run_name="__main__")
        except BaseException:
            code = 1
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        os._exit(code)
    os.close(writing)
    with open(reading, encoding="utf-8") as output:
        printed = output.read()
    _, status = os.waitpid(child, 0)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "printed": printed}), flush=True)
