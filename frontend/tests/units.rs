//! Scopes, positions, serialised code, errors and hostile input.

use krait_frontend::code::{LocalKind, flags};
use krait_frontend::{CodeUnit, CompileOptions, Const, ErrorKind, Mode, SyntaxError, compile, disasm, marshal};

fn code(text: &str) -> CodeUnit {
    compile(text, "t.py", Mode::Exec, &CompileOptions::default()).expect("valid program").code
}

fn failure(text: &str) -> SyntaxError {
    *compile(text, "t.py", Mode::Exec, &CompileOptions::default()).expect_err("invalid program")
}

/// The nested unit with this qualified name.
fn unit(code: &CodeUnit, name: &str) -> CodeUnit {
    fn find(c: &CodeUnit, name: &str) -> Option<CodeUnit> {
        if &*c.qualname == name {
            return Some(c.clone());
        }
        c.consts.iter().find_map(|k| match k {
            Const::Code(c) => find(c, name),
            _ => None,
        })
    }
    find(code, name).unwrap_or_else(|| panic!("no unit {name}"))
}

fn kinds(c: &CodeUnit) -> Vec<(&str, LocalKind)> {
    c.locals.iter().map(|l| (&*l.name, l.kind)).collect()
}

#[test]
fn captured_parameters_are_cells_in_place() {
    let c = code("def f(a, b):\n c = 1\n return lambda: (b, c)\n");
    let f = unit(&c, "f");
    assert_eq!(kinds(&f), [("a", LocalKind::Local), ("b", LocalKind::Cell), ("c", LocalKind::Cell)]);
    let l = unit(&c, "f.<locals>.<lambda>");
    assert_eq!(l.freevars, ["b".into(), "c".into()]);
}

#[test]
fn comprehension_variables_are_hidden() {
    let f = unit(&code("def f(x):\n return [x for x in x]\n"), "f");
    assert_eq!(kinds(&f), [("x", LocalKind::Local), ("x", LocalKind::Hidden)]);
}

#[test]
fn class_names_are_invisible_in_methods() {
    let c = code("x = 0\nclass A:\n x = 1\n def m(self): return x\n");
    let text = disasm(&unit(&c, "A.m"));
    assert!(text.contains("LOAD_GLOBAL"), "{text}");
}

#[test]
fn private_names_are_mangled() {
    let c = code("class _A:\n def m(self): return self.__x\n");
    assert!(disasm(&c).contains("`_A__x`"));
}

#[test]
fn flags_of_functions() {
    let c = code("def f(*a, **k):\n 'doc'\n yield\nasync def g(): pass\nasync def h(): yield\nclass A:\n def m(self): pass\n");
    let of = |n| unit(&c, n).flags;
    assert_eq!(
        of("f"),
        flags::OPTIMIZED | flags::NEWLOCALS | flags::VARARGS | flags::VARKEYWORDS | flags::GENERATOR | flags::HAS_DOCSTRING
    );
    assert!(of("g") & flags::COROUTINE != 0);
    assert!(of("h") & flags::ASYNC_GENERATOR != 0);
    assert!(of("A.m") & flags::METHOD != 0);
}

#[test]
fn docstrings_are_dedented() {
    let c = code("def f():\n    '''One.\n\n      Two.\n    Three.\n    '''\n");
    match unit(&c, "f").docstring() {
        Some(Const::Str(s)) => assert_eq!(s.as_str(), Some("One.\n\n  Two.\nThree.\n")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn positions_cover_expressions() {
    let c = code("x = (a +\n     b.c(d))\n");
    let at = |name: &str| {
        let text = disasm(&c);
        let line = text.lines().find(|l| l.contains(name)).expect("opcode").to_owned();
        let word: usize = line[5..].split_whitespace().next().expect("offset").parse().expect("number");
        let p = c.position(word).expect("position");
        (p.line, p.col, p.end_line, p.end_col)
    };
    assert_eq!(at("ADD "), (1, Some(5), 2, Some(11)));
    assert_eq!(at("LOAD_METHOD"), (2, Some(5), 2, Some(8)));
    assert_eq!(at("CALL "), (2, Some(5), 2, Some(11)));
    assert_eq!(c.co_positions().count(), c.instrs.len());
    let last = c.co_lines().last().expect("lines");
    assert_eq!(last.1 as usize, c.instrs.len());
}

#[test]
fn damaged_code_is_refused() {
    let bytes = marshal::write(&code(include_str!("golden/classes.py")));
    for n in 0..bytes.len() {
        assert!(marshal::read(&bytes[..n], None).is_err(), "cut at {n}");
    }
    // Single damaged bytes.
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    for _ in 0..20_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut copy = bytes.clone();
        let at = seed as usize % copy.len();
        copy[at] ^= (seed >> 32) as u8 | 1;
        assert!(marshal::read(&copy, None).is_err(), "byte {at}");
    }
}

#[test]
fn errors_have_kind_message_and_place() {
    let e = failure("def f():\n    return 1\n  x\n");
    assert_eq!(e.kind, ErrorKind::IndentationError);
    assert_eq!(e.msg, "unindent does not match any outer indentation level");
    let e = failure("f(é, 1 2)\n");
    assert_eq!(e.msg, "invalid syntax. Perhaps you forgot a comma?");
    assert_eq!((e.line, e.col, e.end_col), (1, 6, 9));
    assert_eq!(e.text.as_deref(), Some("f(é, 1 2)\n"));
    assert_eq!(failure("(\n1,").msg, "'(' was never closed");
    assert_eq!(failure("return 1\n").msg, "'return' outside function");
    assert_eq!(failure("def f():\n x = 1\n global x\n").msg, "name 'x' is assigned to before global declaration");
}

#[test]
fn deep_nesting_is_an_error() {
    let n = 100_000;
    for text in [
        "(".repeat(n),
        format!("{}1", "-".repeat(n)),
        format!("a{}", ".b".repeat(n)),
        format!("a{}", "+a".repeat(n)),
        format!("a{}", "()".repeat(n)),
        format!("{}1", "not ".repeat(n)),
        format!("{}1", "lambda:".repeat(n)),
        format!("{}a", "a if a else ".repeat(n)),
    ] {
        let e = failure(&text);
        assert!(matches!(e.kind, ErrorKind::SyntaxError | ErrorKind::RecursionError | ErrorKind::MemoryError), "{e}");
    }
}

#[test]
fn interactive_input() {
    let single = |text: &str| {
        let options = CompileOptions { allow_incomplete_input: true, dont_imply_dedent: true, ..CompileOptions::default() };
        compile(text, "t", Mode::Single, &options).map(|_| ()).map_err(|e| e.kind)
    };
    assert_eq!(single("x = 1\n"), Ok(()));
    assert_eq!(single("if x:\n  y\n\n"), Ok(()));
    assert_eq!(single("if x:\n  y\n"), Err(ErrorKind::IncompleteInput));
    assert_eq!(single("if x:\n"), Err(ErrorKind::IncompleteInput));
    assert_eq!(single("f(1,\n"), Err(ErrorKind::IncompleteInput));
    assert_eq!(single("'''a\n"), Err(ErrorKind::IncompleteInput));
    assert_eq!(single("x = )\n"), Err(ErrorKind::SyntaxError));
    assert_eq!(single("x = 1\ny = 2\n"), Err(ErrorKind::SyntaxError));
}

#[test]
fn warnings_are_collected() {
    let c = compile("'\\d'\nx is 1\nassert (x, 'm')\n", "t", Mode::Exec, &CompileOptions::default()).expect("valid program");
    let lines: Vec<u32> = c.warnings.iter().map(|w| w.line).collect();
    assert_eq!(lines, [1, 2, 3]);
}
