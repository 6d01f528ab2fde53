//! Prints "unit opcode line:col-line:col" for every instruction, to compare with other compilers.

use krait_frontend::bytecode::Instr;
use krait_frontend::{CodeUnit, CompileOptions, Const, Mode, compile};

fn show(code: &CodeUnit) {
    let positions: Vec<_> = code.co_positions().collect();
    let mut at = 0;
    while at < code.instrs.len() {
        let op = Instr(code.instrs[at]).op();
        if let Some(p) = positions[at] {
            println!("{} {:?} {}:{}-{}:{}", code.qualname, op, p.line, p.col.unwrap_or(0), p.end_line, p.end_col.unwrap_or(0));
        }
        at += op.words();
    }
    for c in &code.consts {
        if let Const::Code(c) = c {
            show(c);
        }
    }
}

fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if let Ok(c) = compile(&text, &path, Mode::Exec, &CompileOptions::default()) {
            show(&c.code);
        }
    }
}
