//! `match` statements.
//!
//! Values taken apart live in temporaries that the pattern owns: it consumes them when it matches,
//! and a failure releases whatever of them is left before the next case is tried. Captured values
//! are bound only when the whole pattern has matched.

use ruff_python_ast as ast;
use ruff_python_ast::Pattern;

use super::ir::{Label, Reg, is_temp};
use super::names::contains_named;
use super::{Compiler, R};
use crate::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Op};
use crate::code::Const;
use crate::parse::source::{Span, span};

/// A value to be bound when the pattern has matched.
struct Capture<'a> {
    name: &'a ast::Identifier,
    reg: Reg,
    /// Whether binding consumes the register.
    owned: bool,
}

/// A pattern being compiled.
struct Matcher<'a> {
    /// Where a failure goes.
    fail: Label,
    /// Temporaries to release then.
    owned: Vec<Reg>,
    captures: Vec<Capture<'a>>,
}

/// What is matched: a register, and whether the pattern must consume it.
#[derive(Clone, Copy)]
struct Subject {
    reg: Reg,
    owned: bool,
}

impl<'a> Compiler<'a> {
    pub(super) fn match_stmt(&mut self, m: &'a ast::StmtMatch) -> R {
        let mark = self.u.top;
        let mut subject = self.expr(&m.subject)?;
        if !is_temp(subject) && self.may_rebind(m, subject) {
            let t = self.u.temp();
            self.u.emit_flags(Op::MOVE, 0, t, subject, 0);
            subject = t;
        }
        if !is_temp(subject) {
            // The line of the statement is seen by tracing.
            self.u.span = span(&*m.subject);
            self.place();
        }
        let end = self.u.label();
        for (i, case) in m.cases.iter().enumerate() {
            let last = i + 1 == m.cases.len();
            if !last && case.guard.is_none() {
                self.check_reachable_after(&case.pattern)?;
            }
            let next = self.u.label();
            self.match_case(case, subject, next)?;
            if is_temp(subject) {
                self.u.clear(subject);
            }
            self.stmts(&case.body)?;
            // A simple statement's place is the jump's, which is no line of its own.
            self.u.span = match case.body.last() {
                Some(s) if !is_compound(s) => span(s),
                _ => Span::NONE,
            };
            self.u.jump(end);
            self.u.bind(next);
        }
        if is_temp(subject) {
            self.u.clear(subject);
        }
        self.u.bind(end);
        self.u.top = mark;
        Ok(())
    }

    /// Whether a pattern or guard may rebind the local that is matched.
    fn may_rebind(&mut self, m: &'a ast::StmtMatch, subject: Reg) -> bool {
        let mut names = Vec::new();
        for case in &m.cases {
            captured(&case.pattern, &mut names);
            if case.guard.as_deref().is_some_and(contains_named) {
                return true;
            }
        }
        names.into_iter().any(|n| self.plain_local(n) == Some(subject))
    }

    fn check_reachable_after(&self, p: &Pattern) -> R {
        match p {
            Pattern::MatchAs(a) if a.pattern.is_none() => match &a.name {
                Some(n) => self.err(span(p), format!("name capture '{n}' makes remaining patterns unreachable")),
                None => self.err(span(p), "wildcard makes remaining patterns unreachable"),
            },
            Pattern::MatchAs(a) => match &a.pattern {
                Some(p) => self.check_reachable_after(p),
                None => Ok(()),
            },
            Pattern::MatchOr(o) => match o.patterns.last() {
                Some(p) => self.check_reachable_after(p),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn match_case(&mut self, case: &'a ast::MatchCase, subject: Reg, next: Label) -> R {
        let mark = self.u.top;
        let mut m = Matcher { fail: self.u.label(), owned: Vec::new(), captures: Vec::new() };
        if matches!(&case.pattern, Pattern::MatchAs(a) if a.pattern.is_none() && a.name.is_none()) {
            self.u.span = span(&case.pattern);
            self.place();
        }
        self.pattern(&case.pattern, Subject { reg: subject, owned: false }, &mut m)?;
        for c in &m.captures {
            self.bind_capture(c)?;
        }
        self.release_on_fail(&m, next);
        self.u.top = mark;
        if let Some(guard) = &case.guard {
            self.cond(guard, next, false)?;
        }
        Ok(())
    }

    fn bind_capture(&mut self, c: &Capture<'a>) -> R {
        self.u.span = span(c.name);
        if c.owned {
            return self.store_name(c.name.as_str(), c.reg);
        }
        if let Some(r) = self.plain_local(c.name.as_str()) {
            self.u.emit_flags(Op::MOVE, 0, r, c.reg, 0);
            return Ok(());
        }
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.emit_flags(Op::MOVE, 0, t, c.reg, 0);
        self.store_name(c.name.as_str(), t)?;
        self.u.top = mark;
        Ok(())
    }

    /// Emits, out of line, the release of a failed pattern's temporaries.
    fn release_on_fail(&mut self, m: &Matcher<'a>, next: Label) {
        let saved = self.u.begin_cold();
        self.u.bind(m.fail);
        self.u.span = Span::NONE;
        for r in &m.owned {
            self.u.clear(*r);
        }
        self.u.jump(next);
        self.u.end_cold(saved);
    }

    /// `n` fresh temporaries that are released should the pattern fail.
    fn owned_temps(&mut self, n: u32, m: &mut Matcher<'a>) -> Reg {
        let base = self.u.temps(n);
        m.owned.extend(base..base + n);
        base
    }

    fn done_with(&mut self, s: Subject) {
        if s.owned {
            self.u.clear(s.reg);
        }
    }

    fn pattern(&mut self, p: &'a Pattern, s: Subject, m: &mut Matcher<'a>) -> R {
        self.u.span = span(p);
        self.deeper(|c| match p {
            Pattern::MatchValue(v) => c.match_value(v, s, m),
            Pattern::MatchSingleton(v) => {
                c.match_singleton(v, s, m);
                Ok(())
            }
            Pattern::MatchSequence(q) => c.match_sequence(p, &q.patterns, s, m),
            Pattern::MatchMapping(q) => c.match_mapping(q, s, m),
            Pattern::MatchClass(q) => c.match_class(q, s, m),
            Pattern::MatchStar(q) => c.capture(q.name.as_ref(), s, m),
            Pattern::MatchAs(q) => c.match_as(q, s, m),
            Pattern::MatchOr(q) => c.match_or(q, s, m),
        })
    }

    fn capture(&mut self, name: Option<&'a ast::Identifier>, s: Subject, m: &mut Matcher<'a>) -> R {
        let Some(name) = name else {
            self.done_with(s);
            return Ok(());
        };
        if m.captures.iter().any(|c| c.name.id == name.id) {
            return self.err(span(name), format!("multiple assignments to name '{name}' in pattern"));
        }
        m.captures.push(Capture { name, reg: s.reg, owned: s.owned });
        Ok(())
    }

    fn match_as(&mut self, q: &'a ast::PatternMatchAs, s: Subject, m: &mut Matcher<'a>) -> R {
        if let Some(inner) = &q.pattern {
            let borrowed = Subject { reg: s.reg, owned: false };
            self.pattern(inner, borrowed, m)?;
            // An inner capture of the same value borrows it: it must be copied before this one takes it.
            if s.owned {
                for c in &mut m.captures {
                    if c.reg == s.reg && !c.owned {
                        let t = self.u.temp();
                        m.owned.push(t);
                        self.u.emit_flags(Op::MOVE, 0, t, c.reg, 0);
                        c.reg = t;
                        c.owned = true;
                    }
                }
            }
        }
        self.capture(q.name.as_ref(), s, m)
    }

    fn match_value(&mut self, v: &'a ast::PatternMatchValue, s: Subject, m: &mut Matcher<'a>) -> R {
        let sp = span(v);
        if !is_pattern_value(&v.value) {
            return self.err(span(&*v.value), "patterns may only match literals and attribute lookups");
        }
        let mark = self.u.top;
        let ka = if s.owned { FLAG_KA } else { 0 };
        if let Some(i) = self.small_int(&v.value) {
            self.u.span = sp;
            self.u.emit_jump_flags(Op::JUMP_UNLESS_EQ_IMM, ka, s.reg, i as u16 as u32, m.fail);
            return Ok(());
        }
        let r = self.expr(&v.value)?;
        if is_temp(r) {
            m.owned.push(r);
        }
        self.u.span = sp;
        let kb = if is_temp(r) { FLAG_KB } else { 0 };
        self.u.emit_jump_flags(Op::JUMP_UNLESS_EQ, ka | kb, s.reg, r, m.fail);
        self.u.top = mark;
        if is_temp(r) {
            m.owned.pop();
        }
        Ok(())
    }

    fn match_singleton(&mut self, v: &'a ast::PatternMatchSingleton, s: Subject, m: &mut Matcher<'a>) {
        let ka = if s.owned { FLAG_KA } else { 0 };
        let c = match v.value {
            ast::Singleton::None => {
                self.u.emit_jump_flags(Op::JUMP_IF_NOT_NONE, ka, s.reg, 0, m.fail);
                return;
            }
            ast::Singleton::True => Const::True,
            ast::Singleton::False => Const::False,
        };
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.load_const(t, c);
        self.u.emit_jump_flags(Op::JUMP_IF_IS_NOT, ka | FLAG_KB, s.reg, t, m.fail);
        self.u.top = mark;
    }

    // --- Sequences -----------------------------------------------------------------------------

    fn match_sequence(&mut self, whole: &'a Pattern, patterns: &'a [Pattern], s: Subject, m: &mut Matcher<'a>) -> R {
        let star = patterns.iter().position(|p| matches!(p, Pattern::MatchStar(_)));
        if patterns.iter().filter(|p| matches!(p, Pattern::MatchStar(_))).count() > 1 {
            return self.err(span(whole), "multiple starred expressions in sequence pattern");
        }
        let n = patterns.len() as u32;
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.emit_flags(Op::MATCH_SEQUENCE, 0, t, s.reg, 0);
        self.u.emit_jump(Op::JUMP_IF_FALSE, t, 0, m.fail);
        let (op, wanted) = match star {
            None => (Op::JUMP_UNLESS_EQ_IMM, n),
            Some(_) => (Op::JUMP_UNLESS_GE_IMM, n - 1),
        };
        if star.is_none() || wanted > 0 {
            self.length_jump(op, t, s.reg, wanted, m.fail);
        }
        self.u.top = mark;
        let only_wild = |p: &Pattern| match p {
            Pattern::MatchAs(a) => a.pattern.is_none() && a.name.is_none(),
            Pattern::MatchStar(q) => q.name.is_none(),
            _ => false,
        };
        if patterns.iter().all(only_wild) {
            self.done_with(s);
            return Ok(());
        }
        if let Some(i) = star
            && only_wild(&patterns[i])
        {
            return self.match_items(patterns, i, s, m);
        }
        let base = self.owned_temps(n, m);
        let kb = if s.owned { FLAG_KB } else { 0 };
        match star {
            None => self.u.emit_flags(Op::UNPACK_SEQ, kb, base, s.reg, n),
            Some(i) => {
                let after = patterns.len() - i - 1;
                if i > 255 || after > 255 {
                    return self.err(span(whole), "too many expressions in star-unpacking sequence pattern");
                }
                self.u.emit_flags(Op::UNPACK_EX, kb, base, s.reg, (i | after << 8) as u32);
            }
        }
        self.subpatterns(patterns, base, m)
    }

    fn length_jump(&mut self, op: Op, t: Reg, subject: Reg, n: u32, fail: Label) {
        self.u.emit_flags(Op::GET_LEN, 0, t, subject, 0);
        if n <= i16::MAX as u32 {
            self.u.emit_jump_flags(op, FLAG_KA, t, n, fail);
            return;
        }
        let k = self.u.temp();
        self.u.load_const(k, Const::Int(i64::from(n)));
        let op = if op == Op::JUMP_UNLESS_EQ_IMM { Op::JUMP_UNLESS_EQ } else { Op::JUMP_UNLESS_GE };
        self.u.emit_jump(op, t, k, fail);
    }

    fn subpatterns(&mut self, patterns: &'a [Pattern], base: Reg, m: &mut Matcher<'a>) -> R {
        for (i, p) in patterns.iter().enumerate() {
            let s = Subject { reg: base + i as u32, owned: true };
            self.pattern(p, s, m)?;
        }
        Ok(())
    }

    /// `[a, *_, b]`: the items are fetched by index.
    fn match_items(&mut self, patterns: &'a [Pattern], star: usize, s: Subject, m: &mut Matcher<'a>) -> R {
        let n = patterns.len();
        for (i, p) in patterns.iter().enumerate() {
            let wild = matches!(p, Pattern::MatchAs(a) if a.pattern.is_none() && a.name.is_none());
            if i == star || wild {
                continue;
            }
            let r = self.owned_temps(1, m);
            self.u.span = span(p);
            if i < star {
                self.u.emit_flags(Op::GETITEM_IMM, 0, r, s.reg, i as u32);
            } else {
                self.u.emit_flags(Op::GET_LEN, 0, r, s.reg, 0);
                self.u.emit(Op::SUB_IMM, r, r, (n - i) as u32);
                self.u.emit_flags(Op::GETITEM, FLAG_KC, r, s.reg, r);
            }
            self.pattern(p, Subject { reg: r, owned: true }, m)?;
        }
        self.done_with(s);
        Ok(())
    }

    // --- Mappings ------------------------------------------------------------------------------

    fn match_mapping(&mut self, q: &'a ast::PatternMatchMapping, s: Subject, m: &mut Matcher<'a>) -> R {
        let n = q.keys.len() as u32;
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.emit_flags(Op::MATCH_MAPPING, 0, t, s.reg, 0);
        self.u.emit_jump(Op::JUMP_IF_FALSE, t, 0, m.fail);
        self.u.top = mark;
        if n == 0 && q.rest.is_none() {
            self.done_with(s);
            return Ok(());
        }
        if n > 0 {
            let t = self.u.temp();
            self.length_jump(Op::JUMP_UNLESS_GE_IMM, t, s.reg, n, m.fail);
            self.u.top = mark;
        }
        self.check_mapping_keys(q)?;
        let keys = self.owned_temps(1, m);
        self.mapping_keys(q, keys)?;
        self.u.span = span(q);
        if n > 0 {
            let values = self.owned_temps(1, m);
            let keep = q.rest.is_some();
            let kc = if keep { 0 } else { FLAG_KC };
            self.u.emit_flags(Op::MATCH_KEYS, kc, values, s.reg, keys);
            self.u.emit_jump_flags(Op::JUMP_IF_NONE, 0, values, 0, m.fail);
            let base = self.owned_temps(n, m);
            self.u.emit(Op::UNPACK_SEQ, base, values, n);
            self.subpatterns(&q.patterns, base, m)?;
        }
        if let Some(rest) = &q.rest {
            let r = self.owned_temps(1, m);
            self.u.span = span(q);
            self.u.emit_flags(Op::DICT_REST, FLAG_KC, r, s.reg, keys);
            self.capture(Some(rest), Subject { reg: r, owned: true }, m)?;
        }
        self.done_with(s);
        Ok(())
    }

    fn check_mapping_keys(&mut self, q: &'a ast::PatternMatchMapping) -> R {
        let mut seen: Vec<Const> = Vec::new();
        for k in &q.keys {
            let Some(c) = self.constant(k) else {
                continue;
            };
            if seen.iter().any(|o| equal(o, &c)) {
                let text = crate::disasm::const_repr(&c);
                return self.err(span(q), format!("mapping pattern checks duplicate key ({text})"));
            }
            seen.push(c);
        }
        Ok(())
    }

    fn mapping_keys(&mut self, q: &'a ast::PatternMatchMapping, dst: Reg) -> R {
        let constants: Option<Vec<Const>> = q.keys.iter().map(|k| self.constant(k)).collect();
        self.u.span = span(q);
        if let Some(c) = constants {
            self.u.load_const(dst, Const::Tuple(c.into()));
            return Ok(());
        }
        let base = self.u.top;
        for k in &q.keys {
            let t = self.u.temp();
            self.expr_into(k, t)?;
        }
        self.u.top = base;
        self.u.span = span(q);
        self.u.emit(Op::BUILD_TUPLE, dst, base, q.keys.len() as u32);
        Ok(())
    }

    // --- Classes -------------------------------------------------------------------------------

    fn match_class(&mut self, q: &'a ast::PatternMatchClass, s: Subject, m: &mut Matcher<'a>) -> R {
        let (positional, keywords) = (&q.arguments.patterns, &q.arguments.keywords);
        for (i, k) in keywords.iter().enumerate() {
            if keywords[..i].iter().any(|o| o.attr.id == k.attr.id) {
                return self.err(span(&keywords[i].pattern), format!("attribute name repeated in class pattern: {}", k.attr));
            }
        }
        let values = self.owned_temps(1, m);
        let mark = self.u.top;
        let window = self.u.temps(2);
        self.expr_into(&q.cls, window)?;
        self.u.span = span(q);
        let names: Vec<Const> = keywords.iter().map(|k| Const::Str(k.attr.as_str().into())).collect();
        self.u.load_const(window + 1, Const::Tuple(names.into()));
        self.u.push_borrowing(Op::MATCH_CLASS, values, s.reg, window, Some(positional.len() as u32));
        self.u.top = mark;
        self.u.emit_jump_flags(Op::JUMP_IF_NONE, 0, values, 0, m.fail);
        let n = (positional.len() + keywords.len()) as u32;
        if n == 0 {
            self.u.clear(values);
            self.done_with(s);
            return Ok(());
        }
        let base = self.owned_temps(n, m);
        self.u.emit(Op::UNPACK_SEQ, base, values, n);
        self.subpatterns(positional, base, m)?;
        for (i, k) in keywords.iter().enumerate() {
            let r = base + (positional.len() + i) as u32;
            self.pattern(&k.pattern, Subject { reg: r, owned: true }, m)?;
        }
        self.done_with(s);
        Ok(())
    }

    // --- Alternatives ----------------------------------------------------------------------------

    fn match_or(&mut self, q: &'a ast::PatternMatchOr, s: Subject, m: &mut Matcher<'a>) -> R {
        let mut names = Vec::new();
        if let Some(first) = q.patterns.first() {
            captured_ids(first, &mut names);
        }
        // Each name's value ends in the same register whichever alternative matches.
        let slots = self.owned_temps(names.len() as u32, m);
        let matched = self.u.label();
        let borrowed = Subject { reg: s.reg, owned: false };
        for (i, p) in q.patterns.iter().enumerate() {
            if i + 1 < q.patterns.len() {
                self.check_reachable_after(p)?;
            }
            let mark = self.u.top;
            let next = self.u.label();
            let mut inner = Matcher { fail: self.u.label(), owned: Vec::new(), captures: Vec::new() };
            self.pattern(p, borrowed, &mut inner)?;
            if inner.captures.len() != names.len() {
                return self.err(span(q), "alternative patterns bind different names");
            }
            for c in &inner.captures {
                let Some(at) = names.iter().position(|n| n.id == c.name.id) else {
                    return self.err(span(q), "alternative patterns bind different names");
                };
                let flags = if c.owned { FLAG_KB } else { 0 };
                self.u.emit_flags(Op::MOVE, flags, slots + at as u32, c.reg, 0);
            }
            self.u.jump(matched);
            self.release_on_fail(&inner, next);
            self.u.bind(next);
            self.u.top = mark;
        }
        self.u.jump(m.fail);
        self.u.bind(matched);
        for (i, name) in names.into_iter().enumerate() {
            let s = Subject { reg: slots + i as u32, owned: true };
            self.capture(Some(name), s, m)?;
        }
        self.done_with(s);
        Ok(())
    }
}

/// Names a pattern captures.
fn captured<'a>(p: &'a Pattern, out: &mut Vec<&'a str>) {
    let mut ids = Vec::new();
    captured_ids(p, &mut ids);
    out.extend(ids.into_iter().map(|i| i.as_str()));
}

/// Names a pattern captures, in the order they are met, alternatives by their first.
fn captured_ids<'a>(p: &'a Pattern, out: &mut Vec<&'a ast::Identifier>) {
    match p {
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        Pattern::MatchSequence(s) => s.patterns.iter().for_each(|p| captured_ids(p, out)),
        Pattern::MatchMapping(m) => {
            m.patterns.iter().for_each(|p| captured_ids(p, out));
            out.extend(&m.rest);
        }
        Pattern::MatchClass(c) => {
            c.arguments.patterns.iter().for_each(|p| captured_ids(p, out));
            c.arguments.keywords.iter().for_each(|k| captured_ids(&k.pattern, out));
        }
        Pattern::MatchStar(s) => out.extend(&s.name),
        Pattern::MatchAs(a) => {
            if let Some(p) = &a.pattern {
                captured_ids(p, out);
            }
            out.extend(&a.name);
        }
        Pattern::MatchOr(o) => {
            if let Some(p) = o.patterns.first() {
                captured_ids(p, out);
            }
        }
    }
}

/// Equality of key constants as dicts have it.
fn equal(a: &Const, b: &Const) -> bool {
    let number = |c: &Const| match c {
        Const::Int(i) => Some(*i as f64),
        Const::Float(f) => Some(*f),
        Const::True => Some(1.0),
        Const::False => Some(0.0),
        Const::Complex(r, i) if *i == 0.0 => Some(*r),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x == y,
        _ => crate::marshal::const_key(a) == crate::marshal::const_key(b),
    }
}

/// Whether an expression is a literal or an attribute lookup, which alone patterns compare with.
fn is_pattern_value(e: &ast::Expr) -> bool {
    use ast::Expr;
    match e {
        Expr::FString(_) | Expr::TString(_) => false,
        Expr::BinOp(b) => matches!(b.op, ast::Operator::Add | ast::Operator::Sub),
        Expr::UnaryOp(u) => matches!(&*u.operand, Expr::NumberLiteral(_)),
        _ => true,
    }
}

fn is_compound(s: &ast::Stmt) -> bool {
    use ast::Stmt;
    matches!(s, Stmt::For(_) | Stmt::While(_) | Stmt::If(_) | Stmt::With(_) | Stmt::Match(_) | Stmt::Try(_))
}
