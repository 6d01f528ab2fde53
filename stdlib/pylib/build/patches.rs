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
