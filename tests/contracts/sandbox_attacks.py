"""Code that tries to get out of a sandbox. Whoever finds a new way adds it here."""

ATTACKS = (
    "open({path!r}).read()",
    "open({path!r}, 'rb').read()",
    "open({marker!r}, 'w').write('x')",
    """\
from pathlib import Path
Path({path!r}).read_text()
""",
    """\
from pathlib import Path
Path({marker!r}).write_text('x')
""",
    """\
import os
os.environ
""",
    """\
import os
os.environ['SEASONED_TEST_SECRET']
""",
    """\
import os
os.getenv('SEASONED_TEST_SECRET')
""",
    """\
import os
os.listdir('/')
""",
    """\
import os
os.system('touch ' + {marker!r})
""",
    """\
import os
os.popen('env').read()
""",
    """\
import os
os.fork()
""",
    """\
import subprocess
subprocess.run(['touch', {marker!r}])
""",
    """\
import socket
socket.create_connection(('127.0.0.1', 1))
""",
    """\
import ctypes
ctypes.CDLL(None).getenv(b'SEASONED_TEST_SECRET')
""",
    """\
import importlib
importlib.import_module('os').environ
""",
    "__import__('os').environ",
    """\
import sys
sys.modules['os'].environ
""",
    """\
import sys
sys._getframe(1).f_globals
""",
    """\
import builtins
builtins.open({path!r}).read()
""",
    "().__class__.__base__.__subclasses__()",
    "getattr((), '__cla' + 'ss__').__mro__",
    "ask.__globals__['os'].environ",
    "ask.__code__.co_consts",
    "(lambda: 0).__globals__",
    "submit.__wrapped__",
    "print.__self__.open({path!r}).read()",
    """\
import json
json.codecs.builtins.open({path!r}).read()
""",
    """\
import re
re.enum.sys.modules['os'].environ
""",
    """\
import collections
collections._sys.modules['os'].environ
""",
    """\
import statistics
statistics.mean.__globals__
""",
    """\
import statistics
statistics.sys.modules
""",
    """\
import random
random._os.environ
""",
    "'{{0.__globals__[os].environ}}'.format(ask)",
    "'{{0.__class__.__init__.__globals__}}'.format(traces)",
    "'{{0.codecs.sys.modules[os].environ}}'.format(__import__('json'))",
    """\
import string
string.Formatter().vformat('{{0.__globals__}}', (ask,), {{}})
""",
    """\
try:
    1 / 0
except Exception as e:
    print(e.__traceback__.tb_frame.f_back.f_globals)
""",
    """\
async def f():
    pass
f().cr_frame.f_builtins
""",
    """\
g = (x for x in [1])
g.gi_frame.f_back.f_globals
""",
    r"""import pickle
pickle.loads(b'cos\nsystem\n(S"touch {marker}"\ntR.')
""",
    """\
import marshal
marshal.dumps(1)
""",
    "eval('open({path!r}).read()')",
    "exec('import os; print(os.environ)')",
    "compile('import os', 'x', 'exec')",
    "globals()['__builtins__']",
    "vars(ask)",
    """\
import gc
gc.get_objects()
""",
    """\
import inspect
inspect.stack()
""",
    """\
import asyncio
await asyncio.create_subprocess_shell('touch ' + {marker!r})
""",
    """\
import multiprocessing
multiprocessing.Process(target=print).start()
""",
    """\
import urllib.request
urllib.request.urlopen('file://' + {path!r}).read()
""",
    """\
import glob
glob.glob('/*')
""",
    """\
import tempfile
tempfile.mkdtemp()
""",
    "open('/proc/self/environ').read()",
    "open('/proc/{pid}/environ').read()",
    "open('/proc/{pid}/cmdline').read()",
    """\
import tomllib
tomllib.load(open({path!r}, 'rb'))
""",
    """\
import csv
list(csv.reader(open({path!r})))
""",
    """\
with open({path!r}) as f:
    print(f.read())
""",
    """\
class A:
    def __init__(self):
        self.x = open
A().x({path!r}).read()
""",
    "ask(open)",
    """\
import time
time.sleep.__globals__
""",
    "breakpoint()",
    "input()",
    "help()",
)
"""Templates with the `path` of a secret file, that of a `marker` nobody may write, and the host's `pid`."""
