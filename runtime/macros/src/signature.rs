//! The signature mini-language: Python's parameter list as text.
//!
//! `name(a, b=None, /, c, *, d=1)`, `name(*args, **kwargs)`, and optional positional groups in
//! brackets, `range(start, stop[, step])`. Defaults are kept as text for `__text_signature__` and,
//! when they are simple literals, as values.

/// How a parameter takes its argument.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    PosOnly,
    PosOrKw,
    VarArgs,
    KwOnly,
    VarKw,
}

/// The value of a default, as far as Rust code can know it.
#[derive(Clone, PartialEq, Debug)]
pub enum Default {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    /// Anything else: the Rust parameter sees "absent".
    Opaque,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Param {
    pub name: String,
    pub kind: Kind,
    pub default: Option<Default>,
    /// The default as written; `None` for parameters without and for group members.
    pub default_text: Option<String>,
    /// Number of the optional group the parameter is in.
    pub group: Option<usize>,
}

impl Param {
    pub fn required(&self) -> bool {
        self.default.is_none() && self.group.is_none() && !matches!(self.kind, Kind::VarArgs | Kind::VarKw)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Signature {
    pub name: String,
    pub params: Vec<Param>,
    /// Messages number all arguments, named ones too.
    pub numbered: bool,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Res<T> = Result<T, String>;

impl Signature {
    pub fn parse(text: &str) -> Res<Signature> {
        let mut p = Parser { text: text.trim(), at: 0 };
        let name = p.word();
        if name.is_empty() {
            return Err("expected a name before `(`".into());
        }
        p.skip_space();
        if !p.eat('(') {
            return Err(format!("expected `(` after `{name}`"));
        }
        let params = p.params()?;
        if p.at < p.text.len() {
            return Err(format!("unexpected `{}` after the closing parenthesis", &p.text[p.at..]));
        }
        let sig = Signature { name, params, numbered: false };
        sig.check()?;
        Ok(sig)
    }

    fn check(&self) -> Res<()> {
        let mut optional = false;
        for (i, p) in self.params.iter().enumerate() {
            if self.params[..i].iter().any(|q| q.name == p.name) {
                return Err(format!("duplicate parameter `{}`", p.name));
            }
            match p.kind {
                Kind::PosOnly | Kind::PosOrKw => {
                    if optional && p.required() {
                        return Err(format!("`{}` without default follows a parameter with one", p.name));
                    }
                    optional |= !p.required();
                }
                Kind::VarArgs | Kind::KwOnly => {}
                Kind::VarKw => {
                    if i + 1 != self.params.len() {
                        return Err("`**` must come last".into());
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes the first parameter off if it is the bound object.
    pub fn strip_first(&mut self, names: &[&str]) {
        if self.params.first().is_some_and(|p| names.contains(&p.name.as_str()) && p.required()) {
            self.params.remove(0);
        }
    }

    /// Number of positional parameters.
    pub fn npos(&self) -> usize {
        self.params.iter().filter(|p| matches!(p.kind, Kind::PosOnly | Kind::PosOrKw)).count()
    }
    pub fn nposonly(&self) -> usize {
        self.params.iter().filter(|p| p.kind == Kind::PosOnly).count()
    }
    /// Number of required positional parameters.
    pub fn minpos(&self) -> usize {
        self.params.iter().filter(|p| matches!(p.kind, Kind::PosOnly | Kind::PosOrKw) && p.required()).count()
    }
    pub fn has(&self, kind: Kind) -> bool {
        self.params.iter().any(|p| p.kind == kind)
    }
    pub fn has_groups(&self) -> bool {
        self.params.iter().any(|p| p.group.is_some())
    }
    /// Can only be called with positional arguments?
    pub fn positional_only(&self) -> bool {
        !self.has(Kind::PosOrKw) && !self.has(Kind::KwOnly) && !self.has(Kind::VarKw)
    }

    /// The text after the name, with `first` (`$self`, `$module`, `$type`) in front. `None` when
    /// Python's grammar has no way to say it.
    pub fn text(&self, first: Option<&str>) -> Option<String> {
        if self.has_groups() {
            return None;
        }
        let mut parts: Vec<String> = first.iter().map(|s| (*s).to_owned()).collect();
        let nposonly = self.nposonly();
        let mut slash_due = nposonly > 0 || first.is_some();
        let mut star_due = true;
        for p in &self.params {
            if slash_due && p.kind != Kind::PosOnly {
                parts.push("/".into());
                slash_due = false;
            }
            match p.kind {
                Kind::VarArgs => {
                    star_due = false;
                    parts.push(format!("*{}", p.name));
                    continue;
                }
                Kind::VarKw => {
                    parts.push(format!("**{}", p.name));
                    continue;
                }
                Kind::KwOnly if star_due => {
                    star_due = false;
                    parts.push("*".into());
                }
                _ => {}
            }
            match &p.default_text {
                Some(d) => parts.push(format!("{}={d}", p.name)),
                None => parts.push(p.name.clone()),
            }
        }
        if slash_due {
            parts.push("/".into());
        }
        Some(format!("{}({})", self.name, parts.join(", ")))
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }
    fn eat(&mut self, c: char) -> bool {
        let hit = self.peek() == Some(c);
        if hit {
            self.at += c.len_utf8();
        }
        hit
    }
    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }
    fn word(&mut self) -> String {
        let start = self.at;
        while let Some(c) = self.peek() {
            if !(c.is_alphanumeric() || c == '_' || c == '$') {
                break;
            }
            self.at += c.len_utf8();
        }
        self.text[start..self.at].to_owned()
    }

    /// Everything up to and with the closing parenthesis.
    fn params(&mut self) -> Res<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        let (mut starred, mut slashed) = (false, false);
        let mut open: Vec<usize> = Vec::new();
        let mut groups = 0;
        loop {
            self.skip_space();
            let Some(c) = self.peek() else { return Err("missing `)`".into()) };
            match c {
                ')' => {
                    self.at += 1;
                    break;
                }
                ',' => self.at += 1,
                '[' => {
                    self.at += 1;
                    open.push(groups);
                    groups += 1;
                }
                ']' => {
                    self.at += 1;
                    if open.pop().is_none() {
                        return Err("`]` without `[`".into());
                    }
                }
                '/' => {
                    self.at += 1;
                    if slashed || starred {
                        return Err("misplaced `/`".into());
                    }
                    slashed = true;
                    params.iter_mut().for_each(|p| p.kind = Kind::PosOnly);
                }
                '*' => {
                    self.at += 1;
                    let double = self.eat('*');
                    let name = self.word();
                    if double {
                        if name.is_empty() {
                            return Err("expected a name after `**`".into());
                        }
                        params.push(plain(name, Kind::VarKw));
                        continue;
                    }
                    if starred {
                        return Err("a second `*`".into());
                    }
                    starred = true;
                    if !name.is_empty() {
                        params.push(plain(name, Kind::VarArgs));
                    }
                }
                _ => {
                    let name = self.word();
                    if name.is_empty() {
                        return Err(format!("unexpected `{c}`"));
                    }
                    let kind = if starred { Kind::KwOnly } else { Kind::PosOrKw };
                    let mut p = plain(name, kind);
                    p.group = open.last().copied();
                    self.skip_space();
                    if self.eat('=') {
                        let text = self.default_text(!open.is_empty())?;
                        p.default = Some(default_value(&text));
                        p.default_text = (text != "...").then_some(text);
                        if p.default_text.is_none() {
                            p.default_text = Some("<unrepresentable>".into());
                        }
                    }
                    params.push(p);
                }
            }
        }
        if !open.is_empty() {
            return Err("missing `]`".into());
        }
        if groups > 0 {
            if params.iter().any(|p| matches!(p.kind, Kind::KwOnly | Kind::VarArgs | Kind::VarKw)) {
                return Err("optional groups allow only positional parameters".into());
            }
            params.iter_mut().for_each(|p| p.kind = Kind::PosOnly);
        }
        Ok(params)
    }

    fn default_text(&mut self, in_group: bool) -> Res<String> {
        self.skip_space();
        let start = self.at;
        let mut depth = 0usize;
        let mut quote: Option<char> = None;
        loop {
            let Some(c) = self.peek() else { return Err("missing `)`".into()) };
            if let Some(q) = quote {
                if c == '\\' {
                    self.at += 1;
                } else if c == q {
                    quote = None;
                }
            } else {
                match c {
                    '\'' | '"' => quote = Some(c),
                    ',' if depth == 0 => break,
                    ')' if depth == 0 => break,
                    ']' if depth == 0 && in_group => break,
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            self.at += self.peek().map_or(0, char::len_utf8);
        }
        let text = self.text[start..self.at].trim();
        if text.is_empty() { Err("expected a default after `=`".into()) } else { Ok(text.to_owned()) }
    }
}

fn plain(name: String, kind: Kind) -> Param {
    Param { name, kind, default: None, default_text: None, group: None }
}

fn default_value(text: &str) -> Default {
    match text {
        "None" => return Default::None,
        "True" => return Default::Bool(true),
        "False" => return Default::Bool(false),
        "sys.maxsize" => return Default::Int(i64::MAX as i128),
        _ => {}
    }
    if let Some(i) = parse_int(text) {
        return Default::Int(i);
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        && let Ok(f) = text.parse::<f64>()
    {
        return Default::Float(f);
    }
    match unquote(text) {
        Some(s) => Default::Str(s),
        None => Default::Opaque,
    }
}

fn parse_int(text: &str) -> Option<i128> {
    let (neg, digits) = match text.strip_prefix('-') {
        Some(d) => (true, d),
        None => (false, text),
    };
    let digits = digits.replace('_', "");
    let n = match digits.get(..2) {
        Some("0x" | "0X") => i128::from_str_radix(&digits[2..], 16).ok()?,
        Some("0o") => i128::from_str_radix(&digits[2..], 8).ok()?,
        Some("0b") => i128::from_str_radix(&digits[2..], 2).ok()?,
        _ if digits.starts_with(|c: char| c.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    Some(if neg { -n } else { n })
}

/// The value of a simple Python string literal.
fn unquote(text: &str) -> Option<String> {
    let q = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(q)?.strip_suffix(q)?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            '0' => out.push('\0'),
            c @ ('\\' | '\'' | '"') => out.push(c),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Signature {
        Signature::parse(text).expect(text)
    }
    fn kinds(text: &str) -> Vec<Kind> {
        parse(text).params.iter().map(|p| p.kind).collect()
    }

    #[test]
    fn kinds_follow_the_markers() {
        use Kind::*;
        assert_eq!(kinds("f()"), vec![]);
        assert_eq!(kinds("f(x, /)"), vec![PosOnly]);
        assert_eq!(kinds("f(a, b=None, /, c=1, *, d)"), vec![PosOnly, PosOnly, PosOrKw, KwOnly]);
        assert_eq!(kinds("f(*args, sep=' ', **kw)"), vec![VarArgs, KwOnly, VarKw]);
        assert_eq!(kinds("range(start, stop[, step])"), vec![PosOnly; 3]);
    }

    #[test]
    fn defaults_are_values_when_simple() {
        let d = |t: &str| parse(&format!("f(x={t})")).params[0].default.clone().expect("default");
        assert_eq!(d("None"), Default::None);
        assert_eq!(d("True"), Default::Bool(true));
        assert_eq!(d("-1"), Default::Int(-1));
        assert_eq!(d("0o777"), Default::Int(0o777));
        assert_eq!(d("1e-09"), Default::Float(1e-9));
        assert_eq!(d("'a,)\\n'"), Default::Str("a,)\n".into()));
        assert_eq!(d("()"), Default::Opaque);
        assert_eq!(d("<unrepresentable>"), Default::Opaque);
        assert_eq!(d("..."), Default::Opaque);
    }

    #[test]
    fn counts() {
        let s = parse("f(a, b, c=1, /, d=2, *, e, g=3)");
        assert_eq!((s.minpos(), s.npos(), s.nposonly()), (2, 4, 3));
        assert!(!s.positional_only());
        let s = parse("f(a[, b, c])");
        assert_eq!((s.minpos(), s.npos()), (1, 3));
        assert!(s.positional_only() && s.has_groups());
    }

    #[test]
    fn text_signatures() {
        let mut s = parse("append(self, item, /)");
        s.strip_first(&["self"]);
        assert_eq!(s.text(Some("$self")).as_deref(), Some("append($self, item, /)"));
        let mut s = parse("split(self, sep=None, maxsplit=-1)");
        s.strip_first(&["self"]);
        assert_eq!(s.text(Some("$self")).as_deref(), Some("split($self, /, sep=None, maxsplit=-1)"));
        assert_eq!(parse("f(*a, b=1)").text(Some("$module")).as_deref(), Some("f($module, /, *a, b=1)"));
        assert_eq!(parse("f(a, *, b=1)").text(None).as_deref(), Some("f(a, *, b=1)"));
        assert_eq!(parse("f()").text(Some("$self")).as_deref(), Some("f($self, /)"));
        assert_eq!(parse("f(a[, b])").text(None), None);
    }

    #[test]
    fn mistakes_are_told() {
        for bad in ["f", "f(", "(x)", "f(a=1, b)", "f(a, a)", "f(a[, b)", "f(a])", "f(**k, a)", "f(*, *)", "f(a=)", "f(a) x"] {
            assert!(Signature::parse(bad).is_err(), "{bad}");
        }
    }
}
