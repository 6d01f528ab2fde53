//! Places of the library that were adapted for another runtime or rely on modules this one does not
//! have, and what stands there instead.

/// Replaces the text from `from` up to `to` (exclusive; empty: only `from` itself) by `by`.
struct Patch {
    path: &'static str,
    from: &'static str,
    to: &'static str,
    by: &'static str,
}

const PATCHES: &[Patch] = &[
    Patch { path: "hashlib.py", from: "from _hashlib import pbkdf2_hmac", to: "", by: "from _kdf import pbkdf2_hmac" },
    Patch { path: "hashlib.py", from: "from _hashlib import scrypt", to: "", by: "from _kdf import scrypt" },
    Patch { path: "pickle.py", from: "from _pickle import PickleBuffer", to: "", by: "from _picklebuffer import PickleBuffer" },
    Patch { path: "sysconfig/__init__.py", from: "    return 'RustPython'", to: "\n", by: "    return 'Python'" },
    Patch { path: "site.py", from: "    return 'RustPython'", to: "\n", by: "    return 'Python'" },
    Patch { path: "site.py", from: "/lib/rustpython{version[0]}", to: "", by: "/lib/python{version[0]}" },
    Patch { path: "json/decoder.py", from: "    # RUSTPYTHON SPECIFIC\n", to: "    # Note that this exception", by: "" },
    Patch {
        path: "platform.py",
        from: "        # XXX: RUSTPYTHON support\n",
        to: "            name = \"RustPython\"",
        by: "        if \"Krait\" in sys_version:\n",
    },
    Patch { path: "platform.py", from: "            name = \"RustPython\"", to: "", by: "            name = \"Krait\"" },
    // `dis` walks instructions of eight bytes with several operands: `_opcode` knows them.
    Patch {
        path: "dis.py",
        from: "    return _inline_cache_entries.get(opname, 0)",
        to: "\n",
        by: "    return _opcode._words(opname) - 1",
    },
    Patch {
        path: "dis.py",
        from: "        return _get_jump_target(self.opcode, self.arg, self.offset)",
        to: "\n",
        by: "        return self.argval if self.opcode in hasjump else None",
    },
    Patch {
        path: "dis.py",
        from: "        get_name = None if self.names is None",
        to: "def get_instructions(",
        by: concat!(
            "        co = getattr(self.varname_from_oparg, '__self__', None)\n",
            "        if arg is None or co is None:\n",
            "            return arg, ''\n",
            "        argval, argrepr = _opcode._describe(co, offset)\n",
            "        if op in hasjump:\n",
            "            argrepr = f'{argrepr.rpartition(\"-> \")[0]}to L{self.get_label_for_offset(argval)}'\n",
            "        return argval, argrepr\n\n",
        ),
    },
    Patch {
        path: "dis.py",
        from: "    iterator = iter(code.co_exceptiontable)\n",
        to: "def _is_backward_jump",
        by: "    return [_ExceptionTableEntry(*entry) for entry in _opcode._exceptions(code)]\n\n",
    },
    Patch { path: "dis.py", from: "        op = code[offset]\n", to: "", by: "" },
    Patch {
        path: "dis.py",
        from: "        if caches:\n            cache_info = []",
        to: "\n",
        by: "        if False:\n            cache_info = []",
    },
    Patch {
        path: "dis.py",
        from: "    extended_arg = 0\n    extended_args_offset = 0",
        to: "def findlabels(",
        by: "    for offset, op, arg in _opcode._unpack(code):\n        yield offset, offset, op, arg\n\n",
    },
    Patch {
        path: "dis.py",
        from: "    labels = []\n    for offset, _, op, arg",
        to: "def findlinestarts(",
        by: "    return _opcode._jump_targets(code)\n\n",
    },
    Patch {
        path: "dis.py",
        from: "    IMPORT_NAME = opmap['IMPORT_NAME']\n",
        to: "def _find_store_names(",
        by: "    yield from _opcode._imports(co)\n\n",
    },
    Patch { path: "dis.py", from: "    STORE_OPS = {\n", to: "class Bytecode:", by: "    yield from _opcode._stores(co)\n\n\n" },
    Patch { path: "dis.py", from: "import sys\n", to: "", by: "import sys\nimport _opcode\n" },
];

/// Applies the patches of a file. A patch that finds nothing is reported: the library has changed.
pub fn apply(path: &str, data: &mut Vec<u8>) {
    for p in PATCHES.iter().filter(|p| p.path == path) {
        let Ok(text) = std::str::from_utf8(data) else { continue };
        let Some(start) = text.find(p.from) else {
            println!("cargo:warning=library patch of {path} does not apply: {}", p.from.trim());
            continue;
        };
        let after = start + p.from.len();
        let end = if p.to.is_empty() { Some(after) } else { text[after..].find(p.to).map(|i| after + i) };
        let Some(end) = end else { continue };
        *data = [&text[..start], p.by, &text[end..]].concat().into_bytes();
    }
}
