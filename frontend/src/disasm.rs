//! The disassembler: a stable text form of code units.

use std::fmt::Write;

use crate::bytecode::{CommonConst, Ext, FLAG_KA, FLAG_KB, FLAG_KC, FuncAttr, Instr, Intrinsic1, Intrinsic2, Kind, Op, OpInfo};
use crate::code::{CodeUnit, Const, LocalKind};

/// Disassembles a code unit and the ones nested in it.
pub fn disasm(code: &CodeUnit) -> String {
    let mut out = String::new();
    one(code, &mut out);
    for c in &code.consts {
        nested(c, &mut out);
    }
    out
}

fn nested(c: &Const, out: &mut String) {
    match c {
        Const::Code(code) => {
            out.push('\n');
            out.push_str(&disasm(code));
        }
        Const::Lazy(l) => match l.load() {
            Ok(code) => nested(&Const::Code(code.into()), out),
            Err(e) => out.push_str(&e),
        },
        Const::Tuple(items) => items.iter().for_each(|c| nested(c, out)),
        _ => {}
    }
}

fn one(code: &CodeUnit, out: &mut String) {
    let _ = writeln!(
        out,
        "code {} (line {}, flags {:#x}, args {}/{}/{}, regs {})",
        code.qualname, code.first_line, code.flags, code.posonlyargcount, code.argcount, code.kwonlyargcount, code.nregs
    );
    if !code.locals.is_empty() {
        let list: Vec<String> = code
            .locals
            .iter()
            .enumerate()
            .map(|(i, l)| {
                let kind = match l.kind {
                    LocalKind::Local => "",
                    LocalKind::Cell => " cell",
                    LocalKind::Hidden => " hidden",
                    LocalKind::HiddenCell => " hidden cell",
                };
                format!("r{i}={}{kind}", l.name)
            })
            .collect();
        let _ = writeln!(out, "  locals {}", list.join(", "));
    }
    if !code.freevars.is_empty() {
        let _ = writeln!(out, "  free {}", code.freevars.join(", "));
    }
    let positions: Vec<_> = code.co_positions().collect();
    let mut last_line = None;
    let mut at = 0;
    while at < code.instrs.len() {
        let ins = Instr(code.instrs[at]);
        let info = ins.op().info();
        let line = positions.get(at).copied().flatten().map(|p| p.line);
        let mark = if line.is_some() && line != last_line {
            last_line = line;
            format!("{:>5}", line.unwrap_or(0))
        } else {
            "     ".to_owned()
        };
        let ext = info.has_ext().then(|| code.instrs.get(at + 1).copied().unwrap_or(0));
        let text = operands(code, ins, info, at, ext);
        let _ = writeln!(out, "{mark} {at:>5}  {:<22} {text}", info.name);
        at += info.words();
    }
    for e in &code.exceptions {
        let lasti = if e.lasti { " lasti" } else { "" };
        let _ = writeln!(out, "  except {}..{} -> {} r{}{lasti}", e.start, e.end, e.handler, e.depth);
    }
}

fn reg(code: &CodeUnit, r: u16, consumed: bool) -> String {
    let k = if consumed { "!" } else { "" };
    match code.locals.get(r as usize) {
        Some(l) => format!("{}{k}", l.name),
        None => format!("r{r}{k}"),
    }
}

/// The operands of the instruction at an offset, as the disassembly shows them.
pub fn operand_text(code: &CodeUnit, at: usize) -> String {
    let Some(ins) = code.instrs.get(at).map(|w| Instr(*w)) else { return String::new() };
    let info = ins.op().info();
    let ext = info.has_ext().then(|| code.instrs.get(at + 1).copied().unwrap_or(0));
    operands(code, ins, info, at, ext)
}

fn operands(code: &CodeUnit, ins: Instr, info: &OpInfo, at: usize, ext: Option<u64>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let next = at as i64 + info.words() as i64;
    for (i, (kind, v, flag)) in [(info.a, ins.a(), FLAG_KA), (info.b, ins.b(), FLAG_KB), (info.c, ins.c(), FLAG_KC)].into_iter().enumerate()
    {
        match kind {
            Kind::None => {}
            Kind::Write => parts.push(format!("{} =", reg(code, v, false))),
            Kind::Read => parts.push(reg(code, v, ins.has(flag))),
            Kind::Update => parts.push(reg(code, v, false)),
            Kind::Window => parts.push(format!("[{}..]", reg(code, v, false))),
            Kind::Num => parts.push(number(code, ins.op(), i, v)),
            Kind::Imm => parts.push(format!("#{}", v as i16)),
            Kind::Jump => parts.push(format!("-> {}", next + i64::from(v as i16))),
            Kind::Const32 => parts.push(constant(code, ins.index32())),
            Kind::Imm32 => parts.push(format!("#{}", ins.imm32())),
            Kind::Jump32 => parts.push(format!("-> {}", next + i64::from(ins.imm32()))),
        }
    }
    match (info.ext, ext) {
        (Ext::Site, Some(s)) => {
            let name = code.sites.get(s as usize).and_then(|s| code.names.get(s.name as usize));
            parts.push(format!("`{}`", name.map_or("?", |n| n)));
        }
        (Ext::Const, Some(k)) => parts.push(constant(code, k as u32)),
        (Ext::Num, Some(n)) => parts.push(n.to_string()),
        _ => {}
    }
    let rest = ins.flags() & !(FLAG_KA | FLAG_KB | FLAG_KC);
    if rest != 0 {
        parts.push(format!("flags {rest:#x}"));
    }
    parts.join(" ")
}

fn number(code: &CodeUnit, op: Op, operand: usize, v: u16) -> String {
    let free = match (op, operand) {
        (Op::LOAD_FREE | Op::LOAD_CLOSURE, 1) | (Op::STORE_FREE | Op::DELETE_FREE, 0) | (Op::LOAD_DICT_OR_FREE, 2) => {
            code.freevars.get(v as usize)
        }
        _ => None,
    };
    if let Some(name) = free {
        return format!("&{name}");
    }
    let named = match (op, operand) {
        (Op::LOAD_COMMON, 1) => CommonConst::from_u16(v).map(CommonConst::name),
        (Op::SET_FUNC_ATTR, 2) => FuncAttr::from_u16(v).map(FuncAttr::name),
        (Op::INTRINSIC_1, 2) => Intrinsic1::from_u16(v).map(Intrinsic1::name),
        (Op::INTRINSIC_2, 2) => Intrinsic2::from_u16(v).map(Intrinsic2::name),
        _ => None,
    };
    named.map_or_else(|| v.to_string(), str::to_owned)
}

fn constant(code: &CodeUnit, k: u32) -> String {
    code.consts.get(k as usize).map_or_else(|| "?".to_owned(), const_repr)
}

/// A constant as Python would write it.
pub fn const_repr(c: &Const) -> String {
    let list = |items: &[Const]| -> String { items.iter().map(const_repr).collect::<Vec<_>>().join(", ") };
    match c {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(i) => i.to_string(),
        Const::Float(f) => format!("{f:?}"),
        Const::Complex(r, i) => format!("({r:?}+{i:?}j)"),
        Const::Str(s) => format!("{s:?}"),
        Const::Bytes(b) => format!("b\"{}\"", b.escape_ascii()),
        Const::Tuple(t) if t.len() == 1 => format!("({},)", list(t)),
        Const::Tuple(t) => format!("({})", list(t)),
        Const::FrozenSet(t) => format!("frozenset({{{}}})", list(t)),
        Const::Slice(s) => format!("slice({})", list(&s[..])),
        Const::Code(c) => format!("<code {}>", c.qualname),
        Const::Lazy(c) => format!("<code {}>", c.qualname),
    }
}
