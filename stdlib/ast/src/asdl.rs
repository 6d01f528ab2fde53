//! The abstract grammar: every node class with its fields.

/// How often a field occurs.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Many {
    One,
    /// `?`
    Optional,
    /// `*`
    List,
}

/// A field of a node class.
#[derive(Copy, Clone, Debug)]
pub struct Field {
    pub ty: &'static str,
    pub many: Many,
    pub name: &'static str,
}

/// A node class.
#[derive(Debug)]
pub struct Node {
    pub name: &'static str,
    pub fields: Vec<Field>,
    /// The declaration as the grammar has it.
    pub text: &'static str,
}

/// A type of the grammar: a base class with constructors, or (without any) a class of its own.
#[derive(Debug)]
pub struct Sum {
    pub name: &'static str,
    pub nodes: Vec<Node>,
    /// It has fields itself instead of constructors.
    pub product: bool,
    pub attributes: &'static [(&'static str, Many)],
}

const POSITION: &[(&str, Many)] =
    &[("lineno", Many::One), ("col_offset", Many::One), ("end_lineno", Many::Optional), ("end_col_offset", Many::Optional)];
const FULL_POSITION: &[(&str, Many)] =
    &[("lineno", Many::One), ("col_offset", Many::One), ("end_lineno", Many::One), ("end_col_offset", Many::One)];

/// One line a type: name, `=`, constructors separated by `|`. A line that starts with `+` has
/// position attributes whose ends are optional, one with `!` has all of them.
const GRAMMAR: &str = "\
mod = Module(stmt* body, type_ignore* type_ignores) | Interactive(stmt* body) | Expression(expr body) | FunctionType(expr* argtypes, expr returns)
+stmt = FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params) | AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params) | ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params) | Return(expr? value) | Delete(expr* targets) | Assign(expr* targets, expr value, string? type_comment) | TypeAlias(expr name, type_param* type_params, expr value) | AugAssign(expr target, operator op, expr value) | AnnAssign(expr target, expr annotation, expr? value, int simple) | For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment) | AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment) | While(expr test, stmt* body, stmt* orelse) | If(expr test, stmt* body, stmt* orelse) | With(withitem* items, stmt* body, string? type_comment) | AsyncWith(withitem* items, stmt* body, string? type_comment) | Match(expr subject, match_case* cases) | Raise(expr? exc, expr? cause) | Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody) | TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody) | Assert(expr test, expr? msg) | Import(alias* names) | ImportFrom(identifier? module, alias* names, int? level) | Global(identifier* names) | Nonlocal(identifier* names) | Expr(expr value) | Pass | Break | Continue
+expr = BoolOp(boolop op, expr* values) | NamedExpr(expr target, expr value) | BinOp(expr left, operator op, expr right) | UnaryOp(unaryop op, expr operand) | Lambda(arguments args, expr body) | IfExp(expr test, expr body, expr orelse) | Dict(expr* keys, expr* values) | Set(expr* elts) | ListComp(expr elt, comprehension* generators) | SetComp(expr elt, comprehension* generators) | DictComp(expr key, expr value, comprehension* generators) | GeneratorExp(expr elt, comprehension* generators) | Await(expr value) | Yield(expr? value) | YieldFrom(expr value) | Compare(expr left, cmpop* ops, expr* comparators) | Call(expr func, expr* args, keyword* keywords) | FormattedValue(expr value, int conversion, expr? format_spec) | Interpolation(expr value, constant str, int conversion, expr? format_spec) | JoinedStr(expr* values) | TemplateStr(expr* values) | Constant(constant value, string? kind) | Attribute(expr value, identifier attr, expr_context ctx) | Subscript(expr value, expr slice, expr_context ctx) | Starred(expr value, expr_context ctx) | Name(identifier id, expr_context ctx) | List(expr* elts, expr_context ctx) | Tuple(expr* elts, expr_context ctx) | Slice(expr? lower, expr? upper, expr? step)
expr_context = Load | Store | Del
boolop = And | Or
operator = Add | Sub | Mult | MatMult | Div | Mod | Pow | LShift | RShift | BitOr | BitXor | BitAnd | FloorDiv
unaryop = Invert | Not | UAdd | USub
cmpop = Eq | NotEq | Lt | LtE | Gt | GtE | Is | IsNot | In | NotIn
comprehension = (expr target, expr iter, expr* ifs, int is_async)
+excepthandler = ExceptHandler(expr? type, identifier? name, stmt* body)
arguments = (arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr* kw_defaults, arg? kwarg, expr* defaults)
+arg = (identifier arg, expr? annotation, string? type_comment)
+keyword = (identifier? arg, expr value)
+alias = (identifier name, identifier? asname)
withitem = (expr context_expr, expr? optional_vars)
match_case = (pattern pattern, expr? guard, stmt* body)
!pattern = MatchValue(expr value) | MatchSingleton(constant value) | MatchSequence(pattern* patterns) | MatchMapping(expr* keys, pattern* patterns, identifier? rest) | MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns) | MatchStar(identifier? name) | MatchAs(pattern? pattern, identifier? name) | MatchOr(pattern* patterns)
type_ignore = TypeIgnore(int lineno, string tag)
!type_param = TypeVar(identifier name, expr? bound, expr? default_value) | ParamSpec(identifier name, expr? default_value) | TypeVarTuple(identifier name, expr? default_value)";

fn parse_fields(text: &'static str) -> Vec<Field> {
    let inner = match (text.find('('), text.rfind(')')) {
        (Some(a), Some(b)) => &text[a + 1..b],
        _ => return Vec::new(),
    };
    let field = |f: &'static str| {
        let (ty, name) = f.trim().split_once(' ')?;
        let (ty, many) = match ty.strip_suffix(['?', '*']) {
            Some(t) if ty.ends_with('?') => (t, Many::Optional),
            Some(t) => (t, Many::List),
            None => (ty, Many::One),
        };
        Some(Field { ty, many, name })
    };
    inner.split(',').filter_map(field).collect()
}

/// All types, in the grammar's order.
pub fn grammar() -> Vec<Sum> {
    let sum = |line: &'static str| {
        let (attributes, line): (&'static [(&'static str, Many)], &'static str) = match line.as_bytes()[0] {
            b'+' => (POSITION, &line[1..]),
            b'!' => (FULL_POSITION, &line[1..]),
            _ => (&[], line),
        };
        let (name, body) = line.split_once(" = ")?;
        let product = body.starts_with('(');
        let node = |text: &'static str| Node {
            name: if product { name } else { text.split('(').next().unwrap_or(text) },
            fields: parse_fields(text),
            text,
        };
        let nodes = body.split(" | ").map(node).collect();
        Some(Sum { name, nodes, product, attributes })
    };
    GRAMMAR.lines().filter_map(sum).collect()
}
