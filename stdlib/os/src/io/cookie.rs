//! The opaque numbers by which text streams tell positions.
//!
//! A cookie packs, in little-endian order: the byte position to start decoding at (8 bytes), the
//! decoder's flags there (4), how many bytes to feed it (4), how many characters to skip then (4),
//! and whether it must be told that the input ended (1). Plain positions are their own cookie.

use dashu_int::IBig;
use krait_object::prelude::*;

/// An unpacked cookie.
#[derive(Default, Clone, Copy)]
pub struct Cookie {
    pub start: u64,
    pub flags: i32,
    pub feed: i32,
    pub skip: i32,
    pub need_eof: bool,
}

impl Cookie {
    pub fn pack(&self, vm: &Vm) -> Obj {
        let low = u128::from(self.start) | u128::from(self.flags as u32) << 64 | u128::from(self.feed as u32) << 96;
        let high = u64::from(self.skip as u32) | u64::from(self.need_eof) << 32;
        if high == 0 {
            return vm.int_big(IBig::from(low));
        }
        vm.int_big((IBig::from(high) << 128) + IBig::from(low))
    }
    /// OverflowError or ValueError if the number is no cookie.
    pub fn unpack(vm: &Vm, o: Ref<'_>) -> PyResult<Cookie> {
        let i = vm.index(o)?;
        let Some(v) = i.r().as_int(vm) else { return Err(vm.type_error("an integer is required")) };
        if v.is_negative() {
            return Err(vm.overflow_error("can't convert negative int to unsigned"));
        }
        let big = v.to_big();
        let high = &big >> 128usize;
        let low: IBig = &big - (&high << 128usize);
        let (Ok(low), Ok(high)) = (u128::try_from(&low), u64::try_from(&high)) else {
            return Err(vm.overflow_error("int too big to convert"));
        };
        if high >> 40 != 0 {
            return Err(vm.overflow_error("int too big to convert"));
        }
        Ok(Cookie {
            start: low as u64,
            flags: (low >> 64) as u32 as i32,
            feed: (low >> 96) as u32 as i32,
            skip: high as u32 as i32,
            need_eof: high >> 32 != 0,
        })
    }
}
