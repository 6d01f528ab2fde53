//! The format-specification mini-language: `[[fill]align][sign][z][#][0][width][grouping]
//! [.precision[grouping]][type]`.

use krait_object::error::{PyResult, Raised};
use krait_object::obj::Ref;
use krait_object::str::{PyStr, StrBuilder, StrData};
use krait_object::vm::Vm;

/// A thousands separator.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Separator {
    None,
    Comma,
    Underscore,
    /// An underscore every four digits, for binary bases.
    UnderscoreFour,
}

impl Separator {
    fn char(self) -> char {
        if self == Separator::Comma { ',' } else { '_' }
    }
}

/// A parsed specification. `ty` is 0 when no type was given and the kind has no default.
#[derive(Clone, Debug)]
pub struct Spec {
    pub fill: u32,
    pub align: u8,
    /// `+`, `-`, space, or 0.
    pub sign: u8,
    pub no_neg_0: bool,
    pub alternate: bool,
    pub width: usize,
    pub thousands: Separator,
    pub frac_thousands: Separator,
    pub precision: Option<usize>,
    pub ty: u32,
    pub align_given: bool,
}

struct Reader<'a> {
    text: StrData<'a>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u32> {
        if self.at < self.text.len() { Some(self.text.at(self.at)) } else { None }
    }
    fn eat(&mut self, c: char) -> bool {
        let hit = self.peek() == Some(c as u32);
        self.at += usize::from(hit);
        hit
    }
    fn left(&self) -> usize {
        self.text.len() - self.at
    }
    /// A decimal number; `None` if there is none.
    fn number(&mut self, vm: &Vm) -> PyResult<Option<usize>> {
        let mut n = None;
        while let Some(d) = self.peek().and_then(crate::unicode::decimal_value) {
            let next = n.unwrap_or(0usize).checked_mul(10).and_then(|n| n.checked_add(d.into()));
            match next.filter(|n| *n <= isize::MAX as usize) {
                Some(next) => n = Some(next),
                None => return Err(vm.value_error("Too many decimal digits in format string")),
            }
            self.at += 1;
        }
        Ok(n)
    }
    /// A thousands separator, which may not be followed by the other one.
    fn separator(&mut self, vm: &Vm) -> PyResult<Separator> {
        let mut sep = Separator::None;
        if self.eat(',') {
            sep = Separator::Comma;
        }
        if self.eat('_') {
            if sep != Separator::None {
                return Err(vm.value_error("Cannot specify both ',' and '_'."));
            }
            sep = Separator::Underscore;
        }
        if sep == Separator::Underscore && self.peek() == Some(',' as u32) {
            return Err(vm.value_error("Cannot specify both ',' and '_'."));
        }
        Ok(sep)
    }
}

fn align_of(c: Option<u32>) -> Option<u8> {
    c.and_then(|c| u8::try_from(c).ok()).filter(|c| matches!(c, b'<' | b'>' | b'=' | b'^'))
}

impl Spec {
    /// Parses `text` for a value whose type is quoted in errors.
    pub fn parse(vm: &Vm, obj: Ref<'_>, text: &PyStr, default_type: u8, default_align: u8) -> PyResult<Spec> {
        let mut r = Reader { text: text.data(), at: 0 };
        let mut s = Spec {
            fill: ' ' as u32,
            align: default_align,
            sign: 0,
            no_neg_0: false,
            alternate: false,
            width: 0,
            thousands: Separator::None,
            frac_thousands: Separator::None,
            precision: None,
            ty: default_type.into(),
            align_given: false,
        };
        let mut fill_given = false;
        let second = if r.left() >= 2 { Some(r.text.at(1)) } else { None };
        if let Some(a) = align_of(second) {
            s.fill = r.text.at(0);
            s.align = a;
            (fill_given, s.align_given) = (true, true);
            r.at = 2;
        } else if let Some(a) = align_of(r.peek()) {
            s.align = a;
            s.align_given = true;
            r.at = 1;
        }
        if let Some(c @ (0x20 | 0x2b | 0x2d)) = r.peek() {
            s.sign = c as u8;
            r.at += 1;
        }
        s.no_neg_0 = r.eat('z');
        s.alternate = r.eat('#');
        if !fill_given && r.eat('0') {
            s.fill = '0' as u32;
            if !s.align_given && default_align == b'>' {
                s.align = b'=';
            }
        }
        s.width = r.number(vm)?.unwrap_or(0);
        s.thousands = r.separator(vm)?;
        if r.eat('.') {
            s.precision = r.number(vm)?;
            s.frac_thousands = r.separator(vm)?;
            if s.precision.is_none() && s.frac_thousands == Separator::None {
                return Err(vm.value_error("Format specifier missing precision"));
            }
        }
        match r.left() {
            0 => {}
            1 => s.ty = r.text.at(r.at),
            _ => return Err(invalid_specifier(vm, obj, text)),
        }
        s.check_separators(vm)?;
        Ok(s)
    }

    fn check_separators(&mut self, vm: &Vm) -> PyResult<()> {
        let ty = char::from_u32(self.ty).unwrap_or('\u{fffd}');
        if self.thousands != Separator::None {
            match ty {
                'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => {}
                'b' | 'o' | 'x' | 'X' if self.thousands == Separator::Underscore => {
                    self.thousands = Separator::UnderscoreFour;
                }
                _ => return Err(bad_separator(vm, self.thousands, self.ty)),
            }
        }
        if ty == 'n' && self.frac_thousands != Separator::None {
            return Err(bad_separator(vm, self.frac_thousands, self.ty));
        }
        Ok(())
    }

    /// The type as ASCII, or 0xff for other characters.
    pub fn type_byte(&self) -> u8 {
        u8::try_from(self.ty).unwrap_or(0xff)
    }
}

/// The error for a malformed specification, which it quotes character by character.
#[cold]
fn invalid_specifier(vm: &Vm, obj: Ref<'_>, text: &PyStr) -> Raised {
    let mut msg = StrBuilder::new();
    msg.push_str("Invalid format specifier '");
    msg.push_pystr(text);
    msg.push_str("' for object of type '");
    msg.push_str(&obj.ty(vm).tp_name());
    msg.push_str("'");
    vm.raise_with(vm.types.value_error, vec![msg.finish(vm).into_obj()])
}

fn bad_separator(vm: &Vm, sep: Separator, ty: u32) -> Raised {
    let sep = sep.char();
    match ty {
        33..=127 => vm.value_error(format!("Cannot specify '{sep}' with '{}'.", ty as u8 as char)),
        _ => vm.value_error(format!("Cannot specify '{sep}' with '\\x{ty:x}'.")),
    }
}

/// The error for a type that the object does not know.
#[cold]
pub fn unknown_type(vm: &Vm, obj: Ref<'_>, ty: u32) -> Raised {
    let name = obj.ty(vm).tp_name();
    match ty {
        33..=127 => vm.value_error(format!("Unknown format code '{}' for object of type '{name}'", ty as u8 as char)),
        _ => vm.value_error(format!("Unknown format code '\\x{ty:x}' for object of type '{name}'")),
    }
}
