//! The `_locale` module.

use std::cell::OnceCell;
use std::ffi::{CStr, CString};

use krait_macros::pymodule;
use krait_object::error::Raised;
use krait_object::prelude::*;

#[derive(Default)]
struct LocaleError(OnceCell<Obj>);

/// `locale.Error`.
fn error_type(vm: &Vm) -> PyResult<Obj> {
    let state = vm.interp.state::<LocaleError>();
    if let Some(t) = state.0.get() {
        return Ok(t.clone());
    }
    let dict = PyDict::new(vm);
    dict.set_str(vm, vm.names().__module__, vm.str("locale"))?;
    let bases = vm.tuple(vec![vm.types.exception.to_obj()]);
    let t = vm.call(vm.types.r#type.r(), &[vm.str("Error").r(), bases.r(), dict.r()])?;
    let _ = state.0.set(t.clone());
    Ok(t)
}

fn raise(vm: &Vm, msg: &str) -> Raised {
    match error_type(vm) {
        Ok(t) => match t.r().downcast::<PyType>(vm) {
            Some(t) => vm.raise_msg(t, msg),
            None => vm.value_error(msg),
        },
        Err(r) => r,
    }
}

/// Text of the C library in the locale's encoding.
fn text(vm: &Vm, p: *const libc::c_char) -> PyResult<Obj> {
    if p.is_null() {
        return Ok(vm.str(""));
    }
    // SAFETY: null-terminated and copied at once, with the GIL held.
    let bytes = unsafe { CStr::from_ptr(p) }.to_bytes().to_vec();
    let encoding = crate::io::open::current_locale_encoding();
    (vm.interp.hooks().decode)(vm, &bytes, &encoding, "surrogateescape")
}

fn c_text(vm: &Vm, s: &PyStr) -> PyResult<CString> {
    CString::new(krait_object::convert::fs_encode(vm, s.r())?).map_err(|_| vm.value_error("embedded null character"))
}

/// A grouping string as a list that ends in 0 or `CHAR_MAX`.
fn grouping(vm: &Vm, p: *const libc::c_char) -> Obj {
    if p.is_null() {
        return vm.list(vec![]);
    }
    // SAFETY: null-terminated.
    let bytes = unsafe { CStr::from_ptr(p) }.to_bytes();
    if bytes.is_empty() {
        return vm.list(vec![]);
    }
    let mut out = Vec::new();
    for b in bytes {
        out.push(vm.int(*b));
        if *b == 127 {
            return vm.list(out);
        }
    }
    out.push(vm.int(0));
    vm.list(out)
}

fn localeconv(vm: &Vm) -> PyResult<Obj> {
    let d = PyDict::new(vm);
    let put = |name: &str, v: Obj| d.set_str(vm, &vm.intern(name), v);
    // SAFETY: the C library's record, valid until the next call; strings are copied at once.
    unsafe {
        let l = &*libc::localeconv();
        put("decimal_point", text(vm, l.decimal_point)?)?;
        put("thousands_sep", text(vm, l.thousands_sep)?)?;
        put("grouping", grouping(vm, l.grouping))?;
        put("int_curr_symbol", text(vm, l.int_curr_symbol)?)?;
        put("currency_symbol", text(vm, l.currency_symbol)?)?;
        put("mon_decimal_point", text(vm, l.mon_decimal_point)?)?;
        put("mon_thousands_sep", text(vm, l.mon_thousands_sep)?)?;
        put("mon_grouping", grouping(vm, l.mon_grouping))?;
        put("positive_sign", text(vm, l.positive_sign)?)?;
        put("negative_sign", text(vm, l.negative_sign)?)?;
        for (name, v) in [
            ("int_frac_digits", l.int_frac_digits),
            ("frac_digits", l.frac_digits),
            ("p_cs_precedes", l.p_cs_precedes),
            ("p_sep_by_space", l.p_sep_by_space),
            ("n_cs_precedes", l.n_cs_precedes),
            ("n_sep_by_space", l.n_sep_by_space),
            ("p_sign_posn", l.p_sign_posn),
            ("n_sign_posn", l.n_sign_posn),
        ] {
            put(name, vm.int(v as u8))?;
        }
    }
    Ok(d.into_obj())
}

unsafe extern "C" {
    fn gettext(msg: *const libc::c_char) -> *mut libc::c_char;
    fn dgettext(domain: *const libc::c_char, msg: *const libc::c_char) -> *mut libc::c_char;
    fn dcgettext(domain: *const libc::c_char, msg: *const libc::c_char, category: libc::c_int) -> *mut libc::c_char;
    fn textdomain(domain: *const libc::c_char) -> *mut libc::c_char;
    fn bindtextdomain(domain: *const libc::c_char, dir: *const libc::c_char) -> *mut libc::c_char;
    fn bind_textdomain_codeset(domain: *const libc::c_char, codeset: *const libc::c_char) -> *mut libc::c_char;
    fn strcoll(a: *const libc::c_char, b: *const libc::c_char) -> libc::c_int;
    fn strxfrm(dst: *mut libc::c_char, src: *const libc::c_char, n: usize) -> usize;
}

/// Support for POSIX locales.
#[pymodule("_locale")]
pub mod locale_module {
    use super::{c_text, raise, text};
    use crate::util::errno;
    use krait_object::prelude::*;

    #[pyattr("Error")]
    fn error(vm: &Vm) -> PyResult<Obj> {
        super::error_type(vm)
    }
    /// Activates/queries locale processing.
    #[pyfunction("setlocale(category, locale=<unrepresentable>, /)")]
    fn setlocale(vm: &Vm, category: i32, locale: Option<&str>) -> PyResult<Obj> {
        let c = match locale {
            Some(l) => Some(std::ffi::CString::new(l).map_err(|_| vm.value_error("embedded null character"))?),
            None => None,
        };
        // The process's locale is set from the environment before a program can ask.
        crate::io::open::current_locale_encoding();
        // SAFETY: the name is null-terminated or null; the GIL keeps other users out.
        let p = unsafe { libc::setlocale(category, c.as_ref().map_or(std::ptr::null(), |c| c.as_ptr())) };
        if p.is_null() {
            let what = if c.is_some() { "unsupported locale setting" } else { "locale query failed" };
            return Err(raise(vm, what));
        }
        text(vm, p)
    }
    /// Returns numeric and monetary locale-specific parameters.
    #[pyfunction]
    fn localeconv(vm: &Vm) -> PyResult<Obj> {
        super::localeconv(vm)
    }
    /// Return the value for the locale information associated with key.
    #[pyfunction("nl_langinfo(key, /)")]
    fn nl_langinfo(vm: &Vm, key: i32) -> PyResult<Obj> {
        let known = super::super::tables::LOCALE.iter().any(|(n, v)| *v == i64::from(key) && !n.starts_with("LC_"));
        if !known {
            return Err(vm.value_error("unsupported langinfo constant"));
        }
        crate::io::open::current_locale_encoding();
        // SAFETY: a known item; the result is copied at once.
        text(vm, unsafe { libc::nl_langinfo(key as _) })
    }
    /// Compares two strings according to the locale.
    #[pyfunction("strcoll(os1, os2, /)")]
    fn strcoll(vm: &Vm, os1: &PyStr, os2: &PyStr) -> PyResult<i32> {
        let (a, b) = (c_text(vm, os1)?, c_text(vm, os2)?);
        // SAFETY: both strings are null-terminated.
        Ok(unsafe { super::strcoll(a.as_ptr(), b.as_ptr()) })
    }
    /// Return a string that can be used as a key for locale-aware comparisons.
    #[pyfunction("strxfrm(string, /)")]
    fn strxfrm(vm: &Vm, string: &PyStr) -> PyResult<Obj> {
        let c = c_text(vm, string)?;
        let mut buf = vec![0u8; c.as_bytes().len() * 4 + 16];
        loop {
            // SAFETY: the buffer has room for its length; the string is null-terminated.
            let n = unsafe { super::strxfrm(buf.as_mut_ptr() as *mut libc::c_char, c.as_ptr(), buf.len()) };
            if n < buf.len() {
                return crate::util::fs_str(vm, &buf[..n]);
            }
            buf.resize(n + 1, 0);
        }
    }
    /// Get the current locale encoding.
    #[pyfunction]
    fn getencoding(vm: &Vm) -> Obj {
        vm.str(&crate::io::open::current_locale_encoding())
    }
    /// gettext(msg) -> string
    ///
    /// Return translation of msg.
    #[pyfunction("gettext(msg, /)")]
    fn gettext(vm: &Vm, msg: &PyStr) -> PyResult<Obj> {
        let m = c_text(vm, msg)?;
        // SAFETY: null-terminated; the result is the argument or lives on.
        text(vm, unsafe { super::gettext(m.as_ptr()) })
    }
    fn optional(vm: &Vm, s: Option<&PyStr>) -> PyResult<Option<std::ffi::CString>> {
        match s {
            Some(s) => c_text(vm, s).map(Some),
            None => Ok(None),
        }
    }
    fn ptr(c: &Option<std::ffi::CString>) -> *const libc::c_char {
        c.as_ref().map_or(std::ptr::null(), |c| c.as_ptr())
    }
    /// dgettext(domain, msg) -> string
    ///
    /// Return translation of msg in domain.
    #[pyfunction("dgettext(domain, msg, /)")]
    fn dgettext(vm: &Vm, domain: Option<&PyStr>, msg: &PyStr) -> PyResult<Obj> {
        let (d, m) = (optional(vm, domain)?, c_text(vm, msg)?);
        // SAFETY: null-terminated or null; the result is the argument or lives on.
        text(vm, unsafe { super::dgettext(ptr(&d), m.as_ptr()) })
    }
    /// Return translation of msg in domain and category.
    #[pyfunction("dcgettext(domain, msg, category, /)")]
    fn dcgettext(vm: &Vm, domain: Option<&PyStr>, msg: &PyStr, category: i32) -> PyResult<Obj> {
        let (d, m) = (optional(vm, domain)?, c_text(vm, msg)?);
        // SAFETY: null-terminated or null; the result is the argument or lives on.
        text(vm, unsafe { super::dcgettext(ptr(&d), m.as_ptr(), category) })
    }
    /// Set the C library's textdmain to domain, returning the new domain.
    #[pyfunction("textdomain(domain, /)")]
    fn textdomain(vm: &Vm, domain: Option<&PyStr>) -> PyResult<Obj> {
        let d = optional(vm, domain)?;
        // SAFETY: null-terminated or null.
        let p = unsafe { super::textdomain(ptr(&d)) };
        if p.is_null() { Err(vm.os_error(errno())) } else { text(vm, p) }
    }
    /// Bind the C library's domain to dir.
    #[pyfunction("bindtextdomain(domain, dir, /)")]
    fn bindtextdomain(vm: &Vm, domain: &PyStr, dir: Option<&PyStr>) -> PyResult<Obj> {
        if domain.is_empty() {
            return Err(raise(vm, "domain must be a non-empty string"));
        }
        let (n, d) = (c_text(vm, domain)?, optional(vm, dir)?);
        // SAFETY: null-terminated or null.
        let p = unsafe { super::bindtextdomain(n.as_ptr(), ptr(&d)) };
        if p.is_null() { Err(vm.os_error(errno())) } else { text(vm, p) }
    }
    /// Bind the C library's domain to codeset.
    #[pyfunction("bind_textdomain_codeset(domain, codeset, /)")]
    fn bind_textdomain_codeset(vm: &Vm, domain: &PyStr, codeset: Option<&PyStr>) -> PyResult<Obj> {
        let (n, c) = (c_text(vm, domain)?, optional(vm, codeset)?);
        // SAFETY: null-terminated or null.
        let p = unsafe { super::bind_textdomain_codeset(n.as_ptr(), ptr(&c)) };
        if p.is_null() { Ok(Obj::none()) } else { text(vm, p) }
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, super::super::tables::LOCALE)
    }
}
